//! Rewards: what points can be redeemed for.

use linli_sdk::prelude::*;

use crate::problem;

/// Most points for one piece of a reward; with [`MAX_QUANTITY`], what one call may charge.
pub(crate) const MAX_PRICE: i64 = 100_000;
/// Most pieces in one redemption.
pub(crate) const MAX_QUANTITY: i64 = 10;
/// Days a voucher is good for, when the reward does not say.
const VOUCHER_DAYS: u32 = 30;
/// Rewards on one page, when the caller does not say.
const REWARDS_SHOWN: u32 = 50;

/// What the id of a document may look like, as `wit/records.wit` has it: anything else is none, and the caller is told so.
pub(crate) const DOCUMENT_ID: &str = r"^[A-Za-z0-9._~:-]{1,128}$";

/// A reward as stored. What is left of it is a stock counter, so that redeeming does not write here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Reward {
    pub id: String,
    pub title: String,
    pub description: Option<String>,
    /// Points for one piece.
    pub points: i64,
    /// Most pieces for one person, ever; no limit when none.
    pub per_person: Option<i64>,
    /// The provider that honours the voucher; the community's own workers when none.
    pub provider: Option<String>,
    pub voucher_days: u32,
    /// Nobody can redeem it any more.
    pub closed: bool,
}

const CHEAPEST: Index = Index::new("cheapest", &["/closed", "/points"]);

/// All rewards.
pub(crate) const REWARDS: Collection<Reward> = Collection::new("rewards").indexes(&[CHEAPEST]);

/// A reward to offer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReward {
    #[schemars(length(min = 1, max = 60))]
    title: String,
    #[schemars(length(max = 500))]
    description: Option<String>,
    /// For one piece.
    #[schemars(range(min = 1, max = 100_000))]
    points: i64,
    /// Pieces there are.
    #[schemars(range(min = 1, max = 1_000_000))]
    stock: i64,
    /// Most pieces for one person, ever.
    #[schemars(range(min = 1, max = 1_000))]
    per_person: Option<i64>,
    /// The provider that honours the vouchers; without, the community's workers hand the reward out.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,64}$"))]
    provider: Option<String>,
    /// Days a voucher is good for; 30 when left out. Afterwards points and pieces go back.
    #[schemars(range(min = 1, max = 365))]
    voucher_days: Option<u32>,
}

/// A reward as everybody sees it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownReward {
    id: String,
    title: String,
    description: Option<String>,
    points: i64,
    /// Pieces left at this moment.
    left: i64,
    per_person: Option<i64>,
    provider: Option<String>,
    voucher_days: u32,
    closed: bool,
}

/// A worker offers a reward.
pub(crate) fn create_reward(new: NewReward) -> Result<Created<ShownReward>, Problem> {
    let reward = Reward {
        id: context::new_id().into(),
        title: new.title,
        description: new.description,
        points: new.points,
        per_person: new.per_person,
        provider: new.provider,
        voucher_days: new.voucher_days.unwrap_or(VOUCHER_DAYS),
        closed: false,
    };
    stock::open(&counter(&reward.id), new.stock);
    REWARDS.put(&reward.id, &reward);
    Ok(Created(shown(reward)))
}

/// What to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RewardChange {
    #[schemars(regex(pattern = DOCUMENT_ID))]
    id: String,
    /// Pieces there are in all, those redeemed included.
    #[schemars(range(min = 0, max = 1_000_000))]
    stock: Option<i64>,
    /// Whether it can be redeemed; vouchers already given stay good.
    closed: Option<bool>,
}

/// A worker changes how many there are, or closes the reward.
pub(crate) fn change_reward(change: RewardChange) -> Result<ShownReward, Problem> {
    let mut reward = REWARDS.get(&change.id).ok_or_else(problem::reward_unknown)?;
    if let Some(pieces) = change.stock
        && !stock::resize(&counter(&reward.id), pieces)
    {
        return Err(problem::stock_below_redeemed());
    }
    if let Some(closed) = change.closed {
        reward.closed = closed;
        REWARDS.put(&reward.id, &reward);
    }
    Ok(shown(reward))
}

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RewardPage {
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    #[schemars(length(max = 400))]
    cursor: Option<String>,
}

/// Rewards that can be redeemed, the cheapest first, with what is left of each.
pub(crate) fn list_rewards(RewardPage { limit, cursor }: RewardPage) -> Result<Page<ShownReward>, Problem> {
    let page = REWARDS.scan(&CHEAPEST.equal(false), limit.unwrap_or(REWARDS_SHOWN), cursor.as_deref())?;
    Ok(page.map(shown))
}

/// Name of the counter of what is left.
pub(crate) fn counter(reward: &str) -> String {
    format!("reward:{reward}")
}

fn shown(reward: Reward) -> ShownReward {
    let left = stock::level(&counter(&reward.id)).map_or(0, |level| level.available);
    let Reward { id, title, description, points, per_person, provider, voucher_days, closed } = reward;
    ShownReward { id, title, description, points, left, per_person, provider, voucher_days, closed }
}
