//! Applications, ratings and complaints.

use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::providers::CODE;
use linli_tests::race::{RACERS, answers, assert_answers, together};
use linli_tests::world::Setup;
use serde_json::json;

#[test]
fn one_merchant_has_one_open_application() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(1);
    let replies = together(RACERS, |_| here.apply(&here.resident(0), &Neighbourhood::application()));
    assert_answers(&replies, &[("201", 1), ("409 application-open", RACERS - 1)]);
    world.verify();
}

#[test]
fn an_application_is_approved_or_withdrawn_and_never_both() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(1);
    let owner = here.resident(0);
    let application = here.apply(&owner, &Neighbourhood::application()).expect(201);
    let path = format!("provider-onboarding/applications/{}", application["id"].as_str().unwrap());
    let replies = together(RACERS, |number| {
        if number % 2 == 0 {
            here.review(&application, "approve")
        } else {
            here.call("DELETE", &path).token(&owner.token).send()
        }
    });
    let approved = answers(&replies).contains_key("200");
    let won = if approved { "200" } else { "204" };
    assert_answers(&replies, &[(won, 1), ("409 application-decided", RACERS - 1)]);
    let shown = here.call("GET", &format!("provider-onboarding/providers/{CODE}")).send();
    assert_eq!(shown.status, if approved { 200 } else { 404 }, "a provider by approval only");
    world.verify();
}

#[test]
fn an_order_is_rated_once_and_complained_about_once() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(3);
    here.admit(&world, &here.resident(0));
    let customer = here.resident(2);
    let order = here.eat(&world, &[&customer]).remove(0);
    let rating = json!({ "order": order, "stars": 4 });
    let replies = together(RACERS, |_| here.about_provider(&customer, "ratings", &rating));
    assert_answers(&replies, &[("201", 1), ("409 order-rated", RACERS - 1)]);
    let complaint = json!({ "order": order, "text": "没有按时供餐" });
    let replies = together(RACERS, |_| here.about_provider(&customer, "complaints", &complaint));
    assert_answers(&replies, &[("201", 1), ("409 order-complained", RACERS - 1)]);
    world.deliver();
    let shown = here.provider();
    assert_eq!((&shown["rating"]["ratings"], &shown["rating"]["stars_centi"]), (&json!(1), &json!(400)));
    assert_eq!((&shown["complaints"]["orders"], &shown["complaints"]["complaints"]), (&json!(1), &json!(1)));
    world.verify();
}
