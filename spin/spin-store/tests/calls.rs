//! Calls as the adapter above drives them, on the store's oracle: two functions that share a database. None needs a second
//! connection.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{COMMUNITY, World, note, put, reply, request};

use linli_calls::imports::{context, events, people, records};
use linli_calls::{Clock as _, DIRECTORY, Run};
use linli_contract::{Answer, Attribute, Idempotency, Identity, Problem};
use linli_spin_store::{Begun, CallFailure, CallRequest, Delivered, Ended, Instance};
use linli_store::{About, Layout, Mode, Oracle, Partition, Snapshot, Store, Transaction};

fn refusal() -> Answer {
    Answer::Problem(Problem::conflict("no", "不行。", "No."))
}

fn answered(answer: Answer) -> Result<Ended, CallFailure> {
    Ok(Ended::Answered { answer, due: false })
}

#[test]
fn a_commands_writes_are_there_for_the_next_call_and_a_refusal_writes_nothing() {
    let instance = World::new().open("notes", None);
    instance.begin(&request("write", "a")).expect("it begins");
    instance.in_run(put("one")).expect("it writes");
    assert_eq!(instance.commit(refusal()), answered(refusal()));
    assert_eq!(note(&instance), None);
    instance.begin(&request("write", "b")).expect("it begins");
    instance.in_run(put("one")).expect("it writes");
    assert_eq!(instance.commit(reply("done")), answered(reply("done")));
    assert_eq!(note(&instance).as_deref(), Some(r#"{"text":"one"}"#));
}

#[test]
fn one_key_has_one_answer() {
    let world = World::new();
    let (one, other) = (world.open("notes", None), world.open("notes", None));
    let with = |fingerprint| CallRequest {
        idempotency: Some(Idempotency { key: [1; 16], fingerprint }),
        ..request("write", "a")
    };
    assert_eq!(one.begin(&with([1; 32])), Ok(Begun::Run));
    one.commit(reply("first")).expect("it commits");
    assert_eq!(other.begin(&with([1; 32])), Ok(Begun::Known(reply("first"))));
    assert_eq!(other.begin(&with([2; 32])), Err(CallFailure::KeyReused));
}

#[test]
fn what_another_instance_changed_is_run_again_with_the_same_time_and_ids() {
    let world = World::new();
    let (one, other) = (world.open("notes", None), world.open("notes", None));
    let work = |run: &mut Run| {
        let found = records::get(run, "notes", "1")?;
        Ok((found, context::now(run), context::new_id(run)?))
    };
    one.begin(&request("write", "a")).expect("it begins");
    let (before, now, id) = one.in_run(work).expect("it runs");
    assert_eq!(before, None);
    world.clock.advance(Duration::from_secs(1));
    other.begin(&request("write", "b")).expect("it begins");
    other.in_run(put("other")).expect("it writes");
    other.commit(reply("done")).expect("it commits");
    assert_eq!(one.commit(reply("lost")), Ok(Ended::Again));

    assert_eq!(one.begin(&request("write", "a")), Ok(Begun::Run));
    let (after, again, same) = one.in_run(work).expect("it runs");
    assert!(after.is_some() && again >= now);
    assert_eq!(same[10..], id[10..], "the randomness of the call stays");
    assert!(matches!(one.commit(reply("won")), Ok(Ended::Answered { .. })));
}

#[test]
fn a_command_tells_whether_anything_is_to_be_delivered() {
    let world = World::new();
    let (writer, reader) = (world.open("notes", None), world.open("reader", Some("notes")));
    let due = |instance: &Arc<Instance>, operation: &str, publishes: bool| {
        instance.begin(&request(operation, "a")).expect("it begins");
        if publishes {
            instance.in_run(|run| events::publish(run, "note.written", "{}")).expect("it publishes");
        }
        match instance.commit(reply("done")) {
            Ok(Ended::Answered { due, .. }) => due,
            other => panic!("{other:?}"),
        }
    };
    assert!(!due(&writer, "write", false), "nothing is");
    assert!(due(&writer, "write", true), "it was queued by this one");
    assert!(due(&reader, "write", false), "it was due when this one began");
    assert!(!due(&reader, "read", false), "a query leaves nothing behind");
    assert!(matches!(reader.next_delivery(None), Ok(Some(_))));
    reader.commit(reply("heard")).expect("it commits");
    assert!(!due(&reader, "write", false), "it was taken");
}

/// The oracle, and what it is told of calls.
struct Told(Oracle, std::sync::Mutex<Vec<String>>);

impl Store for Told {
    fn space(&self, name: &str) -> Result<linli_store::Space, linli_store::StoreError> {
        self.0.space(name)
    }

    fn spaces(&self) -> Result<Vec<(linli_store::Space, String)>, linli_store::StoreError> {
        self.0.spaces()
    }

    fn partitions(&self) -> Result<Vec<Partition>, linli_store::StoreError> {
        self.0.partitions()
    }

    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, linli_store::StoreError> {
        self.0.snapshot(partition)
    }

    fn snapshot_about(
        &self,
        partition: Partition,
        about: &About<'_>,
    ) -> Result<Box<dyn Snapshot>, linli_store::StoreError> {
        let words = about.words.iter().map(|word| String::from_utf8_lossy(word)).collect::<Vec<_>>();
        self.1.lock().expect("a list").push(format!("{} {}", about.kind, words.join(",")));
        self.0.snapshot(partition)
    }

    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, linli_store::StoreError> {
        self.0.pending(partition)
    }

    fn commit(&self, commit: linli_store::Commit) -> Result<linli_store::Pending, linli_store::CommitError> {
        self.0.commit(commit)
    }
}

impl Told {
    /// What it was told since it was asked last.
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.1.lock().expect("a list"))
    }
}

