//! Deliveries: what is due to the function, and what the platform does itself.
//!
//! The rows are the store's own, the same as on the wasmtime host: whoever publishes queues one for each subscriber, and
//! the command that reacts takes it in its own commit. Each function takes its own; what the platform is told (holds that
//! expire, providers to register), whichever comes first.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use linli_calls::outcome::empty;
use linli_calls::{
    DELIVERY_BACKOFF, DELIVERY_BACKOFF_MAX, DELIVERY_TRIES, Run, Scope, backoff, expire_hold, own_transaction,
};
use linli_contract::{Community, ComponentName};
use linli_store::{Commit, CommitError, Delivery, Key, Partition, StoreError, expired_answers};

use crate::failure::CallFailure;
use crate::instance::{Call, Instance, lock};

/// Deliveries read at a time, of those that are the function's or the platform's.
const BATCH: usize = 16;
/// Batches of one partition; what is left comes with the next call.
const BATCHES: u32 = 64;
/// Kept answers deleted at once: keeps the commit short.
const TIDY_BATCH: usize = 1_000;
/// Tries to take or put back a row: others change it only to take it.
const TRIES: u32 = 5;

/// What the function is to react to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered(pub Delivery);

impl Instance {
    /// Begins the next delivery that is due, in one community or in all; none when nothing is. It is put back for later
    /// first: a trap ends the instance, and nobody would be left to do so.
    ///
    /// # Errors
    /// See [`CallFailure`].
    pub fn next_delivery(
        self: &Arc<Self>,
        community: Option<Community>,
    ) -> Result<Option<Delivered>, CallFailure> {
        *lock(&self.call) = None;
        self.look()?;
        let partitions = match community {
            Some(community) => vec![Partition::Community(community)],
            None => self.store.partitions()?,
        };
        for partition in &partitions {
            let partition = *partition;
            for _ in 0..BATCHES {
                let due = self.due(partition)?;
                if due.is_empty() {
                    break;
                }
                for (key, delivery) in due {
                    if delivery.subscriber == ComponentName::PLATFORM {
                        self.serve_itself(partition, &key, &delivery)?;
                    } else if let Some(delivered) = self.take(partition, &key, delivery)? {
                        return Ok(Some(delivered));
                    }
                }
            }
        }
        if community.is_none() {
            for partition in partitions {
                self.tidy(partition)?;
                self.expire_documents(partition)?;
            }
        }
        Ok(None)
    }

    /// Deletes answers kept for idempotency keys whose time is over, some at a time. Nobody reads them, so nothing needs to
    /// be validated.
    fn tidy(&self, partition: Partition) -> Result<(), StoreError> {
        let now = self.clock.now();
        let writes = expired_answers(&*self.store.snapshot(partition)?, now, TIDY_BATCH)?;
        if writes.is_empty() {
            return Ok(());
        }
        match self.store.commit(Commit { writes, ..empty(partition, now, vec![]) }) {
            Ok(_) | Err(CommitError::Conflict) => Ok(()),
            Err(CommitError::Store(error)) => Err(error),
        }
    }

    fn due(&self, partition: Partition) -> Result<Vec<(Key, Delivery)>, StoreError> {
        let snapshot = self.store.snapshot(partition)?;
        let own = self.component.descriptor().name.as_str();
        Delivery::due_for(&*snapshot, &[own, ComponentName::PLATFORM], self.clock.now(), BATCH)
    }

    /// Puts a delivery back for later and begins it; none when somebody else has it.
    fn take(
        self: &Arc<Self>,
        partition: Partition,
        key: &Key,
        delivery: Delivery,
    ) -> Result<Option<Delivered>, CallFailure> {
        let Some(key) = self.put_back(partition, key, &delivery)? else { return Ok(None) };
        let Partition::Community(community) = partition else { return Ok(None) };
        let (surroundings, component) = (self.clone(), self.component.clone());
        let (registry, now) = (self.providers.current(), self.clock.now());
        let (event, id) = (delivery.name.as_str(), delivery.id.clone());
        let scope = Scope::of_delivery(surroundings, component, registry, community, event, id, now);
        let scope = Arc::new(scope);
        let call = Call { scope, run: None, delivery: Some(key), accesses: vec![], lost: 0, due: false };
        *lock(&self.call) = Some(call);
        Ok(self.begin_again()?.then_some(Delivered(delivery)))
    }

    /// Begins the delivery that is on once more; false when somebody else has taken it meanwhile.
    ///
    /// # Errors
    /// See [`CallFailure`].
    pub fn begin_again(&self) -> Result<bool, CallFailure> {
        let call = lock(&self.call).take().ok_or(CallFailure::Unavailable)?;
        let mut transaction = self.transaction(&call.scope)?;
        if let Some(key) = &call.delivery
            && !transaction.acknowledge(key)?
        {
            return Ok(false);
        }
        let run = Some(Run::new(call.scope.clone(), transaction));
        *lock(&self.call) = Some(Call { run, ..call });
        Ok(true)
    }

    /// Puts a delivery back for later, or, at its last try, on the dead-letter list; where it is then. None when somebody
    /// else has taken it.
    fn put_back(
        &self,
        partition: Partition,
        key: &Key,
        delivery: &Delivery,
    ) -> Result<Option<Key>, CallFailure> {
        let subscriber = match delivery.subscriber.as_str() {
            ComponentName::PLATFORM => Delivery::PLATFORM,
            name => self.space_of(name)?,
        };
        let last = delivery.attempts + 1 >= DELIVERY_TRIES;
        for _ in 0..TRIES {
            let now = self.clock.now();
            let wait = backoff(delivery.attempts, DELIVERY_BACKOFF, DELIVERY_BACKOFF_MAX);
            let mut own = own_transaction(&*self.store, partition, now)?;
            let at = (!last).then(|| now.plus_micros(wait));
            let Some(key) = own.postpone(key, subscriber, delivery, at)? else { return Ok(None) };
            match self.store.commit(own.into_commit(None, false, vec![])) {
                Ok(_) => return Ok(Some(key)),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// What the platform is told: that the time of a hold is over, and what a function registers.
    fn serve_itself(&self, partition: Partition, key: &Key, delivery: &Delivery) -> Result<(), CallFailure> {
        if delivery.name == Delivery::PROVIDER_PUT
            && let Err(error) = at_once(self.providers.apply(delivery))
        {
            eprintln!("linli: provider {} could not be registered: {error}", delivery.id);
            self.put_back(partition, key, delivery)?;
            return Ok(());
        }
        for _ in 0..TRIES {
            let mut own = own_transaction(&*self.store, partition, self.clock.now())?;
            if !own.acknowledge(key)? {
                return Ok(());
            }
            expire_hold(self, &*self.store, &mut own, delivery)?;
            match self.store.commit(own.into_commit(None, false, vec![])) {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        self.put_back(partition, key, delivery)?;
        Ok(())
    }
}

/// The outcome of what waits for a commit to be durable: here, that is when it returns.
fn at_once<T, E: From<StoreError>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let mut work = std::pin::pin!(work);
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => Err(StoreError::Overloaded.into()),
    }
}
