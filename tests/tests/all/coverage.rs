//! What no test reaches does not pass: operations as the descriptors have them, refusals as the sources have them.

use std::collections::BTreeSet;

use linli_contract::{Method, Operation, Role};
use linli_tests::http::{Answered, Reply};
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::{Setup, World};
use serde_json::json;

/// The neighbourhood, its calls written down for [`assert_called`].
pub(crate) fn watched(mut here: Neighbourhood) -> Neighbourhood {
    here.client = here.client.recording();
    here
}

/// Asserts that every operation of a component was called, and did what it is for.
#[track_caller]
pub(crate) fn assert_called(world: &World, here: &Neighbourhood, component: &str) {
    let answered = here.client.answered();
    let services = world.platform.services();
    let service = services.iter().find(|service| service.descriptor().name.as_str() == component).unwrap();
    let start = here.path(component);
    let called =
        |operation: &&Operation| answered.iter().any(|call| is_good_call_of(call, &start, operation));
    let operations = &service.descriptor().operations;
    let missing: Vec<_> = operations.iter().filter(|operation| !called(operation)).collect();
    let missing: Vec<_> = missing.iter().map(|operation| &operation.name).collect();
    assert!(missing.is_empty(), "no test has these operations do what they are for: {missing:?}");
}

fn is_good_call_of(call: &Answered, start: &str, operation: &Operation) -> bool {
    let path = call.path.split('?').next().unwrap();
    let Some(path) = path.strip_prefix(start) else { return false };
    let (mut actual, mut wanted) = (path.split('/'), operation.path.split('/'));
    let same = loop {
        match (actual.next(), wanted.next()) {
            (None, None) => break true,
            (Some(actual), Some(wanted)) if actual == wanted || wanted.starts_with('{') => {}
            _ => break false,
        }
    };
    same && call.method == operation.method.as_str() && (200..300).contains(&call.status)
}

/// Asserts that every code which these sources of a component declare stands in these sources of tests, but for those
/// that are another test's business.
#[track_caller]
pub(crate) fn assert_provoked(declared: &str, provoked: &str, elsewhere: &[&str]) {
    let code = |made: &str| {
        let (code, _) = made.split_once('(')?.1.trim_start().strip_prefix('"')?.split_once('"')?;
        Some(code.to_owned())
    };
    let codes: BTreeSet<String> = declared.split("Problem::").skip(1).filter_map(code).collect();
    assert!(codes.len() > 20, "{codes:?}");
    let stands =
        |code: &String| elsewhere.contains(&code.as_str()) || provoked.contains(&format!("\"{code}\""));
    let missing: Vec<_> = codes.iter().filter(|code| !stands(code)).collect();
    assert!(missing.is_empty(), "nobody provokes {missing:?}");
    for code in elsewhere {
        assert!(codes.contains(*code), "{code} is declared no longer");
    }
}

/// Every core function, and every operation of it, with somebody who may call it.
fn every_operation(check: impl Fn(&str, &Operation, &dyn Fn(&str, &str) -> Reply)) {
    let core = linli_tests::components::core();
    let world = Setup { core, ..Setup::of(&[]) }.start();
    let here = world.neighbourhood(1);
    for service in world.platform.services() {
        let component = service.descriptor().name.as_str();
        for operation in &service.descriptor().operations {
            let token = match operation.roles[0] {
                Role::Anyone => None,
                Role::Resident => Some(here.resident(0).token),
                role => Some(here.staff(role).token),
            };
            check(component, operation, &|id, query| {
                let mut path = format!("{component}{}", operation.path);
                for name in operation.path_parameters() {
                    path = path.replace(&format!("{{{name}}}"), id);
                }
                let mut call = here.call(operation.method.as_str(), &format!("{path}{query}"));
                if let Some(token) = &token {
                    call = call.token(token);
                }
                if matches!(operation.method, Method::Post | Method::Put | Method::Patch) {
                    call = call.json(&json!({ "no_such_member": 1 }));
                }
                call.send()
            });
        }
    }
}

/// An id of the usual form, of nothing.
pub(crate) const NOTHING: &str = "01jt4v6c00abcdefghjkmnpqrs";

#[test]
fn every_operation_refuses_what_it_does_not_know() {
    every_operation(|component, operation, call| {
        let writes = matches!(operation.method, Method::Post | Method::Put | Method::Patch);
        let reply = call(NOTHING, if writes { "" } else { "?no_such_parameter=1" });
        assert_eq!(reply.problem(422), "input-invalid", "{component} {}", operation.name);
        assert!(reply.text().contains("no_such_"), "{component} {}: {}", operation.name, reply.text());
    });
}

#[test]
fn no_operation_takes_an_id_of_a_form_that_no_id_has() {
    every_operation(|component, operation, call| {
        if operation.path_parameters().next().is_some() {
            let reply = call("%21", "");
            assert!(matches!(reply.status, 404 | 422), "{component} {}: {}", operation.name, reply.text());
        }
    });
}

/// A core function that comes without a module of its own here would not be covered by the assertions above.
#[test]
fn every_core_function_has_tests_of_its_operations() {
    let sources = concat!(
        include_str!("affairs/mod.rs"),
        include_str!("meals/mod.rs"),
        include_str!("points/mod.rs"),
        include_str!("providers/mod.rs"),
        include_str!("signup/mod.rs"),
    );
    for component in linli_tests::components::core() {
        assert!(sources.contains(&format!("assert_called(&world, &here, \"{component}\")")), "{component}");
    }
}
