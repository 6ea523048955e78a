//! Who may call what: every operation of every core function, and of the platform itself, with every role, asked of the
//! server and compared with `tests/authz/matrix.txt` and `platform.txt`. A new operation without a line there does not pass; `UPDATE_EXPECT=1` writes it, for a
//! reviewer to read.

use std::sync::Arc;

use expect_test::expect_file;
use linli_contract::{Area, ComponentName, Descriptor, Method, Operation, Role};
use linli_tests::http::Reply;
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::world::{Setup, World};

/// The columns: a caller each.
const CALLERS: [&str; 10] = [
    "nobody",
    "resident",
    "resident-afar",
    "worker",
    "worker-afar",
    "grid-worker",
    "officer",
    "provider",
    "reviewer",
    "operator",
];

fn callers(here: &Neighbourhood, afar: &Neighbourhood) -> Vec<Option<Person>> {
    let street: Area = "330105001".parse().unwrap();
    let city: Area = "3301".parse().unwrap();
    let wide = |role, area: &Area| Some(here.person(here.staff(role).id, role, area));
    vec![
        None,
        Some(here.resident(0)),
        Some(afar.resident(0)),
        Some(here.worker()),
        Some(afar.worker()),
        Some(here.staff(Role::GridWorker)),
        wide(Role::Officer, &street),
        Some(here.staff(Role::Provider)),
        wide(Role::Reviewer, &city),
        wide(Role::Operator, &city),
    ]
}

/// Calls it with an input that is empty but for its path, so that whoever may call it mostly hears 404 or 422.
fn call(here: &Neighbourhood, component: &str, operation: &Operation, who: Option<&Person>) -> Reply {
    let own = component == ComponentName::PLATFORM;
    let mut path = if own { operation.path.clone() } else { format!("/{component}{}", operation.path) };
    for name in operation.path_parameters() {
        path = path.replace(&format!("{{{name}}}"), "01jt4v6c00abcdefghjkmnpqrs");
    }
    let start = if own { "/v1".to_owned() } else { format!("/v1/{}", here.community) };
    let mut call = here.client.call(operation.method.as_str(), &format!("{start}{path}"));
    if let Some(who) = who {
        call = call.token(&who.token);
    }
    if matches!(operation.method, Method::Post | Method::Put | Method::Patch) {
        call = call.json(&serde_json::json!({}));
    }
    call.send()
}

/// One cell: `yes`, or why not.
fn cell(reply: &Reply) -> &'static str {
    if !matches!(reply.status, 401 | 403) {
        assert!(!reply.text().contains("unknown-path"), "{}", reply.text());
        return "yes";
    }
    match (reply.status, reply.problem(reply.status).as_str()) {
        (401, "token-missing") => "token",
        (403, "role-not-allowed") => "role",
        (403, "out-of-area") => "area",
        // Whoever came as far as the component may call it.
        (403, _) => "yes",
        (_, other) => panic!("{other}"),
    }
}

fn matrix(world: &World, descriptors: impl IntoIterator<Item = Arc<Descriptor>>) -> String {
    let (here, afar) = (world.neighbourhood(1), world.neighbourhood(1));
    let callers = callers(&here, &afar);
    let mut page = "Who may call what. `yes`: the call reaches the operation. `token`, `role`, `area`: what the caller lacks.\n\
                    `-afar`: of another community. Officer: of the street. Reviewer, operator: of the city.\n"
        .to_owned();
    for descriptor in descriptors {
        let width = descriptor.operations.iter().map(|operation| operation.name.len()).max().unwrap_or(0);
        page += &format!("\n{:width$}", descriptor.name.as_str());
        let width = width.max(descriptor.name.as_str().len());
        CALLERS.iter().for_each(|caller| page += &format!("  {caller}"));
        page.push('\n');
        for operation in &descriptor.operations {
            let mut line = format!("{:width$}", operation.name);
            for (title, who) in CALLERS.iter().zip(&callers) {
                let reply = call(&here, descriptor.name.as_str(), operation, who.as_ref());
                line += &format!("  {:column$}", cell(&reply), column = title.len());
            }
            page += line.trim_end();
            page.push('\n');
            if !operation.joined_by.is_empty() {
                let address = format!("/v1/330105001/{}{}", descriptor.name, operation.path);
                let mut line = format!("{:width$}", "  of the street");
                for (title, who) in CALLERS.iter().zip(&callers) {
                    let call = here.client.call(operation.method.as_str(), &address);
                    let call = match who {
                        Some(who) => call.token(&who.token),
                        None => call,
                    };
                    line += &format!("  {:column$}", cell(&call.send()), column = title.len());
                }
                page += line.trim_end();
                page.push('\n');
            }
        }
    }
    page
}

#[test]
fn every_operation_is_for_those_in_the_matrix() {
    let core = linli_tests::components::core();
    let world = Setup { core, ..Setup::of(&[]) }.start();
    let services = world.platform.services();
    let descriptors = services.iter().map(|service| service.descriptor().clone());
    expect_file!["../../authz/matrix.txt"].assert_eq(&matrix(&world, descriptors));
}

#[test]
fn every_operation_of_the_platform_is_for_those_in_its_matrix() {
    let world = Setup::of(&["activity-signup"]).start();
    let descriptors = [linli_gateway::platform_descriptor()];
    expect_file!["../../authz/platform.txt"].assert_eq(&matrix(&world, descriptors));
}
