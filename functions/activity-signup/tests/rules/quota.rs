//! Which places there are, and for whom.

use super::*;

/// Forty places, ten of which are for those of 60 and over.
fn forty(community: &Community) -> String {
    community.activity(40, json!({ "quotas": [reserve("长者", 60, None, 10)] }))
}

fn reserve(name: &str, min_age: u32, max_age: Option<u32>, capacity: i64) -> Value {
    json!({ "name": name, "kind": "reserve", "min_age": min_age, "max_age": max_age, "capacity": capacity })
}

/// How many of so many residents of an age are confirmed.
fn confirmed(community: &Community, activity: &str, age: u32, residents: usize) -> usize {
    let signups = (0..residents).map(|_| community.sign_up(&community.platform.resident(age), activity, 1));
    signups.filter(|signup| signup["status"] == "confirmed").count()
}

#[test]
fn reserved_places_are_kept_for_their_ages_whoever_comes_first() {
    let community = Community::new();
    let id = forty(&community);
    assert_eq!(confirmed(&community, &id, 30, 35), 30);
    assert_eq!(community.left(&id), (10, 5));
    assert_eq!(confirmed(&community, &id, 60, 12), 10);
    assert_eq!(community.left(&id), (0, 7));
    community.platform.verify();
}

#[test]
fn those_with_a_reserve_may_have_all_places() {
    let community = Community::new();
    let id = forty(&community);
    assert_eq!(confirmed(&community, &id, 75, 41), 40);
}

#[test]
fn a_freed_place_goes_to_the_next_who_counts_in_it() {
    let community = Community::new();
    let id = community.activity(2, json!({ "quotas": [reserve("长者", 60, None, 1)] }));
    let (elder, young) = (community.platform.resident(70), community.platform.resident(30));
    let signup = community.sign_up(&elder, &id, 1);
    community.sign_up(&young, &id, 1);
    let (next_young, next_elder) = (community.platform.resident(31), community.platform.resident(71));
    community.sign_up(&next_young, &id, 1);
    community.sign_up(&next_elder, &id, 1);
    community.cancel(&elder, &id, &signup);
    assert_eq!(community.mine(&next_young)["status"], "waitlisted");
    assert_eq!(community.mine(&next_elder)["status"], "offered");
    community.platform.verify();
}

#[test]
fn two_reserves_are_both_kept_in_whatever_order_people_come() {
    let quotas = json!([reserve("儿童", 0, Some(12), 5), reserve("长者", 60, None, 10)]);
    // Of 40: children 5, elders 10, so others have 25 at most; children and others together 30; elders and others 35.
    for (order, expected) in
        [([30, 8, 70], [25, 5, 10]), ([70, 30, 8], [35, 0, 5]), ([8, 30, 70], [30, 0, 10])]
    {
        let community = Community::new();
        let id = community.activity(40, json!({ "quotas": quotas }));
        let got = order.map(|age| confirmed(&community, &id, age, 45));
        assert_eq!(got, expected, "{order:?}");
        assert_eq!(community.left(&id).0, 0);
    }
}

#[test]
fn a_place_counts_in_every_quota_its_resident_is_of() {
    let community = Community::new();
    let limit = json!({ "name": "青少年", "kind": "limit", "max_age": 17, "capacity": 3 });
    let id = community.activity(10, json!({ "quotas": [limit, reserve("儿童", 0, Some(12), 2)] }));
    // A child counts among the young: three of them, and no more.
    assert_eq!(confirmed(&community, &id, 10, 2), 2);
    assert_eq!(confirmed(&community, &id, 15, 3), 1);
    assert_eq!(confirmed(&community, &id, 10, 1), 0);
    assert_eq!(confirmed(&community, &id, 30, 10), 7);
    community.platform.verify();
}

#[test]
fn a_party_counts_with_the_age_of_who_signs_it_up() {
    let community = Community::new();
    let id = forty(&community);
    let elder = community.platform.resident(66);
    assert_eq!(confirmed(&community, &id, 30, 30), 30);
    assert_eq!(community.sign_up(&elder, &id, 4)["status"], "confirmed");
    assert_eq!(community.left(&id), (6, 0));
}

#[test]
fn a_party_that_could_never_fit_does_not_wait_in_vain() {
    let community = Community::new();
    let id = community.activity(10, json!({ "quotas": [reserve("长者", 60, None, 8)] }));
    let (young, elder) = (community.platform.resident(30), community.platform.resident(80));
    assert_eq!(community.try_sign_up(&young, &id, 3).code(), "party-too-large");
    assert_eq!(community.sign_up(&elder, &id, 3)["status"], "confirmed");
}

#[test]
fn quotas_that_contradict_each_other_are_refused_with_their_place() {
    let community = Community::new();
    let limit = |min: Option<u32>, max: Option<u32>, capacity: i64| json!({ "name": "x", "kind": "limit", "min_age": min, "max_age": max, "capacity": capacity });
    let four = json!([
        reserve("a", 0, Some(9), 1),
        reserve("b", 10, Some(19), 1),
        reserve("c", 20, Some(29), 1),
        reserve("d", 30, Some(39), 1),
    ]);
    for (quotas, code, pointer) in [
        (json!([limit(None, None, 1)]), "quota-without-ages", "/quotas/0"),
        (json!([limit(Some(9), Some(8), 1)]), "ages-out-of-order", "/quotas/0/max_age"),
        (json!([limit(Some(9), None, 11)]), "quota-above-capacity", "/capacity"),
        (
            json!([reserve("a", 0, Some(9), 6), reserve("b", 10, None, 5)]),
            "quota-above-capacity",
            "/capacity",
        ),
        (json!([reserve("a", 0, Some(9), 1), reserve("b", 9, None, 1)]), "reserves-overlap", "/quotas/1"),
        (four, "too-many-reserves", "/quotas"),
    ] {
        let input = described(10, json!({ "quotas": quotas }));
        let problem = community.platform.call(&community.worker, "create_activity", input).problem();
        assert_eq!((problem.code.as_ref(), problem.pointer.as_deref()), (code, Some(pointer)));
    }
}
