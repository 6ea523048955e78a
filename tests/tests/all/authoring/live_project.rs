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
    let limit = |from: u32, to: u32| {
        let source = root.join("src/plugin.js");
        let text = std::fs::read_to_string(&source).unwrap();
        let (from, to) = (format!("text: string(1, {from})"), format!("text: string(1, {to})"));
        assert!(text.contains(&from));
        std::fs::write(&source, text.replace(&from, &to)).unwrap();
    };
    // While it is built for the first time, and after its sources were read.
    while !root.join("target/note-board.componentized.wasm").is_file() {
        assert!(running.process.try_wait().unwrap().is_none(), "it does not come to be live");
        std::thread::yield_now();
    }
    limit(200, 100);

    let live = running.says(" is live at http://");
    let address = live.split("http://").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    let token = running.says("RESIDENT='").split('\'').nth(1).unwrap().to_owned();
    let client = Client::new(address);
    let note = |text: &str| {
        let call = client.call("POST", "/v1/330105001001/note-board/notes").token(&token);
        call.json(&json!({ "text": text })).send().status
    };
    assert_eq!(note("谁有梯子？"), 201);
    running.says("live again");
    assert_eq!(note(&"谁有梯子？".repeat(20)), 201, "a hundred characters");
    assert_eq!(note(&"谁有梯子？".repeat(21)), 422, "a hundred and five");

    limit(100, 3);
    running.says("live again");
    assert_eq!(note("谁有梯子？"), 422, "five characters are now too many");
}
