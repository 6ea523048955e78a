//! Deliveries: events on their way to a subscriber, and timers on their way back to their component.
//!
//! A delivery is one row in the order of its due time. It leaves with the commit that made it, and goes with the commit
//! of the `react` that took it, so it is in effect exactly once.

use linli_contract::limits::{MAX_EVENT_BYTES, MAX_EVENTS, MAX_TIMER_MICROS};
use linli_contract::{ComponentName, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Fault, Mode, Transaction};
use crate::key::{self, Key, Space};
use crate::ledger::Hold;
use crate::read::{Read, StoreError};

/// An event or timer for one subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Id of the event, the same for every subscriber and at every try.
    pub id: String,
    /// Component that published it, or whose timer it is.
    pub publisher: String,
    /// Name of the event.
    pub name: String,
    /// JSON.
    pub content: String,
    /// Time of the call that published it.
    pub published_at: Timestamp,
    /// Name of the component it is for.
    pub subscriber: String,
    /// Tries that failed.
    #[serde(default)]
    pub attempts: u32,
}

impl Delivery {
    /// What the platform itself is told when a hold's time is over; see [`Transaction::expire`].
    pub const HOLD_EXPIRED: &'static str = "hold.expired";
    /// What the platform itself is told when a component registers a provider; see [`Transaction::tell_platform`].
    pub const PROVIDER_PUT: &'static str = "provider.put";
    /// The platform as a subscriber; the store gives the number 0 to no name.
    pub const PLATFORM: Space = Space(0);

    /// Due deliveries, the earliest first, with their keys.
    ///
    /// # Errors
    /// When the store fails, or a row is damaged.
    pub fn due(read: &dyn Read, until: Timestamp, limit: usize) -> Result<Vec<(Key, Self)>, StoreError> {
        let (start, end) = key::queue_until(until);
        Self::read_range(read, &start, &end, limit)
    }

    /// The same, of those for some subscribers alone: for hosts on which each takes its own.
    ///
    /// # Errors
    /// When the store fails, or a row is damaged.
    pub fn due_for(
        read: &dyn Read,
        subscribers: &[&str],
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Key, Self)>, StoreError> {
        let (start, end) = key::queue_until(until);
        let (mut found, mut damaged) = (Vec::new(), false);
        read.range(&start, &end, false, &mut |key, _, value| {
            match serde_json::from_slice::<Self>(value) {
                Ok(delivery) if subscribers.contains(&delivery.subscriber.as_str()) => {
                    found.push((Key::from(key), delivery));
                }
                Ok(_) => {}
                Err(_) => damaged = true,
            }
            if damaged || found.len() >= limit {
                std::ops::ControlFlow::Break(())
            } else {
                std::ops::ControlFlow::Continue(())
            }
        })?;
        if damaged { Err(StoreError::Damaged("delivery")) } else { Ok(found) }
    }

    /// When the earliest delivery is due.
    ///
    /// # Errors
    /// When the store fails.
    pub fn next_due(read: &dyn Read) -> Result<Option<Timestamp>, StoreError> {
        let (start, end) = key::Kind::Queue.stretch();
        let mut due = None;
        read.range(&start, &end, false, &mut |key, _, _| {
            due = key::queue_due(key);
            std::ops::ControlFlow::Break(())
        })?;
        Ok(due)
    }

    /// What waits for one subscriber, timers included, the earliest first, up to so many.
    ///
    /// # Errors
    /// When the store fails, or a row is damaged.
    pub fn waiting_for(
        read: &dyn Read,
        subscriber: &str,
        limit: usize,
    ) -> Result<Vec<(Key, Self)>, StoreError> {
        let (start, end) = key::Kind::Queue.stretch();
        let mut found = Self::read_range(read, &start, &end, usize::MAX)?;
        found.retain(|(_, delivery)| delivery.subscriber == subscriber);
        found.truncate(limit);
        Ok(found)
    }

