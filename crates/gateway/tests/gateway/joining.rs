//! Lists of an area: whose they are, and that joining shows everything once and in order, whatever fails on the way.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use linli_contract::{Answer, Area, Community, Content, Method, Problem, Reply, Role, Status};
use linli_gateway::limits::MAX_JOINED_COMMUNITIES;
use linli_gateway::{Admitted, Gateway, Rejection, Routes, TokenKeys, Tokens};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{component, now, operation, request, signer, token};

const PATH: &str = "GET /v1/330105001/affairs/cases";

fn gateway() -> &'static Gateway {
    static GATEWAY: LazyLock<Gateway> = LazyLock::new(|| {
        let input = json!({
            "type": "object",
            "properties": {
                "limit": { "type": "integer", "minimum": 1, "maximum": 100 },
                "cursor": { "type": "string" },
                "office": { "type": "string" },
            },
        });
        let roles = [Role::Resident, Role::Officer];
        let mut list = operation("list_cases", Method::Get, "/cases", &roles, &input);
        list.joined_by = vec!["/due_at".into(), "/id".into()];
        let one = operation("list_drafts", Method::Get, "/drafts", &roles, &input);
        let routes = Routes::build(&[Arc::new(component("affairs", vec![list, one]))]).unwrap();
        let keys = TokenKeys::from_jwks(&signer().jwks()).unwrap();
        Gateway::new(routes, Arc::new(Tokens::new(keys)))
    });
    &GATEWAY
}

fn admit(line: &str, headers: &[&str]) -> Option<Result<Admitted<Area>, Rejection>> {
    gateway().admit_joined(&request(line, headers), now())
}

fn officer(area: &str) -> String {
    format!("Authorization: Bearer {}", token(Role::Officer, "o-1", area))
}

fn community(number: u64) -> Community {
    Community::from_code(330_105_001_000 + number).unwrap()
}

#[test]
fn an_area_is_for_those_to_whom_all_of_it_is_entrusted() {
    for (line, area, expected) in [
        (PATH, "330105001", "330105001"),
        (PATH, "3301", "330105001"),
        ("GET /v1/33/affairs/cases?limit=5", "33", "33"),
        (PATH, "330105001001", "out-of-area"),
        (PATH, "330105002", "out-of-area"),
        ("GET /v1/330105/affairs/cases", "330105001", "out-of-area"),
    ] {
        let outcome = match admit(line, &[&officer(area)]).unwrap() {
            Ok(admitted) => admitted.area().as_str().to_owned(),
            Err(rejection) => rejection.code().to_owned(),
        };
        assert_eq!(outcome, expected, "{line} in {area}");
    }
    let code = |headers: &[&str]| admit(PATH, headers).unwrap().err().unwrap().code();
    assert_eq!(code(&[]), "token-missing");
    let worker = format!("Authorization: Bearer {}", token(Role::Worker, "w-1", "330105001"));
    assert_eq!(code(&[&worker]), "role-not-allowed");
    assert_eq!(code(&[&officer("330105001"), "Acting-For: r-1"]), "out-of-area");
}

#[test]
fn only_what_says_so_is_joined_and_only_over_areas() {
    for line in [
        "GET /v1/330105001001/affairs/cases",
        "GET /v1/330105001/affairs/drafts",
        "POST /v1/330105001/affairs/cases",
        "GET /v1/330105001/affairs/other",
        "GET /v1/3301050/affairs/cases",
        "GET /v1/affairs/cases",
    ] {
        assert!(admit(line, &[&officer("33")]).is_none(), "{line}");
    }
    let refused = gateway().admit(&request("GET /v1/330105001/affairs/drafts", &[&officer("33")]), now());
    assert_eq!(refused.err(), Some(Rejection::UnknownCommunity));
}

#[test]
fn a_list_that_cannot_go_on_is_not_joined() {
    let mut list = operation("list", Method::Get, "/list", &[Role::Officer], &json!({ "type": "object" }));
    list.joined_by = vec!["/id".into()];
    let faults = Routes::build(&[Arc::new(component("affairs", vec![list]))]).err().unwrap();
    assert_eq!(
        faults[0].to_string(),
        "affairs: operations[0].input: does not declare `cursor`, and its lists are joined"
    );
}

/// What the lists of communities hold: due dates, in order; the place is the id.
type Lists = BTreeMap<Community, Vec<i64>>;

