//! What becomes of path, query and body.

use expect_test::{Expect, expect};
use linli_contract::limits::MAX_REQUEST_BYTES;
use linli_gateway::limits::MAX_VIOLATIONS;
use linli_gateway::{Admitted, Rejection};
use serde_json::json;

use crate::fixture::{HERE, admit, input, resident, token};

const SIGN_UP: &str = "POST /activities/a1/signups";
const CREATE: &str = "POST /activities";

/// The input made, or every reason it is refused: `pointer code zh / en`.
fn shown(result: Result<String, Rejection>) -> String {
    match result {
        Ok(json) => json + "\n",
        Err(Rejection::InputInvalid(violations)) => violations
            .iter()
            .map(|v| (if v.pointer.is_empty() { "(root)" } else { &v.pointer }, v))
            .map(|(place, v)| format!("{place:12} {:20} {} / {}\n", v.code, v.detail.zh, v.detail.en))
            .collect(),
        Err(other) => {
            format!("{} {}: {} / {}\n", other.status(), other.code(), other.detail().zh, other.detail().en)
        }
    }
}

fn check(line: &str, body: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&shown(input(line, body)));
}

#[test]
fn path_query_and_body_become_one_object() {
    check(
        SIGN_UP,
        r#"{"party_size": 2}"#,
        expect![[r#"
        {"id":"a1","party_size":2}
    "#]],
    );
    check(
        "POST /activities/a%2F1%20x/signups?note=a+b%26c&notify=true",
        r#"{"party_size":2}"#,
        expect![[r#"
        {"id":"a/1 x","note":"a b&c","notify":true,"party_size":2}
    "#]],
    );
    check(
        "POST /activities/7/signups?party_size=3",
        "",
        expect![[r#"
        {"id":"7","party_size":3}
    "#]],
    );
    check(
        "GET /activities",
        "",
        expect![[r#"
        {}
    "#]],
    );
    check(
        "GET /activities?limit=20&open=false&tag=1&tag=2&cursor=%E9%82%BB&&status",
        "",
        expect![[r#"
        {"cursor":"邻","limit":20,"open":false,"status":"","tag":[1,2]}
    "#]],
    );
    check(
        "GET /activities?tag=1",
        "",
        expect![[r#"
        {"tag":[1]}
    "#]],
    );
}

#[test]
fn numbers_without_a_fraction_are_integers_and_the_last_duplicate_wins() {
    check(
        SIGN_UP,
        r#"{"party_size": 1, "party_size": 2.0}"#,
        expect![[r#"
        {"id":"a1","party_size":2}
    "#]],
    );
    check(
        "POST /activities/a1/signups?party_size=2e0",
        "",
        expect![[r#"
        {"id":"a1","party_size":2}
    "#]],
    );
}

#[test]
fn integers_that_javascript_does_not_carry_are_refused_where_they_stand() {
    let body = r#"{"title":"t","capacity":9007199254740992,"starts_at":"2026-05-02T09:00:00Z",
        "notes":{"a/b":[0,-9007199254740991,100000000000000000000,1e20,18446744073709551615,0.5]}}"#;
    check(
        CREATE,
        body,
        expect![[r#"
        /capacity    range                整数应在 ±9007199254740991 之间。 / Integers must stay within ±9007199254740991.
        /notes/a~1b/2 range                整数应在 ±9007199254740991 之间。 / Integers must stay within ±9007199254740991.
        /notes/a~1b/3 range                整数应在 ±9007199254740991 之间。 / Integers must stay within ±9007199254740991.
        /notes/a~1b/4 range                整数应在 ±9007199254740991 之间。 / Integers must stay within ±9007199254740991.
        /capacity    maximum              不能大于 10000。 / Must be at most 10000.
    "#]],
    );
}

#[test]
fn a_name_stands_in_one_place_only() {
    check(
        "POST /activities/a1/signups?party_size=1&id=a2",
        r#"{"party_size":1}"#,
        expect![[r#"
        /party_size  duplicate            只能给出一次。 / Give this only once.
        /id          duplicate            只能给出一次。 / Give this only once.
    "#]],
    );
    check(
        SIGN_UP,
        r#"{"party_size":1,"id":"a1"}"#,
        expect![[r#"
        /id          duplicate            只能给出一次。 / Give this only once.
    "#]],
    );
    check(
        "GET /activities?limit=1&limit=2",
        "",
        expect![[r#"
        /limit       duplicate            只能给出一次。 / Give this only once.
    "#]],
    );
}

#[test]
fn query_parameters_are_those_declared_in_their_type() {
    check(
        "GET /activities?limit=abc&open=yes&tag=x&tag=1&page=3&pa%7Ege=4",
        "",
        expect![[r#"
        /page        unknown              没有这个查询参数。 / There is no such query parameter.
        /pa~0ge      unknown              没有这个查询参数。 / There is no such query parameter.
        /limit       type                 应为空值（null）或整数。 / Must be null or a whole number.
        /open        type                 应为是或否（true 或 false）。 / Must be true or false.
        /tag/0       type                 应为整数。 / Must be a whole number.
    "#]],
    );
    check(
        "GET /activities?limit=0&open=1",
        "",
        expect![[r#"
        /limit       minimum              不能小于 1。 / Must be at least 1.
        /open        type                 应为是或否（true 或 false）。 / Must be true or false.
    "#]],
    );
    check(
        "GET /activities?limit=9007199254740992",
        "",
        expect![[r#"
        /limit       range                整数应在 ±9007199254740991 之间。 / Integers must stay within ±9007199254740991.
        /limit       maximum              不能大于 100。 / Must be at most 100.
    "#]],
    );
}

#[test]
fn every_violation_is_listed_with_its_place_and_without_its_value() {
    check(
        CREATE,
        "{}",
        expect![[r#"
        /title       required             这一项必须填写。 / This is required.
        /capacity    required             这一项必须填写。 / This is required.
        /starts_at   required             这一项必须填写。 / This is required.
    "#]],
    );
    let body = json!({
        "title": "", "capacity": 0, "starts_at": "tomorrow", "mode": "auction", "code": "abc", "tags": [], "terms": "no",
        "ages": {"from": -1}, "price": 0, "contact": "nobody", "secret-phone": "13800000000",
    });
    check(
        CREATE,
        body.to_string(),
        expect![[r#"
        /ages/from   minimum              不能小于 0。 / Must be at least 0.
        /capacity    minimum              不能小于 1。 / Must be at least 1.
        /code        pattern              格式不正确。 / Does not have the required form.
        /contact     format               应为电子邮件地址。 / Must be an e-mail address.
        /mode        enum                 只能是：first-come、lottery。 / Must be one of: first-come, lottery.
        /price       exclusiveMinimum     应大于 0。 / Must be more than 0.
        /starts_at   format               应为带时区的日期时间，如 2026-05-01T09:30:00+08:00。 / Must be a date and time with its offset, like 2026-05-01T09:30:00+08:00.
        /tags        minItems             至少 1 项。 / Must have at least 1 item.
        /terms       const                只能是 "accepted"。 / Must be "accepted".
        /title       minLength            不能为空。 / Must not be empty.
        /secret-phone additionalProperties 没有这一项，请去掉。 / There is no such member; leave it out.
    "#]],
    );
    let body = json!({
        "title": "二十一个字的标题二十一个字的标题二十一个字", "capacity": 10001, "starts_at": 5, "code": 7, "tags": ["a", "a", "a"],
        "ages": "old", "price": 100.25, "contact": false,
    });
    check(
        CREATE,
        body.to_string(),
        expect![[r#"
        /ages        anyOf                不符合任何一种允许的形式。 / Fits none of the allowed forms.
        /capacity    maximum              不能大于 10000。 / Must be at most 10000.
        /code        type                 应为文本。 / Must be text.
        /contact     type                 应为空值（null）或文本。 / Must be null or text.
        /price       exclusiveMaximum     应小于 100。 / Must be less than 100.
        /price       multipleOf           应为 0.5 的倍数。 / Must be a multiple of 0.5.
        /starts_at   type                 应为文本。 / Must be text.
        /tags        maxItems             最多 2 项。 / Must have at most 2 items.
        /tags        uniqueItems          各项不能重复。 / The items must all differ.
        /title       maxLength            最多 20 个字符。 / Must have at most 20 characters.
    "#]],
    );
    check(
        CREATE,
        json!({"title": "t", "capacity": 1.5, "starts_at": "2026-05-02T09:00:00", "ages": {}}).to_string(),
        expect![[r#"
            /ages/from   required             这一项必须填写。 / This is required.
            /capacity    type                 应为整数。 / Must be a whole number.
            /starts_at   format               应为带时区的日期时间，如 2026-05-01T09:30:00+08:00。 / Must be a date and time with its offset, like 2026-05-01T09:30:00+08:00.
        "#]],
    );
}

#[test]
fn the_list_of_violations_ends() {
    let body: serde_json::Map<_, _> = (0..500).map(|n| (format!("x{n}"), json!(1))).collect();
    let Err(Rejection::InputInvalid(violations)) = input(CREATE, json!(body).to_string()) else { panic!() };
    assert_eq!(violations.len(), MAX_VIOLATIONS);
    let query: String = (0..500).map(|n| format!("x{n}=1&")).collect();
    let Err(Rejection::InputInvalid(violations)) = input(&format!("GET /activities?{query}"), "") else {
        panic!()
    };
    assert_eq!(violations.len(), MAX_VIOLATIONS);
}

#[test]
fn a_body_that_is_not_json_says_where_it_broke() {
    check(
        CREATE,
        "{\"title\": \"t\",\n \"capacity\": x}",
        expect![[r#"
        400 body-not-json: 请求体不是有效的 JSON（第 2 行第 14 列，字节偏移 28）。 / The body is not valid JSON (line 2, column 14, byte offset 28).
    "#]],
    );
    check(
        CREATE,
        "{\"title\": ",
        expect![[r#"
        400 body-not-json: 请求体不是有效的 JSON（第 1 行第 11 列，字节偏移 10）。 / The body is not valid JSON (line 1, column 11, byte offset 10).
    "#]],
    );
    check(
        CREATE,
        b"{\"title\":\n\"\xe9\x82\xbb\xff\"}",
        expect![[r#"
        400 body-not-json: 请求体不是 UTF-8 文本（第 2 行第 5 列，字节偏移 14）。 / The body is not UTF-8 (line 2, column 5, byte offset 14).
    "#]],
    );
    check(
        CREATE,
        "\u{feff}{}",
        expect![[r#"
        400 body-not-json: 请求体不是有效的 JSON（第 1 行第 1 列，字节偏移 0）。 / The body is not valid JSON (line 1, column 1, byte offset 0).
    "#]],
    );
    check(
        CREATE,
        "{} {}",
        expect![[r#"
        400 body-not-json: 请求体不是有效的 JSON（第 1 行第 4 列，字节偏移 3）。 / The body is not valid JSON (line 1, column 4, byte offset 3).
    "#]],
    );
    check(
        CREATE,
        " ",
        expect![[r#"
        400 body-not-json: 请求体不是有效的 JSON（第 1 行第 2 列，字节偏移 1）。 / The body is not valid JSON (line 1, column 2, byte offset 1).
    "#]],
    );
    check(
        CREATE,
        "[".repeat(65),
        expect![[r#"
        400 body-too-deep: 请求体嵌套过深，最多 64 层（第 1 行第 65 列，字节偏移 64）。 / The body nests too deep; 64 levels is the most (line 1, column 65, byte offset 64).
    "#]],
    );
    check(
        CREATE,
        format!("{{\"notes\":\n{}1{}}}", "[".repeat(64), "]".repeat(64)),
        expect![[r#"
        400 body-too-deep: 请求体嵌套过深，最多 64 层（第 2 行第 64 列，字节偏移 73）。 / The body nests too deep; 64 levels is the most (line 2, column 64, byte offset 73).
    "#]],
    );
    check(
        CREATE,
        r#"{"notes": "[[[[", "x": 1e999}"#,
        expect![[r#"
        400 body-not-json: 请求体不是有效的 JSON（第 1 行第 28 列，字节偏移 27）。 / The body is not valid JSON (line 1, column 28, byte offset 27).
    "#]],
    );
    check(
        CREATE,
        "[1]",
        expect![[r#"
            (root)       type                 请求体应为 JSON 对象。 / The body must be a JSON object.
        "#]],
    );
    check(
        "GET /activities?cursor=%ff",
        "",
        expect![[r#"
        400 url-invalid: 地址中的百分号编码不正确，应为 UTF-8。 / The address holds a percent-escape that is broken or not UTF-8.
    "#]],
    );
    check(
        "GET /activities/%E9",
        "",
        expect![[r#"
        400 url-invalid: 地址中的百分号编码不正确，应为 UTF-8。 / The address holds a percent-escape that is broken or not UTF-8.
    "#]],
    );
    check(
        "GET /activities",
        "{}",
        expect![[r#"
        400 body-not-allowed: GET 请求不能带请求体，请用查询参数。 / A GET takes no body; use query parameters.
    "#]],
    );
}

#[test]
fn size_counts_for_the_body_and_for_what_is_made_of_it() {
    let sized = |bytes: usize| format!("{{\"party_size\":1,\"note\":\"{}\"}}", "n".repeat(bytes - 26));
    assert!(input(SIGN_UP, sized(MAX_REQUEST_BYTES - 10)).is_ok());
    assert_eq!(input(SIGN_UP, sized(MAX_REQUEST_BYTES)), Err(Rejection::TooLarge), "`id` comes on top");
    assert_eq!(input(SIGN_UP, sized(MAX_REQUEST_BYTES + 1)), Err(Rejection::TooLarge));
}

#[test]
fn a_body_needs_its_media_type_even_when_the_head_promised_none() {
    let authorization = format!("Authorization: {}", resident());
    let admitted = admit(SIGN_UP, &[&authorization]).unwrap();
    assert_eq!(admitted.input(b"{}").err(), Some(Rejection::WrongMediaType));
    assert!(
        matches!(admitted.input(b"").err(), Some(Rejection::InputInvalid(_))),
        "no body is no media type"
    );
}

fn keyed(who: &str, extra: &[&str], line: &str) -> Admitted {
    let authorization = format!("Authorization: {who}");
    let mut headers = vec![authorization.as_str(), "Content-Type: application/json"];
    headers.extend(extra);
    admit(line, &headers).unwrap()
}

#[test]
fn a_key_is_scoped_and_its_fingerprint_covers_the_request() {
    let of = |admitted: &Admitted, body: &str| {
        admitted.idempotency(&admitted.input(body.as_bytes()).unwrap()).unwrap()
    };
    let body = r#"{"party_size":1}"#;
    let k1 = "Idempotency-Key: k1";
    let first = of(&keyed(&resident(), &[k1], SIGN_UP), body);
    assert_eq!(of(&keyed(&resident(), &[k1], SIGN_UP), body), first);

    let neighbour = format!("Bearer {}", token(linli_contract::Role::Resident, "r-0002", HERE));
    for (other, why) in [
        (keyed(&resident(), &["Idempotency-Key: k2"], SIGN_UP), "another key"),
        (keyed(&neighbour, &[k1], SIGN_UP), "another caller"),
        (keyed(&resident(), &[k1, "Acting-For: r-0003"], SIGN_UP), "for somebody else"),
    ] {
        assert_ne!(of(&other, body).key, first.key, "{why}");
        assert_eq!(of(&other, body).fingerprint, first.fingerprint, "{why}");
    }
    for (line, body, why) in [
        ("POST /activities/a2/signups", body, "another path"),
        ("POST /activities/a1/signups?notify=true", body, "another query"),
        (SIGN_UP, r#"{"party_size":2}"#, "another body"),
    ] {
        let other = of(&keyed(&resident(), &[k1], line), body);
        assert_eq!(other.key, first.key, "{why}");
        assert_ne!(other.fingerprint, first.fingerprint, "{why}");
    }
}

#[test]
fn queries_and_callers_who_are_nobody_have_no_key() {
    let k1 = "Idempotency-Key: k1";
    let query = keyed(&resident(), &[k1], "GET /activities");
    assert_eq!(query.idempotency(&query.input(b"").unwrap()), None);
    let nobody = admit("POST /reports", &[k1, "Content-Type: application/json"]).unwrap();
    assert_eq!(nobody.idempotency(&nobody.input(b"{}").unwrap()), None);
    let without = keyed(&resident(), &[], SIGN_UP);
    assert_eq!(without.idempotency(&without.input(b"{\"party_size\":1}").unwrap()), None);
}
