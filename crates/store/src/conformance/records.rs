//! Documents and scans.

use super::world::{World, thing};
use crate::encoding::IndexValue;
use crate::store::CommitError;
use crate::transaction::{Bound, Fault, Mode, Range, ScanError, Transaction};

fn equals(owner: &str) -> Range {
    Range { equals: vec![IndexValue::Text(owner.into())], ..Range::default() }
}

fn ids(call: &mut Transaction, index: Option<&str>, range: &Range) -> Vec<String> {
    let page = call.scan("thing", index, range, 1_000, None).expect("a scan");
    page.documents.into_iter().map(|(id, _)| id).collect()
}

/// See the name.
pub fn a_call_reads_its_own_writes_and_others_do_not(world: &World) {
    let mut call = world.begin();
    call.put("thing", "a", &thing("wang", 1)).unwrap();
    assert_eq!(call.get("thing", "a").unwrap(), Some(thing("wang", 1)));
    assert_eq!(world.begin().get("thing", "a").unwrap(), None);
    assert!(call.delete("thing", "a").unwrap());
    assert_eq!(call.get("thing", "a").unwrap(), None);
    assert!(!call.delete("thing", "a").unwrap());
}

/// See the name.
pub fn a_document_under_a_drawn_id_is_written_unseen_and_validated(world: &World) {
    let mut call = world.begin();
    call.drew("drawn");
    call.put("thing", "drawn", &thing("wang", 1)).unwrap();
    assert_eq!(call.usage().reads, 0);
    call.put("thing", "drawn", &thing("li", 2)).unwrap();
    assert_eq!(ids(&mut call, Some("by_owner"), &equals("wang")), [""; 0]);
    world.run(|other| other.put("thing", "drawn", &thing("zhao", 3)).unwrap());
    assert!(matches!(world.commit(call), Err(CommitError::Conflict)));
    world.check();
}

/// See the name.
pub fn what_is_committed_is_read_by_the_next_call(world: &World) {
    world.run(|call| call.put("thing", "a", &thing("wang", 1)).unwrap());
    let many = ["b".to_owned(), "a".to_owned()];
    assert_eq!(world.begin().get_many("thing", &many).unwrap(), [None, Some(thing("wang", 1))]);
    world.run(|call| call.put("thing", "a", &thing("li", 2)).unwrap());
    let mut call = world.begin();
    assert_eq!(ids(&mut call, Some("by_owner"), &equals("wang")), [""; 0]);
    assert_eq!(ids(&mut call, Some("by_owner"), &equals("li")), ["a"]);
    world.run(|call| call.delete("thing", "a").unwrap());
    assert_eq!(ids(&mut world.begin(), Some("by_owner"), &equals("li")), [""; 0]);
    world.check();
}

/// See the name.
pub fn documents_that_are_none_are_refused(world: &World) {
    let mut call = world.begin();
    for bad in ["", "1", "[]", "{", r#"{"n":9007199254740992}"#, "{\"a\":\"\u{0}\"}"] {
        assert!(matches!(call.put("thing", "a", bad), Err(Fault::BadDocument)), "{bad}");
    }
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(linli_contract::limits::MAX_DOCUMENT_BYTES));
    assert!(matches!(call.put("thing", "a", &large), Err(Fault::Limit(_))));
    for bad in ["", "a b", "a/b", "张", &"a".repeat(129)] {
        assert!(matches!(call.put("thing", bad, "{}"), Err(Fault::BadId)), "{bad}");
    }
    assert!(matches!(call.get("other", "a"), Err(Fault::Undeclared(_))));
}

/// See the name.
pub fn a_query_does_not_write(world: &World) {
    for mode in [Mode::Read, Mode::Publish] {
        let mut call = world.begin_at(world.home, world.tick(), mode);
        assert!(matches!(call.put("thing", "a", "{}"), Err(Fault::ReadOnly)));
        assert!(matches!(call.delete("thing", "a"), Err(Fault::ReadOnly)));
        assert!(matches!(call.stock_open("s", 1), Err(Fault::ReadOnly)));
        assert!(matches!(call.stock_take("s", 1), Err(Fault::ReadOnly)));
    }
}

fn fill(world: &World) {
    world.run(|call| {
        for (id, owner, rank) in
            [("a", "wang", 3), ("b", "wang", -1), ("c", "li", 2), ("d", "wang", 3), ("e", "wangx", 0)]
        {
            call.put("thing", id, &thing(owner, rank)).unwrap();
        }
    });
}

