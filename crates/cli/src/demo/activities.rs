//! The demo's activities.

use anyhow::Result;
use linli_contract::{Identity, Timestamp};
use linli_host::Platform;
use serde_json::{Value, json};

use super::script::{Script, id_of, resident, worker};

/// The component they are made with.
pub const COMPONENT: &str = "activity-signup";
/// Title of the one that has places for everybody, and takes sign-ups until it starts.
pub const OPEN_TITLE: &str = "书法体验课";
/// Places of the one that is full.
const FULL_PLACES: usize = 6;
/// Residents who want one of them; the rest wait.
const FULL_WANTED: usize = 9;
/// Residents from this one on are grown up.
const FULL_FIRST: usize = 62;

/// One activity to make.
struct Planned {
    /// Days from today, hour of the day, hours long.
    when: (i64, i64, i64),
    input: Value,
}

/// Makes all of them; how many. Dates follow from the day it is.
///
/// # Errors
/// The component refuses one.
pub async fn create(platform: &Platform, now: Timestamp) -> Result<usize> {
    let Some(script) = Script::of(platform, COMPONENT, now) else { return Ok(0) };
    let planned = planned();
    for (number, activity) in planned.iter().enumerate() {
        let id = announce(&script, number, activity).await?;
        if activity.input["capacity"] == FULL_PLACES {
            fill(&script, &id).await?;
        }
    }
    Ok(planned.len())
}

/// The id of an activity with places for everybody; none when there is none.
///
/// # Errors
/// The component fails.
pub async fn open_one(platform: &Platform) -> Result<Option<String>> {
    let Some(script) = Script::of(platform, COMPONENT, Timestamp::EPOCH) else { return Ok(None) };
    let list = script.query(Identity::default(), "list_activities", &json!({ "limit": 100 })).await?;
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let open = items.iter().rev().find(|activity| activity["title"] == OPEN_TITLE);
    Ok(open.and_then(|activity| activity["id"].as_str()).map(str::to_owned))
}

fn planned() -> Vec<Planned> {
    let plan = |when, input| Planned { when, input };
    vec![
        plan(
            (21, 14, 2),
            json!({
                "title": OPEN_TITLE, "place": "邻里中心三楼书画室", "capacity": 30, "points_on_check_in": 20,
                "description": "笔墨纸砚由社区准备，零基础可参加。",
            }),
        ),
        plan(
            (10, 9, 2),
            json!({
                "title": "手工点心小课堂", "place": "社区食堂二楼", "capacity": FULL_PLACES, "points_on_check_in": 10,
                "description": "名额较少，报满后自动候补；有人取消时按顺序递补。",
            }),
        ),
        plan(
            (14, 8, 9),
            json!({
                "title": "西溪湿地一日游", "place": "社区东门集合", "capacity": 40, "points_on_check_in": 30,
                "description": "四十个名额，其中十个留给六十岁以上的邻居。",
                "quotas": [{ "name": "60岁以上", "kind": "reserve", "min_age": 60, "capacity": 10 }],
            }),
        ),
        plan(
            (12, 15, 1),
            json!({
                "title": "小小画家：我的邻里", "place": "儿童之家", "capacity": 15, "min_age": 6, "max_age": 12,
                "description": "六至十二岁的小朋友，可由家长代为报名。",
            }),
        ),
        plan(
            (9, 9, 1),
            json!({
                "title": "健康讲座与义诊", "place": "邻里中心一楼报告厅", "capacity": 80, "min_age": 60,
                "points_on_check_in": 10, "description": "社区医院医生讲高血压与日常用药，会后量血压、测血糖。",
            }),
        ),
        plan(
            (20, 19, 2),
            json!({
                "title": "邻里音乐会（抽签）", "place": "社区文化礼堂", "capacity": 50, "lottery": true,
                "signup_closes_in_days": 15, "description": "报名截止后公开抽签，种子公布，人人可以验算。",
            }),
        ),
    ]
}

async fn announce(script: &Script<'_>, number: usize, activity: &Planned) -> Result<String> {
    let (days, hour, hours) = activity.when;
    let starts_at = script.day(days)?.plus_seconds(hour * 3_600);
    let mut input = activity.input.clone();
    if let Some(closes) = input.as_object_mut().and_then(|members| members.remove("signup_closes_in_days")) {
        input["signup_closes_at"] = json!(script.day(closes.as_i64().unwrap_or_default())?);
    }
    input["starts_at"] = json!(starts_at);
    input["ends_at"] = json!(starts_at.plus_seconds(hours * 3_600));
    id_of(&script.command(worker(), "create_activity", &input, number).await?)
}

/// Takes all its places, and puts some residents on its waiting list.
async fn fill(script: &Script<'_>, id: &str) -> Result<()> {
    for place in FULL_FIRST..FULL_FIRST + FULL_WANTED {
        let input = json!({ "id": id, "party_size": 1 });
        script.command(resident(place), "create_signup", &input, 1_000 + place).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_activity_lies_ahead_for_as_long_as_the_demo_counts_as_fresh() {
        for activity in planned() {
            assert!(activity.when.0 * 86_400 > super::super::FRESH_SECONDS);
        }
    }
}
