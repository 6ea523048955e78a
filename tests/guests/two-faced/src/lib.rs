//! A component whose descriptor is in order, and which misbehaves in one way: the one whose number stands in its file
//! behind [`MARK`]. Tests write another number there, so that one compilation makes a hostile set.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use linli_sdk::IntoReply;
use linli_sdk::contract::{Content, Reply, Status};
use linli_sdk::prelude::*;

/// Found in the file by those who change the number behind it.
static MARK: [u8; 22] = *b"linli-two-faced-way:00";

/// Calls of this instance.
static CALLS: AtomicU32 = AtomicU32::new(0);

/// The number.
fn way() -> u8 {
    let mark = black_box(&MARK);
    let digit = |at: usize| black_box(mark[at]).wrapping_sub(b'0');
    digit(20) * 10 + digit(21)
}

/// What is kept of an act.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Act {
    id: String,
    text: String,
}

const ALL: Index = Index::new("all", &["/id"]);
const ACTS: Collection<Act> = Collection::new("acts").indexes(&[ALL]);
const SECRETS: Collection<Act> = Collection::new("secrets-of-others");
const SECRET: Setting<String> = Setting::new("secret", "秘密", "Secret");
const DONE: Event<Act> = Event::new("act.done");

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[schemars(length(min = 1, max = 1_000))]
    text: String,
}

/// A reply that may be anything, though an act is declared.
struct Shown(Content);

impl IntoReply for Shown {
    fn into_reply(self) -> Reply {
        Reply { status: Status::Ok, content: self.0, next: None }
    }

    fn schema() -> String {
        Act::schema_text()
    }
}

impl Act {
    fn schema_text() -> String {
        r#"{"type":"object","required":["id","text"],"properties":{"id":{"type":"string"},"text":{"type":"string"}}}"#
            .to_owned()
    }

    fn shown(&self) -> Content {
        Content::Json(serde_json::to_string(self).expect("an act is JSON"))
    }
}

fn spin() -> ! {
    let mut n = 0_u64;
    loop {
        n = black_box(n.wrapping_add(1));
    }
}

fn eat() {
    let mut eaten = Vec::new();
    loop {
        eaten.push(vec![1_u8; 1 << 20]);
        black_box(&eaten);
    }
}

fn descend(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == u64::MAX { 0 } else { descend(frame[0] + 1) + black_box(frame)[1] }
}

fn act(wanted: Wanted) -> Result<Shown, Problem> {
    let act = Act { id: context::new_id().to_string(), text: wanted.text };
    match way() {
        1 if act.text.chars().count() > 500 => panic!("too much for it"),
        2 => spin(),
        3 => eat(),
        4 => drop(black_box(descend(0))),
        5 => return Ok(Shown(Content::Json(format!("\"{}\"", "x".repeat(2 * 1024 * 1024))))),
        6 => return Ok(Shown(Content::Json(r#"{"id":7,"text":"x"}"#.to_owned()))),
        7 => return Ok(Shown(Content::Json(r#"{"id":"#.to_owned()))),
        8 => SECRETS.put(&act.id, &act),
        11 => {
            stock::open("full", 1);
            stock::give("full", 1);
        }
        13 => return Ok(Shown(Content::Json(r#"{"id":"x","text":"x","n":9007199254740993}"#.to_owned()))),
        14 => {
            let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
            return Ok(Shown(Content::Json(deep)));
        }
        15 => return Ok(Shown(Content::Html("<p>an act</p>".to_owned()))),
        18 => {
            let text = format!("call {}", CALLS.fetch_add(1, Ordering::Relaxed));
            return Ok(Shown(Act { text, ..act }.shown()));
        }
        19 => (0..=CALLS.fetch_add(1, Ordering::Relaxed)).for_each(|n| ACTS.put(&format!("call-{n}"), &act)),
        16 => (0..1_000_000).for_each(|n| ACTS.put(&format!("much-{n}"), &act)),
        _ => {}
    }
    ACTS.put(&act.id, &act);
    DONE.publish(&act);
    Ok(Shown(act.shown()))
}

fn list_acts() -> Result<Page<Act>, Problem> {
    let page = ACTS.scan(&ALL.all(), 10, None)?;
    match way() {
        9 => ACTS.put("written-in-a-query", &Act { id: "x".to_owned(), text: "x".to_owned() }),
        10 => drop(SECRET.get()),
        17 if !page.items.is_empty() => panic!("it cannot read what it wrote"),
        _ => {}
    }
    Ok(page)
}

fn note_act(act: Act) -> Result<(), Problem> {
    if way() == 12 {
        panic!("it cannot take its own event {}", act.id);
    }
    Ok(())
}

const RESIDENT: &[Role] = &[Role::Resident];

/// The component.
pub static TWO_FACED: Component = Component::new("two-faced", "0.1.0", "两面", "Two-faced")
    .collections(&[&ACTS])
    .publishes(&[&DONE])
    .reactions(&[on_event!("two-faced", "act.done", note_act)])
    .operations(&[
        post("/acts", handler!(act)).roles(RESIDENT).title("做", "Act"),
        get("/acts", handler!(list_acts)).roles(RESIDENT).title("看", "Acts"),
    ]);
linli_sdk::export!(TWO_FACED);