#[test]
fn the_store_is_told_what_a_call_is_about_before_it_reads() {
    let told = Arc::new(Told(Oracle::new(), std::sync::Mutex::default()));
    let world = World::on(told.clone());
    let instance = world.open("notes", None);
    let about = CallRequest {
        words: vec!["choir".to_owned()],
        idempotency: Some(Idempotency { key: *b"sixteen bytes...", fingerprint: [0; 32] }),
        ..request("write", "a")
    };
    let reference = shown(&instance, &about);
    let expected = format!("write sixteen bytes...,wang,,,{reference},,choir");
    assert_eq!(told.heard(), [expected.clone(), expected], "with the reference, which nobody has read yet");
}

#[test]
fn of_whom_an_earlier_version_has_counted_the_reference_is_known_from_the_second_call_on() {
    let told = Arc::new(Told(Oracle::new(), std::sync::Mutex::default()));
    let world = World::on(told.clone());
    counted(&world, "wang", 1);
    let instance = world.open("notes", None);
    let reference = shown(&instance, &request("write", "a"));
    let (heard, known) = (told.heard(), format!("write ,wang,,,{reference},"));
    assert!(heard.len() == 2 && heard[0] != known && heard[1] == known, "{heard:?}");
    assert_eq!(shown(&instance, &request("write", "b")), reference);
    assert_eq!(told.heard(), [known.clone(), known]);
}

/// Begins a call; the reference of its caller.
fn shown(instance: &Arc<Instance>, call: &CallRequest) -> String {
    instance.begin(call).expect("it begins");
    let reference = instance.in_run(|run| Ok(context::caller(run).subject.clone())).expect("it runs");
    instance.commit(refusal()).expect("it ends");
    reference.expect("a subject").to_string()
}

/// Gives somebody a number as numbers were given once.
fn counted(world: &World, id: &str, row: u64) {
    let names = world.store.spaces().expect("readable");
    let layouts = Layout::from_names(&names).expect("names of ours");
    let directory = layouts.into_iter().find(|layout| layout.component == DIRECTORY).expect("a directory");
    let snapshot = world.store.snapshot(Partition::Platform).expect("a snapshot");
    let begun = Transaction::begin(
        Partition::Platform,
        Arc::new(directory),
        snapshot,
        world.clock.now(),
        Mode::Write,
    );
    let mut people = begun.expect("a transaction");
    let content = people.get("people", id).expect("readable").expect("a person");
    let mut content: serde_json::Value = serde_json::from_str(&content).expect("JSON");
    content["row"] = row.into();
    people.put("people", id, &content.to_string()).expect("it fits");
    world.store.commit(people.into_commit(None, false, vec![])).map(drop).expect("nobody else writes");
}

