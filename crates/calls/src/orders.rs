//! Orders: what the platform tells subscribers of holds whose payee is a provider.

use linli_contract::ComponentName;
use linli_store::{Delivery, Fault, Hold, Partition, Transaction};

use crate::component::{Component, Trust};
use crate::scope::Surroundings;

/// Queues, with the transaction's commit, what became of a hold, for everybody who subscribed to it and may hear of it.
/// Nothing, when it is no order.
///
/// # Errors
/// When the store fails, or over the limits on events of one call.
pub fn publish_order(
    surroundings: &dyn Surroundings,
    transaction: &mut Transaction,
    hold: &Hold,
) -> Result<(), Fault> {
    let Some((id, name, mut order)) = hold.order(None) else { return Ok(()) };
    // No order is outside a community.
    let Partition::Community(community) = transaction.partition() else { return Ok(()) };
    let subscribers = surroundings.subscribers(community, ComponentName::PLATFORM, name);
    if subscribers.is_empty() {
        return Ok(());
    }
    let directory = surroundings.directory();
    let payer = hold.person().map(|id| directory.by_id(id)).transpose()?.flatten();
    for subscriber in subscribers.iter().filter(|subscriber| may_hear(subscriber, &order.provider)) {
        order.person = payer.as_ref().map(|payer| subscriber.refs().seal(payer.row));
        let delivery = Delivery {
            id: id.clone(),
            publisher: ComponentName::PLATFORM.to_owned(),
            name: name.to_owned(),
            content: serde_json::to_string(&order).map_err(|_| Fault::BadDocument)?,
            published_at: transaction.now(),
            subscriber: subscriber.descriptor().name.to_string(),
            attempts: 0,
        };
        transaction.publish_order(subscriber.space(), &delivery)?;
    }
    Ok(())
}

/// What a merchant's customers buy elsewhere is not the merchant's business.
fn may_hear(subscriber: &Component, provider: &str) -> bool {
    subscriber.trust() == Trust::Core || subscriber.provider() == provider
}
