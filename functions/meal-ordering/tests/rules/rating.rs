//! Ratings.

use crate::*;

fn rate(town: &Town, who: &Actor, order: &Value) -> Outcome {
    let rating = json!({ "id": order["id"], "stars": 4, "comment": "软烂可口" });
    town.platform.call(who, "rate_order", rating)
}

#[test]
fn a_meal_is_rated_once_by_whoever_ate_it() {
    let town = Town::with_lunch();
    let order = town.eaten();
    town.platform.take_published();
    assert_eq!(rate(&town, &town.platform.resident(30), &order).code(), "order-unknown");
    assert_eq!(rate(&town, &town.resident, &order).created()["stars"], 4);
    let published = town.platform.take_published();
    assert_eq!(published.len(), 1);
    // What the rules of points-redemption look for; nothing of the comment.
    let news = json!({
        "order": order["id"], "menu": LUNCH, "person": town.resident.person(), "by_relative": false, "pay_by": null,
        "stars": 4,
    });
    assert_eq!((published[0].name.as_str(), &published[0].content), ("meal.rated", &news));
    assert_eq!(rate(&town, &town.resident, &order).code(), "order-rated");
}

#[test]
fn what_was_not_eaten_is_not_rated() {
    let town = Town::with_lunch();
    let order = town.paid();
    assert_eq!(rate(&town, &town.resident, &order).code(), "order-not-picked-up");
    town.cancel(&order).ok();
    assert_eq!(rate(&town, &town.resident, &order).code(), "order-cancelled");
}

#[test]
fn a_meal_is_rated_while_it_is_remembered() {
    let town = Town::with_lunch();
    let order = town.eaten();
    town.platform.advance_to("2026-05-09T11:00:00+08:00");
    assert_eq!(rate(&town, &town.resident, &order).code(), "rating-too-late");
}

#[test]
fn stars_are_one_to_five() {
    let town = Town::with_lunch();
    let order = town.eaten();
    for stars in [json!(0), json!(6), json!("5"), json!(4.5)] {
        let rating = json!({ "id": order["id"], "stars": stars });
        assert_eq!(town.platform.call(&town.resident, "rate_order", rating).code(), "schema-violated");
    }
}

#[test]
fn the_kitchen_reads_what_was_thought_of_a_meal_but_not_by_whom() {
    let town = Town::with_lunch();
    let first = town.eaten();
    let other = town.platform.resident(30);
    rate(&town, &town.resident, &first).created();
    let list = |who: &Actor| town.platform.call(who, "list_ratings", json!({ "id": LUNCH }));
    let (ratings, _) = list(&town.worker).page();
    let rating = json!({ "stars": 4, "comment": "软烂可口", "at": "2026-05-02T03:00:00Z" });
    assert_eq!(ratings, [rating]);
    assert_eq!(list(&other).code(), "role-missing");
    assert_eq!(list(&town.platform.provider("garden-foods")).code(), "canteen-of-another");
}
