//! Calls: roles, schemas, replies, rollback, reruns, misuse.

use std::sync::atomic::{AtomicU32, Ordering};

use linli_sdk::testing::Actor;
use linli_sdk::{Accepted, Media, keys, stock};

use super::*;

static RUNS: AtomicU32 = AtomicU32::new(0);

fn do_everything_then_refuse(_: Told) -> Result<NoContent, Problem> {
    keep(&note("a", "x", 1));
    stock::open("places", 5);
    stock::take("places", 2);
    SAID.publish(&note("a", "x", 1));
    Err(Problem::conflict("changed-my-mind", "改变主意了。", "Changed my mind."))
}

fn misuse(told: Told) -> Result<NoContent, Problem> {
    match told.what.as_str() {
        "undeclared" => Collection::<Note>::new("others").put("a", &note("a", "", 0)),
        "bad-id" => keep(&note("a/b", "", 0)),
        "sign" => drop(keys::sign("certificate", b"x")),
        "give" => stock::give("nothing", 1),
        "random" => drop(context::random(1_025)),
        "setting" => drop(Setting::<String>::new("none", "无", "None").get()),
        other => panic!("no such misuse: {other}"),
    }
    Ok(NoContent)
}

fn write_while_reading() -> Result<Html, Problem> {
    keep(&note("a", "x", 1));
    Ok(Html(String::new()))
}

fn differ(told: Told) -> Result<Note, Problem> {
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    if told.what == "in writing" {
        keep(&note("a", &run.to_string(), 0));
        return Ok(note("a", "", 0));
    }
    Ok(note("a", &run.to_string(), 0))
}

fn show(told: Told) -> Result<Media, Problem> {
    Ok(Media { content_type: "text/plain".to_owned(), bytes: told.what.into_bytes() })
}

fn start(told: Told) -> Result<Accepted<Note>, Problem> {
    Ok(Accepted(note("a", &told.what, told.number)))
}

fn who() -> Result<Note, Problem> {
    context::log(linli_sdk::context::Level::Info, "asked");
    let person = context::subject()?;
    let handle = people::open(&person).unwrap();
    let name = handle.masked(Attribute::Name).unwrap();
    assert!(handle.reveal(Attribute::Phone, "test").is_err(), "the phone is not granted");
    Ok(note(person.as_str(), &name, i64::from(context::community().to_string().len() == 12)))
}

const SAID: Event<Note> = Event::new("note.said");

static CALLS: Component = Component::new("calls", "1.0.0", "调用", "Calls")
    .collections(&[&NOTES])
    .publishes(&[&SAID])
    .permissions(&[Grant::People(&[Attribute::Name], "显示", "to show"), Grant::Sign("ticket")])
    .operations(&[
        post("/refusals", handler!(do_everything_then_refuse))
            .roles(&[Role::Resident])
            .title("拒绝", "Refuse"),
        post("/misuses", handler!(misuse)).roles(&[Role::Resident]).title("误用", "Misuse"),
        get("/writes", handler!(write_while_reading)).roles(&[Role::Resident]).title("写", "Write"),
        post("/differences", handler!(differ)).roles(&[Role::Resident]).title("不同", "Differ"),
        get("/texts", handler!(show)).roles(&[Role::Anyone]).title("看", "Show"),
        post("/starts", handler!(start)).roles(&[Role::Resident]).title("开始", "Start"),
        get("/me", handler!(who)).roles(&[Role::Anyone]).title("我", "Me"),
    ]);

#[test]
fn a_refused_call_leaves_nothing() {
    let platform = Platform::new(&CALLS);
    let resident = platform.resident(30);
    for _ in 0..2 {
        // The second time, opening the counter would trap if the first had left it.
        let problem = platform.call(&resident, "do_everything_then_refuse", json!({})).problem();
        assert_eq!(problem.code, "changed-my-mind");
    }
    assert!(platform.take_published().is_empty());
    platform.verify();
}

#[test]
fn misuse_traps_and_leaves_nothing() {
    let platform = Platform::new(&CALLS);
    let resident = platform.resident(30);
    for (what, message) in [
        ("undeclared", "the collection is not declared"),
        ("bad-id", "not a document id"),
        ("sign", "the permission `sign` is not declared"),
        ("give", "no such counter"),
        ("random", "MAX_RANDOM_BYTES"),
        ("setting", "is not declared"),
    ] {
        let trap = platform.call(&resident, "misuse", json!({ "what": what })).trap();
        assert!(trap.contains(message), "{what}: {trap}");
    }
    let trap = platform.call(&resident, "write_while_reading", json!({})).trap();
    assert!(trap.contains("does not write"), "{trap}");
}

#[test]
#[should_panic(expected = "two runs of one call answered differently")]
fn an_answer_that_differs_between_runs_is_noticed() {
    let platform = Platform::new(&CALLS);
    let _ = platform.call(&platform.resident(30), "differ", json!({}));
}

#[test]
#[should_panic(expected = "two runs of one call wrote differently")]
fn a_write_that_differs_between_runs_is_noticed() {
    let platform = Platform::new(&CALLS);
    let _ = platform.call(&platform.resident(30), "differ", json!({ "what": "in writing" }));
}

#[test]
fn roles_and_schemas_are_checked_before_the_component_is_called() {
    let platform = Platform::new(&CALLS);
    let worker = platform.worker();
    assert_eq!(platform.call(&worker, "start", json!({})).code(), "role-missing");
    assert_eq!(platform.call(&Actor::anyone(), "start", json!({})).code(), "role-missing");
    let resident = platform.resident(30);
    for wrong in [json!({ "number": "1" }), json!({ "unknown": 1 }), json!([]), json!(null)] {
        assert_eq!(platform.call(&resident, "start", wrong).code(), "schema-violated");
    }
}

#[test]
fn every_sort_of_reply_has_its_status() {
    let platform = Platform::new(&CALLS);
    let shown = platform.call(&Actor::anyone(), "show", json!({ "what": "好" })).reply();
    assert_eq!(shown.status.code(), 200);
    assert_eq!(shown.content.len(), "好".len());
    let started = platform.call(&platform.resident(30), "start", json!({ "number": 7 })).reply();
    assert_eq!(started.status.code(), 202);
}

#[test]
fn a_call_knows_who_and_where_and_sees_what_is_granted() {
    let platform = Platform::new(&CALLS);
    let resident = platform.resident(30);
    let me = platform.call(&resident, "who", json!({})).ok();
    assert_eq!((me["id"].as_str(), me["weight"].as_i64()), (Some(resident.person().as_str()), Some(1)));
    assert_eq!(me["text"].as_str().unwrap().chars().filter(|c| *c == '*').count(), 2);
    assert!(platform.take_revealed().is_empty());
    assert_eq!(platform.take_log(), ["Info: asked"]);
    assert_eq!(platform.call(&Actor::anyone(), "who", json!({})).code(), "person-needed");
}

#[test]
fn the_descriptor_says_what_the_table_says() {
    let descriptor = CALLS.describe();
    assert_eq!(descriptor.validate(), Ok(()));
    let show = descriptor.operation("show").unwrap();
    assert_eq!((show.path.as_str(), show.output.as_str()), ("/texts", ""));
    let start: serde_json::Value =
        serde_json::from_str(&descriptor.operation("start").unwrap().input).unwrap();
    assert_eq!(start["additionalProperties"], false);
    assert_eq!(start["properties"]["number"]["type"], "integer");
}
