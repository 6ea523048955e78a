//! Cards and settlements.

use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

use super::{by_worker, worker_at_home};

fn terms() -> Value {
    json!({
        "unpaid_minutes": 15, "unpaid_tries": 2, "no_show_charge": 10_000, "top_up_max_fen": 3_000,
        "card_max_fen": 5_000, "rating_days": 7, "refund_days": 7,
    })
}

#[test]
fn a_card_is_filled_within_its_bounds() {
    let world = Setup::of(&["meal-ordering"]).setting("meal-ordering", "terms", terms()).start();
    let here = world.neighbourhood(1);
    let who = here.resident(0);
    let card = here.card(&who)["person"].as_str().unwrap().to_owned();
    let fill = |amount: Value| {
        by_worker(&here, "POST", &format!("cards/{card}/top-ups"), &json!({ "amount_fen": amount }))
    };
    for amount in [json!(0), json!(-1), json!(1.5), json!("100"), Value::Null] {
        assert_eq!(fill(amount).problem(422), "input-invalid");
    }
    let large = fill(json!(3_001));
    assert_eq!(
        (large.problem(422).as_str(), &large.json()["maximum_fen"]),
        ("top-up-too-large", &json!(3_000))
    );
    let filled = fill(json!(3_000)).expect(201);
    assert_eq!((&filled["balance_fen"], &filled["name_masked"]), (&json!(3_000), &json!("甄**")));
    let full = fill(json!(2_001));
    assert_eq!((full.problem(409).as_str(), &full.json()["room_fen"]), ("card-full", &json!(2_000)));
    let shown = here.card(&who);
    assert_eq!((&shown["balance_fen"], &shown["entries"][0]["kind"]), (&json!(3_000), &json!("top-up")));
    world.verify();
}

#[test]
fn a_worker_fills_the_cards_of_neighbours_and_not_their_own() {
    let world = World::shared();
    let (here, elsewhere) = (world.neighbourhood(1), world.neighbourhood(1));
    let card =
        |of: &str| by_worker(&here, "POST", &format!("cards/{of}/top-ups"), &json!({ "amount_fen": 100 }));
    let person = |card: &Value| card["person"].as_str().unwrap().to_owned();
    assert_eq!(card(&person(&here.card(&worker_at_home(&here)))).problem(403), "top-up-to-oneself");
    let stranger = person(&elsewhere.card(&elsewhere.resident(0)));
    assert_eq!(card(&stranger).problem(403), "resident-of-another-area");
    let mut nobody = person(&here.card(&here.resident(0))).into_bytes();
    nobody[5] = if nobody[5] == b'a' { b'b' } else { b'a' };
    assert_eq!(card(std::str::from_utf8(&nobody).unwrap()).problem(404), "resident-unknown");
    assert_eq!(card("nobody").problem(422), "input-invalid");
}

#[test]
fn no_more_is_settled_than_there_is() {
    let here = World::shared().neighbourhood(0);
    for account in ["subsidy", "sales", "claims"] {
        let settled = json!({ "account": account, "amount_fen": 1, "reference": "2026-05-1" });
        let reply = by_worker(&here, "POST", "settlements", &settled);
        assert_eq!(
            (reply.problem(409).as_str(), &reply.json()["outstanding_fen"]),
            ("settlement-too-large", &json!(0))
        );
    }
    let other = json!({ "account": "float", "amount_fen": 1, "reference": "2026-05-1" });
    assert_eq!(by_worker(&here, "POST", "settlements", &other).problem(422), "input-invalid");
}
