//! Who may call what, and which headers are in order.

use linli_contract::Role;
use linli_gateway::Rejection;

use crate::fixture::{HERE, NEXT_DOOR, admit, resident, token, worker};

const SIGN_UP: &str = "POST /activities/a1/signups";

fn bearer(role: Role, area: &str) -> String {
    format!("Authorization: Bearer {}", token(role, "x-1", area))
}

fn code(line: &str, headers: &[&str]) -> &'static str {
    admit(line, headers).err().as_ref().map_or("admitted", Rejection::code)
}

#[test]
fn a_token_is_needed_unless_anyone_may_call() {
    let basic = "Authorization: Basic YTpi";
    let bad = "Authorization: Bearer a.b.c";
    for (line, headers, expected) in [
        ("GET /activities", &[][..], "token-missing"),
        ("GET /activities", &[basic], "token-missing"),
        ("GET /activities", &["Authorization: Bearer"], "token-invalid"),
        ("GET /activities", &[bad], "token-invalid"),
        ("GET /activities", &[bad, bad], "token-invalid"),
        ("GET /tickets/t", &[], "admitted"),
        ("GET /tickets/t", &[bad], "token-invalid"),
    ] {
        assert_eq!(code(line, headers), expected, "{line} {headers:?}");
    }
}

#[test]
fn role_and_area_must_fit() {
    for (line, role, area, expected) in [
        ("GET /activities", Role::Resident, HERE, "admitted"),
        ("GET /activities", Role::Worker, HERE, "admitted"),
        ("GET /activities", Role::Worker, "33", "admitted"),
        ("GET /activities", Role::Worker, "330105001", "admitted"),
        ("GET /activities", Role::Worker, "330105002", "out-of-area"),
        ("GET /activities", Role::Resident, NEXT_DOOR, "out-of-area"),
        ("GET /activities", Role::Officer, HERE, "role-not-allowed"),
        ("GET /activities", Role::Anyone, HERE, "role-not-allowed"),
        (SIGN_UP, Role::Worker, HERE, "role-not-allowed"),
        // The role is looked at first: it says more.
        (SIGN_UP, Role::Worker, NEXT_DOOR, "role-not-allowed"),
        ("GET /tickets/t", Role::Officer, HERE, "admitted"),
        ("GET /tickets/t", Role::Officer, NEXT_DOOR, "admitted"),
    ] {
        assert_eq!(code(line, &[&bearer(role, area)]), expected, "{line} {role:?} {area}");
    }
}

#[test]
fn a_public_operation_knows_callers_of_its_own_area_only() {
    let inside = admit("GET /tickets/t", &[&bearer(Role::Worker, "3301")]).unwrap();
    assert_eq!(inside.identity().subject.as_deref(), Some("x-1"));
    assert_eq!(inside.identity().roles, [Role::Worker]);
    let outside = admit("GET /tickets/t", &[&bearer(Role::Worker, "3302")]).unwrap();
    assert!(outside.identity().subject.is_none() && outside.identity().roles.is_empty());
}

#[test]
fn a_relative_from_elsewhere_may_ask_to_act_and_the_host_decides() {
    let for_parent = "Acting-For: r-0002";
    let relative = admit(SIGN_UP, &[&bearer(Role::Resident, NEXT_DOOR), for_parent]).unwrap();
    assert_eq!(relative.identity().subject.as_deref(), Some("x-1"));
    assert_eq!(relative.identity().acting_for.as_deref(), Some("r-0002"));

    let list = "GET /activities";
    for (line, role, area, header, expected) in [
        (SIGN_UP, Role::Resident, HERE, for_parent, "admitted"),
        (SIGN_UP, Role::Resident, HERE, "Acting-For: ", "acting-for-invalid"),
        (SIGN_UP, Role::Resident, HERE, "Acting-For: a b", "acting-for-invalid"),
        (list, Role::Worker, NEXT_DOOR, for_parent, "out-of-area"),
        ("GET /tickets/t", Role::Resident, NEXT_DOOR, for_parent, "admitted"),
        ("GET /tickets/t", Role::Worker, NEXT_DOOR, for_parent, "out-of-area"),
    ] {
        assert_eq!(code(line, &[&bearer(role, area), header]), expected, "{line} {role:?} {area} {header}");
    }
    let long = format!("Acting-For: {}", "a".repeat(129));
    assert_eq!(code(SIGN_UP, &[&bearer(Role::Resident, HERE), &long]), "acting-for-invalid");
    assert_eq!(code(SIGN_UP, &[&bearer(Role::Resident, HERE), for_parent, for_parent]), "acting-for-invalid");
    assert_eq!(
        code("GET /tickets/t", &[for_parent]),
        "token-missing",
        "nobody in particular acts for nobody"
    );
}

#[test]
fn idempotency_keys_are_visible_ascii() {
    let authorization = format!("Authorization: {}", resident());
    let key = |value: &str| format!("Idempotency-Key: {value}");
    for (value, expected) in [
        ("k".to_owned(), "admitted"),
        ("\"8e03978e-40d5-43dd-bc93-6894a57f9324\"".to_owned(), "admitted"),
        ("k".repeat(128), "admitted"),
        ("k".repeat(129), "idempotency-key-invalid"),
        (String::new(), "idempotency-key-invalid"),
        ("a b".to_owned(), "idempotency-key-invalid"),
        ("键".to_owned(), "idempotency-key-invalid"),
    ] {
        assert_eq!(code(SIGN_UP, &[&authorization, &key(&value)]), expected, "{value}");
    }
    assert_eq!(code(SIGN_UP, &[&authorization, &key("a"), &key("a")]), "idempotency-key-invalid");
}

#[test]
fn a_body_is_refused_by_its_headers_before_it_is_read() {
    let authorization = format!("Authorization: {}", worker());
    let (some, chunked) = ("Content-Length: 2", "Transfer-Encoding: chunked");
    for (headers, expected) in [
        (&[some, "Content-Type: application/json"][..], "admitted"),
        (&[some, "Content-Type: Application/JSON; charset=UTF-8"], "admitted"),
        (&[some, "Content-Type: application/json;charset=\"utf-8\""], "admitted"),
        (&[some, "Content-Type: application/json; charset=gbk"], "media-type-not-supported"),
        (&[some, "Content-Type: text/plain"], "media-type-not-supported"),
        (&[some, "Content-Type: application/jsonx"], "media-type-not-supported"),
        (&[some], "media-type-not-supported"),
        (&[chunked], "media-type-not-supported"),
        (&["Content-Length: 0", "Content-Type: application/x-www-form-urlencoded"], "admitted"),
        (&["Content-Length: 262144", "Content-Type: application/json"], "admitted"),
        (&["Content-Length: 262145", "Content-Type: application/json"], "body-too-large"),
    ] {
        let headers: Vec<&str> = headers.iter().copied().chain([authorization.as_str()]).collect();
        assert_eq!(code("POST /activities", &headers), expected, "{headers:?}");
    }
}
