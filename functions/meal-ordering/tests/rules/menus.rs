//! Canteens, menus and dishes.

use crate::*;

#[test]
fn everybody_sees_the_canteens_and_when_they_serve() {
    let town = Town::new();
    let (canteens, _) = town.platform.call(&Actor::anyone(), "list_canteens", json!({})).page();
    assert_eq!((&canteens[0]["name"], &canteens[0]["title"]), (&json!("main"), &json!("社区长者食堂")));
    assert_eq!(canteens[0]["meals"]["lunch"]["from"], "11:00");
}

#[test]
fn a_menu_shows_its_dishes_and_what_is_left_of_them() {
    let town = Town::new();
    let menu = town.offer(lunch(json!({}))).created();
    assert_eq!((&menu["id"], &menu["open"]), (&json!(LUNCH), &json!(true)));
    assert_eq!(menu["order_until"], "2026-05-02T01:00:00Z");
    assert_eq!(menu["served_from"], "2026-05-02T03:00:00Z");
    assert_eq!(menu["served_until"], "2026-05-02T05:00:00Z");
    let pork = &menu["dishes"][0];
    assert_eq!((&pork["number"], &pork["left"], &pork["portions"]), (&json!(1), &json!(10), &json!(10)));
    assert_eq!(pork["allergens"], json!(["gluten", "soybeans"]));
    town.paid();
    assert_eq!(town.left(), [9, 5]);
    town.platform.advance_to(CUT_OFF);
    let shown = town.platform.call(&Actor::anyone(), "show_menu", json!({ "id": LUNCH })).ok();
    assert_eq!(shown["open"], false);
}

#[test]
fn the_menus_of_a_day_come_in_the_order_in_which_they_are_served() {
    let town = Town::new();
    for meal in ["dinner", "breakfast", "lunch"] {
        town.offer(lunch(json!({ "meal": meal }))).created();
    }
    town.offer(lunch(json!({ "date": "2026-05-03" }))).created();
    town.offer(lunch(json!({ "date": "2026-05-01", "meal": "dinner" }))).created();
    let list = |input: Value| {
        let (menus, next) = town.platform.call(&Actor::anyone(), "list_menus", input).page();
        (menus.iter().map(|menu| text(&menu["id"])).collect::<Vec<_>>(), next)
    };
    let (first, next) = list(json!({ "date": "2026-05-02", "limit": 2 }));
    assert_eq!(first, ["2026-05-02.main.breakfast", LUNCH]);
    let (second, end) = list(json!({ "date": "2026-05-02", "limit": 2, "cursor": next }));
    assert_eq!((second, end), (vec!["2026-05-02.main.dinner".to_owned()], None));
    assert_eq!(list(json!({})).0, ["2026-05-01.main.dinner"]);
    let foreign = json!({ "cursor": "AAAA" });
    assert_eq!(town.platform.call(&Actor::anyone(), "list_menus", foreign).code(), "cursor-invalid");
}

#[test]
fn there_is_one_menu_for_each_canteen_day_and_meal() {
    let town = Town::with_lunch();
    let problem = town.offer(lunch(json!({}))).problem();
    assert_eq!((problem.code.as_ref(), problem.kind.status()), ("menu-exists", 409));
    assert_eq!(member(&problem, "menu"), LUNCH);
}

#[test]
fn a_menu_is_offered_in_time_but_not_for_next_year() {
    let town = Town::new();
    // Today's lunch closed at nine, which is now.
    assert_eq!(town.offer(lunch(json!({ "date": "2026-05-01" }))).code(), "menu-too-late");
    let late = json!({ "date": "2026-05-01", "order_until": "2026-05-01T12:30:00+08:00" });
    assert_eq!(town.offer(lunch(late)).created()["open"], true);
    assert_eq!(town.offer(lunch(json!({ "date": "2026-06-30" }))).code(), "menu-too-far-ahead");
    town.offer(lunch(json!({ "date": "2026-06-29" }))).created();
    let no_such_day = town.offer(lunch(json!({ "date": "2026-02-30" }))).problem();
    assert_eq!(
        (no_such_day.code.as_ref(), no_such_day.pointer.as_deref()),
        ("input-unreadable", Some("/date"))
    );
    let after = json!({ "order_until": "2026-05-02T13:00:01+08:00" });
    assert_eq!(town.offer(lunch(after)).code(), "cut-off-after-meal");
}

