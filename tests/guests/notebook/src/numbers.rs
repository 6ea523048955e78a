//! Numbers drawn one after the other: the next is one more than there are, so every two draws meet.

use linli_sdk::prelude::*;

/// More than any test draws.
const MANY: u32 = 10_000;

/// A number that was drawn.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Drawn {
    id: String,
    number: i64,
    drawn_by: Option<PersonRef>,
}

const BY_NUMBER: Index = Index::new("by_number", &["/number"]);
/// What was drawn.
pub const NUMBERS: Collection<Drawn> = Collection::new("numbers").indexes(&[BY_NUMBER]);

/// How many were drawn.
pub fn count() -> u32 {
    NUMBERS.count(&BY_NUMBER.all(), MANY)
}

fn draw() -> Drawn {
    let so_far = count();
    let drawn = Drawn {
        id: context::new_id().to_string(),
        number: i64::from(so_far) + 1,
        drawn_by: context::caller().subject,
    };
    NUMBERS.put(&drawn.id, &drawn);
    drawn
}

/// Draws the next number.
pub fn draw_number() -> Result<Created<Drawn>, Problem> {
    Ok(Created(draw()))
}

/// All of them, in order.
pub fn list_numbers() -> Result<Page<Drawn>, Problem> {
    NUMBERS.scan(&BY_NUMBER.all(), 1_000, None)
}

/// A number is due to be drawn.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Reminder {}

/// Draws a number, later.
pub const REMINDED: Timer<Reminder> = Timer::new("number.reminded");

/// How long to wait.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    #[schemars(range(min = 0, max = 86_400))]
    seconds: u32,
}

/// Draws a number after some seconds.
pub fn remind(wait: Wait) -> Result<NoContent, Problem> {
    let at = Timestamp::from_micros(context::now().micros() + i64::from(wait.seconds) * 1_000_000);
    REMINDED.schedule(at, &Reminder {});
    Ok(NoContent)
}

/// The timer fired.
pub fn draw_for_reminder(_: Reminder) -> Result<(), Problem> {
    draw();
    Ok(())
}
