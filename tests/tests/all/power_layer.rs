//! The simulated disk keeps what was synced and nothing else: without this, no test of power loss means anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use expect_test::{Expect, expect};
use linli_tests::dice::Dice;
use linli_tests::disk::{Disk, Unsynced};

fn run(disk: &Disk, steps: &str, lies: bool) {
    let mut writer = Command::new(env!("CARGO_BIN_EXE_powerloss-writer"));
    writer.args(steps.split_whitespace()).current_dir(disk.data());
    if lies {
        disk.under_lies(&mut writer)
    } else {
        disk.under(&mut writer)
    }
    let ended = writer.output().unwrap();
    assert!(ended.status.code().is_none(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

fn found(below: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(
                self::found(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)),
            );
        } else {
            found.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    found
}

/// Runs the steps on an empty disk and lets the power fail.
#[track_caller]
fn check(steps: &str, expected: Expect) {
    let disk = Disk::new();
    run(&disk, steps, false);
    disk.fail_power(Unsynced::Lost);
    expected.assert_eq(&format!("{:?}", found(&disk.data())));
}

#[test]
fn what_was_not_synced_is_gone() {
    check("append:a:one names:.", expect![[r#"{"a": ""}"#]]);
    check("append:a:one sync:a names:. append:a:two", expect![[r#"{"a": "one"}"#]]);
    check("append:a:one append:a:two sync:a names:. cut:a:2", expect![[r#"{"a": "onetwo"}"#]]);
}

#[test]
fn what_was_synced_is_there() {
    check("append:a:one names:. sync:a append:a:two sync:a", expect![[r#"{"a": "onetwo"}"#]]);
    check("append:a:onetwo cut:a:3 sync:a names:. append:a:four sync:a", expect![[r#"{"a": "onefour"}"#]]);
    check("write:a:one write:a:two sync:a names:.", expect![[r#"{"a": "two"}"#]]);
}

#[test]
fn a_name_is_there_when_its_directory_was_synced() {
    check("append:a:one sync:a", expect!["{}"]);
    check("append:a:one sync:a names:. rename:a:b", expect![[r#"{"a": "one"}"#]]);
    check("append:a:one sync:a names:. rename:a:b names:.", expect![[r#"{"b": "one"}"#]]);
    check("append:a:one sync:a names:. remove:a", expect![[r#"{"a": "one"}"#]]);
    check("append:a:one sync:a names:. remove:a names:.", expect!["{}"]);
    check("directory:d append:d/a:one sync:d/a names:d names:.", expect!["{}"]);
    check("directory:d names:. append:d/a:one sync:d/a names:d", expect![[r#"{"d/a": "one"}"#]]);
}

#[test]
fn a_file_that_takes_the_place_of_another_comes_whole_or_not_at_all() {
    check("write:a:one sync:a names:. write:b:two rename:b:a names:.", expect![[r#"{"a": ""}"#]]);
    check("write:a:one sync:a names:. append:b:two sync:b rename:b:a", expect![[r#"{"a": "one"}"#]]);
    check("write:a:one sync:a names:. append:b:two sync:b rename:b:a names:.", expect![[r#"{"a": "two"}"#]]);
    check("append:a:one sync:a names:. remove:a write:a:two", expect![[r#"{"a": "one"}"#]]);
}

#[test]
fn what_was_there_at_the_start_is_durable() {
    let disk = Disk::new();
    fs::write(disk.data().join("a"), "one").unwrap();
    run(&disk, "append:a:two remove:a", false);
    disk.fail_power(Unsynced::Lost);
    assert_eq!(format!("{:?}", found(&disk.data())), r#"{"a": "one"}"#);
}

#[test]
fn a_disk_that_lies_loses_what_was_synced() {
    let disk = Disk::new();
    run(&disk, "append:a:one sync:a names:.", true);
    disk.fail_power(Unsynced::Lost);
    assert!(found(&disk.data()).is_empty());
}

#[test]
fn a_torn_file_has_only_what_was_in_it_once() {
    let torn = |seed| {
        let disk = Disk::new();
        fs::write(disk.data().join("a"), "o".repeat(8 * 512)).unwrap();
        run(&disk, &format!("write:a:{}", "n".repeat(8 * 512)), false);
        disk.fail_power(Unsynced::Torn(Dice::new(seed)));
        found(&disk.data())["a"].clone()
    };
    let text = torn(1);
    assert!(text.bytes().all(|byte| byte == b'o' || byte == b'n'));
    assert!(text.contains('o') && text.contains('n'), "neither lost nor kept as a whole");
    assert_eq!(text, torn(1));
}
