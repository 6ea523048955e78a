//! The demo's activities: made through the same calls that a community worker's page makes, so that what is shown is
//! what the platform does.

use anyhow::{Context, Result, bail};
use linli_contract::{Answer, Area, ComponentName, Content, Idempotency, Identity, Role, Timestamp};
use linli_host::{CallRequest, Platform};
use serde_json::{Value, json};

use super::people::resident_id;
use super::{COMMUNITY, community};

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
const DAY_SECONDS: i64 = 86_400;

/// One activity to make.
struct Planned {
    /// Days from today, hour of the day, hours long.
    when: (i64, i64, i64),
    input: Value,
}

/// Makes all of them; how many. Dates follow from the day of `now`, and each has an idempotency key of its own, so that a
/// second try on the same day makes nothing twice.
///
/// # Errors
/// The component is missing, or refuses one.
pub async fn create(platform: &Platform, now: Timestamp) -> Result<usize> {
    let planned = planned();
    for (place, activity) in planned.iter().enumerate() {
        let id = announce(platform, now, place, activity).await?;
        if activity.input["capacity"] == FULL_PLACES {
            fill(platform, now, &id).await?;
        }
    }
    Ok(planned.len())
}

/// The id of an activity with places for everybody; none when there is none.
///
/// # Errors
/// The component is missing or fails.
pub async fn open_one(platform: &Platform) -> Result<Option<String>> {
    let nobody = Identity::default();
    let list = call(platform, nobody, "list_activities", &json!({ "limit": 100 }), None).await?;
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

async fn announce(platform: &Platform, now: Timestamp, place: usize, activity: &Planned) -> Result<String> {
    let (days, hour, hours) = activity.when;
    let starts_at = day(now, days)?.plus_seconds(hour * 3_600);
    let mut input = activity.input.clone();
    if let Some(closes) = input.as_object_mut().and_then(|members| members.remove("signup_closes_in_days")) {
        input["signup_closes_at"] = json!(day(now, closes.as_i64().unwrap_or_default())?);
    }
    input["starts_at"] = json!(starts_at);
    input["ends_at"] = json!(starts_at.plus_seconds(hours * 3_600));
    let made = call(platform, worker(), "create_activity", &input, Some(key(now, place))).await?;
    made["id"].as_str().map(str::to_owned).context("an activity was made without an id")
}

/// Takes all its places, and puts some residents on its waiting list.
async fn fill(platform: &Platform, now: Timestamp, id: &str) -> Result<()> {
    for place in FULL_FIRST..FULL_FIRST + FULL_WANTED {
        let input = json!({ "id": id, "party_size": 1 });
        call(platform, resident(place), "create_signup", &input, Some(key(now, 1_000 + place))).await?;
    }
    Ok(())
}

/// Midnight in Shanghai, so many days after today's.
fn day(now: Timestamp, days: i64) -> Result<Timestamp> {
    let (year, month, day) = now.plus_seconds(days * DAY_SECONDS).shanghai_date();
    Ok(Timestamp::from_shanghai_date(year, month, day)?)
}

/// Sixteen characters: the day, and which call of the demo it is.
fn key(now: Timestamp, place: usize) -> Idempotency {
    let (year, month, day) = now.shanghai_date();
    let text = format!("demo{year:04}{month:02}{day:02}{:04}", place % 10_000);
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    let mut fingerprint = [0; 32];
    fingerprint[..16].copy_from_slice(&key);
    Idempotency { key, fingerprint }
}

fn worker() -> Identity {
    identity("worker-1".to_owned(), Role::Worker)
}

fn resident(place: usize) -> Identity {
    identity(resident_id(place), Role::Resident)
}

fn identity(subject: String, role: Role) -> Identity {
    Identity {
        subject: Some(subject),
        roles: vec![role],
        area: Some(Area::of(community())),
        ..Identity::default()
    }
}

async fn call(
    platform: &Platform,
    identity: Identity,
    operation: &str,
    input: &Value,
    idempotency: Option<Idempotency>,
) -> Result<Value> {
    let component: ComponentName = COMPONENT.parse()?;
    let request = CallRequest {
        component,
        operation: operation.to_owned(),
        community: community(),
        identity,
        input: input.to_string(),
        idempotency,
        request_id: "demo".to_owned(),
    };
    let called =
        platform.call(request).await.with_context(|| format!("{COMPONENT} in {COMMUNITY}: {operation}"))?;
    match called.answer {
        Answer::Reply(reply) => match reply.content {
            Content::Json(json) => Ok(serde_json::from_str(&json)?),
            _ => Ok(Value::Null),
        },
        Answer::Problem(problem) => bail!("{COMPONENT} refuses {operation}: {problem}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_activity_lies_ahead_for_as_long_as_the_demo_counts_as_fresh() {
        for activity in planned() {
            assert!(activity.when.0 * DAY_SECONDS > super::super::FRESH_SECONDS);
        }
        let now: Timestamp = "2026-02-27T20:00:00Z".parse().unwrap();
        assert_eq!(day(now, 1).unwrap().shown(), "2026-03-01 00:00", "in Shanghai it is the 28th already");
    }

    #[test]
    fn each_call_has_a_key_of_its_own_and_the_same_all_day() {
        let (morning, evening): (Timestamp, Timestamp) =
            ("2026-03-01T00:00:00Z".parse().unwrap(), "2026-03-01T15:59:59Z".parse().unwrap());
        let keys: BTreeSet<_> = (0..2_000).map(|place| key(morning, place).key).collect();
        assert_eq!(keys.len(), 2_000);
        assert_eq!(key(morning, 3), key(evening, 3));
        assert_ne!(key(morning, 3), key(evening.plus_seconds(1), 3));
    }
}
