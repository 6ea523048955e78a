//! Portions, cancellations and pick-ups.

use std::collections::BTreeSet;

use linli_tests::meals::LUNCH;
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::race::{RACERS, answers, assert_answers, only, together};
use linli_tests::world::{Setup, World};
use serde_json::json;

const PRICE: i64 = 1_200;

/// Residents below sixty pay the whole price: every second one.
fn payer(here: &Neighbourhood, number: usize) -> linli_tests::neighbourhood::Person {
    here.resident(2 * number)
}

/// A world of its own, and in it so many residents who pay the whole price and have just enough for one dish.
fn town(payers: usize) -> (World, Neighbourhood) {
    let world = Setup::of(&["meal-ordering"]).start();
    let here = world.neighbourhood(2 * payers);
    (0..payers).for_each(|number| here.top_up(&payer(&here, number), PRICE));
    (world, here)
}

#[test]
fn the_last_portion_goes_to_one_of_two_hundred() {
    let (world, here) = town(RACERS);
    let menu = here.menu(&[(PRICE, 1)]);
    let replies = together(RACERS, |number| here.order(&payer(&here, number), &menu, 1));
    assert_answers(&replies, &[("201", 1), ("409 dish-short", RACERS - 1)]);
    assert_eq!(here.portions_left(&menu), 0);
    for (number, reply) in replies.iter().enumerate() {
        let expected = if reply.status == 201 { (0, PRICE) } else { (PRICE, 0) };
        assert_eq!(
            here.money(&payer(&here, number)),
            expected,
            "money is set aside with the portion or not at all"
        );
    }
    world.verify();
}

#[test]
fn fifty_portions_go_to_fifty_of_two_hundred_each_with_a_code_of_its_own() {
    let (world, here) = town(RACERS);
    let menu = here.menu(&[(PRICE, 50)]);
    let replies = together(RACERS, |number| here.order(&payer(&here, number), &menu, 1));
    assert_answers(&replies, &[("201", 50), ("409 dish-short", RACERS - 50)]);
    let orders = replies.iter().filter(|reply| reply.status == 201).map(|reply| reply.json());
    let codes: BTreeSet<_> = orders.map(|order| order["pickup_code"].to_string()).collect();
    assert_eq!((codes.len(), here.portions_left(&menu)), (50, 0));
    world.verify();
}

#[test]
fn one_card_pays_for_as_many_orders_as_are_on_it() {
    let (world, here) = town(1);
    here.top_up(&payer(&here, 0), 2 * PRICE);
    let menu = here.menu(&[(PRICE, 1_000)]);
    let replies = together(RACERS, |_| here.order(&payer(&here, 0), &menu, 1));
    // Three are paid; one more waits to be paid, and keeps others from doing so.
    let made = replies.iter().filter(|reply| reply.status == 201).map(|reply| reply.json()["status"].clone());
    let made: Vec<_> = made.collect();
    assert_eq!(made.iter().filter(|status| **status == "paid").count(), 3);
    assert_eq!(made.iter().filter(|status| **status == "held").count(), 1);
    assert_answers(&replies, &[("201", 4), ("409 order-unpaid", RACERS - 4)]);
    assert_eq!((here.money(&payer(&here, 0)), here.portions_left(&menu)), ((0, 3 * PRICE), 996));
    world.verify();
}

#[test]
fn an_order_is_cancelled_once_and_gives_back_once() {
    let (world, here) = town(1);
    let menu = here.menu(&[(PRICE, 10)]);
    let order = here.order(&payer(&here, 0), &menu, 1).expect(201);
    let replies = together(RACERS, |_| here.cancel_order(&payer(&here, 0), &order));
    assert_answers(&replies, &[("200", 1), ("410 order-cancelled", RACERS - 1)]);
    assert_eq!(only(&replies, 200).json()["released_fen"], PRICE);
    assert_eq!((here.money(&payer(&here, 0)), here.portions_left(&menu)), ((PRICE, 0), 10));
    world.verify();
}

#[test]
fn a_meal_is_handed_out_once_and_paid_once() {
    let (world, here) = town(1);
    let menu = here.menu(&[(PRICE, 10)]);
    let order = here.order(&payer(&here, 0), &menu, 1).expect(201);
    world.advance_to(LUNCH);
    let replies = together(RACERS, |_| here.pick_up(&order));
    assert_answers(&replies, &[("201", 1), ("409 order-picked-up", RACERS - 1)]);
    let accounts = here.get(&here.worker(), "meal-ordering/accounts").expect(200);
    assert_eq!((&accounts["sales_fen"], here.money(&payer(&here, 0))), (&json!(PRICE), (0, 0)));
    world.verify();
}

/// Where orders are taken until the end of the meal, an order can be cancelled while it is handed out.
#[test]
fn an_order_is_handed_out_or_cancelled_and_never_both() {
    let (world, here) = town(1);
    let mut lunch = Neighbourhood::lunch(&[(PRICE, 10)]);
    lunch["order_until"] = json!("2026-05-02T05:00:00Z");
    let menu = here.post(&here.worker(), "meal-ordering/menus", &lunch).expect(201)["id"].clone();
    let menu = menu.as_str().unwrap();
    let order = here.order(&payer(&here, 0), menu, 1).expect(201);
    world.advance_to(LUNCH);
    let replies = together(RACERS, |number| {
        if number % 2 == 0 { here.cancel_order(&payer(&here, 0), &order) } else { here.pick_up(&order) }
    });
    let eaten = replies.iter().any(|reply| reply.status == 201);
    let (won, lost) = if eaten { ("201", "409 order-picked-up") } else { ("200", "410 order-cancelled") };
    assert_answers(&replies, &[(won, 1), (lost, RACERS - 1)]);
    let sales = here.get(&here.worker(), "meal-ordering/accounts").expect(200)["sales_fen"].clone();
    let expected = if eaten { (json!(PRICE), (0, 0), 9) } else { (json!(0), (PRICE, 0), 10) };
    assert_eq!(
        (sales, here.money(&payer(&here, 0)), here.portions_left(menu)),
        expected,
        "{:?}",
        answers(&replies)
    );
    world.verify();
}

#[test]
fn a_meal_of_a_provider_is_refunded_once_by_the_provider_and_the_platform() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(3);
    here.admit(&world, &here.resident(0));
    let staff = here.staff_of(linli_tests::providers::CODE);
    here.post(&staff, "meal-ordering/menus", &Neighbourhood::lunch(&[(PRICE, 10)])).expect(201);
    here.top_up(&here.resident(2), PRICE);
    let menu = "2026-05-02.main.lunch";
    let order = here.order(&here.resident(2), menu, 1).expect(201);
    world.advance_to(LUNCH);
    here.post(&staff, "meal-ordering/pickups", &json!({ "pickup_code": order["pickup_code"] })).expect(201);
    assert_eq!(here.money(&here.resident(2)), (0, 0));
    let reason = json!({ "reason": "菜品有误" });
    let replies = together(RACERS, |_| here.with_order(&here.worker(), &order, "refund", &reason));
    assert_answers(&replies, &[("200", 1), ("409 order-refunded", RACERS - 1)]);
    assert_eq!(here.money(&here.resident(2)), (PRICE, 0));
    let accounts = here.get(&here.worker(), "meal-ordering/accounts").expect(200);
    assert_eq!(
        accounts["claims_due_fen"], 0,
        "the provider gave back its part, and the platform its commission"
    );
    world.verify();
}
