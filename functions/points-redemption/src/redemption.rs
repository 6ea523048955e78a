//! Redemptions: points for a reward, and a voucher in hand.

use linli_sdk::prelude::*;
use linli_sdk::{ledger, spoken_codes};

use crate::lots::Part;
use crate::problem;
use crate::purse::{Purse, charge_subject, settle_redeemed};
use crate::reward::{DOCUMENT_ID, REWARDS, Reward, counter};

/// Characters of a voucher's code: 45 bits of chance and one that checks them. Short enough to be read out; only
/// providers and workers can try codes at all.
pub(crate) const CODE_LENGTH: usize = 10;
/// Codes drawn before giving up. That one of 2^45 is taken is rare; twice in a row does not happen.
const DRAWS: usize = 4;
/// Redemptions on one page, when the caller does not say.
const REDEMPTIONS_SHOWN: u32 = 20;
/// Days a redemption is kept after its last change: three years, as long as receipts are asked for.
const KEEP_DAYS: u32 = 1_095;

/// What became of a redemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    /// The voucher can be used.
    Open,
    /// It was used.
    Used,
    /// The resident changed their mind in time.
    Cancelled,
    /// Nobody came for it in time; points and pieces went back.
    Lapsed,
}

/// A redemption as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Redemption {
    pub id: String,
    pub person: PersonRef,
    /// The relative who did it for them.
    pub acted_by: Option<PersonRef>,
    pub reward: String,
    /// As it was then.
    pub title: String,
    pub quantity: i64,
    pub points: i64,
    /// Where the points came from, and go back to.
    pub parts: Vec<Part>,
    /// Who honours the voucher; the community's workers when none.
    pub provider: Option<String>,
    pub voucher: String,
    pub status: Status,
    #[serde(with = "linli_sdk::micros")]
    pub at: Timestamp,
    #[serde(with = "linli_sdk::micros")]
    pub valid_until: Timestamp,
    #[serde(default, with = "linli_sdk::micros::option")]
    pub used_at: Option<Timestamp>,
}

const BY_PERSON: Index = Index::new("by_person", &["/person", "/at"]);

/// All redemptions.
pub(crate) const REDEMPTIONS: Collection<Redemption> =
    Collection::new("redemptions").indexes(&[BY_PERSON]).keep_days(KEEP_DAYS);

/// Which redemption a voucher belongs to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Voucher {
    pub redemption: String,
}

/// Vouchers by code.
pub(crate) const VOUCHERS: Collection<Voucher> = Collection::new("vouchers").keep_days(KEEP_DAYS);

/// Pieces of a reward a person has had.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Share {
    pieces: i64,
}

/// Shares by `{reward}:{person}`; only of rewards with a limit for each person.
pub(crate) const SHARES: Collection<Share> = Collection::new("shares");

/// Fires when a voucher is no longer good.
pub(crate) const VOUCHER_LAPSED: Timer<RedemptionId> = Timer::new("voucher.lapsed");

/// A redemption was made, cancelled or lapsed, or its voucher used.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RedemptionChanged {
    pub person: PersonRef,
    pub redemption: String,
    pub status: Status,
}

/// For messages and for the cockpit.
pub(crate) const REDEMPTION_CHANGED: Event<RedemptionChanged> = Event::new("redemption.changed");

/// What to redeem points for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRedemption {
    #[schemars(regex(pattern = DOCUMENT_ID))]
    reward: String,
    /// Pieces; one when left out.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10))]
    quantity: i64,
}

fn one() -> i64 {
    1
}

/// A redemption, for its resident.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownRedemption {
    id: String,
    reward: String,
    title: String,
    quantity: i64,
    points: i64,
    /// Read it out, or show it, to whoever hands the reward out. Small letters and hyphens do not matter.
    voucher: String,
    provider: Option<String>,
    status: Status,
    at: Timestamp,
    valid_until: Timestamp,
    used_at: Option<Timestamp>,
    /// Whether a relative did it.
    by_relative: bool,
}

/// Points and pieces change hands in one transaction; the voucher is proof of it.
pub(crate) fn create_redemption(new: NewRedemption) -> Result<Created<ShownRedemption>, Problem> {
    let person = context::subject()?;
    let reward = REWARDS.get(&new.reward).ok_or_else(|| problem::reward_unknown().at("/reward"))?;
    if reward.closed {
        return Err(problem::reward_closed());
    }
    take_share(&reward, &person, new.quantity)?;
    if !stock::take(&counter(&reward.id), new.quantity) {
        let left = stock::level(&counter(&reward.id)).map_or(0, |level| level.available);
        return Err(problem::reward_short(left));
    }
    let id = String::from(context::new_id());
    let points = reward.points * new.quantity;
    let mut purse = Purse::open_to_change(&person);
    let parts = purse.spend(points).filter(|_| charge_subject(points, &id).is_ok());
    let parts = parts.ok_or_else(|| points_short(points))?;
    purse.save();
    let voucher = draw_code(&id)?;
    let now = context::now();
    let redemption = Redemption {
        id,
        person,
        acted_by: context::caller().acted_by,
        reward: reward.id,
        title: reward.title,
        quantity: new.quantity,
        points,
        parts,
        provider: reward.provider,
        voucher,
        status: Status::Open,
        at: now,
        valid_until: now.plus_seconds(i64::from(reward.voucher_days) * 86_400),
        used_at: None,
    };
    VOUCHER_LAPSED.schedule(redemption.valid_until, &RedemptionId { id: redemption.id.clone() });
    store(&redemption);
    Ok(Created(redemption.into()))
}

