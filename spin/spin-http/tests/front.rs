//! The front door, with something scripted below it.

use std::cell::RefCell;
use std::collections::VecDeque;

use bytes::Bytes;
use http::{Method, Request, Response};
use linli_contract::{
    Answer, Area, Community, Content, Descriptor, Method as Verb, Operation, OperationKind, Problem, Reply,
    Role, Status, Text, Timestamp,
};
use linli_gateway::{TokenClaims, TokenSigner};
use linli_spin_http::configuration::Configuration;
use linli_spin_http::{Begun, Below, Call, Delivery, Ended, Failure, Front};

const NOW: i64 = 1_777_600_000;
const SECRET: &str = "a secret of twenty-nine bytes";

/// Says what it was told to, and remembers what it was asked.
#[derive(Default)]
struct Script {
    begins: RefCell<VecDeque<Result<Begun, Failure>>>,
    ends: RefCell<VecDeque<Result<Ended, Failure>>>,
    due: RefCell<VecDeque<Delivery>>,
    asked: RefCell<Vec<String>>,
    opened: RefCell<Option<Descriptor>>,
}

impl Below for Script {
    fn describe(&self) -> Option<Descriptor> {
        let operation = |name: &str, kind, method, path: &str| Operation {
            name: name.to_owned(),
            kind,
            method,
            path: path.to_owned(),
            roles: vec![Role::Resident],
            title: Text::new("记事", "Notes"),
            input: "{}".to_owned(),
            output: String::new(),
            joined_by: vec![],
        };
        Some(Descriptor {
            name: "notes".parse().expect("a name"),
            version: "1.0.0".to_owned(),
            title: Text::new("记事", "Notes"),
            operations: vec![
                operation("write_note", OperationKind::Command, Verb::Post, "/notes"),
                operation("list_notes", OperationKind::Query, Verb::Get, "/notes"),
            ],
            collections: vec![],
            publishes: vec![],
            subscribes: vec![],
            settings: vec![],
            accounts: vec![],
            permissions: vec![],
        })
    }

    fn open(&self, descriptor: &Descriptor) -> Result<(), String> {
        *self.opened.borrow_mut() = Some(descriptor.clone());
        Ok(())
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(NOW * 1_000_000)
    }

    fn public_keys(&self) -> String {
        r#"{"keys":[]}"#.to_owned()
    }

    fn communities(&self, _: &Area, _: usize) -> Result<Vec<Community>, Failure> {
        Ok(vec![])
    }

    fn begin(&self, call: &Call) -> Result<Begun, Failure> {
        let key = if call.idempotency.is_some() { " with a key" } else { "" };
        let words = call.words.join(",");
        self.asked.borrow_mut().push(format!("begin {}{key} about {words}", call.operation));
        self.begins.borrow_mut().pop_front().unwrap_or(Ok(Begun::Run))
    }

    fn handle(&self, operation: &str, input: &str) -> Answer {
        self.asked.borrow_mut().push(format!("handle {operation} {input}"));
        reply("handled")
    }

    fn commit(&self, _: &Answer) -> Result<Ended, Failure> {
        self.asked.borrow_mut().push("commit".to_owned());
        self.ends.borrow_mut().pop_front().unwrap_or(Ok(Ended::Answered { instead: None, due: true }))
    }

    fn next_delivery(&self, _: Option<Community>) -> Result<Option<Delivery>, Failure> {
        Ok(self.due.borrow_mut().pop_front())
    }

    fn react(&self, delivery: &Delivery) -> Answer {
        self.asked.borrow_mut().push(format!("react {}", delivery.name));
        if delivery.name == "bad" {
            Answer::Problem(Problem::conflict("no", "不行。", "No."))
        } else {
            reply("")
        }
    }

    fn begin_again(&self) -> Result<bool, Failure> {
        self.asked.borrow_mut().push("begin again".to_owned());
        Ok(true)
    }
}

fn reply(text: &str) -> Answer {
    let content = Content::Json(format!("{text:?}"));
    Answer::Reply(Reply { status: Status::Ok, content, next: None })
}

fn signer() -> TokenSigner {
    TokenSigner::from_seed(&[5; 32])
}

