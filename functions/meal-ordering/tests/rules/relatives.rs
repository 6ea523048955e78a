//! A relative orders for an elder they are bound to.

use crate::*;

struct Family {
    town: Town,
    elder: Actor,
    daughter: Actor,
}

impl Family {
    fn new() -> Self {
        let town = Town::with_lunch();
        let (elder, daughter) = (town.platform.resident(82), town.platform.resident(55));
        Self { town, elder, daughter }
    }

    /// The daughter orders a portion of dish 1 for the elder.
    fn order(&self, payment: &str) -> Value {
        let lines = json!([{ "dish": 1, "quantity": 1 }]);
        let order = json!({ "menu": LUNCH, "lines": lines, "payment": payment });
        let acting = self.daughter.acting_for(&self.elder);
        self.town.platform.call(&acting, "create_order", order).created()
    }
}

#[test]
fn the_order_and_the_subsidy_are_the_elders_and_the_elder_hears_of_it() {
    let family = Family::new();
    family.town.top_up(&family.elder, 5_000);
    family.town.platform.take_published();
    let order = family.order("now");
    assert_eq!((&order["subsidy_fen"], &order["by_relative"]), (&json!(600), &json!(true)));
    assert_eq!(family.town.card(&family.elder), (4_400, 600));
    assert_eq!(family.town.card(&family.daughter), (0, 0));
    let published = family.town.platform.take_published();
    assert_eq!(published[0].content["person"], json!(family.elder.person()));
    assert_eq!(published[0].content["by_relative"], true);
    let mine = |who: &Actor| family.town.platform.call(who, "list_orders", json!({})).page().0.len();
    assert_eq!((mine(&family.elder), mine(&family.daughter)), (1, 0));
    assert_eq!(mine(&family.daughter.acting_for(&family.elder)), 1);
}

/// The ledger lets a component charge the subject of a call and nobody else: acting for the elder, that is the elder. So a
/// relative who pays does it in their own name.
#[test]
fn the_relative_pays_with_their_own_card() {
    let family = Family::new();
    let town = &family.town;
    town.top_up(&family.elder, 5_000);
    town.top_up(&family.daughter, 5_000);
    let order = family.order("later");
    assert_eq!((&order["status"], town.card(&family.elder)), (&json!("held"), (5_000, 0)));
    let paid = town.act("pay_order", &family.daughter, &order).ok();
    assert_eq!((&paid["status"], &paid["subsidy_fen"]), (&json!("paid"), &json!(600)));
    assert_eq!((town.card(&family.elder), town.card(&family.daughter)), ((5_000, 0), (4_400, 600)));
    town.platform.advance_to(SERVED);
    town.pick_up(&order).created();
    assert_eq!((town.card(&family.elder), town.card(&family.daughter)), ((5_000, 0), (4_400, 0)));
    // What was wrong with it is made good to who paid.
    let refund = json!({ "id": order["id"], "reason": "菜品有误" });
    town.platform.call(&town.worker, "refund_order", refund).ok();
    assert_eq!((town.card(&family.elder), town.card(&family.daughter)), ((5_000, 0), (5_000, 0)));
}

#[test]
fn what_the_relative_paid_goes_back_to_the_relative_when_the_elder_cancels() {
    let family = Family::new();
    let town = &family.town;
    town.top_up(&family.daughter, 5_000);
    let order = family.order("later");
    town.act("pay_order", &family.daughter, &order).ok();
    assert_eq!(town.act("cancel_order", &family.elder, &order).ok()["released_fen"], 600);
    assert_eq!((town.card(&family.elder), town.card(&family.daughter)), ((0, 0), (5_000, 0)));
}

#[test]
fn acting_for_the_elder_the_elders_card_pays() {
    let family = Family::new();
    let town = &family.town;
    town.top_up(&family.elder, 5_000);
    let order = family.order("later");
    town.act("pay_order", &family.daughter.acting_for(&family.elder), &order).ok();
    assert_eq!(town.card(&family.elder), (4_400, 600));
}

#[test]
fn another_relative_neither_pays_nor_sees_the_order() {
    let family = Family::new();
    let order = family.order("later");
    let neighbour = family.town.platform.resident(40);
    for operation in ["pay_order", "show_order", "cancel_order"] {
        assert_eq!(family.town.act(operation, &neighbour, &order).code(), "order-unknown");
    }
    // The daughter sees it when she acts for the elder.
    assert_eq!(family.town.act("show_order", &family.daughter, &order).code(), "order-unknown");
    family.town.act("show_order", &family.daughter.acting_for(&family.elder), &order).ok();
}
