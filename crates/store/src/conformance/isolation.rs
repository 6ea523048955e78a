//! Serializability, snapshots, idempotency, the audit log.

use std::sync::Arc;

use linli_contract::{Answer, Content, Idempotency, Problem, ProblemKind, Reply, Status, Timestamp};

use super::world::{World, audit, community, descriptor, thing};
use crate::audit::{Access, AuditRow};
use crate::encoding::IndexValue;
use crate::idempotency::Stored;
use crate::key::{Kind, Partition};
use crate::layout::Layout;
use crate::store::CommitError;
use crate::transaction::{Mode, Range, Transaction};

fn owner(name: &str) -> Range {
    Range { equals: vec![IndexValue::Text(name.into())], ..Range::default() }
}

fn conflicts(result: Result<crate::store::Pending, CommitError>) {
    assert!(matches!(result, Err(CommitError::Conflict)), "{result:?}");
}

/// See the name.
pub fn lost_updates_conflict(world: &World) {
    world.run(|call| call.put("thing", "a", &thing("wang", 1)).unwrap());
    let (mut first, mut second) = (world.begin(), world.begin());
    for call in [&mut first, &mut second] {
        call.get("thing", "a").unwrap();
        call.put("thing", "a", &thing("wang", 2)).unwrap();
    }
    world.commit(first).unwrap();
    conflicts(world.commit(second));
    world.check();
}

/// See the name.
pub fn write_skew_conflicts(world: &World) {
    let (mut first, mut second) = (world.begin(), world.begin());
    assert_eq!(first.get("plain", "x").unwrap(), None);
    assert_eq!(second.get("plain", "y").unwrap(), None);
    first.put("plain", "y", "{}").unwrap();
    second.put("plain", "x", "{}").unwrap();
    world.commit(first).unwrap();
    conflicts(world.commit(second));
}

/// See the name.
pub fn phantoms_conflict(world: &World) {
    let (mut first, mut second) = (world.begin(), world.begin());
    for (id, call) in [("a", &mut first), ("b", &mut second)] {
        assert_eq!(call.count("thing", Some("by_owner"), &owner("wang"), 10).unwrap(), 0);
        call.put("thing", id, &thing("wang", 1)).unwrap();
    }
    world.commit(first).unwrap();
    conflicts(world.commit(second));
}

/// See the name.
pub fn a_deletion_in_a_range_conflicts(world: &World) {
    world.run(|call| call.put("thing", "a", &thing("wang", 1)).unwrap());
    let mut counting = world.begin();
    counting.count("thing", Some("by_owner"), &owner("wang"), 10).unwrap();
    counting.put("plain", "count", "{}").unwrap();
    world.run(|call| call.delete("thing", "a").unwrap());
    conflicts(world.commit(counting));
}

/// See the name.
pub fn what_lies_beyond_a_page_does_not_conflict(world: &World) {
    world.run(|call| {
        for n in 0..5 {
            call.put("thing", &format!("t{n}"), &thing("wang", n)).unwrap();
        }
    });
    let mut paging = world.begin();
    paging.scan("thing", Some("by_owner"), &owner("wang"), 2, None).unwrap();
    paging.put("plain", "seen", "{}").unwrap();
    world.run(|call| call.put("thing", "t9", &thing("wang", 9)).unwrap());
    world.commit(paging).unwrap();
}