/// Which redemption.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedemptionId {
    #[schemars(regex(pattern = DOCUMENT_ID))]
    id: String,
}

/// What a cancellation came to.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CancelledRedemption {
    id: String,
    status: Status,
    /// Points back in the purse, in the lots they came from.
    returned: i64,
    /// Points not given back: their time was over in the meantime.
    ended: i64,
}

/// The resident changes their mind before the voucher is used: points and pieces go back, once.
pub(crate) fn cancel_redemption(RedemptionId { id }: RedemptionId) -> Result<CancelledRedemption, Problem> {
    let person = context::subject()?;
    let redemption = REDEMPTIONS.get(&id).filter(|redemption| redemption.person == person);
    let mut redemption = redemption.ok_or_else(problem::redemption_unknown)?;
    still_open(&redemption)?;
    redemption.status = Status::Cancelled;
    let back = undo(&redemption);
    store(&redemption);
    Ok(CancelledRedemption { id, status: redemption.status, returned: back.returned, ended: back.ended })
}

/// The reaction to a voucher's end: as if cancelled, unless it was used or cancelled before.
pub(crate) fn lapse_redemption(RedemptionId { id }: RedemptionId) -> Result<(), Problem> {
    let Some(mut redemption) = REDEMPTIONS.get(&id).filter(|r| r.status == Status::Open) else {
        return Ok(());
    };
    redemption.status = Status::Lapsed;
    if people::open(&redemption.person).is_some() {
        undo(&redemption);
    } else {
        // Nobody is left to give the points back to.
        stock::give(&counter(&redemption.reward), redemption.quantity);
        settle_redeemed(redemption.points, None, &redemption.id);
    }
    store(&redemption);
    Ok(())
}

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedemptionPage {
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    #[schemars(length(max = 400))]
    cursor: Option<String>,
}

/// The subject's redemptions, newest first.
pub(crate) fn list_redemptions(
    RedemptionPage { limit, cursor }: RedemptionPage,
) -> Result<Page<ShownRedemption>, Problem> {
    let mine = BY_PERSON.equal(context::subject()?.as_str()).descending();
    Ok(REDEMPTIONS.scan(&mine, limit.unwrap_or(REDEMPTIONS_SHOWN), cursor.as_deref())?.map(Into::into))
}

/// Writes a redemption that changed, and says so.
pub(crate) fn store(redemption: &Redemption) {
    REDEMPTIONS.put(&redemption.id, redemption);
    let Redemption { person, id, status, .. } = redemption.clone();
    REDEMPTION_CHANGED.publish(&RedemptionChanged { person, redemption: id, status });
}

/// That the voucher can still be used.
///
/// # Errors
/// 409 when it was used, 410 when it was given back or its time is over: judged by `now`, whether or not the timer has
/// been.
pub(crate) fn still_open(redemption: &Redemption) -> Result<(), Problem> {
    match redemption.status {
        Status::Used => Err(problem::voucher_used(redemption.used_at)),
        Status::Cancelled => Err(problem::voucher_cancelled()),
        Status::Open if context::now() < redemption.valid_until => Ok(()),
        Status::Open | Status::Lapsed => Err(problem::voucher_lapsed()),
    }
}

/// Pieces, the person's share and points go back where they came from.
fn undo(redemption: &Redemption) -> crate::purse::GivenBack {
    stock::give(&counter(&redemption.reward), redemption.quantity);
    let share = share_id(&redemption.reward, &redemption.person);
    if let Some(mut had) = SHARES.get(&share) {
        had.pieces = (had.pieces - redemption.quantity).max(0);
        SHARES.put(&share, &had);
    }
    let mut purse = Purse::open_to_change(&redemption.person);
    let back = purse.give_back(&redemption.parts, &redemption.id);
    purse.save();
    back
}

fn take_share(reward: &Reward, person: &PersonRef, quantity: i64) -> Result<(), Problem> {
    let Some(limit) = reward.per_person else { return Ok(()) };
    let id = share_id(&reward.id, person);
    let mut share = SHARES.get(&id).unwrap_or_default();
    share.pieces += quantity;
    if share.pieces > limit {
        return Err(problem::reward_limit(limit));
    }
    SHARES.put(&id, &share);
    Ok(())
}

fn share_id(reward: &str, person: &PersonRef) -> String {
    format!("{reward}:{person}")
}

/// A code that no voucher has, given to this redemption.
fn draw_code(redemption: &str) -> Result<String, Problem> {
    let length = u32::try_from(CODE_LENGTH).expect("a handful");
    let mut drawn = std::iter::repeat_with(|| spoken_codes::draw(length)).take(DRAWS);
    let code = drawn.find(|code| VOUCHERS.get(code).is_none()).ok_or_else(problem::codes_short)?;
    VOUCHERS.put(&code, &Voucher { redemption: redemption.to_owned() });
    Ok(code)
}

fn points_short(needed: i64) -> Problem {
    let available = ledger::balance(crate::purse::BOOK, &ledger::Account::Subject).max(0);
    problem::points_short(needed, available)
}

impl From<Redemption> for ShownRedemption {
    fn from(redemption: Redemption) -> Self {
        let Redemption { id, reward, title, quantity, points, voucher, provider, status, .. } = redemption;
        let Redemption { at, valid_until, used_at, acted_by, .. } = redemption;
        let by_relative = acted_by.is_some();
        Self {
            id,
            reward,
            title,
            quantity,
            points,
            voucher,
            provider,
            status,
            at,
            valid_until,
            used_at,
            by_relative,
        }
    }
}
