//! What a city decides about providers: data, with defaults it can start with.

use linli_sdk::Text;
use linli_sdk::prelude::*;

/// Seconds of the days that terms are given in.
pub(crate) const DAY_SECONDS: i64 = 86_400;

/// Complaints in one window that are counted: what the platform counts in one go. Whoever has more is far above any limit.
pub(crate) const MAX_COMPLAINTS_COUNTED: u32 = 10_000;

/// See [`Terms`].
pub(crate) const TERMS: Setting<Terms> =
    Setting::new("terms", "服务商管理条款", "Terms for providers").or(include_str!("../terms.json"));

/// See [`Category`].
pub(crate) const CATEGORIES: Setting<Vec<Category>> =
    Setting::new("categories", "服务类别与佣金区间", "Categories and their commissions")
        .or(include_str!("../categories.json"));

/// What providers do, and what the platform may take for it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Category {
    /// Stable name.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,31}$"))]
    pub id: String,
    /// Shown to people.
    pub title: Text,
    /// Lowest commission, in basis points; nowhere below 2 %.
    #[schemars(range(min = 200, max = 1_000))]
    pub min_bp: u32,
    /// Highest commission, in basis points; nowhere above 10 %.
    #[schemars(range(min = 200, max = 1_000))]
    pub max_bp: u32,
}

/// When complaints cost a provider its place, and what stands before that.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    /// Share of orders complained about above which a provider is removed, in basis points.
    #[schemars(range(min = 1, max = 10_000))]
    pub complaint_limit_bp: u32,
    /// Days of orders that are looked at, today included.
    #[schemars(range(min = 7, max = 366))]
    pub window_days: i64,
    /// Orders in the window below which nobody is removed, whatever the share.
    #[schemars(range(min = 1, max = 100_000))]
    pub minimum_orders: u64,
    /// Standard deviations of the confidence interval, in thousandths: 1,960 for 95 % on both sides.
    #[schemars(range(min = 0, max = 5_000))]
    pub z_milli: u32,
    /// Days between notice and removal.
    #[schemars(range(min = 1, max = 365))]
    pub notice_days: i64,
    /// Days after the removal in which an appeal is still possible.
    #[schemars(range(min = 0, max = 365))]
    pub appeal_days: i64,
    /// Days after it was paid in which an order can be rated or complained about.
    #[schemars(range(min = 1, max = 90))]
    pub feedback_days: i64,
    /// What a provider without ratings ranks as, in hundredths of a star.
    #[schemars(range(min = 100, max = 500))]
    pub prior_stars_centi: i64,
    /// How many ratings weigh as much as that: with 0, one rating decides.
    #[schemars(range(min = 0, max = 1_000))]
    pub prior_ratings: i64,
}

/// The category of that name.
pub(crate) fn category(id: &str) -> Option<Category> {
    CATEGORIES.get().into_iter().find(|category| category.id == id)
}

/// What providers do here, for applicants to read.
pub(crate) fn list_categories() -> Result<Page<Category>, Problem> {
    Ok(Page { items: CATEGORIES.get(), next: None })
}
