//! Deliveries: events, timers, expired holds, and the tidying of kept answers.
//!
//! Each partition keeps its deliveries in the order they are due. Here stands only when each partition is due next: it
//! is read from the store at start, and told by every commit afterwards. A delivery is taken by the command that
//! reacts to it, in its own commit, so it is in effect once however often it is tried.

mod schedule;
mod tidying;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use linli_calls::{backoff, expire_hold, own_transaction};
use linli_contract::{ComponentName, Timestamp};
use linli_store::{CommitError, Delivery, Fault, Key, Partition, StoreError, Transaction};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::bindings::capability;
use crate::call::CallError;
use crate::command::{Done, Intent};
use crate::metrics::count;
use crate::platform::Platform;
use crate::plugins::call_failed;
use crate::pool::Question;
use crate::rails::Spent;
use crate::shared::Shared;

pub(crate) use schedule::Schedule;

/// Batches of one partition in one round; a partition that always has something due does not keep others waiting.
const BATCHES: u32 = 64;
/// Tries to put a delivery back before it is left where it is: others change the same row only to take it.
const POSTPONE_TRIES: u32 = 5;
/// Wait of a delivery whose component is suspended, in seconds: how late it may be after the suspension ends.
const SUSPENDED_SECONDS: i64 = 60;
/// Wait after the store failed a round, in seconds.
const STORE_PAUSE_SECONDS: i64 = 5;
/// Longest wait of what a plugin's limits hold back, in seconds: how late a raised limit is noticed.
const MAX_LIMITED_SECONDS: u32 = 600;
/// Longest sleep of the dispatcher: how late it notices that the machine's clock was moved.
const MAX_SLEEP: Duration = Duration::from_secs(60);

impl Platform {
    /// Delivers what is due, for as long as the platform runs: events, timers, holds that expire, kept answers whose
    /// time is over. Ends when `shutdown` becomes true, after what it is doing.
    pub async fn run_deliveries(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        let shared = &self.shared;
        while !*shutdown.borrow() {
            let woken = shared.schedule.changed();
            shared.round().await;
            let now = shared.clock.now();
            let next = shared.schedule.next().map_or(MAX_SLEEP, |due| until(now, due)).min(MAX_SLEEP);
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(next) => {}
                gone = shutdown.changed() => if gone.is_err() { return },
            }
        }
    }

    /// Delivers what is due at the clock's now, and what follows from it at the same time; the number of deliveries
    /// that came into effect. For tests, and for hosts without a background task.
    pub async fn deliver_due(&self) -> usize {
        self.shared.round().await
    }
}

fn until(now: Timestamp, due: Timestamp) -> Duration {
    Duration::from_micros(u64::try_from(due.micros() - now.micros()).unwrap_or(0))
}

impl Shared {
    /// Every partition that is due, some at a time, until none is.
    async fn round(self: &Arc<Self>) -> usize {
        if let Err(error) = self.fill() {
            tracing::error!(%error, "the dispatcher cannot read what is due");
            return 0;
        }
        let mut partitions = JoinSet::new();
        let mut delivered = 0;
        loop {
            while partitions.len() < self.limits.delivering
                && let Some(partition) = self.schedule.take_due(self.clock.now())
            {
                let shared = self.clone();
                partitions.spawn(async move { shared.partition(partition).await });
            }
            match partitions.join_next().await {
                Some(Ok(done)) => delivered += done,
                Some(Err(error)) => tracing::error!(%error, "a delivery round ended badly"),
                None => break,
            }
        }
        self.tidy_when_due().await;
        self.usage.keep_when_due(&self.rails).await;
        delivered
    }

    /// Reads once what every partition is due.
    fn fill(&self) -> Result<(), StoreError> {
        if !self.schedule.begin_filling() {
            return Ok(());
        }
        let filled = self.store.partitions().and_then(|partitions| {
            for partition in partitions {
                if let Some(due) = Delivery::next_due(&*self.store.snapshot(partition)?)? {
                    self.schedule.wake(partition, due);
                }
            }
            Ok(())
        });
        if filled.is_err() {
            self.schedule.fill_again();
        }
        filled
    }

