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
    expect![[r#"
        审查通过。
        It passed vetting.

        两面（two-faced 0.1.0）
        Two-faced (two-faced 0.1.0)

        不要求任何权限。
        It asks for no permission.

        试运行 act 18 次，成功 18 次
        试运行 list_acts 8 次，成功 8 次
        试运行 react:act.done 2 次，成功 2 次
    "#]]
    .assert_eq(&words.collect::<String>());
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
    expect![[r#"
        way 1: passed false
        probe-trapped @ operations[0]
          It failed when it was tried: act: wasm trap: wasm `unreachable` instruction executed
        way 2: passed false
        probe-timed-out @ operations[0]
          It took too long when it was tried: act: over its CPU time
        way 3: passed false
        probe-out-of-memory @ operations[0]
          It wanted more memory than it may have when it was tried: act: the instance wants more memory than it may have
        way 4: passed false
        probe-trapped @ operations[0]
          It failed when it was tried: act: wasm trap: out of bounds memory access
        way 5: passed false
        probe-reply-too-large @ operations[0]
          Its reply was too large when it was tried: act: over its reply size
        way 6: passed false
        probe-reply-unfit @ operations[0]
          Its reply was not what it declares when it was tried: act: `/id` Must be text.
        way 7: passed false
        probe-trapped @ operations[0]
          It failed when it was tried: act: the answer breaks the contract: JSON content that is not
        way 8: passed false
        probe-trapped @ operations[0]
          It failed when it was tried: act: the collection is not declared
        way 9: passed false
        probe-trapped @ operations[1]
          It failed when it was tried: list_acts: this kind of operation does not write
        way 10: passed false
        probe-trapped @ operations[1]
          It failed when it was tried: list_acts: the setting is not declared
        way 11: passed false
        probe-trapped @ operations[0]
          It failed when it was tried: act: stock: above the ceiling
        way 12: passed false
        probe-trapped @ subscribes[0]
          It failed when it was tried: react:act.done: wasm trap: wasm `unreachable` instruction executed
        way 13: passed false
        probe-trapped @ operations[0]
          It failed when it was tried: act: the answer breaks the contract: JSON content that is not
        way 14: passed false
        probe-trapped @ operations[0]
          It failed when it was tried: act: the answer breaks the contract: JSON content that is not
        way 15: passed false
        probe-reply-unfit @ operations[0]
          Its reply was not what it declares when it was tried: act: no JSON, where JSON is declared
        way 16: passed false
        probe-trapped @ operations[0]
          It failed when it was tried: act: over the limit MAX_RECORDS_WRITTEN
        way 17: passed false
        probe-trapped @ operations[1]
          It failed when it was tried: list_acts: wasm trap: wasm `unreachable` instruction executed
    "#]].assert_eq(&all);
}

#[test]
fn what_cannot_even_say_what_it_is_is_refused() {
    let all = ["endless-describe", "trap-at-start", "false-name", "reaches-out", "hostile"]
        .map(|name| format!("{name}\n{}", findings(&vet(&guest(name), &Expected::default()))));
    expect![[r#"
        endless-describe
        describe-failed @ describe
          组件没有说明自身：the guest used up its time。
          The component does not describe itself: the guest used up its time.
        trap-at-start
        describe-failed @ describe
          组件没有说明自身：the guest trapped。
          The component does not describe itself: the guest trapped.
        false-name
        descriptor-invalid @ name
          描述不符合约定：is reserved for the host。
          The descriptor breaks the contract: is reserved for the host.
        name-reserved @ name
          名称由平台保留：platform。
          The name is reserved for the platform: platform.
        reaches-out
        import-not-allowed @ imports.wasi:sockets/instance-network@0.2.6
          组件导入了 wasi:sockets/instance-network@0.2.6，平台不向任何组件提供。
          The component imports wasi:sockets/instance-network@0.2.6, which no component is given.
        import-not-allowed @ imports.wasi:sockets/network@0.2.6
          组件导入了 wasi:sockets/network@0.2.6，平台不向任何组件提供。
          The component imports wasi:sockets/network@0.2.6, which no component is given.
        hostile
        import-undeclared @ imports.linli:platform/keys@0.1.0
          组件导入了接口，却没有声明：linli:platform/keys@0.1.0 (permission `sign`)。
          The component imports an interface without declaring what for: linli:platform/keys@0.1.0 (permission `sign`).
        import-undeclared @ imports.linli:platform/ledger@0.1.0
          组件导入了接口，却没有声明：linli:platform/ledger@0.1.0 (permission `debit-caller` or `issue`, or an account)。
          The component imports an interface without declaring what for: linli:platform/ledger@0.1.0 (permission `debit-caller` or `issue`, or an account).
        import-undeclared @ imports.linli:platform/outbound@0.1.0
          组件导入了接口，却没有声明：linli:platform/outbound@0.1.0 (permission `outbound`)。
          The component imports an interface without declaring what for: linli:platform/outbound@0.1.0 (permission `outbound`).
        import-undeclared @ imports.linli:platform/people@0.1.0
          组件导入了接口，却没有声明：linli:platform/people@0.1.0 (permission `people`)。
          The component imports an interface without declaring what for: linli:platform/people@0.1.0 (permission `people`).
    "#]].assert_eq(&all.join(""));
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
