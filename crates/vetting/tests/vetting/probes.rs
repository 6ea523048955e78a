//! What is found when an upload is tried out. The guests are compiled by `cargo xtask build`.

use std::path::PathBuf;

use expect_test::expect;
use linli_vetting::{Expected, VetReport, vet};

use crate::components::findings;

/// The bytes of a guest of the tests.
pub fn guest(name: &str) -> Vec<u8> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/components");
    let components =
        std::env::var_os("LINLI_COMPONENTS").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let path = components.join("tests").join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo xtask build` compiles the components", path.display())
    })
}

/// The guest `two-faced`, misbehaving in this way.
fn two_faced(way: u8) -> Vec<u8> {
    let mut wasm = guest("two-faced");
    let mark = b"linli-two-faced-way:";
    let at = wasm.windows(mark.len()).position(|window| window == mark).expect("the mark is in the file");
    wasm[at + mark.len()..at + mark.len() + 2].copy_from_slice(format!("{way:02}").as_bytes());
    wasm
}

fn without_times(mut report: VetReport) -> VetReport {
    report.probes.iter_mut().for_each(|line| line.most_cpu_micros = 0);
    report
}

#[test]
fn an_honest_plugin_passes_and_its_report_reads_like_this() {
    let report = vet(&two_faced(0), &Expected::default());
    assert!(report.passed(), "{}", findings(&report));
    let words = report.in_words().into_iter().map(|line| {
        let text = format!("{}\n{}\n", line.zh, line.en);
        // What a compiler makes of it changes with the compiler.
        text.split(", at most")
            .next()
            .unwrap_or_default()
            .split("，每次最多")
            .next()
            .unwrap_or_default()
            .to_owned()
            + "\n"
    });
    expect![[r#""#]].assert_eq(&words.collect::<String>());
    let again = without_times(vet(&two_faced(0), &Expected::default()));
    let (one, two) = (serde_json::to_string(&without_times(report)), serde_json::to_string(&again));
    assert_eq!(one.unwrap(), two.unwrap(), "the same file has the same report");
}

#[test]
fn each_way_to_misbehave_is_found_by_trying() {
    let mut all = String::new();
    for way in 1..=17 {
        let report = vet(&two_faced(way), &Expected::default());
        let found = findings(&report);
        // Inputs are long; what was tried is not the point here.
        let lines = found.lines().filter(|line| !line.trim_start().is_empty());
        let lines = lines.map(|line| line.split("; input").next().unwrap_or_default());
        let lines = lines.filter(|line| line.is_ascii());
        all += &format!("way {way}: passed {}\n{}\n", report.passed(), lines.collect::<Vec<_>>().join("\n"));
    }
    expect![[r#""#]].assert_eq(&all);
}

#[test]
fn what_cannot_even_say_what_it_is_is_refused() {
    let all = ["endless-describe", "trap-at-start", "false-name", "reaches-out", "hostile"]
        .map(|name| format!("{name}\n{}", findings(&vet(&guest(name), &Expected::default()))));
    expect![[r#""#]].assert_eq(&all.join(""));
}

/// They are no plugins, but they are written as plugins should be: nothing they do is cause for alarm.
#[test]
fn well_behaved_components_are_not_accused() {
    for name in ["notebook", "errands"] {
        let report = vet(&guest(name), &Expected::default());
        let trouble: Vec<_> =
            report.findings.iter().filter(|f| f.rejects && f.code.starts_with("probe")).collect();
        assert!(trouble.is_empty(), "{name}: {trouble:?}");
    }
}
