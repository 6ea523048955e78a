//! The demo's canteen: lunch for the days ahead, cards with money on them, and a few orders.

use anyhow::Result;
use linli_contract::Timestamp;
use linli_host::Platform;
use serde_json::{Value, json};

use super::script::{Script, resident, worker};

/// The component.
pub const COMPONENT: &str = "meal-ordering";
/// Menus from tomorrow on: a day more than the demo counts as fresh.
const DAYS: i64 = 8;
/// Residents with money on their cards: elders, who get the subsidy, and two who are younger.
const WITH_CARDS: [usize; 6] = [3, 7, 11, 15, 73, 80];
/// What is on a card, in fen.
const ON_CARD: i64 = 20_000;
/// Of those, who has ordered for tomorrow.
const ORDERED: usize = 3;

/// Makes them; how many menus.
///
/// # Errors
/// The component refuses something.
pub async fn create(platform: &Platform, now: Timestamp) -> Result<usize> {
    let Some(script) = Script::of(platform, COMPONENT, now) else { return Ok(0) };
    let mut first = None;
    let mut menus = 0;
    for day in 1..=DAYS {
        // The demo made afresh after a week offers a day that is there already.
        let date = script.day(day)?.shown()[..10].to_owned();
        let offered = script.query(worker(), "list_menus", &json!({ "date": date })).await?;
        if offered["items"].as_array().is_some_and(|items| !items.is_empty()) {
            continue;
        }
        let number = 2_000 + usize::try_from(day)?;
        let made = script.command(worker(), "create_menu", &menu(&date, day), number).await?;
        first.get_or_insert(made["id"].clone());
        menus += 1;
    }
    for (n, place) in WITH_CARDS.into_iter().enumerate() {
        let card = script.query(resident(place), "show_card", &json!({})).await?;
        let cash = json!({ "resident": card["person"], "amount_fen": ON_CARD });
        script.command(worker(), "create_top_up", &cash, 2_100 + n).await?;
        if let Some(menu) = first.as_ref().filter(|_| n < ORDERED) {
            let order = json!({ "menu": menu, "lines": [{ "dish": 1, "quantity": 1 }, { "dish": 4, "quantity": 1 }] });
            script.command(resident(place), "create_order", &order, 2_200 + n).await?;
        }
    }
    Ok(menus)
}

fn menu(date: &str, day: i64) -> Value {
    let fish = if day % 2 == 0 { "清蒸鲈鱼" } else { "葱烧带鱼" };
    json!({
        "canteen": "main", "date": date, "meal": "lunch",
        "dishes": [
            { "name": fish, "price_fen": 1_500, "portions": 40, "per_person": 2, "allergens": ["fish", "soybeans"] },
            { "name": "番茄炒蛋", "price_fen": 800, "portions": 60, "allergens": ["eggs"] },
            { "name": "香菇青菜", "price_fen": 500, "portions": 80 },
            { "name": "米饭", "price_fen": 100, "portions": 200 },
        ],
    })
}
