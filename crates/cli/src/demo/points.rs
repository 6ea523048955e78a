//! The demo's points: a few rewards, and residents who have earned something.

use anyhow::Result;
use linli_contract::Timestamp;
use linli_host::Platform;
use serde_json::json;

use super::script::{Script, resident, worker};

/// The component.
const COMPONENT: &str = "points-redemption";
/// What points are good for: title, points, pieces.
const REWARDS: [(&str, i64, i64); 3] = [("洗洁精一瓶", 60, 50), ("大米五公斤", 300, 20), ("理发券", 150, 30)];
/// Residents who helped last week.
const HELPERS: [usize; 4] = [62, 66, 70, 73];

/// Makes them; how many rewards.
///
/// # Errors
/// The component refuses something.
pub async fn create(platform: &Platform, now: Timestamp) -> Result<usize> {
    let Some(script) = Script::of(platform, COMPONENT, now) else { return Ok(0) };
    for (n, (title, points, stock)) in REWARDS.into_iter().enumerate() {
        let reward = json!({ "title": title, "points": points, "stock": stock });
        script.command(worker(), "create_reward", &reward, 3_000 + n).await?;
    }
    for (n, place) in HELPERS.into_iter().enumerate() {
        let balance = script.query(resident(place), "show_balance", &json!({})).await?;
        let award = json!({ "person": balance["person"], "points": 100, "reason": "参加楼道清洁志愿服务" });
        script.command(worker(), "create_award", &award, 3_100 + n).await?;
    }
    Ok(REWARDS.len())
}
