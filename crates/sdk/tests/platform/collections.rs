//! Documents and their order.

use linli_sdk::testing::Actor;

use super::*;

fn fill(told: Told) -> Result<NoContent, Problem> {
    for n in 0..told.number {
        keep(&note(&format!("{}{n:04}", told.what), &told.what, n % 7));
    }
    Ok(NoContent)
}

fn forget(told: Told) -> Result<NoContent, Problem> {
    let there = NOTES.delete(&told.what);
    if there { Ok(NoContent) } else { Err(Problem::not_found("note-unknown", "没有。", "None.")) }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Look {
    stretch: String,
    limit: u32,
    cursor: Option<String>,
}

fn look(look: Look) -> Result<Page<Note>, Problem> {
    NOTES.scan(&stretch(&look.stretch), look.limit, look.cursor.as_deref())
}

fn count(look: Look) -> Result<i64, Problem> {
    Ok(i64::from(NOTES.count(&stretch(&look.stretch), look.limit)))
}

fn stretch(name: &str) -> Stretch {
    match name {
        "a" => Stretch::ids("a"),
        "all" => Stretch::ids(""),
        "heavy-a" => BY_WEIGHT.equal("a").after(4),
        "light-a-first" => BY_WEIGHT.equal("a").up_to(1).descending(),
        "middle-a" => BY_WEIGHT.equal("a").from(2).before(4),
        "exactly" => BY_WEIGHT.equal("a").equal(3),
        other => panic!("no such stretch: {other}"),
    }
}

fn many(told: Told) -> Result<i64, Problem> {
    let ids: Vec<String> = (0..told.number).map(|n| format!("a{n:04}")).collect();
    let found = NOTES.get_many(&ids);
    assert!(found.iter().zip(&ids).all(|(note, id)| note.as_ref().is_none_or(|note| note.id == *id)));
    Ok(found.iter().flatten().count() as i64)
}

static COLLECTIONS: Component =
    Component::new("collections", "1.0.0", "集合", "Collections").collections(&[&NOTES]).operations(&[
        post("/notes", handler!(fill)).roles(&[Role::Resident]).title("写", "Fill"),
        delete("/notes", handler!(forget)).roles(&[Role::Resident]).title("删", "Forget"),
        get("/notes", handler!(look)).roles(&[Role::Anyone]).title("看", "Look"),
        get("/counts", handler!(count)).roles(&[Role::Anyone]).title("数", "Count"),
        get("/many", handler!(many)).roles(&[Role::Anyone]).title("取", "Many"),
    ]);

fn filled() -> Platform {
    let platform = Platform::new(&COLLECTIONS);
    let resident = platform.resident(30);
    for (what, number) in [("a", 21), ("b", 5)] {
        platform.call(&resident, "fill", json!({ "what": what, "number": number })).no_content();
    }
    platform
}

fn weights(platform: &Platform, stretch: &str) -> Vec<i64> {
    let (items, next) =
        platform.call(&Actor::anyone(), "look", json!({ "stretch": stretch, "limit": 100 })).page();
    assert_eq!(next, None);
    items.iter().map(|note| note["weight"].as_i64().unwrap()).collect()
}

#[test]
fn a_stretch_is_what_lies_between_its_bounds_in_order() {
    let platform = filled();
    assert_eq!(weights(&platform, "heavy-a"), [5, 5, 5, 6, 6, 6]);
    assert_eq!(weights(&platform, "light-a-first"), [1, 1, 1, 0, 0, 0]);
    assert_eq!(weights(&platform, "middle-a"), [2, 2, 2, 3, 3, 3]);
    assert_eq!(weights(&platform, "exactly"), [3, 3, 3]);
    assert_eq!((weights(&platform, "a").len(), weights(&platform, "all").len()), (21, 26));
    let counted = platform.call(&Actor::anyone(), "count", json!({ "stretch": "a", "limit": 10 })).ok();
    assert_eq!(counted, 10);
}

#[test]
fn pages_join_without_gap_or_overlap_and_cursors_belong_to_their_stretch() {
    let platform = filled();
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut input = json!({ "stretch": "all", "limit": 4 });
        if let Some(cursor) = &cursor {
            input["cursor"] = json!(cursor);
        }
        let (items, next) = platform.call(&Actor::anyone(), "look", input).page();
        seen.extend(items.iter().map(|note| note["id"].as_str().unwrap().to_owned()));
        let Some(next) = next else { break };
        let elsewhere = json!({ "stretch": "heavy-a", "limit": 4, "cursor": next });
        let problem = platform.call(&Actor::anyone(), "look", elsewhere).problem();
        assert_eq!((problem.code.as_ref(), problem.pointer.as_deref()), ("cursor-invalid", Some("/cursor")));
        cursor = Some(next);
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), &seen), (26, &sorted));
}

#[test]
fn many_documents_are_got_in_the_order_asked_for() {
    let platform = filled();
    let resident = platform.resident(30);
    platform.call(&resident, "fill", json!({ "what": "a", "number": 700 })).no_content();
    assert_eq!(platform.call(&Actor::anyone(), "many", json!({ "number": 800 })).ok(), 700);
}

#[test]
fn what_is_deleted_is_in_no_index_any_more() {
    let platform = filled();
    let resident = platform.resident(30);
    platform.call(&resident, "forget", json!({ "what": "a0003" })).no_content();
    assert_eq!(platform.call(&resident, "forget", json!({ "what": "a0003" })).code(), "note-unknown");
    assert_eq!(weights(&platform, "exactly"), [3, 3]);
    platform.verify();
}
