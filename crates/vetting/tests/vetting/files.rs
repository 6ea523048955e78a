//! What is refused of a file, before anything is compiled.

use expect_test::expect;
use linli_vetting::{Expected, vet_file};

use crate::components::{capable, found, wasm};

#[test]
fn a_component_with_the_contract_passes() {
    assert_eq!(found(&capable("")), "");
}

#[test]
fn what_is_no_component_is_told_apart() {
    let all = [
        found(b""),
        found(b"<html>"),
        found(b"\0asm"),
        found(&wasm("(module)")),
        found(&wasm("(component)")),
        found(&vec![0; 16 * 1024 * 1024 + 1]),
    ];
    expect![[r#""#]].assert_eq(&all.join(""));
}

/// Wherever a file is cut off, it is refused, and what is wrong is never said to be something else.
#[test]
fn a_file_that_is_cut_off_or_damaged_is_refused() {
    let whole = capable(r#"(core module (memory 1) (data (i32.const 0) "hello") (func (export "f")))"#);
    assert!(vet_file(&whole, &Expected::default()).passed());
    for length in 0..whole.len() {
        let report = vet_file(&whole[..length], &Expected::default());
        assert!(!report.passed(), "{length} of {} bytes", whole.len());
        let code = &*report.findings[0].code;
        let known = ["file-truncated", "wasm-invalid", "not-webassembly", "no-capability"];
        assert!(known.contains(&code), "{length}: {code}");
    }
    for place in 8..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0xff;
        // Names and data may be anything; whatever it is, it is judged.
        vet_file(&damaged, &Expected::default());
    }
    expect![[r#""#]].assert_eq(&found(&whole[..whole.len() / 2]));
}

/// Each proposal that is off, as a file that uses it.
#[test]
fn a_feature_that_is_off_is_named() {
    let module = |inside: &str| found(&capable(&format!("(core module {inside})")));
    let all = [
        ("threads", module("(memory 1 1 shared)")),
        ("memory64", module("(memory i64 1)")),
        ("multi-memory", module("(memory 1) (memory 1)")),
        ("gc", module("(type (struct (field i32)))")),
        ("function references", module("(type $f (func)) (func (param (ref $f)))")),
        ("exceptions", module("(tag)")),
        ("externref", module("(func (param externref))")),
        (
            "relaxed simd",
            module("(func (result v128) v128.const i64x2 0 0 v128.const i64x2 0 0 i8x16.relaxed_swizzle)"),
        ),
        (
            "wide arithmetic",
            module("(func (result i64 i64) i64.const 0 i64.const 0 i64.const 0 i64.const 0 i64.add128)"),
        ),
        ("custom page sizes", module("(memory 1 (pagesize 1))")),
        ("component-model async", found(&capable(r#"(type (future u32))"#))),
        ("component-model values", found(&capable(r#"(import "v" (value u32))"#))),
        ("component-model error context", found(&capable("(core func (canon error-context.drop))"))),
        ("component-model fixed-length lists", found(&capable("(type (list u8 4))"))),
    ];
    let all: String = all.iter().map(|(what, found)| format!("{what}: {found}")).collect();
    expect![[r#""#]].assert_eq(&all);
}

#[test]
fn more_of_anything_than_allowed_is_refused_before_it_is_compiled() {
    let module = |inside: &str| found(&capable(&format!("(core module {inside})")));
    let nested = |depth: usize| format!("{}{}", "(component ".repeat(depth), ")".repeat(depth));
    let all = [
        found(&capable(&nested(5))),
        found(&capable(&"(core module)".repeat(33))),
        found(&capable(&"(component)".repeat(40))),
        found(&capable(&format!("(core module $m) {}", "(core instance (instantiate $m))".repeat(33)))),
        found(&capable(&"(core module (memory 1))".repeat(5))),
        module(&"(table 1 funcref)".repeat(17)),
        module("(table 65537 funcref)"),
        module(&"(global i32 (i32.const 0))".repeat(10_001)),
        module(&format!("(func (local {}))", "i64 ".repeat(10_001))),
        module(&"(func)".repeat(50_001)),
        module(&format!("(func {})", "i32.const 0 drop ".repeat(180_000))),
        module(&"(type (func (param i32)))".repeat(10_001)),
        module(&"(import \"a\" \"b\" (func))".repeat(4_001)),
        module(&format!("(memory 1) {}", "(data (i32.const 0) \"\")".repeat(10_001))),
        module(&format!("(table 1 funcref) {}", "(elem (i32.const 0) func)".repeat(1_001))),
        module(&format!("(@custom \"x\" \"{}\")", "x".repeat(8 * 1024 * 1024 + 1))),
    ];
    expect![[r#""#]].assert_eq(&all.join(""));
}

/// Few bytes in the file, many in memory: the image of memory is laid out when it is compiled.
#[test]
fn data_that_unfolds_is_refused_before_it_is_compiled() {
    let module = |inside: &str| found(&capable(&format!("(core module {inside})")));
    let all = [
        module("(memory 65536)"),
        module(r#"(memory 1) (data (i32.const 0) "a") (data (i32.const 0x7ffffff0) "b")"#),
        module(r#"(memory 1) (data (i32.const 0) "a") (data (i32.const -16) "b")"#),
        found(&capable(
            &r#"(core module (memory 160) (data (i32.const 0) "a") (data (i32.const 10000000) "b"))"#
                .repeat(4),
        )),
    ];
    expect![[r#""#]].assert_eq(&all.join(""));
    let high = module(r#"(memory 512) (data (i32.const 33000000) "only what lies between counts")"#);
    assert_eq!(high, "");
}

#[test]
fn imports_that_nobody_is_given_are_named() {
    let all = [
        found(&capable(r#"(import "wasi:sockets/tcp@0.2.3" (instance))"#)),
        found(&capable(
            r#"(import "wasi:http/outgoing-handler@0.2.3" (instance)) (import "wasi:cli/environment@0.2.3" (instance))"#,
        )),
        found(&capable(r#"(import "linli:platform/records@9.0.0" (instance))"#)),
        found(&capable(r#"(import "linli:platform/capability@0.1.0" (instance))"#)),
        found(&capable(r#"(import "vendor:backdoor/shell@1.0.0" (instance)) (import "shell" (func))"#)),
    ];
    expect![[r#""#]].assert_eq(&all.join(""));
}
