//! What a component's answers look like on the wire.

use expect_test::{Expect, expect};
use http::HeaderMap;
use http::header::{ETAG, LINK};
use linli_contract::{Answer, Content, Problem, ProblemKind, Reply, Status};
use serde_json::json;

use crate::fixture::{admit, request, resident, shown};

fn reply(status: Status, content: Content) -> Answer {
    Answer::Reply(Reply { status, content, next: None })
}

fn json_reply(json: &str) -> Answer {
    reply(Status::Ok, Content::Json(json.into()))
}

fn respond(line: &str, answer: Answer, extra: &[&str]) -> http::Response<bytes::Bytes> {
    let authorization = format!("Authorization: {}", resident());
    let headers: Vec<&str> = extra.iter().copied().chain([authorization.as_str()]).collect();
    admit(line, &headers).unwrap().respond(answer, &request(line, &headers).headers, "req-1")
}

fn check(line: &str, answer: Answer, headers: &[&str], expected: Expect) {
    expected.assert_eq(&shown(&respond(line, answer, headers)));
}

const QUERY: &str = "GET /activities/a1";
const COMMAND: &str = "POST /activities/a1/signups";

#[test]
fn replies_of_every_sort() {
    check(
        QUERY,
        json_reply(r#"{"id":"a1"}"#),
        &[],
        expect![[r#"
        200
        cache-control: private, no-cache
        content-type: application/json
        etag: "950dd416243c2841e728dfc2f91491e7"
        x-content-type-options: nosniff
        x-request-id: req-1

        {"id":"a1"}
    "#]],
    );
    check(
        COMMAND,
        reply(Status::Created, Content::Json("{}".into())),
        &[],
        expect![[r#"
        201
        cache-control: no-store
        content-type: application/json
        x-content-type-options: nosniff
        x-request-id: req-1

        {}
    "#]],
    );
    check(
        COMMAND,
        reply(Status::Accepted, Content::None),
        &[],
        expect![[r#"
        202
        cache-control: no-store
        x-content-type-options: nosniff
        x-request-id: req-1
    "#]],
    );
    check(
        COMMAND,
        reply(Status::NoContent, Content::Json("{}".into())),
        &[],
        expect![[r#"
        204
        cache-control: no-store
        x-content-type-options: nosniff
        x-request-id: req-1
    "#]],
    );
    check(
        QUERY,
        reply(Status::Ok, Content::Html("<p>好".into())),
        &[],
        expect![[r#"
        200
        cache-control: private, no-cache
        content-security-policy: sandbox; default-src 'none'; style-src 'unsafe-inline'
        content-type: text/html; charset=utf-8
        etag: "05acd468a7831e2f1003632ea410f807"
        x-content-type-options: nosniff
        x-request-id: req-1

        <p>好
    "#]],
    );
    let media =
        |content_type: &str| Content::Media { content_type: content_type.into(), bytes: b"x".to_vec() };
    check(
        QUERY,
        reply(Status::Ok, media("image/png")),
        &[],
        expect![[r#"
        200
        cache-control: private, no-cache
        content-type: image/png
        etag: "31f22f988a821ccebc72e2575080d577"
        x-content-type-options: nosniff
        x-request-id: req-1

        x
    "#]],
    );
    check(
        COMMAND,
        reply(Status::Ok, media("Image/SVG+xml; charset=utf-8")),
        &[],
        expect![[r#"
        200
        cache-control: no-store
        content-security-policy: sandbox; default-src 'none'; style-src 'unsafe-inline'
        content-type: Image/SVG+xml; charset=utf-8
        x-content-type-options: nosniff
        x-request-id: req-1

        x
    "#]],
    );
    check(
        COMMAND,
        reply(Status::Ok, media("no\ntype")),
        &[],
        expect![[r#"
        200
        cache-control: no-store
        content-security-policy: sandbox; default-src 'none'; style-src 'unsafe-inline'
        content-type: application/octet-stream
        x-content-type-options: nosniff
        x-request-id: req-1

        x
    "#]],
    );
}

#[test]
fn a_known_tag_gets_304_on_queries_only() {
    let tag = respond(QUERY, json_reply("{}"), &[]).headers()[ETAG].to_str().unwrap().to_owned();
    for (header, status) in [
        (tag.clone(), 304),
        (format!("W/{tag}"), 304),
        (format!("\"other\", {tag}"), 304),
        ("*".to_owned(), 304),
        ("\"other\"".to_owned(), 200),
        (tag.trim_matches('"').to_owned(), 200),
        (String::new(), 200),
    ] {
        let header = format!("If-None-Match: {header}");
        assert_eq!(respond(QUERY, json_reply("{}"), &[&header]).status(), status, "{header}");
        assert_eq!(respond(COMMAND, json_reply("{}"), &[&header]).status(), 200, "{header}");
    }
    check(
        QUERY,
        json_reply("{}"),
        &[&format!("If-None-Match: {tag}")],
        expect![[r#"
        304
        cache-control: private, no-cache
        etag: "6c3346717ddf13ca55444dd7a38176a4"
        x-content-type-options: nosniff
        x-request-id: req-1
    "#]],
    );
    assert_ne!(respond(QUERY, json_reply("{ }"), &[]).headers()[ETAG], *tag);
}

#[test]
fn the_next_page_is_the_same_address_with_another_cursor() {
    for (line, expected) in [
        ("GET /activities", "?cursor=a%2Fb%2B"),
        ("GET /activities?limit=2&cursor=old&status=%E9%82%BB", "?limit=2&status=%E9%82%BB&cursor=a%2Fb%2B"),
        ("GET /activities?curso%72=old", "?cursor=a%2Fb%2B"),
    ] {
        let page =
            Reply { status: Status::Ok, content: Content::Json("[]".into()), next: Some("a/b+".into()) };
        let response = respond(line, Answer::Reply(page), &[]);
        let expected = format!("</v1/330105001001/activity-signup/activities{expected}>; rel=\"next\"");
        assert_eq!(response.headers()[LINK], *expected, "{line}");
    }
}

#[test]
fn a_component_problem_is_a_problem_document_in_the_callers_language() {
    let full =
        Problem::new(ProblemKind::Conflict, "already-signed-up", "您已报名。", "You have signed up already.")
            .at("/id")
            .with(json!({"signup": "s1", "status": "fake", "request_id": "fake"}).as_object().unwrap());
    check(
        COMMAND,
        Answer::Problem(full.clone()),
        &[],
        expect![[r#"
        409
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: req-1

        {"type":"/problems/already-signed-up","title":"当前状态不允许","status":409,"code":"already-signed-up","detail":"您已报名。","detail_zh":"您已报名。","detail_en":"You have signed up already.","pointer":"/id","request_id":"req-1","signup":"s1"}
    "#]],
    );
    check(
        COMMAND,
        Answer::Problem(full),
        &["Accept-Language: en-GB"],
        expect![[r#"
        409
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: req-1

        {"type":"/problems/already-signed-up","title":"Conflict","status":409,"code":"already-signed-up","detail":"You have signed up already.","detail_zh":"您已报名。","detail_en":"You have signed up already.","pointer":"/id","request_id":"req-1","signup":"s1"}
    "#]],
    );
    let busy = Problem::new(ProblemKind::TooMany, "too-many-signups", "今天已满。", "No more today.");
    check(
        COMMAND,
        Answer::Problem(busy),
        &[],
        expect![[r#"
        429
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        retry-after: 30
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: req-1

        {"type":"/problems/too-many-signups","title":"请求过于频繁","status":429,"code":"too-many-signups","detail":"今天已满。","detail_zh":"今天已满。","detail_en":"No more today.","request_id":"req-1"}
    "#]],
    );
    let broken = Problem {
        data: Some("not json".into()),
        ..Problem::new(ProblemKind::Gone, "gone", "没了。", "Gone.")
    };
    assert_eq!(respond(QUERY, Answer::Problem(broken), &[]).status(), 410);
}

#[test]
fn a_request_id_that_is_no_header_value_is_left_out() {
    let rejection = linli_gateway::Rejection::UnknownPath;
    assert!(!rejection.respond(&HeaderMap::new(), "a\nb").headers().contains_key("x-request-id"));
}
