//! Announcing and changing activities, and finding them.

use super::*;

fn change(community: &Community, input: Value) -> linli_sdk::testing::Outcome {
    community.platform.call(&community.worker, "change_activity", input)
}

#[test]
fn an_activity_is_shown_to_everybody_as_it_was_announced() {
    let community = Community::new();
    let id = community.activity(5, json!({ "min_age": 6, "points_on_check_in": 10 }));
    let shown = community.shown(&id);
    assert_eq!(
        shown,
        json!({
            "id": id,
            "title": "八段锦",
            "description": "",
            "place": "社区广场",
            "starts_at": "2026-05-11T01:00:00Z",
            "ends_at": "2026-05-11T03:00:00Z",
            "status": "scheduled",
            "capacity": 5,
            "places_left": 5,
            "waitlisted": 0,
            "signup_opens_at": "2026-05-01T01:00:00Z",
            "signup_closes_at": "2026-05-11T01:00:00Z",
            "min_age": 6,
            "max_age": null,
            "quotas": [],
            "lottery": null,
            "points_on_check_in": 10,
        })
    );
    let unknown = json!({ "id": "01hzzzzzzzzzzzzzzzzzzzzzzz" });
    assert_eq!(community.platform.call(&Actor::anyone(), "get_activity", unknown).code(), "activity-unknown");
}

#[test]
fn times_are_in_order_and_within_reach() {
    let community = Community::new();
    for (more, code, pointer) in [
        (json!({ "ends_at": "2026-05-11T09:00:00+08:00" }), "times-out-of-order", "/ends_at"),
        (
            json!({ "signup_closes_at": "2026-05-11T09:00:01+08:00" }),
            "times-out-of-order",
            "/signup_closes_at",
        ),
        (
            json!({ "signup_opens_at": "2026-05-11T09:00:00+08:00" }),
            "times-out-of-order",
            "/signup_closes_at",
        ),
        (json!({ "ends_at": "2029-05-11T09:00:00+08:00" }), "too-far-ahead", "/ends_at"),
        (
            json!({
                "starts_at": "2026-05-01T09:00:00+08:00",
                "signup_opens_at": "2026-04-01T09:00:00+08:00",
                "signup_closes_at": "2026-04-02T09:00:00+08:00",
            }),
            "starts-in-the-past",
            "/starts_at",
        ),
        (json!({ "min_age": 9, "max_age": 8 }), "ages-out-of-order", "/max_age"),
    ] {
        let outcome =
            community.platform.call(&community.worker, "create_activity", described(5, more.clone()));
        let problem = outcome.problem();
        assert_eq!((problem.code.as_ref(), problem.pointer.as_deref()), (code, Some(pointer)), "{more}");
    }
    for more in [
        json!({ "starts_at": "2026-02-30T09:00:00+08:00" }),
        json!({ "capacity": 0 }),
        json!({ "capacity": 10_001 }),
        json!({ "title": "" }),
        json!({ "surprise": 1 }),
        json!({ "points_on_check_in": -1 }),
    ] {
        let outcome =
            community.platform.call(&community.worker, "create_activity", described(5, more.clone()));
        assert_eq!(outcome.code(), "schema-violated", "{more}");
    }
}