/// See the name.
pub fn blind_writes_do_not_conflict(world: &World) {
    let (mut first, mut second) = (world.begin(), world.begin());
    first.put("plain", "a", r#"{"by":1}"#).unwrap();
    second.put("plain", "a", r#"{"by":2}"#).unwrap();
    world.commit(first).unwrap();
    world.commit(second).unwrap();
    assert_eq!(world.begin().get("plain", "a").unwrap().as_deref(), Some(r#"{"by":2}"#));
}

/// See the name.
pub fn a_refused_call_writes_nothing(world: &World) {
    world.run(|call| call.stock_open("s", 5).unwrap());
    let mut call = world.begin();
    call.put("thing", "a", &thing("wang", 1)).unwrap();
    assert!(call.stock_take("s", 2).unwrap());
    call.schedule(Timestamp::from_micros(0), "t", "tick", "{}").unwrap();
    world.send(call.into_commit(None, true, vec![audit("no")])).unwrap();
    let mut after = world.begin();
    assert_eq!(after.get("thing", "a").unwrap(), None);
    assert_eq!(after.stock_level("s").unwrap().unwrap().available, 5);
    assert_eq!(crate::Delivery::next_due(&*world.store.snapshot(world.home).unwrap()).unwrap(), None);
}

/// See the name.
pub fn a_snapshot_does_not_move(world: &World) {
    world.run(|call| call.put("thing", "a", &thing("wang", 1)).unwrap());
    let mut call = world.begin();
    world.run(|other| {
        other.put("thing", "a", &thing("wang", 2)).unwrap();
        other.put("thing", "b", &thing("wang", 2)).unwrap();
    });
    assert_eq!(call.get("thing", "a").unwrap(), Some(thing("wang", 1)));
    assert_eq!(call.count("thing", None, &Range::default(), 10).unwrap(), 1);
}

/// See the name.
pub fn a_pending_snapshot_sees_what_was_accepted(world: &World) {
    for n in 0..20 {
        let snapshot = world.store.pending(world.home).unwrap();
        let mut call = world.begin_on(world.home, snapshot, world.tick(), Mode::Write);
        let next = call.get("plain", "next").unwrap().map_or(0, |text| {
            serde_json::from_str::<serde_json::Value>(&text).unwrap()["n"].as_i64().unwrap() + 1
        });
        assert_eq!(next, n);
        assert_eq!(i64::from(call.count("thing", Some("by_owner"), &owner("wang"), 100).unwrap()), n);
        call.put("plain", "next", &format!(r#"{{"n":{next}}}"#)).unwrap();
        call.put("thing", &format!("t{n}"), &thing("wang", n)).unwrap();
        // Accepted, and not waited for.
        world.store.commit(call.into_commit(None, false, vec![])).unwrap();
    }
}

/// See the name.
pub fn partitions_and_components_are_apart(world: &World) {
    world.run(|call| {
        call.put("thing", "a", &thing("wang", 1)).unwrap();
        call.stock_open("s", 1).unwrap();
    });
    for elsewhere in [community("330105001002"), Partition::Platform] {
        let mut call = world.begin_at(elsewhere, world.tick(), Mode::Write);
        assert_eq!(call.get("thing", "a").unwrap(), None);
        assert_eq!(call.stock_level("s").unwrap(), None);
        assert_eq!(call.count("thing", Some("by_rank"), &Range::default(), 10).unwrap(), 0);
    }
    let others = Arc::new(Layout::open(&*world.store, &descriptor("others")).unwrap());
    let snapshot = world.store.snapshot(world.home).unwrap();
    let mut call = Transaction::begin(world.home, others, snapshot, world.tick(), Mode::Write).unwrap();
    assert_eq!(call.get("thing", "a").unwrap(), None);
    assert_eq!(call.stock_level("s").unwrap(), None);
    assert_eq!(call.count("thing", Some("by_rank"), &Range::default(), 10).unwrap(), 0);
}

/// See the name.
pub fn time_never_goes_back(world: &World) {
    let later = Timestamp::from_micros(1_900_000_000_000_000);
    let mut call = world.begin_at(world.home, later, Mode::Write);
    call.put("plain", "a", "{}").unwrap();
    assert_eq!(world.commit(call).unwrap().at, later);
    let earlier = world.begin_at(world.home, Timestamp::from_micros(1), Mode::Write);
    assert_eq!(earlier.now(), later);
    assert_eq!(world.commit(earlier).unwrap().at, later);
}

const KEY: Idempotency = Idempotency { key: [7; 16], fingerprint: [1; 32] };

fn reply(text: &str) -> Answer {
    Answer::Reply(Reply { status: Status::Created, content: Content::Json(text.into()), next: None })
}

/// See the name.
pub fn a_kept_answer_is_given_again(world: &World) {
    let mut call = world.begin();
    assert_eq!(call.idempotent(&KEY).unwrap(), Stored::Fresh);
    world.answer(call, KEY, reply("1")).unwrap();
    assert_eq!(world.begin().idempotent(&KEY).unwrap(), Stored::Answered(reply("1")));
    let other = Idempotency { fingerprint: [2; 32], ..KEY };
    assert_eq!(world.begin().idempotent(&other).unwrap(), Stored::OtherRequest);
    let refusal = Idempotency { key: [8; 16], ..KEY };
    let problem = Answer::Problem(Problem::new(ProblemKind::Conflict, "full", "满了", "It is full."));
    let mut call = world.begin();
    call.idempotent(&refusal).unwrap();
    world.answer(call, refusal, problem.clone()).unwrap();
    assert_eq!(world.begin().idempotent(&refusal).unwrap(), Stored::Answered(problem));
}

/// See the name.
pub fn two_calls_with_one_key_have_one_answer(world: &World) {
    let (mut first, mut second) = (world.begin(), world.begin());
    for (n, call) in [(1, &mut first), (2, &mut second)] {
        assert_eq!(call.idempotent(&KEY).unwrap(), Stored::Fresh);
        call.put("plain", &format!("by{n}"), "{}").unwrap();
    }
    world.answer(first, KEY, reply("1")).unwrap();
    conflicts(world.answer(second, KEY, reply("2")));
    assert_eq!(world.begin().idempotent(&KEY).unwrap(), Stored::Answered(reply("1")));
    assert_eq!(world.begin().get("plain", "by2").unwrap(), None);
}

/// See the name.
pub fn one_key_has_one_answer_across_midnight(world: &World) {
    let midnight = Timestamp::from_micros(20_700 * 86_400_000_000);
    let mut before = world.begin_at(world.home, midnight.plus_seconds(-1), Mode::Write);
    let mut after = world.begin_at(world.home, midnight.plus_seconds(1), Mode::Write);
    assert_eq!(before.idempotent(&KEY).unwrap(), Stored::Fresh);
    assert_eq!(after.idempotent(&KEY).unwrap(), Stored::Fresh);
    world.answer(after, KEY, reply("after")).unwrap();
    conflicts(world.answer(before, KEY, reply("before")));
}

/// See the name.
pub fn kept_answers_are_tidied_after_their_days(world: &World) {
    let mut call = world.begin();
    call.idempotent(&KEY).unwrap();
    let now = call.now();
    world.answer(call, KEY, reply("1")).unwrap();
    let expired = |days: i64| {
        let read = world.store.snapshot(world.home).unwrap();
        crate::expired_answers(&*read, now.plus_seconds(days * 86_400), 10).unwrap().len()
    };
    assert_eq!([expired(0), expired(1), expired(2)], [0, 0, 1]);
}

/// See the name.
pub fn the_audit_log_is_chained(world: &World) {
    let mut line = audit("ok");
    line.accesses.push(Access { person: "p1".into(), attribute: "name".into(), purpose: "roster".into() });
    world.send(world.begin().into_commit(None, false, vec![audit("no"), line.clone()])).unwrap();
    world.send(world.begin().into_commit(None, false, vec![line])).unwrap();
    world.check();
    let rows = world.rows(world.home).unwrap();
    let of =
        |kind: Kind| rows.iter().filter(move |(key, _)| key[0] == kind as u8).cloned().collect::<Vec<_>>();
    assert_eq!(of(Kind::Audit).len(), 3);
    assert_eq!(of(Kind::Access).len(), 2);
    let (key, row) = of(Kind::Audit)[1].clone();
    let mut changed = AuditRow::decode(&row.value).unwrap();
    changed.json = String::from_utf8(changed.json).unwrap().replace("p1", "p2").into_bytes();
    world.force(vec![(key, Some(AuditRow::encode(&changed.digest, &changed.json)))]);
    let rules: Vec<_> = crate::verify(&*world.store).unwrap().into_iter().map(|f| f.rule).collect();
    assert_eq!(rules, ["audit log"]);
}
