//! Providers as residents see them: the best rated first, each with what is known of it.

use linli_sdk::prelude::*;
use linli_sdk::registry::Standing;

use crate::provider::{BY_STANDING, Cause, PROVIDERS, Provider, find};
use crate::rating::{Rating, rating};
use crate::review::Tally;
use crate::terms::TERMS;
use crate::wilson::{PPM_PER_BASIS_POINT, WHOLE_PPM};

/// Active providers of a community that are ranked, by the order of their categories: some hundreds are many.
const RANKED: u32 = 1_000;
/// Providers shown, when the caller does not say.
const SHOWN: usize = 50;

/// Which ones.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderFilter {
    #[schemars(length(max = 32))]
    category: Option<String>,
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
}

/// A provider in the list.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ListedProvider {
    id: String,
    name: String,
    category: String,
    rating: Rating,
}

/// Providers that may trade, the best rated first.
pub(crate) fn list_providers(filter: ProviderFilter) -> Result<Page<ListedProvider>, Problem> {
    let mut stretch = BY_STANDING.equal("active");
    if let Some(category) = filter.category {
        stretch = stretch.equal(category);
    }
    let terms = TERMS.get();
    let trading =
        PROVIDERS.first(&stretch, RANKED).into_iter().filter(|p| !context::has_passed(p.licensed_until));
    let mut ranked: Vec<(i64, ListedProvider)> = trading
        .map(|Provider { id, name, category, .. }| {
            let (rating, rank) = rating(&id, &terms);
            (rank, ListedProvider { id, name, category, rating })
        })
        .collect();
    ranked.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.id.cmp(&b.id)));
    let shown = filter.limit.map_or(SHOWN, |limit| limit as usize);
    Ok(Page { items: ranked.into_iter().take(shown).map(|(_, listed)| listed).collect(), next: None })
}

/// Which one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderId {
    #[schemars(regex(pattern = r"^[0-9A-Z]{18}$"))]
    id: String,
}

/// A provider, with what is known of it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownProvider {
    id: String,
    name: String,
    category: String,
    standing: Standing,
    cause: Option<Cause>,
    licensed_until: Timestamp,
    /// When it is to be removed, or was.
    removal_at: Option<Timestamp>,
    rating: Rating,
    complaints: ComplaintRate,
}

/// How many of the orders in the window were complained about.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct ComplaintRate {
    window_days: i64,
    orders: u64,
    complaints: u64,
    /// Basis points, rounded down; none without orders.
    rate_bp: Option<u64>,
    /// Between which the true rate lies (Wilson score interval), in basis points; rounded down and up.
    lower_bp: u64,
    upper_bp: u64,
}

/// One provider, whatever its standing.
pub(crate) fn show_provider(ProviderId { id }: ProviderId) -> Result<ShownProvider, Problem> {
    let provider = find(&id)?;
    let terms = TERMS.get();
    let (rating, _) = rating(&id, &terms);
    let tally = Tally::of(&provider, &terms);
    let interval = tally.interval(&terms);
    let complaints = ComplaintRate {
        window_days: terms.window_days,
        orders: tally.orders,
        complaints: tally.complaints,
        rate_bp: (tally.complaints * WHOLE_PPM / PPM_PER_BASIS_POINT).checked_div(tally.orders),
        lower_bp: interval.lower_ppm / PPM_PER_BASIS_POINT,
        upper_bp: interval.upper_ppm.div_ceil(PPM_PER_BASIS_POINT),
    };
    Ok(ShownProvider {
        id: provider.id,
        name: provider.name,
        category: provider.category,
        standing: provider.standing,
        cause: provider.cause,
        licensed_until: provider.licensed_until,
        removal_at: provider.notice.map(|notice| notice.removal_at),
        rating,
        complaints,
    })
}