    /// Deliveries that were given up, for operators.
    ///
    /// # Errors
    /// When the store fails, or a row is damaged.
    pub fn dead(read: &dyn Read, limit: usize) -> Result<Vec<(Key, Self)>, StoreError> {
        let (start, end) = key::Kind::Dead.stretch();
        Self::read_range(read, &start, &end, limit)
    }

    fn read_range(
        read: &dyn Read,
        start: &Key,
        end: &Key,
        limit: usize,
    ) -> Result<Vec<(Key, Self)>, StoreError> {
        let mut found = Vec::new();
        read.range(start, end, false, &mut |key, _, value| {
            found.push((Key::from(key), value.to_vec()));
            if found.len() >= limit {
                std::ops::ControlFlow::Break(())
            } else {
                std::ops::ControlFlow::Continue(())
            }
        })?;
        let damaged = |_| StoreError::Damaged("delivery");
        found
            .into_iter()
            .map(|(key, value)| Ok((key, serde_json::from_slice(&value).map_err(damaged)?)))
            .collect()
    }
}

impl Transaction {
    /// Queues an event for one subscriber.
    ///
    /// # Errors
    /// Over the limits on events of one call, or in a query.
    pub fn publish(&mut self, subscriber: Space, delivery: &Delivery) -> Result<(), Fault> {
        self.enqueue(self.now, subscriber, delivery)
    }

    /// Sets a timer for the component itself; the timer's id, from which it can be found again.
    ///
    /// # Errors
    /// More than 1,100 days ahead; over the limits; outside commands.
    pub fn schedule(&mut self, at: Timestamp, id: &str, name: &str, content: &str) -> Result<String, Fault> {
        self.count_write()?;
        if at.micros() - self.now.micros() > MAX_TIMER_MICROS {
            return Err(Fault::Limit("MAX_TIMER_MICROS"));
        }
        let at = at.max(self.now);
        let delivery = Delivery {
            id: format!("{:016x}{id}", at.micros()),
            publisher: self.layout.component.clone(),
            name: name.to_owned(),
            content: content.to_owned(),
            published_at: self.now,
            subscriber: self.layout.component.clone(),
            attempts: 0,
        };
        self.enqueue(at, self.layout.space, &delivery)?;
        Ok(delivery.id)
    }

    /// Cancels one of the component's timers; whether it was still waiting.
    ///
    /// # Errors
    /// Outside commands, or when the store fails.
    pub fn cancel(&mut self, timer: &str) -> Result<bool, Fault> {
        self.count_write()?;
        let Some(at) = timer.get(..16).and_then(|hex| i64::from_str_radix(hex, 16).ok()) else {
            return Ok(false);
        };
        let key = key::queue(Timestamp::from_micros(at), timer, self.layout.space);
        self.acknowledge(&key)
    }

    /// Takes a delivery off the queue with this commit; false when it was taken already.
    ///
    /// # Errors
    /// When the store fails.
    pub fn acknowledge(&mut self, delivery: &Key) -> Result<bool, Fault> {
        let Some(waiting) = self.read(delivery)? else { return Ok(false) };
        if self.storage.is_some() {
            let waiting: Delivery =
                serde_json::from_slice(&waiting).map_err(|_| StoreError::Damaged("delivery"))?;
            self.stored(-self.own_bytes(&waiting))?;
        }
        self.write(delivery.clone(), None)?;
        Ok(true)
    }

    /// What a delivery counts for as stored: a component's own that waits for itself. The same at every try.
    fn own_bytes(&self, delivery: &Delivery) -> i64 {
        let own = &self.layout.component;
        if delivery.publisher != *own || delivery.subscriber != *own {
            return 0;
        }
        i64::try_from(delivery.id.len() + delivery.name.len() + delivery.content.len()).unwrap_or(i64::MAX)
    }

