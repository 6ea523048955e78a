//! A meal from the menu to the plate, and what is thought of it.

use linli_contract::Role;
use linli_tests::meals::{CUT_OFF, LUNCH, LUNCH_OVER};
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::Setup;
use serde_json::{Value, json};

/// The menu of a canteen that the provider of the neighbourhood runs.
fn canteens() -> Value {
    json!({ "main": {
        "title": "幸福食堂", "place": "幸福路1号", "provider": "canteen-1",
        "meals": { "lunch": { "from": "11:00", "minutes": 120, "cut_off_minutes": 120 } },
    } })
}

#[test]
fn an_elder_orders_eats_and_rates_and_the_rating_earns_points() {
    let world = Setup::of(&["meal-ordering", "points-redemption"])
        .setting("meal-ordering", "canteens", canteens())
        .start();
    let here = world.neighbourhood(2);
    let (elder, canteen) = (here.resident(1), here.staff(Role::Provider));
    here.top_up(&elder, 5_000);

    let mut lunch = Neighbourhood::lunch(&[(1_200, 20), (800, 20)]);
    lunch["dishes"][0]["allergens"] = json!(["fish"]);
    let menu = here.post(&canteen, "meal-ordering/menus", &lunch).expect(201)["id"].clone();
    let listed = here.call("GET", "meal-ordering/menus?date=2026-05-02").send().expect(200);
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["open"]), (&menu, &json!(true)));

    let lines = json!([
        { "dish": 1, "quantity": 1 }, { "dish": 2, "quantity": 1 }, { "dish": 1, "quantity": 1 },
    ]);
    let order = json!({ "menu": menu, "lines": lines, "note": "少盐" });
    let order = here.post(&elder, "meal-ordering/orders", &order).expect(201);
    let quantities: Vec<_> =
        order["lines"].as_array().unwrap().iter().map(|line| &line["quantity"]).collect();
    assert_eq!(quantities, [2, 1], "two lines of one dish are one");
    let money = ["total_fen", "subsidy_fen", "to_pay_fen"].map(|name| order[name].as_i64().unwrap());
    assert_eq!(money, [3_200, 300, 2_900], "a fifth for those of sixty to seventy-nine, three yuan at most");
    assert_eq!(here.money(&elder), (2_100, 2_900), "set aside, not spent");

    world.advance_to(CUT_OFF);
    assert_eq!(here.cancel_order(&elder, &order).problem(409), "cancel-too-late");
    let menu = menu.as_str().unwrap();
    let sheet = here.get(&canteen, &format!("meal-ordering/menus/{menu}/kitchen-sheet")).expect(200);
    assert_eq!((&sheet["complete"], &sheet["dishes"][0]["ordered"]), (&json!(true), &json!(2)));
    assert_eq!(sheet["dishes"][0]["allergens"], json!(["fish"]));
    assert_eq!(
        (&sheet["notes"][0]["note"], &sheet["notes"][0]["name_masked"]),
        (&json!("少盐"), &json!("甄**"))
    );

    assert_eq!(here.pick_up(&order).problem(409), "pickup-too-early");
    world.advance_to(LUNCH);
    // As an elder reads it out: in small letters, with a gap.
    let (start, end) = order["pickup_code"].as_str().unwrap().split_at(4);
    let typed = json!({ "pickup_code": format!("{}-{}", start.to_lowercase(), end.to_lowercase()) });
    let tray = here.post(&canteen, "meal-ordering/pickups", &typed).expect(201);
    assert_eq!((&tray["name_masked"], &tray["lines"][0]["quantity"]), (&json!("甄**"), &json!(2)));
    assert_eq!(here.money(&elder), (2_100, 0));

    let rating = json!({ "stars": 5, "comment": "很合口味" });
    here.with_order(&elder, &order, "rating", &rating).expect(201);
    assert_eq!(here.points(&elder), 0, "the event is on its way");
    world.deliver();
    assert_eq!(here.points(&elder), 2);
    assert_eq!(here.with_order(&elder, &order, "rating", &rating).problem(409), "order-rated");
    let ratings = here.get(&canteen, &format!("meal-ordering/menus/{menu}/ratings")).expect(200);
    assert_eq!(
        (&ratings["items"][0]["stars"], &ratings["items"][0]["comment"]),
        (&json!(5), &json!("很合口味"))
    );

    let refund =
        here.with_order(&here.worker(), &order, "refund", &json!({ "reason": "菜品有误" })).expect(200);
    assert_eq!((&refund["refunded_fen"], &refund["subsidy_fen"]), (&json!(2_900), &json!(300)));
    world.deliver();
    assert_eq!(
        (here.money(&elder), here.points(&elder)),
        ((5_000, 0), 0),
        "the points go back with the money"
    );
    world.verify();
}

