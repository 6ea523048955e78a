//! Drawing lots instead of first come, first served, so that anybody can check the draw.
//!
//! 1. When the activity is announced, the platform makes a seed of 32 random bytes and publishes its SHA-256, the
//!    commitment: the seed can no longer be chosen to suit anybody.
//! 2. Whoever signs up while the window is open enters.
//! 3. When the window closes, the seed is published and lots are ordered by `SHA-256(seed ‖ id)`, where `id` is the 26
//!    ASCII characters of the signup's id; the smallest first. In this order every party gets its places if all of it
//!    fits, and else waits; the waiting list has the same order.
//!
//! To check: the seed hashes to the commitment, and one's own lot stands where the list says.

use linli_sdk::prelude::*;
use sha2::{Digest, Sha256};

use crate::activity::Activity;
use crate::events::{LOTTERY_DRAWN, LotteryDrawn, SIGNUP_WAITLISTED, SignupNews};
use crate::quota;
use crate::signup::{BY_TURN, SIGNUPS, Signup, SignupStatus};
use crate::waitlist::{self, BATCH};

/// Draws the next lots.
pub const DRAW_DUE: Timer<Draw> = Timer::new("draw.due");

/// Bytes of a seed: as many as the digest, so that guessing it is no easier than finding a collision.
const SEED_BYTES: u32 = 32;

/// An activity's lottery, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lottery {
    /// Lower-case hex. Shown to nobody before the draw.
    seed: String,
    /// When the draw began.
    #[serde(default, with = "linli_sdk::micros::option", skip_serializing_if = "Option::is_none")]
    drawn_at: Option<Timestamp>,
    /// The timer that draws.
    timer: String,
}

/// An activity's lottery, as everybody sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LotteryView {
    /// SHA-256 of the seed's 32 bytes, in lower-case hex; published with the activity.
    commitment: String,
    /// The seed in lower-case hex, once lots are drawn.
    seed: Option<String>,
    /// When lots were drawn.
    drawn_at: Option<Timestamp>,
}

/// Where the draw goes on.
#[derive(Serialize, Deserialize)]
pub struct Draw {
    activity: Id,
    /// The last lot drawn.
    after: Option<String>,
}

impl Lottery {
    /// Makes the seed, and sets the timer that draws.
    pub fn commit(activity: &Activity) -> Self {
        Self { seed: hex(&context::random(SEED_BYTES)), drawn_at: None, timer: set_timer(activity) }
    }

    /// Whether lots are not drawn yet.
    pub fn is_open(&self) -> bool {
        self.drawn_at.is_none()
    }

    /// As everybody sees it.
    pub fn view(&self) -> LotteryView {
        LotteryView {
            commitment: hex(&Sha256::digest(unhex(&self.seed))),
            seed: self.drawn_at.map(|_| self.seed.clone()),
            drawn_at: self.drawn_at,
        }
    }

    /// A signup's lot: the smallest is first.
    fn lot(&self, signup: &Id) -> String {
        lot(&unhex(&self.seed), signup)
    }

    /// Cancels the timer that draws.
    pub fn stop(&self) {
        linli_sdk::cancel(&self.timer);
    }
}

/// `SHA-256(seed ‖ id)` in lower-case hex.
pub fn lot(seed: &[u8], signup: &Id) -> String {
    hex(&Sha256::new().chain_update(seed).chain_update(signup.as_bytes()).finalize())
}

/// Enters a party. Its turn is known from now on, but to nobody: the seed is secret.
pub fn enter(activity: &Activity, signup: &mut Signup) {
    signup.status = SignupStatus::Entered;
    signup.turn = activity.lottery.as_ref().map(|lottery| format!("d{}", lottery.lot(&signup.id)));
}

/// Moves the draw to the new end of the window, if it is still to come.
pub fn reschedule(activity: &mut Activity) {
    if activity.awaits_draw() {
        let timer = set_timer(activity);
        if let Some(lottery) = &mut activity.lottery {
            lottery.stop();
            lottery.timer = timer;
        }
    }
}

/// Draws, [`BATCH`] parties at a time.
///
/// # Errors
/// None; an activity that was called off is left alone.
pub fn draw_lottery(draw: Draw) -> Result<(), Problem> {
    let now = context::now();
    let Ok(mut activity) = Activity::find_scheduled(&draw.activity) else { return Ok(()) };
    if let Some(lottery) = activity.lottery.as_mut().filter(|lottery| lottery.is_open()) {
        lottery.drawn_at = Some(now);
        let seed = lottery.seed.clone();
        activity.save();
        LOTTERY_DRAWN.publish(&LotteryDrawn { activity: activity.id.clone(), seed });
    }
    let mut lots = BY_TURN.equal(activity.id.as_str());
    if let Some(after) = &draw.after {
        lots = lots.after(after.as_str());
    }
    let batch = SIGNUPS.first(&lots, BATCH as u32);
    let after = batch.last().filter(|_| batch.len() == BATCH).and_then(|signup| signup.turn.clone());
    let mut waiting = 0;
    for mut signup in batch.into_iter().filter(|signup| signup.status == SignupStatus::Entered) {
        if quota::take(&activity, signup.counted, signup.party_size) {
            signup.confirm(&activity);
        } else {
            waiting += 1;
            signup.status = SignupStatus::Waitlisted;
            signup.save();
            SIGNUP_WAITLISTED.publish(&SignupNews::of(&activity, &signup));
        }
    }
    waitlist::count_in(&activity.id, waiting);
    if after.is_some() {
        DRAW_DUE.schedule(now, &Draw { activity: activity.id, after });
    }
    Ok(())
}

fn set_timer(activity: &Activity) -> String {
    DRAW_DUE.schedule(activity.signup_closes_at, &Draw { activity: activity.id.clone(), after: None })
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The inverse of [`hex`].
fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
    text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both digests were made with `sha256sum`.
    #[test]
    fn anybody_can_draw_the_lots_again() {
        let seed = unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        let id: Id = "01jt4v6c00abcdefghjkmnpqrs".parse().unwrap();
        assert_eq!(
            hex(&Sha256::digest(&seed)),
            "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
        );
        assert_eq!(lot(&seed, &id), "4e26e82f9c6eaa05ea83bc9287bc4f70986e0136a3c54da21d13060e624914c3");
    }

    #[test]
    fn hex_goes_both_ways() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unhex(&hex(&bytes)), bytes);
    }
}
