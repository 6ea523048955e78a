//! Who may call: tokens, roles, areas, and those who act for somebody else.

use std::time::Duration;

use expect_test::expect;
use linli_contract::{Area, Role};
use linli_gateway::{TokenClaims, TokenSigner};
use linli_tests::neighbourhood::signups;
use linli_tests::world::{Setup, World, morning};
use serde_json::json;

use super::check;

const MINE: &str = "activity-signup/signups";

#[test]
fn without_a_token_one_is_asked_to_sign_in() {
    let here = World::shared().neighbourhood(0);
    check(
        &here.call("GET", MINE).send(),
        &expect![[r#"
        401
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        www-authenticate: Bearer realm="linli"
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/token-missing",
          "title": "需要登录",
          "status": 401,
          "code": "token-missing",
          "detail": "请先登录。",
          "detail_zh": "请先登录。",
          "detail_en": "Sign in first.",
          "request_id": "REQUEST"
        }
    "#]],
    );
    let basic = here.call("GET", MINE).header("authorization", "Basic eDp5").send();
    assert_eq!(basic.problem(401), "token-missing");
}

#[test]
fn a_token_of_somebody_else_is_none() {
    let here = World::shared().neighbourhood(1);
    let resident = here.resident(0);
    let forged = TokenSigner::from_seed(&[8; 32]).sign(&TokenClaims {
        subject: Some(&resident.id),
        roles: &[Role::Resident],
        area: &Area::of(here.community),
        provider: None,
        issued_at: morning(),
        ttl_seconds: 60,
        id: "forged",
    });
    check(
        &here.call("GET", MINE).token(&forged).english().send(),
        &expect![[r#"
        401
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        www-authenticate: Bearer realm="linli", error="invalid_token"
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/token-invalid",
          "title": "Sign-in needed",
          "status": 401,
          "code": "token-invalid",
          "detail": "Your token is not valid; sign in again.",
          "detail_zh": "登录凭证无效，请重新登录。",
          "detail_en": "Your token is not valid; sign in again.",
          "request_id": "REQUEST"
        }
    "#]],
    );
    let (signed, signature) = resident.token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    let tampered = format!("{signed}.{flipped}{}", &signature[1..]);
    for token in [tampered.as_str(), "x.y.z", "x", &"a.".repeat(5_000)] {
        assert_eq!(here.call("GET", MINE).token(token).send().problem(401), "token-invalid");
    }
    let unknown = here.person("nobody".to_owned(), Role::Resident, &Area::of(here.community));
    assert_eq!(here.get(&unknown, MINE).problem(401), "token-invalid", "the directory does not know them");
}

#[test]
fn a_token_counts_until_it_expires() {
    let world = Setup::of(&["activity-signup"]).start();
    let here = world.neighbourhood(1);
    let token = here.short_token(&here.resident(0), 3_600);
    assert_eq!(here.call("GET", MINE).token(&token).send().status, 200);
    world.clock.advance(Duration::from_secs(2 * 3_600));
    check(
        &here.call("GET", MINE).token(&token).send(),
        &expect![[r#"
        401
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        www-authenticate: Bearer realm="linli", error="invalid_token", error_description="the token has expired"
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/token-expired",
          "title": "需要登录",
          "status": 401,
          "code": "token-expired",
          "detail": "登录已过期，请重新登录。",
          "detail_zh": "登录已过期，请重新登录。",
          "detail_en": "Your sign-in has expired; sign in again.",
          "request_id": "REQUEST"
        }
    "#]],
    );
}

#[test]
fn a_role_that_may_not_is_refused() {
    let here = World::shared().neighbourhood(0);
    check(
        &here.get(&here.worker(), MINE),
        &expect![[r#"
        403
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/role-not-allowed",
          "title": "没有权限",
          "status": 403,
          "code": "role-not-allowed",
          "detail": "您的身份不能办理此事项。",
          "detail_zh": "您的身份不能办理此事项。",
          "detail_en": "Your role may not do this.",
          "request_id": "REQUEST"
        }
    "#]],
    );
}

#[test]
fn a_worker_of_another_area_is_refused() {
    let here = World::shared().neighbourhood(0);
    let elsewhere = World::shared().neighbourhood(0);
    let stranger = here.person(elsewhere.worker().id, Role::Worker, &Area::of(elsewhere.community));
    let body = json!({});
    check(
        &here.post(&stranger, "activity-signup/activities", &body),
        &expect![[r#"
        403
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/out-of-area",
          "title": "没有权限",
          "status": 403,
          "code": "out-of-area",
          "detail": "此社区不在您的负责范围内。",
          "detail_zh": "此社区不在您的负责范围内。",
          "detail_en": "This community is outside your area.",
          "request_id": "REQUEST"
        }
    "#]],
    );
    let street = here.person(here.worker().id, Role::Worker, &"330105001".parse().unwrap());
    let reply = here.post(&street, "activity-signup/activities", &body);
    assert_eq!(reply.problem(422), "input-invalid", "who answers for the street answers for its communities");
}

#[test]
fn who_is_for_anyone_needs_no_token_and_a_bad_one_is_refused_all_the_same() {
    let here = World::shared().neighbourhood(1);
    let list = "activity-signup/activities";
    assert_eq!(here.call("GET", list).send().status, 200);
    assert_eq!(here.get(&here.resident(0), list).status, 200);
    assert_eq!(here.call("GET", list).token("x.y.z").send().problem(401), "token-invalid");
}

#[test]
fn a_relative_acts_for_an_elder_within_the_binding_also_from_another_community() {
    let world = World::shared();
    let (here, elsewhere) = (world.neighbourhood(2), world.neighbourhood(1));
    let (elder, child) = (here.resident(0), elsewhere.resident(0));
    let activity = here.activity(5, &json!({}));
    let sign_up = || {
        let call = here.call("POST", &signups(&activity)).token(&child.token).json(&json!({}));
        call.header("acting-for", &elder.id).send()
    };
    check(
        &sign_up(),
        &expect![[r#"
        403
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/not-bound",
          "title": "没有权限",
          "status": 403,
          "code": "not-bound",
          "detail": "您没有为此人代办的亲情绑定，或绑定已失效。",
          "detail_zh": "您没有为此人代办的亲情绑定，或绑定已失效。",
          "detail_en": "You have no valid binding that lets you act for this person.",
          "request_id": "REQUEST"
        }
    "#]],
    );
    world.bind(&elder, &child, "activity-signup");
    let signup = sign_up().expect(201);
    assert_eq!(here.mine(&elder, &activity)["id"], signup["id"], "it is the elder's");
    let roster = here.get(&here.worker(), &signups(&activity)).expect(200);
    assert_eq!(roster["items"][0]["delegated"], true);
    let stranger =
        here.call("GET", MINE).token(&child.token).header("acting-for", &here.resident(1).id).send();
    assert_eq!(stranger.problem(403), "not-bound");
    assert_eq!(here.get(&child, MINE).problem(403), "out-of-area", "not without saying for whom");
    let nonsense = here.call("GET", MINE).token(&elder.token).header("acting-for", "a b").send();
    assert_eq!(nonsense.problem(400), "acting-for-invalid");
}
