//! Inputs that do not meet their schema: every violation at once, with its pointer, in both languages.

use expect_test::expect;
use linli_tests::neighbourhood::described;
use linli_tests::world::World;
use serde_json::json;

use super::check;

#[test]
fn every_violation_is_told_with_its_pointer() {
    let here = World::shared().neighbourhood(0);
    let body = json!({
        "title": "",
        "capacity": 0,
        "starts_at": "tomorrow",
        "ends_at": 5,
        "quotas": [{ "name": "银龄", "kind": "gift", "capacity": 1 }],
        "secret": "never repeated",
    });
    let reply = here.post(&here.worker(), "activity-signup/activities", &body);
    assert!(!reply.text().contains("never repeated"), "values may be personal");
    check(
        &reply,
        &expect![[r#"
        422
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/input-invalid",
          "title": "内容无法受理",
          "status": 422,
          "code": "input-invalid",
          "detail": "填写的内容有误，请按提示修改。",
          "detail_zh": "填写的内容有误，请按提示修改。",
          "detail_en": "The input does not meet the rules; see the list of errors.",
          "errors": [
            {
              "pointer": "/place",
              "code": "required",
              "detail": "这一项必须填写。",
              "detail_zh": "这一项必须填写。",
              "detail_en": "This is required."
            },
            {
              "pointer": "/capacity",
              "code": "minimum",
              "detail": "不能小于 1。",
              "detail_zh": "不能小于 1。",
              "detail_en": "Must be at least 1."
            },
            {
              "pointer": "/ends_at",
              "code": "type",
              "detail": "应为文本。",
              "detail_zh": "应为文本。",
              "detail_en": "Must be text."
            },
            {
              "pointer": "/quotas/0/kind",
              "code": "oneOf",
              "detail": "不符合任何一种允许的形式。",
              "detail_zh": "不符合任何一种允许的形式。",
              "detail_en": "Fits none of the allowed forms."
            },
            {
              "pointer": "/starts_at",
              "code": "format",
              "detail": "应为带时区的日期时间，如 2026-05-01T09:30:00+08:00。",
              "detail_zh": "应为带时区的日期时间，如 2026-05-01T09:30:00+08:00。",
              "detail_en": "Must be a date and time with its offset, like 2026-05-01T09:30:00+08:00."
            },
            {
              "pointer": "/title",
              "code": "minLength",
              "detail": "不能为空。",
              "detail_zh": "不能为空。",
              "detail_en": "Must not be empty."
            },
            {
              "pointer": "/secret",
              "code": "additionalProperties",
              "detail": "没有这一项，请去掉。",
              "detail_zh": "没有这一项，请去掉。",
              "detail_en": "There is no such member; leave it out."
            }
          ],
          "request_id": "REQUEST"
        }
    "#]],
    );
}

#[test]
fn the_language_is_the_callers() {
    let here = World::shared().neighbourhood(0);
    let body = described(0, &json!({}));
    let call = || here.call("POST", "activity-signup/activities").token(&here.worker().token).json(&body);
    check(
        &call().header("accept-language", "en-GB, zh;q=0.5").send(),
        &expect![[r#"
        422
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/input-invalid",
          "title": "Input not acceptable",
          "status": 422,
          "code": "input-invalid",
          "detail": "The input does not meet the rules; see the list of errors.",
          "detail_zh": "填写的内容有误，请按提示修改。",
          "detail_en": "The input does not meet the rules; see the list of errors.",
          "errors": [
            {
              "pointer": "/capacity",
              "code": "minimum",
              "detail": "Must be at least 1.",
              "detail_zh": "不能小于 1。",
              "detail_en": "Must be at least 1."
            }
          ],
          "request_id": "REQUEST"
        }
    "#]],
    );
    check(
        &call().header("accept-language", "fr").send(),
        &expect![[r#"
        422
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/input-invalid",
          "title": "内容无法受理",
          "status": 422,
          "code": "input-invalid",
          "detail": "填写的内容有误，请按提示修改。",
          "detail_zh": "填写的内容有误，请按提示修改。",
          "detail_en": "The input does not meet the rules; see the list of errors.",
          "errors": [
            {
              "pointer": "/capacity",
              "code": "minimum",
              "detail": "不能小于 1。",
              "detail_zh": "不能小于 1。",
              "detail_en": "Must be at least 1."
            }
          ],
          "request_id": "REQUEST"
        }
    "#]],
    );
}

#[test]
fn path_query_and_body_are_one_input() {
    let here = World::shared().neighbourhood(1);
    let path = "activity-signup/activities?limit=0&status=gone&colour=red&limit=5";
    check(
        &here.call("GET", path).english().send(),
        &expect![[r#"
        422
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/input-invalid",
          "title": "Input not acceptable",
          "status": 422,
          "code": "input-invalid",
          "detail": "The input does not meet the rules; see the list of errors.",
          "detail_zh": "填写的内容有误，请按提示修改。",
          "detail_en": "The input does not meet the rules; see the list of errors.",
          "errors": [
            {
              "pointer": "/colour",
              "code": "unknown",
              "detail": "There is no such query parameter.",
              "detail_zh": "没有这个查询参数。",
              "detail_en": "There is no such query parameter."
            },
            {
              "pointer": "/limit",
              "code": "duplicate",
              "detail": "Give this only once.",
              "detail_zh": "只能给出一次。",
              "detail_en": "Give this only once."
            },
            {
              "pointer": "/limit",
              "code": "minimum",
              "detail": "Must be at least 1.",
              "detail_zh": "不能小于 1。",
              "detail_en": "Must be at least 1."
            },
            {
              "pointer": "/status",
              "code": "oneOf",
              "detail": "Fits none of the allowed forms.",
              "detail_zh": "不符合任何一种允许的形式。",
              "detail_en": "Fits none of the allowed forms."
            }
          ],
          "request_id": "REQUEST"
        }
    "#]],
    );
    let twice = json!({ "id": "another", "party_size": 1 });
    let reply = here.post(&here.resident(0), "activity-signup/activities/one/signups", &twice);
    check(
        &reply,
        &expect![[r#"
        422
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/input-invalid",
          "title": "内容无法受理",
          "status": 422,
          "code": "input-invalid",
          "detail": "填写的内容有误，请按提示修改。",
          "detail_zh": "填写的内容有误，请按提示修改。",
          "detail_en": "The input does not meet the rules; see the list of errors.",
          "errors": [
            {
              "pointer": "/id",
              "code": "duplicate",
              "detail": "只能给出一次。",
              "detail_zh": "只能给出一次。",
              "detail_en": "Give this only once."
            },
            {
              "pointer": "/id",
              "code": "pattern",
              "detail": "格式不正确。",
              "detail_zh": "格式不正确。",
              "detail_en": "Does not have the required form."
            }
          ],
          "request_id": "REQUEST"
        }
    "#]],
    );
}

#[test]
fn an_integer_is_one_that_json_carries() {
    let here = World::shared().neighbourhood(0);
    for capacity in ["9007199254740992", "1e400", "1.5"] {
        let body = described(1, &json!({}))
            .to_string()
            .replace("\"capacity\":1", &format!("\"capacity\":{capacity}"));
        let call = here.call("POST", "activity-signup/activities").token(&here.worker().token);
        let reply = call.header("content-type", "application/json").bytes(body).send();
        assert!(matches!(reply.status, 400 | 422), "{capacity}: {}", reply.text());
    }
}
