//! Orders that are rated and complained about, and what becomes of a provider.

use linli_contract::Role;
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::providers::CODE;
use linli_tests::world::{Setup, World};
use serde_json::json;

use super::{at, call, get};

/// An admitted canteen of resident 0, and the order of resident 2 that it was paid for.
fn town() -> (World, Neighbourhood, Person, String) {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(3);
    let owner = here.resident(0);
    here.admit(&world, &owner);
    let order = here.eat(&world, &[&here.resident(2)]).remove(0);
    (world, here, owner, order)
}

fn rate(here: &Neighbourhood, who: &Person, order: &str) -> linli_tests::http::Reply {
    here.about_provider(who, "ratings", &json!({ "order": order, "stars": 4 }))
}

fn complain(here: &Neighbourhood, who: &Person, order: &str) -> linli_tests::http::Reply {
    here.about_provider(who, "complaints", &json!({ "order": order, "text": "没有按时供餐" }))
}

fn appeal(here: &Neighbourhood, who: &Person) -> linli_tests::http::Reply {
    here.about_provider(who, "appeals", &json!({ "reason": "当日停电" }))
}

#[test]
fn an_order_of_ones_own_is_rated_and_complained_about_once() {
    let (world, here, owner, order) = town();
    let (customer, other) = (here.resident(2), here.resident(1));
    for (who, named) in [(&other, order.as_str()), (&customer, "another")] {
        assert_eq!(rate(&here, who, named).problem(404), "order-unknown");
        assert_eq!(complain(&here, who, named).problem(404), "order-unknown");
    }
    let no_stars = here.about_provider(&customer, "ratings", &json!({ "order": order, "stars": 0 }));
    assert_eq!(no_stars.problem(422), "input-invalid");
    rate(&here, &customer, &order).expect(201);
    assert_eq!(rate(&here, &customer, &order).problem(409), "order-rated");
    assert_eq!(appeal(&here, &owner).problem(409), "nothing-to-appeal");
    complain(&here, &customer, &order).expect(201);
    assert_eq!(complain(&here, &customer, &order).problem(409), "order-complained");
    let complaints = format!("providers/{CODE}/complaints");
    assert_eq!(get(&here, &other, &complaints).problem(403), "provider-not-yours");
    assert_eq!(appeal(&here, &other).problem(403), "provider-not-yours");
    let shown = here.provider();
    assert_eq!((&shown["rating"]["ratings"], &shown["complaints"]["orders"]), (&json!(1), &json!(1)));
    world.verify();
}

#[test]
fn what_was_given_back_is_not_rated() {
    let (world, here, _, order) = town();
    let customer = here.resident(2);
    let meal = here.get(&customer, "meal-ordering/orders").expect(200)["items"][0].clone();
    here.with_order(&here.worker(), &meal, "refund", &json!({ "reason": "菜品有误" })).expect(200);
    world.deliver();
    assert_eq!(rate(&here, &customer, &order).problem(409), "order-refunded");
    complain(&here, &customer, &order).expect(201);
    world.verify();
}

#[test]
fn what_was_paid_long_ago_is_not_talked_about() {
    let (world, here, _, order) = town();
    world.advance_to("2026-06-01T03:00:01Z");
    assert_eq!(rate(&here, &here.resident(2), &order).problem(410), "order-too-old");
    assert_eq!(complain(&here, &here.resident(2), &order).problem(410), "order-too-old");
}

#[test]
fn a_provider_is_removed_after_notice_and_an_appeal_may_bring_it_back() {
    let (world, here, owner, order) = town();
    complain(&here, &here.resident(2), &order).expect(201);
    world.deliver();
    assert_eq!(here.provider()["standing"], "active", "there is notice first");
    world.advance_to("2026-05-17T03:00:00Z");
    let shown = here.provider();
    assert_eq!((&shown["standing"], &shown["cause"]), (&json!("removed"), &json!("complaints")));
    let mut dinner = Neighbourhood::lunch(&[(1_000, 5)]);
    dinner["date"] = json!("2026-05-18");
    let staff = here.staff_of(CODE);
    assert_eq!(
        here.post(&staff, "meal-ordering/menus", &dinner).problem(403),
        "provider-suspended",
        "at once"
    );
    assert_eq!(here.apply(&owner, &Neighbourhood::application()).problem(409), "provider-removed");

    let made = appeal(&here, &owner).expect(201);
    assert_eq!(appeal(&here, &owner).problem(409), "appeal-made");
    let other = get(&here, &here.resident(1), &at("appeals", &made));
    assert_eq!(other.problem(404), "appeal-unknown");
    let path = format!("{}/decisions", at("appeals", &made));
    let decide = || {
        let upheld = json!({ "decision": "uphold", "reason": "情况属实" });
        call(&here, &here.staff(Role::Reviewer), "POST", &path, &upheld)
    };
    assert_eq!(decide().expect(200)["status"], "upheld");
    assert_eq!(decide().problem(409), "appeal-decided");
    world.deliver();
    assert_eq!(here.provider()["standing"], "active");
    here.post(&staff, "meal-ordering/menus", &dinner).expect(201);
    world.verify();
}

#[test]
fn an_appeal_comes_in_time_or_not_at_all() {
    let (world, here, owner, order) = town();
    complain(&here, &here.resident(2), &order).expect(201);
    world.deliver();
    world.advance_to("2026-05-17T03:00:00Z");
    world.advance_to("2026-06-16T03:00:01Z");
    assert_eq!(appeal(&here, &owner).problem(410), "appeal-late");
}

#[test]
fn the_end_of_a_licence_suspends_and_a_renewal_brings_back() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(1);
    let owner = here.resident(0);
    let mut short = Neighbourhood::application();
    short["licence"]["valid_until"] = json!("2026-05-31");
    let application = here.apply(&owner, &short).expect(201);
    here.review(&application, "approve").expect(200);
    world.advance_to("2026-05-31T15:59:59Z");
    assert_eq!(here.provider()["standing"], "active");
    world.advance_to("2026-05-31T16:00:00Z");
    let shown = here.provider();
    assert_eq!((&shown["standing"], &shown["cause"]), (&json!("suspended"), &json!("licence")));
    let renewal = here.apply(&owner, &Neighbourhood::application()).expect(201);
    here.review(&renewal, "approve").expect(200);
    assert_eq!(here.provider()["standing"], "active");
    world.verify();
}
