//! What a call sees of the platform besides the store.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier};
use linli_contract::{Attribute, ComponentName, Descriptor, Permission, PersonRef, Provider, Timestamp};
use linli_store::{Commit, Delivery, Hold};
use serde_json::Value as Json;

use super::{SEED, START};
use crate::outbound::{Failure, Request, Response};
use crate::people::Denial;

/// Clock, directory, settings, keys, and what calls have left behind.
pub(crate) struct World {
    pub(super) now: Timestamp,
    /// Calls so far: each has its own stream of ids and randomness.
    pub(super) calls: u64,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) key: SigningKey,
    pub(super) published: Vec<Published>,
    pub(super) revealed: Vec<Revealed>,
    pub(super) log: Vec<String>,
    pub(super) answers: Option<Answers>,
    pub(super) footprint: Footprint,
    /// What is registered.
    pub(super) providers: BTreeMap<String, Provider>,
    descriptor: Descriptor,
    people: BTreeMap<PersonRef, BTreeMap<Attribute, String>>,
    denials: BTreeMap<(PersonRef, Attribute), Denial>,
}

/// What answers outside calls.
pub(super) type Answers = Box<dyn Fn(&Request) -> Result<Response, Failure>>;

/// An event that left with a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// `noun.verb-in-past-tense`.
    pub name: String,
    /// Its content.
    pub content: Json,
}

/// A line of the access log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revealed {
    /// Whose.
    pub person: PersonRef,
    /// What.
    pub attribute: Attribute,
    /// Why.
    pub purpose: String,
}

/// How much of the store a call touched: what it can conflict on, and what its commit costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Rows of documents, index entries and deliveries it wrote.
    pub rows_written: usize,
    /// Counters it changed without looking at them.
    pub counters_changed: usize,
    /// Rows it saw: a commit that changes one of them makes it run again.
    pub keys_read: usize,
    /// Stretches it saw.
    pub ranges_read: usize,
}

impl Footprint {
    pub(super) fn of(commit: &Commit) -> Self {
        let keys: BTreeSet<_> = commit.reads.keys.iter().map(|(key, _)| key).collect();
        Self {
            rows_written: commit.writes.len(),
            counters_changed: commit.stock.len(),
            keys_read: keys.len(),
            ranges_read: commit.reads.ranges.len(),
        }
    }
}

impl World {
    pub(super) fn new(descriptor: Descriptor) -> Self {
        let defaults = descriptor.settings.iter();
        let settings = defaults.filter_map(|s| Some((s.name.clone(), s.default.clone()?))).collect();
        Self {
            now: START.parse().expect("a constant that parses"),
            calls: 0,
            settings,
            key: SigningKey::from_bytes(&SEED),
            published: vec![],
            revealed: vec![],
            log: vec![],
            answers: None,
            footprint: Footprint::default(),
            providers: BTreeMap::new(),
            descriptor,
            people: BTreeMap::new(),
            denials: BTreeMap::new(),
        }
    }

    pub(crate) fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    pub(crate) fn granted(&self, permission: impl Fn(&Permission) -> bool) -> bool {
        self.descriptor.permissions.iter().any(permission)
    }

    pub(crate) fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.get(id)
    }

    /// What the component hears of a hold as it stands; none when that is no order, or not subscribed to.
    pub(crate) fn order_delivery(&self, hold: &Hold, now: Timestamp) -> Option<Delivery> {
        let (id, name, order) = hold.order(hold.person().and_then(|person| person.parse().ok()))?;
        let platform = ComponentName::PLATFORM;
        self.descriptor.subscribes.iter().find(|s| s.publisher == platform && s.name == name)?;
        Some(Delivery {
            id,
            publisher: platform.to_owned(),
            name: name.to_owned(),
            content: serde_json::to_string(&order).expect("an order serializes"),
            published_at: now,
            subscriber: self.descriptor.name.to_string(),
            attempts: 0,
        })
    }

    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).cloned()
    }

    pub(super) fn population(&self) -> usize {
        self.people.len()
    }

    pub(super) fn settle_in(&mut self, person: PersonRef, attributes: BTreeMap<Attribute, String>) {
        self.people.insert(person, attributes);
    }

    pub(super) fn record(&mut self, person: &PersonRef, attribute: Attribute, value: &str) {
        let held = self.people.get_mut(person).expect("somebody who settled in here");
        held.insert(attribute, value.to_owned());
    }

    pub(super) fn deny(&mut self, person: &PersonRef, attribute: Attribute, denial: Denial) {
        self.denials.insert((person.clone(), attribute), denial);
    }

    pub(crate) fn knows(&self, person: &PersonRef) -> bool {
        self.people.contains_key(person)
    }

    /// Checked live: grant, then consent, then whether the directory holds it.
    pub(crate) fn attribute(&self, person: &PersonRef, attribute: Attribute) -> Result<String, Denial> {
        let granted = |p: &Permission| matches!(p, Permission::People { attributes, .. } if attributes.contains(&attribute));
        if !self.granted(granted) {
            return Err(Denial::NotGranted);
        }
        if let Some(denial) = self.denials.get(&(person.clone(), attribute)) {
            return Err(*denial);
        }
        self.people.get(person).and_then(|held| held.get(&attribute)).cloned().ok_or(Denial::Unknown)
    }

    pub(crate) fn sign(&self, purpose: &str, bytes: &[u8]) -> Vec<u8> {
        self.key.sign(&self.domain(purpose, bytes)).to_bytes().to_vec()
    }

    pub(crate) fn verify(&self, purpose: &str, bytes: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|s| self.key.verifying_key().verify(&self.domain(purpose, bytes), &s).is_ok())
    }

    /// See `wit/keys.wit`.
    fn domain(&self, purpose: &str, bytes: &[u8]) -> Vec<u8> {
        [format!("linli/{}/{purpose}\0", self.descriptor.name).as_bytes(), bytes].concat()
    }

    pub(super) fn send(&self, request: &Request) -> Result<Response, Failure> {
        let host = request.url.strip_prefix("https://").and_then(|rest| rest.split(['/', ':', '?']).next());
        let granted = |p: &Permission| matches!(p, Permission::Outbound { host: granted, .. } if Some(granted.as_str()) == host);
        if !self.granted(granted) {
            return Err(Failure::NotGranted);
        }
        self.answers.as_ref().map_or(Err(Failure::Unreachable), |answer| answer(request))
    }
}