    /// Takes what is due in a partition, batch after batch; then says when it is due next.
    async fn partition(self: &Arc<Self>, partition: Partition) -> usize {
        let mut delivered = 0;
        let mut next = Err(StoreError::Overloaded);
        for _ in 0..BATCHES {
            let batch = self
                .store
                .snapshot(partition)
                .and_then(|snapshot| Delivery::due(&*snapshot, self.clock.now(), self.limits.delivery_batch));
            next = match batch {
                Ok(batch) if batch.is_empty() => Ok(()),
                Ok(batch) => {
                    delivered += self.batch(partition, batch).await;
                    continue;
                }
                Err(error) => Err(error),
            };
            break;
        }
        let next = next.and_then(|()| Delivery::next_due(&*self.store.snapshot(partition)?));
        let next = next.unwrap_or_else(|error| {
            tracing::warn!(%error, "a partition's deliveries wait");
            Some(self.clock.now().plus_seconds(STORE_PAUSE_SECONDS))
        });
        self.schedule.finish(partition, next);
        delivered
    }

    /// One subscriber's deliveries one after another, those of different subscribers side by side.
    async fn batch(self: &Arc<Self>, partition: Partition, batch: Vec<(Key, Delivery)>) -> usize {
        let mut queues: BTreeMap<String, Vec<(Key, Delivery)>> = BTreeMap::new();
        for (key, delivery) in batch {
            queues.entry(delivery.subscriber.clone()).or_default().push((key, delivery));
        }
        let at_once = Arc::new(Semaphore::new(self.limits.delivering.max(1)));
        let mut subscribers = JoinSet::new();
        for queue in queues.into_values() {
            let (shared, at_once) = (self.clone(), at_once.clone());
            subscribers.spawn(async move {
                let _turn = at_once.acquire().await;
                let mut done = 0;
                for (key, delivery) in queue {
                    done += usize::from(shared.deliver(partition, &key, &delivery).await);
                }
                done
            });
        }
        subscribers.join_all().await.into_iter().sum()
    }

    /// One delivery, once; whether it came into effect. One that did not is put back for later.
    async fn deliver(self: &Arc<Self>, partition: Partition, key: &Key, delivery: &Delivery) -> bool {
        let delivered = match partition {
            _ if delivery.subscriber == ComponentName::PLATFORM => {
                self.serve_itself(partition, key, delivery).await
            }
            Partition::Community(community) => self.react(community, key, delivery).await,
            // Nothing in the platform's own partition subscribes.
            Partition::Platform => Err(CallError::UnknownComponent),
        };
        match delivered {
            Ok(took) => {
                if took {
                    count(&self.metrics.deliveries);
                }
                took
            }
            Err(error) => {
                if let Err(error) = self.postpone(partition, key, delivery, error).await {
                    tracing::error!(%error, event = delivery.id, "a delivery could not be put back");
                }
                false
            }
        }
    }

    async fn react(
        self: &Arc<Self>,
        community: linli_contract::Community,
        key: &Key,
        delivery: &Delivery,
    ) -> Result<bool, CallError> {
        let service = self.live.receiver(&delivery.subscriber, &delivery.publisher, &delivery.name);
        // A plugin of which no version is live may have one again.
        let waits = || {
            if self.plugins.may_return(&delivery.subscriber) {
                CallError::Suspended
            } else {
                CallError::UnknownComponent
            }
        };
        let service = service.ok_or_else(waits)?;
        let _running = service.in_flight.enter();
        let now = self.clock.now();
        self.check_standing(&service, now)?;
        if let Some(rails) = service.rails() {
            let over = |retry_after_seconds| CallError::LimitReached { retry_after_seconds };
            rails.admit(community, now).map_err(over)?;
        }
        let question = Arc::new(Question::React(capability::Event {
            id: delivery.id.clone(),
            publisher: delivery.publisher.clone(),
            name: delivery.name.clone(),
            content: delivery.content.clone(),
            published_at: delivery.published_at.micros(),
        }));
        let budget = self.limits.react;
        let intent = Intent { question, idempotency: None, delivery: Some(key.clone()), budget };
        let scope = self.system_scope(&service, community, &delivery.name, delivery.id.clone(), now);
        let done = self.command(&scope, &intent).await;
        if let Some(rails) =
            service.rails().filter(|_| done.as_ref().is_err_and(CallError::is_components_fault))
        {
            rails.used(community, now, Spent { errors: 1, ..Spent::default() });
        }
        let failed = match &done {
            Ok(Done::Answered(_)) => Some(false),
            Ok(Done::Taken) => None,
            Ok(Done::Refused) => Some(true),
            Err(error) => call_failed(Err(error)),
        };
        self.watch(&service, failed).await;
        match done? {
            Done::Answered(_) => Ok(true),
            Done::Taken => Ok(false),
            Done::Refused => Err(CallError::Trapped),
        }
    }