#[test]
fn a_menu_is_of_a_canteen_that_serves_the_meal_and_names_each_dish_once() {
    let town = Town::new();
    assert_eq!(town.offer(lunch(json!({ "canteen": "moon" }))).code(), "canteen-unknown");
    town.platform.configure("canteens", with_provider());
    assert_eq!(town.offer(lunch(json!({ "meal": "dinner" }))).code(), "meal-not-served");
    let dish = json!({ "name": "米饭", "price_fen": 100, "portions": 50 });
    let problem = town.offer(lunch(json!({ "dishes": [dish, dish] }))).problem();
    assert_eq!((problem.code.as_ref(), problem.pointer.as_deref()), ("dish-twice", Some("/dishes/1/name")));
}

#[test]
fn what_a_schema_can_say_is_refused_before_anything_runs() {
    let town = Town::new();
    let dish = |name: &str, value: Value| {
        let mut dish = json!({ "name": "米饭", "price_fen": 100, "portions": 50 });
        dish[name] = value;
        lunch(json!({ "dishes": [dish] }))
    };
    for menu in [
        lunch(json!({ "dishes": [] })),
        lunch(json!({ "meal": "supper" })),
        lunch(json!({ "date": "tomorrow" })),
        dish("name", json!("")),
        dish("price_fen", json!(0)),
        dish("price_fen", json!(1.5)),
        dish("portions", json!(-1)),
        dish("per_person", json!(0)),
        dish("allergens", json!(["love"])),
        dish("colour", json!("white")),
    ] {
        assert_eq!(town.offer(menu).code(), "schema-violated");
    }
}

#[test]
fn the_kitchen_can_cook_more_or_less_but_never_less_than_was_ordered() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 50_000);
    town.order(&town.resident, 4).created();
    let change = |dish: u32, portions: i64| {
        let change = json!({ "id": LUNCH, "dish": dish, "portions": portions });
        town.platform.call(&town.worker, "change_dish", change)
    };
    let problem = change(1, 3).problem();
    assert_eq!((problem.code.as_ref(), member(&problem, "ordered")), ("portions-below-ordered", json!(4)));
    assert_eq!(change(1, 4).ok()["left"], 0);
    assert_eq!(change(1, 20).ok()["left"], 16);
    assert_eq!(change(3, 1).code(), "dish-unknown");
    town.platform.advance_to(OVER);
    assert_eq!(change(1, 30).code(), "meal-over");
    assert_eq!(town.left(), [16, 5]);
}

#[test]
fn a_provider_runs_its_own_canteen_and_no_other() {
    let town = Town::new();
    town.platform.configure("canteens", with_provider());
    let (garden, other) = (town.platform.provider("garden-foods"), town.platform.provider("other"));
    let menu = lunch(json!({ "canteen": "garden" }));
    assert_eq!(town.platform.call(&other, "create_menu", menu.clone()).code(), "canteen-of-another");
    let mains = town.platform.call(&garden, "create_menu", lunch(json!({})));
    assert_eq!(mains.code(), "canteen-of-another");
    assert_eq!(town.platform.call(&town.resident, "create_menu", menu.clone()).code(), "role-missing");
    let id = text(&town.platform.call(&garden, "create_menu", menu).created()["id"]);
    let change = json!({ "id": id, "dish": 1, "portions": 3 });
    town.platform.call(&garden, "change_dish", change.clone()).ok();
    assert_eq!(town.platform.call(&other, "change_dish", change).code(), "canteen-of-another");
    let sheet = json!({ "id": id });
    town.platform.call(&garden, "show_kitchen_sheet", sheet.clone()).ok();
    assert_eq!(town.platform.call(&other, "show_kitchen_sheet", sheet).code(), "canteen-of-another");
}

#[test]
fn an_unknown_menu_is_not_found() {
    let town = Town::new();
    let show = |id: &str| town.platform.call(&Actor::anyone(), "show_menu", json!({ "id": id })).code();
    assert_eq!(show(LUNCH), "menu-unknown");
    assert_eq!(show("../menus"), "schema-violated");
}

/// Canteens are checked when settings are loaded.
#[test]
#[should_panic(expected = "meets the setting's schema")]
fn a_canteen_that_opens_at_25_is_refused() {
    let town = Town::new();
    let meals = json!({ "lunch": { "from": "25:00", "minutes": 120, "cut_off_minutes": 120 } });
    town.platform
        .configure("canteens", json!({ "main": { "title": "食堂", "place": "一楼", "meals": meals } }));
}
