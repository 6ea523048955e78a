//! What comes out of a composition asks Spin for what its adapters use, and for nothing of the function's.

#![allow(clippy::unwrap_used, reason = "clippy lets tests unwrap, but not what they share")]

use linli_compose::{Adapters, ComposeError, Interfaces, Part, compose};

/// A component that imports interfaces of one function each, and exports others made of the first.
fn component(imports: &[&str], exports: &[&str]) -> Vec<u8> {
    let mut text = String::from(
        "(component (core module $m (func (export \"f\"))) (core instance $i (instantiate $m))
         (func $f (canon lift (core func $i \"f\"))) (instance $it (export \"f\" (func $f)))",
    );
    for import in imports {
        // Imports come first in a component's text as in its file.
        text = text.replacen(
            "(component",
            &format!("(component (import \"{import}\" (instance (export \"f\" (func))))"),
            1,
        );
    }
    for export in exports {
        text += &format!("(export \"{export}\" (instance $it))");
    }
    wat::parse_str(text + ")").unwrap()
}

const CAPABILITY: &str = "linli:platform/capability@0.1.0";
const RECORDS: &str = "linli:platform/records@0.1.0";
const SESSION: &str = "linli:spin-store/session@0.1.0";
const HANDLER: &str = "wasi:http/handler@0.3.0";
const SQLITE: &str = "spin:sqlite/sqlite@3.0.0";
const CLOCK: &str = "wasi:clocks/wall-clock@0.2.6";
const RANDOM: &str = "wasi:random/random@0.2.6";

fn adapters() -> Adapters {
    Adapters {
        http: component(&[CAPABILITY, SESSION, RANDOM], &[HANDLER]),
        store: component(&[SQLITE], &[RECORDS, SESSION]),
        wasi: component(&[], &[CLOCK, RANDOM]),
    }
}

fn outside(composed: &[u8]) -> (Vec<String>, Vec<String>) {
    let interfaces = Interfaces::read(composed).unwrap();
    (interfaces.imports.into_keys().collect(), interfaces.exports.into_iter().collect())
}

#[test]
fn the_clock_of_a_function_is_the_inert_one() {
    let function = component(&[RECORDS, CLOCK], &[CAPABILITY]);
    let (imports, exports) = outside(&compose(&function, &adapters()).unwrap());
    assert_eq!(imports, [SQLITE, RANDOM], "of the adapters, and no clock");
    assert_eq!(exports, [HANDLER]);
}

#[test]
fn a_compatible_version_of_wasi_will_do() {
    let function = component(&[RECORDS, "wasi:clocks/wall-clock@0.2.3"], &[CAPABILITY]);
    let (imports, _) = outside(&compose(&function, &adapters()).unwrap());
    assert_eq!(imports, [SQLITE, RANDOM]);
}

#[track_caller]
fn refused(function: &[u8], adapters: &Adapters) -> String {
    compose(function, adapters).unwrap_err().to_string()
}

#[test]
fn what_nobody_offers_is_not_asked_of_spin() {
    let function = component(&[RECORDS, "wasi:sockets/tcp@0.2.6"], &[CAPABILITY]);
    assert_eq!(
        refused(&function, &adapters()),
        "the function imports wasi:sockets/tcp@0.2.6, which no part of the composition offers"
    );
    let function = component(&[SQLITE], &[CAPABILITY]);
    assert_eq!(
        refused(&function, &adapters()),
        "the function imports spin:sqlite/sqlite@3.0.0, which no part of the composition offers",
        "the adapters' own is not the function's"
    );
}

#[test]
fn adapters_are_looked_at_too() {
    let function = component(&[], &[CAPABILITY]);
    let mut wrong = adapters();
    wrong.store = component(&["wasi:sockets/tcp@0.2.6"], &[RECORDS, SESSION]);
    assert_eq!(
        refused(&function, &wrong),
        "spin-store imports wasi:sockets/tcp@0.2.6, which adapters do not get"
    );
    let mut wrong = adapters();
    wrong.wasi = component(&[RANDOM], &[CLOCK]);
    assert_eq!(
        refused(&function, &wrong),
        "spin-wasi imports wasi:random/random@0.2.6, which adapters do not get",
        "inert is what has nothing behind it"
    );
    let mut wrong = adapters();
    wrong.http = component(&[CAPABILITY], &[]);
    assert!(matches!(compose(&function, &wrong), Err(ComposeError::NoHandler)));
}

#[test]
fn a_part_that_is_not_what_it_should_be_is_named() {
    let function = component(&[], &[]);
    assert_eq!(
        refused(&function, &adapters()),
        format!("spin-http imports {CAPABILITY}, which no part of the composition offers")
    );
    let unreadable = compose(b"#!/bin/sh", &adapters());
    assert!(matches!(unreadable, Err(ComposeError::NotAComponent { part: Part::Function, .. })));
    let other =
        wat::parse_str(format!("(component (import \"{RECORDS}\" (instance (export \"g\" (func)))))"));
    assert!(matches!(
        compose(&other.unwrap(), &adapters()),
        Err(ComposeError::Mismatched { part: Part::Function, .. })
    ));
}