/// See the name.
pub fn scans_follow_the_index_in_both_directions(world: &World) {
    fill(world);
    let mut call = world.begin();
    assert_eq!(ids(&mut call, None, &Range::default()), ["a", "b", "c", "d", "e"]);
    assert_eq!(ids(&mut call, Some("by_owner"), &equals("wang")), ["b", "a", "d"]);
    let down = Range { descending: true, ..equals("wang") };
    assert_eq!(ids(&mut call, Some("by_owner"), &down), ["d", "a", "b"]);
    let rank = |value, inclusive| Some(Bound { value: IndexValue::Integer(value), inclusive });
    let between = |lower, upper| Range { lower, upper, ..Range::default() };
    assert_eq!(ids(&mut call, Some("by_rank"), &between(rank(0, true), rank(3, false))), ["e", "c"]);
    assert_eq!(ids(&mut call, Some("by_rank"), &between(rank(0, false), rank(3, true))), ["c", "a", "d"]);
    assert_eq!(ids(&mut call, Some("by_rank"), &between(rank(3, false), rank(0, true))), [""; 0]);
    let id = |value: &str, inclusive| Some(Bound { value: IndexValue::Text(value.into()), inclusive });
    assert_eq!(ids(&mut call, None, &between(id("b", false), id("d", true))), ["c", "d"]);
}

/// See the name.
pub fn scans_see_pending_writes_in_their_place(world: &World) {
    fill(world);
    let mut call = world.begin();
    call.put("thing", "f", &thing("wang", 2)).unwrap();
    call.delete("thing", "a").unwrap();
    call.put("thing", "d", &thing("li", 3)).unwrap();
    assert_eq!(ids(&mut call, Some("by_owner"), &equals("wang")), ["b", "f"]);
    assert_eq!(ids(&mut call, Some("by_owner"), &Range { descending: true, ..equals("li") }), ["d", "c"]);
    let page = call.scan("thing", Some("by_rank"), &Range::default(), 2, None).unwrap();
    assert_eq!(page.documents.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["b", "e"]);
    assert!(page.next.is_some());
    world.commit(call).unwrap();
    world.check();
}

/// See the name.
pub fn cursors_walk_every_document_once(world: &World) {
    world.run(|call| {
        for n in 0..25 {
            call.put("thing", &format!("t{n:02}"), &thing("wang", n % 4)).unwrap();
        }
    });
    for descending in [false, true] {
        let range = Range { descending, ..equals("wang") };
        let whole = ids(&mut world.begin(), Some("by_owner"), &range);
        let (mut walked, mut cursor) = (vec![], None);
        loop {
            let page =
                world.begin().scan("thing", Some("by_owner"), &range, 7, cursor.as_deref()).expect("a page");
            walked.extend(page.documents.into_iter().map(|(id, _)| id));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(walked, whole);
        assert_eq!(walked.len(), 25);
    }
}

/// See the name.
pub fn a_cursor_of_another_scan_is_refused(world: &World) {
    fill(world);
    let mut call = world.begin();
    let cursor = call.scan("thing", Some("by_owner"), &equals("wang"), 1, None).unwrap().next.unwrap();
    let mut other =
        |range: &Range, index, cursor: &str| call.scan("thing", index, range, 1, Some(cursor)).unwrap_err();
    assert!(matches!(other(&equals("li"), Some("by_owner"), &cursor), ScanError::CursorInvalid));
    assert!(matches!(other(&Range::default(), None, &cursor), ScanError::CursorInvalid));
    assert!(matches!(other(&equals("wang"), Some("by_owner"), "AAAA"), ScanError::CursorInvalid));
    assert!(matches!(other(&equals("wang"), Some("by_owner"), "不是"), ScanError::CursorInvalid));
}

/// See the name.
pub fn a_document_without_the_field_is_not_in_the_index(world: &World) {
    world.run(|call| {
        call.put("thing", "a", r#"{"owner":"wang"}"#).unwrap();
        call.put("thing", "b", r#"{"owner":"wang","rank":null}"#).unwrap();
        call.put("thing", "c", r#"{"owner":"wang","rank":1.5}"#).unwrap();
        call.put("thing", "d", &thing("wang", 1)).unwrap();
    });
    assert_eq!(ids(&mut world.begin(), Some("by_owner"), &equals("wang")), ["d"]);
    world.check();
}

/// See the name.
pub fn counts_stop_at_their_limit(world: &World) {
    fill(world);
    let mut call = world.begin();
    assert_eq!(call.count("thing", Some("by_owner"), &equals("wang"), 10).unwrap(), 3);
    assert_eq!(call.count("thing", Some("by_owner"), &equals("wang"), 2).unwrap(), 2);
    assert_eq!(call.count("thing", Some("by_owner"), &equals("nobody"), 2).unwrap(), 0);
}

/// See the name.
pub fn reading_too_much_is_refused(world: &World) {
    fill(world);
    let mut call = world.begin();
    let refused = (0..linli_contract::limits::MAX_RECORDS_READ).find_map(|_| call.get("thing", "a").err());
    assert!(refused.is_none(), "the limit itself is allowed");
    assert!(matches!(call.get("thing", "a"), Err(Fault::Limit("MAX_RECORDS_READ"))));
}
