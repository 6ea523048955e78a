//! Deliveries, as far as every host treats them alike: how often they are tried, and what the platform does itself.

use std::sync::Arc;
use std::time::Duration;

use linli_contract::{ComponentName, Timestamp};
use linli_store::{Delivery, Fault, Hold, Layout, Mode, Partition, Space, Store, StoreError, Transaction};

use crate::imports::ledger;
use crate::orders::publish_order;
use crate::scope::Surroundings;

/// Tries of a delivery before it is given up: with the waits between them, three days.
pub const DELIVERY_TRIES: u32 = 16;
/// Wait after the first failure of a delivery; it doubles with each.
pub const DELIVERY_BACKOFF: Duration = Duration::from_secs(2);
/// Longest wait between two tries.
pub const DELIVERY_BACKOFF_MAX: Duration = Duration::from_secs(6 * 3_600);

/// Microseconds to wait after so many failures before.
pub fn backoff(failures: u32, first: Duration, most: Duration) -> i64 {
    let factor = 1_u32.checked_shl(failures.min(30)).unwrap_or(u32::MAX);
    let wait = first.saturating_mul(factor).min(most);
    i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)
}

/// A transaction of the platform itself, on everything accepted so far.
///
/// # Errors
/// When the store fails.
pub fn own_transaction(
    store: &dyn Store,
    partition: Partition,
    now: Timestamp,
) -> Result<Transaction, StoreError> {
    let component = ComponentName::PLATFORM.to_owned();
    let layout = Layout { component, space: Space(0), collections: vec![] };
    Transaction::begin(partition, Arc::new(layout), store.pending(partition)?, now, Mode::Write)
}

/// Ends the hold whose time is over, if that is what the platform is told, and tells those who want to hear of it; the
/// hold, if it was open still.
///
/// # Errors
/// When the store fails.
pub fn expire_hold(
    surroundings: &dyn Surroundings,
    store: &dyn Store,
    transaction: &mut Transaction,
    delivery: &Delivery,
) -> Result<Option<Hold>, Fault> {
    if delivery.name != Delivery::HOLD_EXPIRED {
        return Ok(None);
    }
    let Some(hold) = transaction.expire(&delivery.content)? else { return Ok(None) };
    publish_order(surroundings, transaction, &hold)?;
    let component = store.space(&hold.component)?;
    ledger::unspend(transaction, component, &hold)?;
    Ok(Some(hold))
}
