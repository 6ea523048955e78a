//! Writes files step by step and ends without a word, as a program that is killed: for tests of the layer that
//! simulates power loss. Each argument is a step in the current directory: `write:NAME:TEXT`, `append:NAME:TEXT`,
//! `cut:NAME:LENGTH`, `sync:NAME`, `names:DIRECTORY`, `rename:FROM:TO`, `remove:NAME`, `directory:NAME`.
#![allow(clippy::unwrap_used, reason = "part of a test")]

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;

fn main() {
    let mut open: HashMap<String, File> = HashMap::new();
    for step in std::env::args().skip(1) {
        let parts: Vec<&str> = step.split(':').collect();
        let mut file = |name: &str| {
            let opened = || OpenOptions::new().create(true).append(true).open(name).unwrap();
            open.entry(name.to_owned()).or_insert_with(opened).try_clone().unwrap()
        };
        match parts[..] {
            ["write", name, text] => fs::write(name, text).unwrap(),
            ["append", name, text] => file(name).write_all(text.as_bytes()).unwrap(),
            ["cut", name, length] => file(name).set_len(length.parse().unwrap()).unwrap(),
            ["sync", name] => file(name).sync_data().unwrap(),
            ["names", directory] => File::open(directory).unwrap().sync_all().unwrap(),
            ["rename", from, to] => fs::rename(from, to).unwrap(),
            ["remove", name] => fs::remove_file(name).unwrap(),
            ["directory", name] => fs::create_dir(name).unwrap(),
            _ => panic!("not a step: {step}"),
        }
    }
    std::process::abort();
}
