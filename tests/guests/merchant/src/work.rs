//! Work: things kept, timers set, time and memory used up.

use std::hint::black_box;

use linli_sdk::Html;
use linli_sdk::prelude::*;

/// A thing of some size.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Thing {
    filling: String,
}

/// All of them.
pub const THINGS: Collection<Thing> = Collection::new("things");

/// Leaves a thing behind.
pub fn leave(id: &str, bytes: usize) {
    THINGS.put(id, &Thing { filling: "x".repeat(bytes) });
}

/// A thing to keep.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewThing {
    id: String,
    bytes: u32,
}

/// Keeps a thing.
pub fn put_thing(NewThing { id, bytes }: NewThing) -> Result<NoContent, Problem> {
    leave(&id, bytes as usize);
    Ok(NoContent)
}

/// Which one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThingId {
    id: String,
}

/// Lets go of a thing.
pub fn delete_thing(ThingId { id }: ThingId) -> Result<NoContent, Problem> {
    THINGS.delete(&id);
    Ok(NoContent)
}

/// Something that waits.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Of what it carries.
    bytes: u32,
    #[serde(default)]
    filling: String,
}

/// It is due.
pub const DUE: Timer<Waiting> = Timer::new("thing.due");

/// Sets a timer for the next minute.
pub fn set_timer(waiting: Waiting) -> Result<NoContent, Problem> {
    let filling = "x".repeat(waiting.bytes as usize);
    DUE.schedule(context::now().plus_seconds(60), &Waiting { filling, ..waiting });
    Ok(NoContent)
}

/// The timer fired.
pub fn come_due(_: Waiting) -> Result<(), Problem> {
    Ok(())
}

/// What to do.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Labour {
    /// Never comes back.
    #[serde(default)]
    spin: bool,
    /// Traps.
    #[serde(default)]
    fail: bool,
    /// Refuses.
    #[serde(default)]
    refuse: bool,
    /// Memory to use, in bytes.
    #[serde(default)]
    memory: u32,
    /// Characters to answer with.
    #[serde(default)]
    reply: u32,
    /// Rounds of something that takes a while.
    #[serde(default)]
    rounds: u32,
}

/// Does it.
pub fn labour(labour: Labour) -> Result<String, Problem> {
    while labour.spin {
        black_box(&labour);
    }
    assert!(!labour.fail, "as it was told");
    if labour.refuse {
        return Err(Problem::conflict("refused", "不行。", "No."));
    }
    black_box(vec![1_u8; labour.memory as usize]);
    let mut sum = 0_u64;
    for round in 0..u64::from(labour.rounds) * 1_000 {
        sum = black_box(sum.wrapping_mul(31).wrapping_add(round));
    }
    Ok("x".repeat(labour.reply as usize))
}

/// A page that would act in the resident's name, if it could.
pub fn show_page() -> Result<Html, Problem> {
    Ok(Html("<!doctype html><title>x</title><script>fetch('/v1/consents')</script>".to_owned()))
}