#[test]
fn activities_are_listed_by_what_became_of_them() {
    let community = Community::new();
    let announce = |title: &str, day: u32| {
        community.activity(
            5,
            json!({
                "title": title,
                "starts_at": format!("2026-05-{day:02}T09:00:00+08:00"),
                "ends_at": format!("2026-05-{day:02}T11:00:00+08:00"),
            }),
        )
    };
    let (_, called_off) = (announce("后", 20), announce("停", 15));
    announce("先", 3);
    announce("中", 10);
    let input = json!({ "id": called_off, "reason": "下雨" });
    community.platform.call(&community.worker, "cancel_activity", input).ok();
    let titles = |filter: Value| {
        let (items, _) = community.platform.call(&Actor::anyone(), "list_activities", filter).page();
        items.iter().map(|activity| activity["title"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(titles(json!({})), "先中后");
    assert_eq!(titles(json!({ "status": "cancelled" })), "停");
    assert_eq!(titles(json!({ "status": "ended" })), "");
    // An activity is over at the moment it ends, not after it.
    community.platform.advance_to("2026-05-10T11:00:00+08:00");
    assert_eq!(titles(json!({ "status": "scheduled" })), "后");
    assert_eq!(titles(json!({ "status": "ended" })), "中先");
}

#[test]
fn a_list_goes_on_where_the_page_before_ended() {
    let community = Community::new();
    // All end at the same time, so their ids decide.
    let mut ids: Vec<_> = (0..5).map(|_| community.activity(5, json!({}))).collect();
    ids.sort();
    let mut seen = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let mut filter = json!({ "limit": 2 });
        if !cursor.is_null() {
            filter["cursor"] = cursor.clone();
        }
        let (items, next) = community.platform.call(&Actor::anyone(), "list_activities", filter).page();
        seen.extend(items.iter().map(|activity| activity["id"].as_str().unwrap().to_owned()));
        let Some(next) = next else { break };
        cursor = json!(next);
    }
    assert_eq!(seen, ids);
}

#[test]
fn what_is_not_given_stays() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let before = community.shown(&id);
    let after = change(&community, json!({ "id": id, "title": "太极拳", "place": "三楼活动室" })).ok();
    let mut expected = before;
    expected["title"] = json!("太极拳");
    expected["place"] = json!("三楼活动室");
    assert_eq!(after, expected);
}

#[test]
fn more_places_go_to_those_who_wait_first() {
    let community = Community::new();
    let id = community.activity(1, json!({}));
    community.newcomer(&id, 1);
    let waiting: Vec<_> = (0..3).map(|_| community.newcomer(&id, 1).0).collect();
    let changed = change(&community, json!({ "id": id, "capacity": 3 })).ok();
    assert_eq!((&changed["places_left"], &changed["waitlisted"]), (&json!(0), &json!(1)));
    let statuses: Vec<_> = waiting.iter().map(|who| community.mine(who)["status"].clone()).collect();
    assert_eq!(statuses, ["offered", "offered", "waitlisted"]);
    community.platform.verify();
}

#[test]
fn fewer_places_than_are_taken_is_refused_and_changes_nothing() {
    let community = Community::new();
    let reserve = json!({ "name": "长者", "kind": "reserve", "min_age": 60, "capacity": 2 });
    let id = community.activity(5, json!({ "quotas": [reserve] }));
    community.newcomer(&id, 3);
    // Three places would be enough for those who are in, but not for those two are kept for.
    for capacity in [2, 4] {
        let outcome = change(&community, json!({ "id": id, "capacity": capacity, "title": "无" }));
        assert_eq!(outcome.code(), "capacity-below-taken", "{capacity}");
    }
    let shown = community.shown(&id);
    assert_eq!(
        (&shown["capacity"], &shown["places_left"], &shown["title"]),
        (&json!(5), &json!(2), &json!("八段锦"))
    );
    change(&community, json!({ "id": id, "capacity": 6 })).ok();
    assert_eq!(community.left(&id), (3, 0));
    community.platform.verify();
}

#[test]
fn what_has_started_is_moved_no_more() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    community.platform.advance_to("2026-05-11T09:30:00+08:00");
    for more in [json!({ "starts_at": "2026-05-11T10:00:00+08:00" }), json!({ "capacity": 9 })] {
        let mut input = more;
        input["id"] = json!(id);
        assert_eq!(change(&community, input).code(), "activity-started");
    }
    change(&community, json!({ "id": id, "ends_at": "2026-05-11T12:00:00+08:00" })).ok();
    community.platform.advance_to("2026-05-11T12:00:00+08:00");
    assert_eq!(change(&community, json!({ "id": id, "title": "迟" })).code(), "activity-ended");
}

#[test]
fn a_start_cannot_be_moved_into_the_past() {
    let community = Community::new();
    let id = community.activity(5, json!({ "signup_closes_at": "2026-05-02T09:00:00+08:00" }));
    community.platform.advance_to("2026-05-05T09:00:00+08:00");
    let input = json!({ "id": id, "starts_at": "2026-05-04T09:00:00+08:00" });
    assert_eq!(change(&community, input).code(), "starts-in-the-past");
}