    /// What the platform is told: that the time of a hold is over, and what a component registers.
    async fn serve_itself(
        &self,
        partition: Partition,
        key: &Key,
        delivery: &Delivery,
    ) -> Result<bool, CallError> {
        if delivery.name == Delivery::PROVIDER_PUT {
            // Acknowledged once it is durable there; whoever comes again before that does it again, to no effect.
            self.providers.apply(delivery).await.map_err(|error| {
                tracing::error!(%error, put = delivery.id, "a provider could not be registered");
                CallError::Unavailable
            })?;
        }
        for _ in 0..POSTPONE_TRIES {
            let mut transaction = self.own_transaction(partition)?;
            let failed = |_| CallError::Unavailable;
            if !transaction.acknowledge(key).map_err(failed)? {
                return Ok(false);
            }
            let mut expired = String::new();
            let ended = expire_hold(self, &*self.store, &mut transaction, delivery).map_err(failed)?;
            if let Some(hold) = ended {
                expired = hold.component;
            }
            let spent = transaction.spent();
            match self.store.commit(transaction.into_commit(None, false, vec![])) {
                Ok(pending) => {
                    self.count_unspent(partition, &expired, spent);
                    return self.durable(partition, pending).await.map(|()| true);
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(CallError::Unavailable)
    }

    /// What a hold that expired gave back, in what its plugin has used.
    fn count_unspent(&self, partition: Partition, plugin: &str, spent: i64) {
        let rails = plugin.parse().ok().and_then(|name| self.rails.get(&name));
        if let (Some(rails), Partition::Community(community)) = (rails.filter(|_| spent != 0), partition) {
            rails.used(community, self.clock.now(), Spent { money: spent, ..Spent::default() });
        }
    }

    /// Puts a delivery that failed back for later, or on the dead-letter list after its last try.
    async fn postpone(
        &self,
        partition: Partition,
        key: &Key,
        delivery: &Delivery,
        why: CallError,
    ) -> Result<(), CallError> {
        let subscriber = match delivery.subscriber.as_str() {
            ComponentName::PLATFORM => Delivery::PLATFORM,
            name => self.store.space(name)?,
        };
        let (event, component) = (delivery.id.as_str(), delivery.subscriber.as_str());
        if why == CallError::Suspended {
            let at = self.clock.now().plus_seconds(SUSPENDED_SECONDS);
            tracing::debug!(event, component, "a delivery waits while its component is suspended");
            return self.put_back(partition, |own| own.delay(key, subscriber, delivery, at)).await;
        }
        if let CallError::LimitReached { retry_after_seconds } = why {
            let wait = i64::from(retry_after_seconds.min(MAX_LIMITED_SECONDS));
            let at = self.clock.now().plus_seconds(wait);
            tracing::debug!(event, component, "a delivery waits until its component may do more");
            return self.put_back(partition, |own| own.delay(key, subscriber, delivery, at)).await;
        }
        let tries = delivery.attempts + 1;
        let last = tries >= self.limits.delivery_tries;
        let at = (!last).then(|| self.clock.now().plus_micros(self.backoff(delivery.attempts)));
        if last {
            tracing::error!(event, component, tries, %why, "a delivery is given up");
        } else {
            tracing::warn!(event, component, tries, %why, "a delivery is tried again later");
        }
        self.put_back(partition, |own| own.postpone(key, subscriber, delivery, at).map(drop)).await?;
        count(if last { &self.metrics.dead_letters } else { &self.metrics.delivery_retries });
        Ok(())
    }

    async fn put_back(
        &self,
        partition: Partition,
        change: impl Fn(&mut Transaction) -> Result<(), Fault>,
    ) -> Result<(), CallError> {
        for _ in 0..POSTPONE_TRIES {
            let mut transaction = self.own_transaction(partition)?;
            change(&mut transaction).map_err(|_| CallError::Unavailable)?;
            match self.store.commit(transaction.into_commit(None, false, vec![])) {
                Ok(pending) => return self.durable(partition, pending).await,
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(CallError::Unavailable)
    }

    /// Microseconds to wait after so many failures before.
    fn backoff(&self, failures: u32) -> i64 {
        backoff(failures, self.limits.delivery_backoff, self.limits.delivery_backoff_max)
    }

    /// A transaction of the platform itself, on everything accepted so far.
    fn own_transaction(&self, partition: Partition) -> Result<Transaction, StoreError> {
        own_transaction(&*self.store, partition, self.clock.now())
    }
}