/// One community's page, as a component would answer.
fn answer(list: &[i64], input: &str) -> Answer {
    let input: Value = serde_json::from_str(input).unwrap();
    let from = input["cursor"].as_str().map_or(0, |cursor| cursor.parse().unwrap());
    let to = list.len().min(from + input["limit"].as_u64().unwrap_or(20) as usize);
    let item = |place: usize| json!({ "id": format!("{place:04}"), "due_at": list[place] });
    let items: Vec<Value> = (from..to).map(item).collect();
    let next = (to < list.len()).then(|| to.to_string());
    let content = Content::Json(json!({ "items": items }).to_string());
    Answer::Reply(Reply { status: Status::Ok, content, next })
}

/// A page: what it shows, who failed, where it goes on.
struct Page {
    items: Vec<Value>,
    failed: Vec<Value>,
    next: Option<String>,
}

fn page(
    lists: &Lists,
    query: &str,
    fails: impl Fn(Community) -> Option<Rejection>,
) -> Result<Page, Rejection> {
    let admitted = admit(&format!("{PATH}{query}"), &[&officer("330105001")]).unwrap().unwrap();
    let communities: Vec<_> = lists.keys().copied().collect();
    let join = admitted.join(&admitted.input(b"")?, &communities)?;
    let answers = join.calls().map(|(community, input)| {
        fails(community).map_or_else(|| Ok(answer(&lists[&community], &input)), Err)
    });
    let answers = answers.collect();
    let Answer::Reply(Reply { content: Content::Json(text), next, .. }) = join.page(answers)? else {
        panic!("a page was expected")
    };
    let mut content: Value = serde_json::from_str(&text).unwrap();
    let mut list = |name: &str| content[name].take().as_array().unwrap().clone();
    Ok(Page { items: list("items"), failed: list("failed"), next })
}

/// Every page, one after the other.
fn walk(lists: &Lists, limit: usize, fails: impl Fn(usize, Community) -> Option<Rejection>) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    for number in 0.. {
        assert!(number < 1_000, "it does not end");
        // When nobody answers, the same page is asked for again.
        let Ok(page) = page(lists, &format!("?limit={limit}{cursor}"), |c| fails(number, c)) else {
            continue;
        };
        assert!(page.items.len() <= limit);
        items.extend(page.items);
        let Some(next) = page.next else { return items };
        cursor = format!("&cursor={next}");
    }
    items
}

fn place(item: &Value) -> (i64, String, String) {
    let text = |name: &str| item[name].as_str().unwrap().to_owned();
    (item["due_at"].as_i64().unwrap(), text("id"), text("community"))
}

