//! Too much at once: callers without a token, a full queue, keys that are none.

use expect_test::expect;
use linli_ingress::Limits;
use linli_tests::world::{Setup, World};

use super::check;

#[test]
fn who_has_no_token_calls_so_often_and_then_waits() {
    let mut setup = Setup::of(&["activity-signup"]);
    setup.server = Limits { anonymous_burst: 3, anonymous_per_minute: 1, ..setup.server };
    let world = setup.start();
    let here = world.neighbourhood(1);
    let look = || here.call("GET", "activity-signup/activities").send();
    for _ in 0..3 {
        assert_eq!(look().status, 200);
    }
    check(
        &look(),
        &expect![[r#"
        429
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        retry-after: 60
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/rate-limited",
          "title": "请求过于频繁",
          "status": 429,
          "code": "rate-limited",
          "detail": "请求过于频繁，请稍后再试。",
          "detail_zh": "请求过于频繁，请稍后再试。",
          "detail_en": "Too many requests from you; wait before the next.",
          "request_id": "REQUEST"
        }
    "#]],
    );
    assert_eq!(here.get(&here.resident(0), "activity-signup/activities").status, 200, "with a token one may");
    world.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(look().status, 200);
    assert_eq!(look().problem(429), "rate-limited");
}

#[test]
fn who_guesses_tokens_is_slowed_down() {
    let mut setup = Setup::of(&["activity-signup"]);
    setup.server = Limits { anonymous_burst: 2, anonymous_per_minute: 1, ..setup.server };
    let world = setup.start();
    let here = world.neighbourhood(0);
    let guess = || here.call("GET", "activity-signup/signups").token("x.y.z").send();
    assert_eq!([guess().status, guess().status, guess().status], [401, 401, 429]);
}

/// One call runs, nobody may wait: of many at once, some are told to come again, and those that ran ran whole.
#[test]
fn when_the_queue_is_full_one_is_told_at_once() {
    let mut setup = Setup::of(&[]).plugin("hostile");
    setup.server = Limits { max_in_flight: 1, max_waiting: 0, ..setup.server };
    let world = setup.start();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let replies: Vec<_> = std::thread::scope(|scope| {
        let calls: Vec<_> =
            (0..8).map(|_| scope.spawn(|| here.get(&resident, "hostile/endless-loop"))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let refused: Vec<_> = replies.iter().filter(|reply| reply.status == 503).collect();
    assert!(!refused.is_empty() && refused.len() < replies.len());
    check(
        refused[0],
        &expect![[r#"
        503
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        retry-after: 1
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/overloaded",
          "title": "暂时不可用",
          "status": 503,
          "code": "overloaded",
          "detail": "当前办理的人太多，请稍后再试。",
          "detail_zh": "当前办理的人太多，请稍后再试。",
          "detail_en": "Too many requests right now; try again shortly.",
          "request_id": "REQUEST"
        }
    "#]],
    );
    let ran = replies.iter().filter(|reply| reply.status == 500).count();
    assert_eq!(ran + refused.len(), replies.len());
    assert_eq!(here.client.metric("linli_http_refusals_total{code=\"overloaded\"}"), refused.len() as u64);
}

#[test]
fn an_idempotency_key_is_short_and_visible() {
    let here = World::shared().neighbourhood(0);
    let call = || here.call("POST", "activity-signup/activities").token(&here.worker().token);
    check(
        &call().key("two words").send(),
        &expect![[r#"
        400
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/idempotency-key-invalid",
          "title": "请求有误",
          "status": 400,
          "code": "idempotency-key-invalid",
          "detail": "Idempotency-Key 头应为 1 至 128 个可见 ASCII 字符，且只出现一次。",
          "detail_zh": "Idempotency-Key 头应为 1 至 128 个可见 ASCII 字符，且只出现一次。",
          "detail_en": "The Idempotency-Key header must be 1 to 128 visible ASCII characters, given once.",
          "request_id": "REQUEST"
        }
    "#]],
    );
    assert_eq!(call().key(&"k".repeat(129)).send().problem(400), "idempotency-key-invalid");
    assert_eq!(call().key("a").key("b").send().problem(400), "idempotency-key-invalid");
    assert_eq!(call().key(&"k".repeat(128)).send().problem(422), "input-invalid");
}
