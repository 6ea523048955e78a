//! A street's queue: those of its communities, joined.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use linli_contract::{Area, Community, Role};
use linli_store::{Commit, Kind, LedgerChanges, Partition, ReadSet, Store as _};
use linli_tests::http::Reply;
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

/// Three communities of one street and one of the next, with a few cases each.
struct Street {
    world: World,
    communities: Vec<Neighbourhood>,
    officer: Person,
}

impl Street {
    fn open() -> Self {
        let world = Setup::of(&["affair-submission"]).start();
        let at = |code: u64| world.neighbourhood_at(Community::from_code(code).unwrap(), 4);
        let codes = [330_105_007_001, 330_105_007_002, 330_105_007_003, 330_105_008_001];
        let communities: Vec<_> = codes.into_iter().map(at).collect();
        let area: Area = "330105007".parse().unwrap();
        let officer = communities[0].person(communities[0].staff(Role::Officer).id, Role::Officer, &area);
        Self { world, communities, officer }
    }

    fn get(&self, who: &Person, address: &str) -> Reply {
        self.communities[0].client.call("GET", address).token(&who.token).send()
    }

    fn queue(&self, query: &str) -> Reply {
        self.get(&self.officer, &format!("/v1/330105007/affair-submission/cases{query}"))
    }

    /// Affairs of different deadlines everywhere, one after the other.
    fn file_some(&self) {
        for resident in 0..4 {
            for here in &self.communities {
                here.file(&here.resident(resident), &Neighbourhood::residence()).expect(201);
                if resident % 2 == 1 {
                    here.file(&here.resident(resident), &Neighbourhood::pension()).expect(201);
                    here.file(&here.resident(resident), &Neighbourhood::elder_card()).expect(201);
                }
            }
        }
    }
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}

#[test]
fn the_queues_of_a_street_are_one_by_deadline_page_after_page() {
    let street = Street::open();
    street.file_some();
    let mut expected = BTreeMap::new();
    for here in &street.communities[..3] {
        for case in here.all(&here.worker(), "affair-submission/cases") {
            let key = (case["due_at"].to_string(), case["id"].to_string());
            expected.insert(key, (here.community.to_string(), case["applicant"].clone()));
        }
    }
    assert_eq!(expected.len(), 24);
    for limit in [1, 5, 100] {
        let mut shown = Vec::new();
        let mut query = format!("?limit={limit}");
        loop {
            let reply = street.queue(&query);
            let page = reply.expect(200);
            assert_eq!(page["failed"], json!([]));
            assert!(items(&page).len() <= limit);
            shown.extend(items(&page).clone());
            let Some(next) = reply.header("link").strip_prefix('<') else { break };
            query = next.strip_suffix(">; rel=\"next\"").unwrap().split_once("/cases").unwrap().1.to_owned();
        }
        let of = |case: &Value| {
            let community = case["community"].as_str().unwrap().to_owned();
            ((case["due_at"].to_string(), case["id"].to_string()), (community, case["applicant"].clone()))
        };
        let shown: Vec<_> = shown.iter().map(of).collect();
        assert_eq!(shown, expected.clone().into_iter().collect::<Vec<_>>(), "{limit} a page");
    }
    assert!(expected.values().all(|(_, applicant)| applicant == "甄**"), "covered as for every office");
    street.world.verify();
}

#[test]
fn a_street_is_for_whom_it_is_entrusted_to() {
    let street = Street::open();
    street.file_some();
    let here = &street.communities[0];
    let officer_of =
        |area: &str| here.person(here.staff(Role::Officer).id, Role::Officer, &area.parse::<Area>().unwrap());
    let (district, next_street) = (officer_of("330105"), officer_of("330105008"));
    let path = |area: &str| format!("/v1/{area}/affair-submission/cases?limit=100");
    assert_eq!(items(&street.get(&district, &path("330105007")).expect(200)).len(), 24);
    assert_eq!(items(&street.get(&district, &path("330105")).expect(200)).len(), 32);
    assert_eq!(items(&street.get(&next_street, &path("330105008")).expect(200)).len(), 8);
    assert_eq!(street.get(&next_street, &path("330105007")).problem(403), "out-of-area");
    assert_eq!(street.get(&officer_of("330105007"), &path("330105")).problem(403), "out-of-area");
    assert_eq!(street.get(&here.worker(), &path("330105007")).problem(403), "out-of-area");
    assert_eq!(street.get(&here.staff(Role::Reviewer), &path("330105007")).problem(403), "role-not-allowed");
    let nobody = here.client.call("GET", &path("330105007")).send();
    assert_eq!(nobody.problem(401), "token-missing");
    // What is not declared to be joined has no such address.
    let drafts = street.get(&district, "/v1/330105007/affair-submission/drafts");
    assert_eq!(drafts.problem(404), "unknown-community");
    // Nothing was ever written in this one.
    assert_eq!(items(&street.get(&officer_of("330199001"), &path("330199001")).expect(200)).len(), 0);
    let cursor = street.queue("?cursor=nowhere");
    assert_eq!(
        (cursor.problem(422).as_str(), &cursor.json()["errors"][0]["pointer"]),
        ("input-invalid", &json!("/cursor"))
    );
    let number = items(&street.queue("?limit=1").expect(200))[0]["number"].as_str().unwrap().to_owned();
    assert_eq!(items(&street.queue(&format!("?number={number}")).expect(200)).len(), 1);
    let office = street.queue("?office=grid-worker").expect(200);
    assert_eq!((items(&office).len(), &office["failed"]), (0, &json!([])));
}

/// Makes every document of a community one that its component cannot read.
fn damage(world: &World, community: Community) {
    let partition = Partition::Community(community);
    let mut writes = Vec::new();
    let (start, end) = ([Kind::Record as u8], [Kind::Record as u8 + 1]);
    let snapshot = world.store.snapshot(partition).unwrap();
    snapshot
        .range(&start, &end, false, &mut |key, _, _| {
            writes.push((key.into(), Some(b"{}".as_slice().into())));
            ControlFlow::Continue(())
        })
        .unwrap();
    let commit = Commit {
        partition,
        base: 0,
        now: linli_tests::world::morning(),
        reads: ReadSet::default(),
        writes,
        stock: BTreeMap::new(),
        ledger: LedgerChanges::default(),
        answer: None,
        audit: vec![],
    };
    let pending = world.store.commit(commit).unwrap();
    world.runtime.block_on(pending.durable).unwrap();
}

#[test]
fn a_community_that_fails_is_named_and_hides_no_other() {
    let street = Street::open();
    street.file_some();
    let broken = street.communities[1].community;
    damage(&street.world, broken);
    let page = street.queue("?limit=100").expect(200);
    assert_eq!(items(&page).len(), 16);
    assert!(items(&page).iter().all(|case| case["community"] != broken.to_string()));
    let failed = &page["failed"].as_array().unwrap()[..];
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (&failed[0]["community"], &failed[0]["code"]),
        (&json!(broken.to_string()), &json!("component-failed"))
    );
    // By itself it is the error that it is.
    damage(&street.world, street.communities[3].community);
    let alone = street.communities[0].person(
        street.communities[0].staff(Role::Officer).id,
        Role::Officer,
        &"330105008".parse::<Area>().unwrap(),
    );
    let reply = street.get(&alone, "/v1/330105008/affair-submission/cases");
    assert_eq!(reply.problem(500), "component-failed");
}
