//! `linli plugin run`: a project is live on this machine, and live again when one of its files has changed.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use linli_tests::http::Client;
use serde_json::json;

use super::{done, offline, plugin};

struct Running {
    process: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// The first line it says from now on that holds this.
    fn says(&mut self, wanted: &str) -> String {
        self.said.by_ref().map(Result::unwrap).find(|line| line.contains(wanted)).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_project_is_live_and_live_again_when_it_changes() {
    let place = tempfile::tempdir().unwrap();
    done(&mut offline(plugin(["new", "note-board", "--lang", "js"]), place.path()));
    let root = place.path().join("note-board");
    let mut run = offline(plugin(["run", "--listen", "127.0.0.1:0"]), &root);
    let mut process = run.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut running = Running { process, said };
    let live = running.says(" is live at http://");
    let address = live.split("http://").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    let token = running.says("RESIDENT='").split('\'').nth(1).unwrap().to_owned();
    let client = Client::new(address);
    let note = || {
        let call = client.call("POST", "/v1/330105001001/note-board/notes").token(&token);
        call.json(&json!({ "text": "谁有梯子？" })).send()
    };
    assert_eq!(note().status, 201);

    let source = root.join("src/plugin.js");
    let text = std::fs::read_to_string(&source).unwrap();
    std::fs::write(&source, text.replace("input: { text: string(1, 200) }", "input: { text: string(1, 3) }"))
        .unwrap();
    running.says("live again");
    assert_eq!(note().status, 422, "six characters are now too many");
}
