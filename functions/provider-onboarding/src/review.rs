//! Too many complaints: notice first, removal later, and only when the numbers leave no doubt.
//!
//! A provider is above the limit when, of at least so many orders in the window, the lower Wilson bound of the share
//! complained about lies above it. Then it gets notice; at its end the numbers are looked at again, and the provider is
//! removed only if they are above the limit still, and no appeal waits for its decision.

use linli_sdk::prelude::*;
use linli_sdk::registry::Standing;

use crate::complaint::count_since;
use crate::day::Day;
use crate::events::{PROVIDER_WARNED, ProviderWarned, WARNING_WITHDRAWN, WarningWithdrawn};
use crate::order::{BY_DAY, COUNTS};
use crate::provider::{Cause, Notice, PROVIDERS, Provider};
use crate::terms::{DAY_SECONDS, TERMS, Terms};
use crate::wilson::{Interval, PPM_PER_BASIS_POINT, interval};

/// Days of the longest window, and so documents read at most.
const MOST_DAYS: u32 = 366;
/// In seconds: days begin with an hour.
const HOUR: u32 = 3_600;

/// A provider was complained about.
#[derive(Serialize, Deserialize)]
pub(crate) struct ReviewDue {
    pub provider: String,
}

/// A notice is over.
#[derive(Serialize, Deserialize)]
pub(crate) struct NoticeOver {
    provider: String,
    /// Which notice: one that was withdrawn has a timer too.
    given_at: Timestamp,
}

/// See [`ReviewDue`].
pub(crate) const REVIEW_DUE: Timer<ReviewDue> = Timer::new("review.due");
/// See [`NoticeOver`].
pub(crate) const NOTICE_OVER: Timer<NoticeOver> = Timer::new("notice.ended");

/// What the window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub orders: u64,
    pub complaints: u64,
}

impl Tally {
    /// Of the days that count now.
    pub fn of(provider: &Provider, terms: &Terms) -> Self {
        let window = Day::of(context::now_rounded(HOUR)).plus(1 - terms.window_days);
        let from = window.max(provider.counted_from.clone());
        let days = COUNTS.first(&BY_DAY.equal(provider.id.as_str()).from(from.as_str()), MOST_DAYS);
        let orders = days.iter().map(|day| day.orders).sum();
        Self { orders, complaints: count_since(&provider.id, &from) }
    }

    /// Between which shares the truth lies.
    pub fn interval(self, terms: &Terms) -> Interval {
        interval(self.complaints, self.orders, terms.z_milli)
    }

    /// Whether it leaves no doubt.
    pub fn is_above(self, terms: &Terms) -> bool {
        let limit_ppm = u64::from(terms.complaint_limit_bp) * PPM_PER_BASIS_POINT;
        self.orders >= terms.minimum_orders && self.interval(terms).lower_ppm > limit_ppm
    }
}

/// Gives notice to a provider that is above the limit.
pub(crate) fn review_provider(ReviewDue { provider }: ReviewDue) -> Result<(), Problem> {
    let Some(mut provider) = PROVIDERS.get(&provider) else { return Ok(()) };
    let terms = TERMS.get();
    let tally = Tally::of(&provider, &terms);
    if provider.standing == Standing::Removed || provider.notice.is_some() || !tally.is_above(&terms) {
        return Ok(());
    }
    let given_at = context::now();
    let removal_at = given_at.plus_seconds(terms.notice_days * DAY_SECONDS);
    provider.notice = Some(Notice { given_at, removal_at, appeal: None });
    PROVIDERS.put(&provider.id, &provider);
    NOTICE_OVER.schedule(removal_at, &NoticeOver { provider: provider.id.clone(), given_at });
    PROVIDER_WARNED.publish(&ProviderWarned {
        provider: provider.id,
        removal_at,
        orders: tally.orders,
        complaints: tally.complaints,
    });
    Ok(())
}

/// The end of a notice: removes the provider, or withdraws the notice, or leaves both to the appeal.
pub(crate) fn end_notice(over: NoticeOver) -> Result<(), Problem> {
    let Some(mut provider) = PROVIDERS.get(&over.provider) else { return Ok(()) };
    let Some(notice) = provider.notice.clone().filter(|notice| notice.given_at == over.given_at) else {
        return Ok(());
    };
    let appealed = notice.appeal.is_some_and(|appeal| crate::appeal::is_open(&appeal));
    if provider.standing != Standing::Removed && !appealed {
        remove_if_still_above(&mut provider);
    }
    Ok(())
}

/// Judges a notice whose time is over.
pub(crate) fn remove_if_still_above(provider: &mut Provider) {
    let terms = TERMS.get();
    if Tally::of(provider, &terms).is_above(&terms) {
        provider.change(Standing::Removed, Some(Cause::Complaints));
    } else {
        withdraw_notice(provider);
        PROVIDERS.put(&provider.id, provider);
    }
}

/// The notice no longer stands. The caller keeps the provider.
pub(crate) fn withdraw_notice(provider: &mut Provider) {
    provider.notice = None;
    WARNING_WITHDRAWN.publish(&WarningWithdrawn { provider: provider.id.clone() });
}