fn expected(lists: &Lists) -> Vec<(i64, String, String)> {
    let of = |(community, list): (&Community, &Vec<i64>)| {
        let community = community.to_string();
        let item = |(place, due): (usize, &i64)| (*due, format!("{place:04}"), community.clone());
        list.iter().enumerate().map(item).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = lists.iter().flat_map(of).collect();
    all.sort();
    all
}

fn lists() -> impl Strategy<Value = Lists> {
    let list = prop::collection::vec(0_i64..20, 0..12).prop_map(|mut list| {
        list.sort_unstable();
        list
    });
    prop::collection::btree_map((1_u64..40).prop_map(community), list, 1..6)
}

proptest! {
    #[test]
    fn all_pages_together_show_everything_once_and_in_order(lists in lists(), limit in 1_usize..8) {
        let shown: Vec<_> = walk(&lists, limit, |_, _| None).iter().map(place).collect();
        prop_assert_eq!(shown, expected(&lists));
    }

    #[test]
    fn who_does_not_answer_for_a_while_is_late_but_not_lost(
        lists in lists(),
        limit in 1_usize..6,
        silent in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let communities: Vec<_> = lists.keys().copied().collect();
        prop_assume!(communities.len() > 1);
        // On each of the first pages another one fails.
        let fails = |number: usize, community: Community| {
            let failing = silent.get(number).map(|index| communities[index.index(communities.len())]);
            (failing == Some(community)).then_some(Rejection::Overloaded)
        };
        // A walk ends when nobody who answered has more, so whoever was silent on the last page is left out.
        let shown = walk(&lists, limit, fails);
        let mut places: Vec<_> = shown.iter().map(place).collect();
        places.sort();
        let mut once = places.clone();
        once.dedup();
        prop_assert_eq!(&places, &once, "nothing twice");
        let all = expected(&lists);
        let missing: std::collections::BTreeSet<_> =
            all.iter().filter(|place| !places.contains(place)).map(|place| &place.2).collect();
        prop_assert!(missing.len() <= 1, "only who was silent on the last page: {:?}", missing);
        for code in communities.iter().map(ToString::to_string) {
            let of: Vec<_> = shown.iter().map(place).filter(|place| place.2 == code).collect();
            prop_assert!(of.is_sorted(), "each community's own are in order");
        }
    }
}

#[test]
fn who_does_not_answer_is_named_and_hides_nobody() {
    let lists: Lists = [(community(1), vec![1, 4]), (community(2), vec![2]), (community(3), vec![3])].into();
    let failed = |silent: Community| silent == community(2);
    let seen = page(&lists, "", |c| failed(c).then_some(Rejection::ComponentTimedOut)).unwrap();
    let due: Vec<_> = seen.items.iter().map(|item| item["due_at"].clone()).collect();
    assert_eq!(due, [1, 3, 4]);
    assert_eq!(seen.items[1]["community"], "330105001003");
    assert_eq!(seen.failed.len(), 1);
    assert_eq!(
        (&seen.failed[0]["community"], &seen.failed[0]["status"], &seen.failed[0]["code"]),
        (&json!("330105001002"), &json!(500), &json!("component-timed-out"))
    );
    assert!(seen.next.is_none());
    let all = page(&lists, "", |_| Some(Rejection::Unavailable)).err();
    assert_eq!(all, Some(Rejection::Unavailable), "when nobody answers, that is the answer");
}

#[test]
fn a_component_that_refuses_everywhere_is_heard_as_it_is() {
    let admitted = admit(PATH, &[&officer("330105001")]).unwrap().unwrap();
    let join = admitted.join(&admitted.input(b"").unwrap(), &[community(1), community(2)]).unwrap();
    let problem = Answer::Problem(Problem::forbidden("queue-of-an-office", "不可以", "No."));
    assert_eq!(join.page(vec![Ok(problem.clone()), Ok(problem.clone())]), Ok(problem));
}

#[test]
fn an_answer_that_is_no_list_is_a_failure_of_its_component() {
    for text in ["7", "\"\"", "[]", "null", "{}", r#"{"items":{}}"#, r#"{"items":[1]}"#, "{"] {
        let admitted = admit(PATH, &[&officer("330105001")]).unwrap().unwrap();
        let join = admitted.join(&admitted.input(b"").unwrap(), &[community(1)]).unwrap();
        let content = Content::Json(text.to_owned());
        let reply = Answer::Reply(Reply { status: Status::Ok, content, next: None });
        assert_eq!(join.page(vec![Ok(reply)]), Err(Rejection::ComponentFailed), "{text}");
    }
}

#[test]
fn a_list_out_of_order_and_an_area_too_wide_are_refused() {
    let lists: Lists = [(community(1), vec![2, 1])].into();
    assert_eq!(page(&lists, "", |_| None).err(), Some(Rejection::NotJoinable));
    let many = |count: u64| (1..=count).map(|number| (community(number), vec![1])).collect::<Lists>();
    let most = MAX_JOINED_COMMUNITIES as u64;
    assert_eq!(page(&many(most), "?limit=100", |_| None).unwrap().items.len(), MAX_JOINED_COMMUNITIES);
    assert_eq!(page(&many(most + 1), "", |_| None).err(), Some(Rejection::AreaTooWide));
    assert!(page(&Lists::new(), "", |_| None).unwrap().items.is_empty());
}

#[test]
fn times_are_compared_as_times_and_absent_comes_last() {
    let admitted = admit(PATH, &[&officer("330105001")]).unwrap().unwrap();
    let join = admitted.join(&admitted.input(b"").unwrap(), &[community(1), community(2)]).unwrap();
    let reply = |items: Value| {
        let content = Content::Json(json!({ "items": items }).to_string());
        Ok(Answer::Reply(Reply { status: Status::Ok, content, next: None }))
    };
    let first = reply(json!([{ "id": "a", "due_at": "2026-05-01T00:00:00Z" }, { "id": "b" }]));
    let second = reply(json!([{ "id": "c", "due_at": "2026-05-01T00:00:00.500000Z" }]));
    let Answer::Reply(Reply { content: Content::Json(text), .. }) = join.page(vec![first, second]).unwrap()
    else {
        panic!("a page was expected")
    };
    let ids: Vec<_> = serde_json::from_str::<Value>(&text).unwrap()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["a", "c", "b"]);
}

#[test]
fn a_cursor_that_is_none_is_refused_where_it_stands() {
    let lists: Lists = [(community(1), vec![1])].into();
    // No base64url; no cursor; a cursor of a list of another order.
    for cursor in ["*", "e30", "eyJhZnRlciI6W1sxXSwiMzMwMTA1MDAxMDAxIl0sInBsYWNlcyI6e319"] {
        let Err(Rejection::InputInvalid(violations)) = page(&lists, &format!("?cursor={cursor}"), |_| None)
        else {
            panic!("{cursor} is no cursor")
        };
        assert_eq!(violations[0].pointer, "/cursor");
    }
}
