//! Vouchers at the counter: looked at, and used once.

use linli_sdk::prelude::*;
use linli_sdk::spoken_codes;

use crate::problem;
use crate::purse::settle_redeemed;
use crate::redemption::{CODE_LENGTH, REDEMPTIONS, Redemption, Status, VOUCHERS, Voucher, still_open, store};

/// A voucher as somebody typed it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    #[schemars(length(min = 10, max = 20))]
    code: String,
}

/// A voucher as the counter sees it: nothing about whose it is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownVoucher {
    redemption: String,
    title: String,
    quantity: i64,
    points: i64,
    status: Status,
    valid_until: Timestamp,
    used_at: Option<Timestamp>,
}

/// What a voucher is good for, without using it.
pub(crate) fn show_voucher(Code { code }: Code) -> Result<ShownVoucher, Problem> {
    find(&code).map(Into::into)
}

/// Hands the reward out: once. The points go to the provider's account, or back to the issuer when the community's own
/// workers hand it out.
pub(crate) fn use_voucher(Code { code }: Code) -> Result<ShownVoucher, Problem> {
    let mut redemption = find(&code)?;
    still_open(&redemption)?;
    redemption.status = Status::Used;
    redemption.used_at = Some(context::now());
    settle_redeemed(redemption.points, redemption.provider.as_deref(), &redemption.id);
    store(&redemption);
    Ok(redemption.into())
}

/// The redemption behind a code, if the caller is the one to honour it.
fn find(typed: &str) -> Result<Redemption, Problem> {
    let code = spoken_codes::read(typed, CODE_LENGTH).ok_or_else(problem::voucher_mistyped)?;
    let redemption = VOUCHERS.get(&code).and_then(|Voucher { redemption }| REDEMPTIONS.get(&redemption));
    let redemption = redemption.ok_or_else(problem::voucher_unknown)?;
    let caller = context::caller();
    let honours = match &redemption.provider {
        Some(provider) => caller.provider.as_ref() == Some(provider),
        None => caller.has(Role::Worker),
    };
    if honours {
        return Ok(redemption);
    }
    Err(problem::voucher_for_another_place())
}

impl From<Redemption> for ShownVoucher {
    fn from(redemption: Redemption) -> Self {
        let Redemption { id, title, quantity, points, status, valid_until, used_at, .. } = redemption;
        Self { redemption: id, title, quantity, points, status, valid_until, used_at }
    }
}