#[test]
fn a_daughter_orders_for_her_mother_and_pays() {
    let world = Setup::of(&["meal-ordering"]).start();
    let (here, afar) = (world.neighbourhood(2), world.neighbourhood(1));
    let (mother, daughter) = (here.resident(1), here.resident(0));
    world.bind(&mother, &daughter, "meal-ordering");
    here.top_up(&daughter, 2_000);
    let menu = here.menu(&[(1_000, 5)]);
    let order = json!({ "menu": menu, "lines": [{ "dish": 1, "quantity": 1 }], "payment": "later" });
    let for_mother = |who: &linli_tests::neighbourhood::Person| {
        let call = here.call("POST", "meal-ordering/orders").token(&who.token).json(&order);
        call.header("acting-for", &mother.id).send()
    };
    assert_eq!(for_mother(&afar.resident(0)).problem(403), "not-bound");
    let made = for_mother(&daughter).expect(201);
    assert_eq!(
        (&made["subsidy_fen"], &made["by_relative"]),
        (&json!(200), &json!(true)),
        "the mother's subsidy"
    );
    assert_eq!((&made["status"], &made["pay_by"]), (&json!("held"), &json!("2026-05-01T01:45:00Z")));
    let paid = here.with_order(&daughter, &made, "payment", &json!({})).expect(200);
    assert_eq!((&paid["status"], here.money(&daughter)), (&json!("paid"), (1_200, 800)));
    let hers = here.get(&mother, "meal-ordering/orders").expect(200);
    assert_eq!(hers["items"][0]["id"], made["id"], "the mother sees it, and who did it");
    assert_eq!(hers["items"][0]["by_relative"], true);
    world.advance_to(LUNCH);
    here.pick_up(&made).expect(201);
    assert_eq!(here.money(&daughter), (1_200, 0));
    world.verify();
}

#[test]
fn what_nobody_pays_or_fetches_ends_by_itself() {
    let world = Setup::of(&["meal-ordering"]).start();
    let here = world.neighbourhood(4);
    let (poor, absent) = (here.resident(0), here.resident(2));
    here.top_up(&absent, 1_000);
    let menu = here.menu(&[(1_000, 2)]);
    let held = here.order(&poor, &menu, 1).expect(201);
    let paid = here.order(&absent, &menu, 1).expect(201);
    assert_eq!((&held["status"], &paid["status"]), (&json!("held"), &json!("paid")));
    assert_eq!(here.portions_left(&menu), 0);
    world.advance_to("2026-05-01T01:45:00Z");
    assert_eq!(here.portions_left(&menu), 1, "a hold that is not paid gives its portion back");
    assert_eq!(here.with_order(&poor, &held, "payment", &json!({})).problem(410), "order-lapsed");
    world.advance_to(LUNCH_OVER);
    assert_eq!(here.pick_up(&paid).problem(410), "order-missed");
    let orders = here.get(&absent, "meal-ordering/orders").expect(200);
    assert_eq!(
        (&orders["items"][0]["status"], &orders["items"][0]["charged_fen"]),
        (&json!("missed"), &json!(1_000))
    );
    assert_eq!(here.money(&absent), (0, 0));
    world.verify();
}
