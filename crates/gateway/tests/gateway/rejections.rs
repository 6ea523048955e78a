//! Every refusal of the platform's own, on the wire.

use expect_test::{expect, expect_file};
use http::HeaderMap;
use linli_gateway::{Place, Rejection, TokenFault};

use crate::fixture::{input, shown};

const PLACE: Place = Place { line: 3, column: 7, offset: 40 };

/// One of each; the match has no other purpose than to fail the build when a new one is not added here.
fn all() -> Vec<Rejection> {
    let faults = [
        TokenFault::Missing,
        TokenFault::Malformed,
        TokenFault::UnknownKey,
        TokenFault::BadSignature,
        TokenFault::BadClaims,
        TokenFault::WrongParty,
        TokenFault::Expired,
        TokenFault::NotYetValid,
    ];
    let mut all: Vec<_> = faults.into_iter().map(Rejection::Unauthorized).collect();
    all.extend([
        Rejection::UnknownPath,
        Rejection::UnknownCommunity,
        Rejection::WrongMethod { allow: "GET, HEAD, POST".into() },
        Rejection::UrlInvalid,
        Rejection::RoleNotAllowed,
        Rejection::OutOfArea,
        Rejection::AreaTooWide,
        Rejection::NotJoinable,
        Rejection::ActingForInvalid,
        Rejection::NotBound,
        Rejection::ProviderSuspended,
        Rejection::IdempotencyKeyInvalid,
        Rejection::IdempotencyKeyReused,
        Rejection::RequestInProgress,
        Rejection::WrongMediaType,
        Rejection::TooLarge,
        Rejection::BodyTooSlow,
        Rejection::BodyNotUtf8(PLACE),
        Rejection::BodyNotJson(PLACE),
        Rejection::BodyTooDeep(PLACE),
        Rejection::BodyNotAllowed,
        Rejection::InputInvalid(vec![]),
        Rejection::ComponentFailed,
        Rejection::ComponentTimedOut,
        Rejection::Internal,
        Rejection::Overloaded,
        Rejection::Contended,
        Rejection::Draining,
        Rejection::Unavailable,
        Rejection::PluginLimitReached { retry_after: 31 },
        Rejection::ServiceResting { retry_after: 11 },
        Rejection::PluginStorageFull,
        Rejection::RateLimited { retry_after: 42 },
    ]);
    for rejection in &all {
        match rejection {
            Rejection::UnknownPath
            | Rejection::UnknownCommunity
            | Rejection::WrongMethod { .. }
            | Rejection::UrlInvalid
            | Rejection::Unauthorized(_)
            | Rejection::RoleNotAllowed
            | Rejection::OutOfArea
            | Rejection::AreaTooWide
            | Rejection::NotJoinable
            | Rejection::ActingForInvalid
            | Rejection::NotBound
            | Rejection::ProviderSuspended
            | Rejection::IdempotencyKeyInvalid
            | Rejection::IdempotencyKeyReused
            | Rejection::RequestInProgress
            | Rejection::WrongMediaType
            | Rejection::TooLarge
            | Rejection::BodyTooSlow
            | Rejection::BodyNotUtf8(_)
            | Rejection::BodyNotJson(_)
            | Rejection::BodyTooDeep(_)
            | Rejection::BodyNotAllowed
            | Rejection::InputInvalid(_)
            | Rejection::ComponentFailed
            | Rejection::ComponentTimedOut
            | Rejection::Internal
            | Rejection::Overloaded
            | Rejection::Contended
            | Rejection::Draining
            | Rejection::Unavailable
            | Rejection::PluginLimitReached { .. }
            | Rejection::ServiceResting { .. }
            | Rejection::PluginStorageFull
            | Rejection::RateLimited { .. } => {}
        }
    }
    all
}

#[test]
fn each_has_its_status_code_headers_and_both_sentences() {
    let mut page = String::new();
    for rejection in all() {
        let response = rejection.respond(&HeaderMap::new(), "req-1");
        let detail = rejection.detail();
        page += &format!("{} {}\n  {}\n  {}\n", rejection.status(), rejection.code(), detail.zh, detail.en);
        for name in ["allow", "retry-after", "www-authenticate"] {
            if let Some(value) = response.headers().get(name) {
                page += &format!("  {name}: {}\n", value.to_str().unwrap());
            }
        }
        assert_eq!(response.status().as_u16(), rejection.status());
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
    expect_file!["golden/rejections.txt"].assert_eq(&page);
}

#[test]
fn a_whole_document_in_either_language() {
    let rejection = input("GET /activities?limit=0&page=2", "").unwrap_err();
    expect![[r#"
        422
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: req-1

        {"type":"/problems/input-invalid","title":"内容无法受理","status":422,"code":"input-invalid","detail":"填写的内容有误，请按提示修改。","detail_zh":"填写的内容有误，请按提示修改。","detail_en":"The input does not meet the rules; see the list of errors.","errors":[{"pointer":"/page","code":"unknown","detail":"没有这个查询参数。","detail_zh":"没有这个查询参数。","detail_en":"There is no such query parameter."},{"pointer":"/limit","code":"minimum","detail":"不能小于 1。","detail_zh":"不能小于 1。","detail_en":"Must be at least 1."}],"request_id":"req-1"}
    "#]].assert_eq(&shown(&rejection.respond(&HeaderMap::new(), "req-1")));
    let english = HeaderMap::from_iter([(http::header::ACCEPT_LANGUAGE, "en".parse().unwrap())]);
    expect![[r#"
        400
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: req-1

        {"type":"/problems/body-not-json","title":"Bad request","status":400,"code":"body-not-json","detail":"The body is not valid JSON (line 3, column 7, byte offset 40).","detail_zh":"请求体不是有效的 JSON（第 3 行第 7 列，字节偏移 40）。","detail_en":"The body is not valid JSON (line 3, column 7, byte offset 40).","request_id":"req-1","column":7,"line":3,"offset":40}
    "#]].assert_eq(&shown(&Rejection::BodyNotJson(PLACE).respond(&english, "req-1")));
}
