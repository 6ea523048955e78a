//! The terms of ordering and of the meal card: data, with defaults a community can start with.

use linli_sdk::prelude::*;

/// Seconds of the days that terms are given in.
pub(crate) const DAY_SECONDS: i64 = 86_400;

/// See [`Terms`].
pub(crate) const TERMS: Setting<Terms> =
    Setting::new("terms", "订餐条款", "Terms of ordering").or(include_str!("../terms.json"));

/// What a community decides about orders and cards.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    /// Minutes an order that is not paid keeps its portions; never beyond the cut-off.
    #[schemars(range(min = 1, max = 1_440))]
    pub unpaid_minutes: i64,
    /// Orders of one menu a person may leave unpaid, one after the other; 0 when every order is paid at once. Without
    /// a bound, an empty card could keep portions from others for ever.
    #[schemars(range(min = 0, max = 10))]
    pub unpaid_tries: u32,
    /// Basis points of what was to be paid that are charged when nobody comes for a meal; the rest goes back. A subsidy
    /// is never paid for a meal nobody ate.
    #[schemars(range(min = 0, max = 10_000))]
    pub no_show_charge: u32,
    /// Most fen in one top-up: a slipped digit must not make somebody rich.
    #[schemars(range(min = 1, max = 500_000))]
    pub top_up_max_fen: i64,
    /// Most fen on one card. At most 5,000 yuan, the limit of a registered prepaid card (Measures for the
    /// Administration of Single-purpose Commercial Prepaid Cards, article 18).
    #[schemars(range(min = 1, max = 500_000))]
    pub card_max_fen: i64,
    /// Days after it was picked up in which a meal can be rated.
    #[schemars(range(min = 1, max = 90))]
    pub rating_days: i64,
    /// Days after the meal in which a worker can give the money back.
    #[schemars(range(min = 1, max = 90))]
    pub refund_days: i64,
}
