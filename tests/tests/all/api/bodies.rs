//! Bodies that cannot be read: not JSON, not UTF-8, too deep, too large, of another type, too slow.

use std::time::Duration;

use expect_test::expect;
use linli_contract::limits::{MAX_JSON_DEPTH, MAX_REQUEST_BYTES};
use linli_ingress::Limits;
use linli_tests::http::Reply;
use linli_tests::world::{Setup, World};

use super::check;

/// A worker announces an activity with this body.
fn announce(body: impl Into<Vec<u8>>, content_type: &str) -> Reply {
    let here = World::shared().neighbourhood(0);
    let call = here.call("POST", "activity-signup/activities").token(&here.worker().token).bytes(body);
    call.header("content-type", content_type).send()
}

#[test]
fn what_is_no_json_is_told_where_it_broke() {
    let reply = announce("{\n  \"title\": \"八段锦\",\n  \"place\" \"广场\"\n}", "application/json");
    check(
        &reply,
        &expect![[r#"
        400
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/body-not-json",
          "title": "请求有误",
          "status": 400,
          "code": "body-not-json",
          "detail": "请求体不是有效的 JSON（第 3 行第 11 列，字节偏移 36）。",
          "detail_zh": "请求体不是有效的 JSON（第 3 行第 11 列，字节偏移 36）。",
          "detail_en": "The body is not valid JSON (line 3, column 11, byte offset 36).",
          "request_id": "REQUEST",
          "column": 11,
          "line": 3,
          "offset": 36
        }
    "#]],
    );
}

#[test]
fn what_is_no_utf8_is_told_where_it_broke() {
    check(
        &announce(b"{\"title\": \"\xff\"}", "application/json"),
        &expect![[r#"
        400
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/body-not-json",
          "title": "请求有误",
          "status": 400,
          "code": "body-not-json",
          "detail": "请求体不是 UTF-8 文本（第 1 行第 12 列，字节偏移 11）。",
          "detail_zh": "请求体不是 UTF-8 文本（第 1 行第 12 列，字节偏移 11）。",
          "detail_en": "The body is not UTF-8 (line 1, column 12, byte offset 11).",
          "request_id": "REQUEST",
          "column": 12,
          "line": 1,
          "offset": 11
        }
    "#]],
    );
}

#[test]
fn an_empty_body_is_an_empty_object() {
    let reply = announce("", "application/json");
    assert_eq!(reply.problem(422), "input-invalid");
}

#[test]
fn deeper_than_anybody_needs_is_refused_before_it_is_read() {
    let depth = MAX_JSON_DEPTH + 1;
    let nested = format!("{{\"title\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    check(
        &announce(nested, "application/json"),
        &expect![[r#"
        400
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/body-too-deep",
          "title": "请求有误",
          "status": 400,
          "code": "body-too-deep",
          "detail": "请求体嵌套过深，最多 64 层（第 1 行第 73 列，字节偏移 72）。",
          "detail_zh": "请求体嵌套过深，最多 64 层（第 1 行第 73 列，字节偏移 72）。",
          "detail_en": "The body nests too deep; 64 levels is the most (line 1, column 73, byte offset 72).",
          "request_id": "REQUEST",
          "column": 73,
          "line": 1,
          "offset": 72
        }
    "#]],
    );
    let far = 100_000;
    let nested = format!("{}{}", "[".repeat(far), "]".repeat(far));
    assert_eq!(announce(nested, "application/json").problem(400), "body-too-deep");
}

#[test]
fn another_media_type_is_refused() {
    check(
        &announce("title=x", "application/x-www-form-urlencoded"),
        &expect![[r#"
        415
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/media-type-not-supported",
          "title": "内容类型不支持",
          "status": 415,
          "code": "media-type-not-supported",
          "detail": "请求体应为 application/json（UTF-8）。",
          "detail_zh": "请求体应为 application/json（UTF-8）。",
          "detail_en": "The body must be application/json in UTF-8.",
          "request_id": "REQUEST"
        }
    "#]],
    );
    assert_eq!(announce("{}", "application/json; charset=gbk").problem(415), "media-type-not-supported");
    assert_eq!(announce("{}", "application/json; charset=UTF-8").problem(422), "input-invalid");
}

/// What is announced to be too large is refused before it is sent, so only the head is.
#[test]
fn one_byte_too_many_is_refused() {
    let padded = format!("{{\"title\":\"\"{}}}", " ".repeat(MAX_REQUEST_BYTES - 12));
    assert_eq!(announce(padded, "application/json").problem(422), "input-invalid");
    let here = World::shared().neighbourhood(0);
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        here.path("activity-signup/activities"),
        here.worker().token,
        MAX_REQUEST_BYTES + 1
    );
    let reply = here.client.raw(request.as_bytes());
    assert!(reply.starts_with("HTTP/1.1 413 ") && reply.contains("\"body-too-large\""), "{reply}");
    assert!(reply.contains("content-type: application/problem+json"), "{reply}");
}

#[test]
fn one_byte_too_many_is_refused_also_when_no_length_was_announced() {
    let here = World::shared().neighbourhood(0);
    let chunk = " ".repeat(MAX_REQUEST_BYTES + 1);
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        here.path("activity-signup/activities"),
        here.worker().token
    );
    let request = format!("{head}{:x}\r\n{chunk}\r\n0\r\n\r\n", chunk.len());
    let reply = here.client.raw(request.as_bytes());
    assert!(reply.starts_with("HTTP/1.1 413 ") && reply.contains("\"body-too-large\""), "{reply}");
}

#[test]
fn a_query_takes_no_body() {
    let here = World::shared().neighbourhood(0);
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\
         connection: close\r\n\r\n{{}}",
        here.path("activity-signup/activities")
    );
    let reply = here.client.raw(request.as_bytes());
    assert!(reply.starts_with("HTTP/1.1 400 ") && reply.contains("\"body-not-allowed\""), "{reply}");
}

#[test]
fn whoever_sends_too_slowly_is_not_waited_for() {
    let mut setup = Setup::of(&["activity-signup"]);
    setup.server = Limits { body_timeout: Duration::from_millis(1), ..setup.server };
    let world = setup.start();
    let here = world.neighbourhood(0);
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: 100\r\nconnection: close\r\n\r\n{{",
        here.path("activity-signup/activities"),
        here.worker().token
    );
    let reply = here.client.raw(request.as_bytes());
    assert!(reply.starts_with("HTTP/1.1 408 ") && reply.contains("\"body-too-slow\""), "{reply}");
}

/// Whoever is refused before the body was read finds the connection in order.
#[test]
fn a_refused_call_leaves_its_connection_usable() {
    let here = World::shared().neighbourhood(0);
    let path = here.path("activity-signup/activities");
    let post = |more: &str| {
        let json = "content-type: application/json\r\ncontent-length: 2";
        format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{json}\r\n{more}\r\n")
    };
    for _ in 0..50 {
        let last = post("connection: close\r\n") + "{}";
        let replies = here.client.raw_parts(&[post("").as_bytes(), b"{}", last.as_bytes()]);
        assert_eq!(replies.matches("HTTP/1.1 401 ").count(), 2, "{replies}");
    }
    // A long body is not waited for, and the client is told.
    let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 200000\r\n\r\n");
    let reply = here.client.raw(head.as_bytes());
    assert!(reply.starts_with("HTTP/1.1 401 ") && reply.contains("connection: close"), "{reply}");
}