fn front(script: &Script) -> Front {
    let variable = |name: &str| match name {
        "linli_token_keys" => Some(signer().jwks()),
        "linli_drain_secret" => Some(SECRET.to_owned()),
        _ => None,
    };
    let configuration = Configuration::read(variable).expect("it is configured");
    Front::open(script, configuration, 7).map_err(|error| error.0).expect("it opens")
}

fn token() -> String {
    let area: Area = "330105001001".parse().expect("an area");
    let claims = TokenClaims {
        subject: Some("wang"),
        roles: &[Role::Resident],
        area: &area,
        provider: None,
        issued_at: Timestamp::from_micros(NOW * 1_000_000),
        ttl_seconds: 60,
        id: "1",
    };
    format!("Bearer {}", signer().sign(&claims))
}

fn send(
    script: &Script,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response<Bytes> {
    let front = front(script);
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).expect("a request").into_parts();
    let answered = front
        .admit(script, &parts)
        .and_then(|seen| front.answer(script, &seen, &parts, body.as_bytes(), "the-id"));
    match answered {
        Ok(answered) => answered.response,
        Err(rejection) => rejection.respond(&parts.headers, "the-id"),
    }
}

const NOTES: &str = "/v1/330105001001/notes/notes";

#[test]
fn the_function_is_opened_by_its_descriptor_without_the_schemas() {
    let script = Script::default();
    front(&script);
    let mut described = script.describe().expect("a descriptor");
    assert!(described.operations.iter().all(|operation| !operation.input.is_empty()));
    described.operations.iter_mut().for_each(|operation| operation.input.clear());
    assert_eq!(script.opened.take(), Some(described));
}

#[test]
fn a_call_begins_is_handled_and_is_committed() {
    let script = Script::default();
    let headers =
        [("authorization", &*token()), ("content-type", "application/json"), ("idempotency-key", "k")];
    let response = send(&script, Method::POST, NOTES, &headers, r#"{"text":"x"}"#);
    assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"\"handled\""[..]));
    let asked = script.asked.borrow();
    assert_eq!(
        *asked,
        ["begin write_note with a key about x", r#"handle write_note {"text":"x"}"#, "commit"]
    );
}

#[test]
fn what_lost_is_run_again_and_what_was_answered_is_not() {
    let script = Script::default();
    script.ends.borrow_mut().push_back(Ok(Ended::Again));
    send(&script, Method::GET, NOTES, &[("authorization", &token())], "");
    assert_eq!(script.asked.borrow().iter().filter(|asked| asked.starts_with("handle")).count(), 2);

    let script = Script::default();
    script.begins.borrow_mut().push_back(Ok(Begun::Known(reply("before"))));
    let response = send(&script, Method::GET, NOTES, &[("authorization", &token())], "");
    assert_eq!(response.body(), "\"before\"");
    assert!(!script.asked.borrow().iter().any(|asked| asked.starts_with("handle")));
}

#[test]
fn what_is_due_in_its_community_is_delivered_after_a_call_and_nothing_otherwise() {
    for due in [true, false] {
        let script = Script::default();
        script.ends.borrow_mut().push_back(Ok(Ended::Answered { instead: None, due }));
        let front = front(&script);
        let request = Request::builder().uri(NOTES).header("authorization", token()).body(());
        let (parts, ()) = request.expect("a request").into_parts();
        let seen = front.admit(&script, &parts).expect("it is admitted");
        let answered = front.answer(&script, &seen, &parts, b"", "the-id").expect("it is answered");
        assert_eq!(answered.drain, due.then(|| "330105001001".parse().expect("a community")));
    }
}

#[test]
fn the_platforms_answer_goes_before_the_functions() {
    let script = Script::default();
    let problem = Problem::forbidden("consent-needed", "请先同意。", "Agree first.");
    script
        .ends
        .borrow_mut()
        .push_back(Ok(Ended::Answered { instead: Some(Answer::Problem(problem)), due: false }));
    let response = send(&script, Method::GET, NOTES, &[("authorization", &token())], "");
    assert_eq!(response.status(), 403);
}