    /// Puts a delivery that failed back for later, or, without a time, on the dead-letter list; where it is then. None
    /// when it was taken already.
    ///
    /// # Errors
    /// When the store fails.
    pub fn postpone(
        &mut self,
        key: &Key,
        subscriber: Space,
        delivery: &Delivery,
        at: Option<Timestamp>,
    ) -> Result<Option<Key>, Fault> {
        if !self.acknowledge(key)? {
            return Ok(None);
        }
        let next = Delivery { attempts: delivery.attempts + 1, ..delivery.clone() };
        let key = match at {
            Some(at) => key::queue(at, &next.id, subscriber),
            None => key::dead(&next.id, subscriber),
        };
        self.write(key.clone(), Some(json(&next)?.into()))?;
        Ok(Some(key))
    }

    /// Puts a delivery back for later without counting a try: nobody was there who could have taken it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn delay(
        &mut self,
        key: &Key,
        subscriber: Space,
        delivery: &Delivery,
        at: Timestamp,
    ) -> Result<(), Fault> {
        if !self.acknowledge(key)? {
            return Ok(());
        }
        self.write(key::queue(at, &delivery.id, subscriber), Some(json(delivery)?.into()))
    }

    /// Queues something for the platform itself, which does what it says in a commit of its own. Ids of what one
    /// partition tells the platform sort in the order of its commits, and within a call in the order of telling.
    ///
    /// # Errors
    /// Outside commands, or over the limits of one call.
    pub fn tell_platform(&mut self, name: &str, id: &str, content: &str) -> Result<(), Fault> {
        self.count_write()?;
        let delivery = Delivery {
            id: format!("{:016x}{:04x}{id}", self.head.seq, self.events),
            publisher: self.layout.component.clone(),
            name: name.to_owned(),
            content: content.to_owned(),
            published_at: self.now,
            subscriber: ComponentName::PLATFORM.to_owned(),
            attempts: 0,
        };
        self.enqueue(self.now, Delivery::PLATFORM, &delivery)
    }

    /// Queues what the platform tells a subscriber of an order. It is bounded by the holds a call may touch, and does
    /// not count as an event of the component, which cannot know how many subscribe.
    ///
    /// # Errors
    /// Over the bytes of one call.
    pub fn publish_order(&mut self, subscriber: Space, delivery: &Delivery) -> Result<(), Fault> {
        self.write(key::queue(self.now, &delivery.id, subscriber), Some(json(delivery)?.into()))
    }

    pub(super) fn enqueue_expiry(&mut self, hold: &Hold) -> Result<(), Fault> {
        let delivery = Delivery {
            id: hold.id.clone(),
            publisher: ComponentName::PLATFORM.to_owned(),
            name: Delivery::HOLD_EXPIRED.to_owned(),
            content: hold.id.clone(),
            published_at: self.now,
            subscriber: ComponentName::PLATFORM.to_owned(),
            attempts: 0,
        };
        let key = key::queue(hold.expires_at, &hold.id, Delivery::PLATFORM);
        self.write(key, Some(json(&delivery)?.into()))
    }

    pub(super) fn cancel_expiry(&mut self, hold: &Hold) -> Result<(), Fault> {
        let key = key::queue(hold.expires_at, &hold.id, Delivery::PLATFORM);
        self.acknowledge(&key).map(|_| ())
    }

    fn enqueue(&mut self, due: Timestamp, subscriber: Space, delivery: &Delivery) -> Result<(), Fault> {
        if self.mode == Mode::Read {
            return Err(Fault::ReadOnly);
        }
        self.events += 1;
        if self.events > MAX_EVENTS {
            return Err(Fault::Limit("MAX_EVENTS"));
        }
        if delivery.content.len() > MAX_EVENT_BYTES {
            return Err(Fault::Limit("MAX_EVENT_BYTES"));
        }
        self.stored(self.own_bytes(delivery))?;
        self.write(key::queue(due, &delivery.id, subscriber), Some(json(delivery)?.into()))
    }
}

fn json(delivery: &Delivery) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(delivery).map_err(|_| StoreError::Damaged("delivery"))
}
