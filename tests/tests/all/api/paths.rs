//! Addresses and methods that lead nowhere.

use expect_test::expect;
use linli_tests::http::Reply;
use linli_tests::pages::Page;
use linli_tests::world::World;

use super::check;

fn call(method: &str, path: &str) -> Reply {
    let world = World::shared();
    world.client().call(method, path).english().send()
}

#[test]
fn there_is_nothing_at_an_unknown_path() {
    check(
        &call("GET", "/v1/330105001001/activity-signup/nothing"),
        &expect![[r#"
        404
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/unknown-path",
          "title": "Not found",
          "status": 404,
          "code": "unknown-path",
          "detail": "There is nothing at this address; check the path.",
          "detail_zh": "没有这个地址，请核对路径。",
          "detail_en": "There is nothing at this address; check the path.",
          "request_id": "REQUEST"
        }
    "#]],
    );
    for path in ["/v1/330105001001/activity-signup", "/v1/330105001001/activity-signup/activities/x/y/z"] {
        assert_eq!(call("GET", path).problem(404), "unknown-path", "{path}");
    }
}

#[test]
fn there_is_nothing_beside_the_capabilities() {
    for path in ["/v1/330105001001/no-such-capability/x", "/v1/330105001001", "/v1/", "/v2/x", "/nothing"] {
        assert_eq!(call("GET", path).problem(404), "unknown-path", "{path}");
    }
}

#[test]
fn a_community_has_twelve_digits() {
    for code in ["33010500100", "3301050010011", "33010500100x", "000000000000"] {
        let reply = call("GET", &format!("/v1/{code}/activity-signup/activities"));
        assert_eq!(reply.problem(404), "unknown-community", "{code}");
    }
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    check(
        &call("PUT", "/v1/330105001001/activity-signup/activities"),
        &expect![[r#"
        405
        allow: GET, HEAD, POST
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/method-not-allowed",
          "title": "Method not allowed",
          "status": 405,
          "code": "method-not-allowed",
          "detail": "This address does not take that method; see the Allow header.",
          "detail_zh": "这个地址不支持该请求方法，可用的方法见 Allow 头。",
          "detail_en": "This address does not take that method; see the Allow header.",
          "request_id": "REQUEST"
        }
    "#]],
    );
    let reply = call("POST", &Page::Health.of("activity-signup"));
    assert_eq!(reply.problem(405), "method-not-allowed");
    assert_eq!(reply.header("allow"), "GET, HEAD");
}

#[test]
fn an_escape_is_whole_and_utf8() {
    for path in
        ["/v1/330105001001/activity-signup/activities/%ff", "/v1/330105001001/activity-signup/activities/%4"]
    {
        assert_eq!(call("GET", path).problem(400), "url-invalid", "{path}");
    }
    check(
        &call("GET", "/v1/330105001001/activity-signup/activities?status=%ff"),
        &expect![[r#"
        400
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/url-invalid",
          "title": "Bad request",
          "status": 400,
          "code": "url-invalid",
          "detail": "The address holds a percent-escape that is broken or not UTF-8.",
          "detail_zh": "地址中的百分号编码不正确，应为 UTF-8。",
          "detail_en": "The address holds a percent-escape that is broken or not UTF-8.",
          "request_id": "REQUEST"
        }
    "#]],
    );
}

#[test]
fn a_head_is_a_get_without_its_body() {
    let (get, head) = ("GET", "HEAD");
    let path = "/v1/330105001001/activity-signup/activities";
    let (got, head) = (call(get, path), call(head, path));
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    assert_eq!(head.header("etag"), got.header("etag"));
}