#[test]
fn refusals_are_the_gateways() {
    let script = Script::default();
    let status = |failure| {
        script.begins.borrow_mut().push_back(Err(failure));
        send(&script, Method::GET, NOTES, &[("authorization", &token())], "").status().as_u16()
    };
    for (failure, expected) in [
        (Failure::UnknownOperation, 404),
        (Failure::KeyReused, 422),
        (Failure::NotBound, 403),
        (Failure::ProviderSuspended, 403),
        (Failure::UnknownSubject, 401),
        (Failure::BrokenAnswer, 500),
        (Failure::AnswerTooLarge, 500),
        (Failure::StorageFull, 507),
        (Failure::Unavailable, 503),
    ] {
        assert_eq!(status(failure), expected, "{failure:?}");
    }
    assert_eq!(send(&script, Method::GET, NOTES, &[], "").status(), 401);
    assert_eq!(send(&script, Method::GET, "/v1/330105001001/other/x", &[], "").status(), 404);
    assert_eq!(send(&script, Method::DELETE, NOTES, &[], "").status(), 405);
}

#[test]
fn pages_lie_beside_the_operations() {
    let script = Script::default();
    for page in ["healthz", "readyz", "keys", "openapi.json"] {
        let response = send(&script, Method::GET, &format!("/_linli/notes/{page}"), &[], "");
        assert_eq!(response.status(), 200, "{page}");
    }
    assert_eq!(send(&script, Method::GET, "/_linli/other/healthz", &[], "").status(), 404);
    assert_eq!(send(&script, Method::POST, "/_linli/notes/healthz", &[], "").status(), 405);
}

#[test]
fn only_who_knows_the_secret_drains_and_what_is_refused_does_not_count() {
    let script = Script::default();
    let drain = "/_linli/notes/drain";
    assert_eq!(send(&script, Method::POST, drain, &[], "").status(), 401);
    assert_eq!(send(&script, Method::POST, drain, &[("authorization", "Bearer guess")], "").status(), 403);
    for name in ["good", "bad", "good"] {
        script.due.borrow_mut().push_back(Delivery {
            id: "1".to_owned(),
            publisher: "other".to_owned(),
            name: name.to_owned(),
            content: "{}".to_owned(),
            published_at: Timestamp::from_micros(1),
        });
    }
    script.ends.borrow_mut().push_back(Ok(Ended::Again));
    let secret = format!("Bearer {SECRET}");
    let response = send(&script, Method::POST, drain, &[("authorization", &secret)], "");
    assert_eq!(response.body(), r#"{"delivered":2}"#);
    let asked = script.asked.borrow().join(", ");
    assert_eq!(
        asked,
        "react good, commit, begin again, react good, commit, react bad, commit, react good, commit"
    );
}

#[test]
fn what_is_not_configured_as_it_must_be_is_named() {
    let read = |keys: Option<&str>, secret: &str| {
        let (keys, secret) = (keys.map(str::to_owned), secret.to_owned());
        Configuration::read(move |name| match name {
            "linli_token_keys" => keys.clone(),
            "linli_drain_secret" => Some(secret.clone()),
            _ => None,
        })
        .err()
        .unwrap_or_default()
    };
    assert!(read(None, "").contains("linli_token_keys"));
    assert!(read(Some("{}"), "").contains("linli_token_keys"));
    assert!(read(Some(&signer().jwks()), "short").contains("linli_drain_secret"));
    assert_eq!(read(Some(&signer().jwks()), ""), "");
}

#[test]
fn while_the_function_cannot_be_opened_callers_are_told_to_come_again() {
    let answered = |path: &str| {
        let (parts, ()) = Request::builder().uri(path).body(()).expect("a request").into_parts();
        let response = linli_spin_http::pages::closed(&parts, "r1");
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
        let found = (response.status().as_u16(), header("content-type"), header("retry-after").is_some());
        (found, String::from_utf8(response.into_body().to_vec()).expect("text"))
    };
    assert_eq!(answered("/_linli/notes/healthz").0.0, 200);
    assert_eq!(answered("/_linli/notes/readyz").0.0, 503);
    let (found, body) = answered("/v1/330105001001/notes/write");
    assert_eq!(found, (503, Some("application/problem+json".to_owned()), true));
    assert!(body.contains(r#""code":"unavailable""#) && body.contains(r#""request_id":"r1""#), "{body}");
}