#[test]
fn an_event_comes_to_who_wants_it_once_in_effect() {
    let world = World::new();
    let (writer, reader) = (world.open("notes", None), world.open("reader", Some("notes")));
    writer.begin(&request("write", "a")).expect("it begins");
    writer.in_run(|run| events::publish(run, "note.written", "{}")).expect("it publishes");
    writer.commit(reply("done")).expect("it commits");
    assert_eq!(writer.next_delivery(None), Ok(None), "it is not for the writer");

    let Ok(Some(Delivered(first))) = reader.next_delivery(None) else { panic!("it is due") };
    assert_eq!((first.publisher.as_str(), first.name.as_str()), ("notes", "note.written"));
    // As if the instance had ended there: another one does not find it before its time.
    let again = world.open("reader", Some("notes"));
    assert_eq!(again.next_delivery(None), Ok(None));
    world.clock.advance(Duration::from_secs(5));
    let Ok(Some(Delivered(second))) = again.next_delivery(COMMUNITY.parse().ok()) else {
        panic!("it comes again")
    };
    assert_eq!((second.id, second.attempts), (first.id, 1));
    again.in_run(put("heard")).expect("it writes");
    assert!(matches!(again.commit(reply("heard")), Ok(Ended::Answered { .. })));
    world.clock.advance(Duration::from_secs(3_600));
    assert_eq!(again.next_delivery(None), Ok(None), "it was taken");
    assert!(note(&again).is_some());
}

#[test]
fn a_refused_delivery_comes_again() {
    let world = World::new();
    let (writer, reader) = (world.open("notes", None), world.open("reader", Some("notes")));
    writer.begin(&request("write", "a")).expect("it begins");
    writer.in_run(|run| events::publish(run, "note.written", "{}")).expect("it publishes");
    writer.commit(reply("done")).expect("it commits");
    assert!(matches!(reader.next_delivery(None), Ok(Some(_))));
    reader.in_run(put("never")).expect("it writes");
    assert_eq!(reader.commit(refusal()), answered(refusal()));
    assert_eq!(note(&reader), None);
    world.clock.advance(Duration::from_secs(5));
    assert!(matches!(reader.next_delivery(None), Ok(Some(_))));
}

#[test]
fn whose_data_was_seen_is_written_down_even_by_a_query() {
    let world = World::new();
    let instance = world.open("notes", None);
    let commits = || {
        let partition = Partition::Community(COMMUNITY.parse().expect("a community"));
        world.store.snapshot(partition).and_then(|now| now.head()).expect("a head").seq
    };
    let before = commits();
    instance.begin(&request("read", "a")).expect("it begins");
    let shown = instance.in_run(|run| {
        let subject = context::caller(run).subject.clone().expect("a subject");
        let person = people::open(run, subject.as_str())?.expect("a person");
        people::reveal(run, &person, Attribute::Name, "称呼".to_owned())
    });
    assert_eq!(shown.expect("it runs").expect("its own name"), "王秀英");
    instance.commit(reply("seen")).expect("it commits");
    assert_eq!(commits(), before + 1, "the access log");
}

#[test]
fn kept_answers_go_when_their_days_are_over() {
    let world = World::new();
    let instance = world.open("notes", None);
    let with_key = CallRequest {
        idempotency: Some(Idempotency { key: [1; 16], fingerprint: [1; 32] }),
        ..request("write", "a")
    };
    instance.begin(&with_key).expect("it begins");
    instance.commit(reply("first")).expect("it commits");
    let kept = || {
        let partition = Partition::Community(COMMUNITY.parse().expect("a community"));
        let now = world.store.snapshot(partition).expect("a snapshot");
        let (start, end) = linli_store::Kind::Idempotency.stretch();
        let mut rows = 0;
        let count = &mut |_: &[u8], _: u64, _: &[u8]| {
            rows += 1;
            std::ops::ControlFlow::Continue(())
        };
        now.range(&start, &end, false, count).expect("readable");
        rows
    };
    assert_eq!((instance.next_delivery(None), kept()), (Ok(None), 1));
    world.clock.advance(Duration::from_secs(3 * 86_400));
    assert_eq!((instance.next_delivery(None), kept()), (Ok(None), 0));
}

#[test]
fn outside_a_call_there_is_nothing() {
    let instance = World::new().open("notes", None);
    assert!(instance.in_run(|run| Ok(context::now(run))).is_err());
    assert_eq!(instance.commit(reply("x")), Err(CallFailure::Unavailable));
    assert_eq!(instance.begin(&request("fly", "a")), Err(CallFailure::UnknownOperation));
    let stranger = CallRequest {
        identity: Identity { subject: Some("nobody".to_owned()), ..Identity::default() },
        ..request("read", "a")
    };
    assert_eq!(instance.begin(&stranger), Err(CallFailure::UnknownSubject));
}
