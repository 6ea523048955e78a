//! Calls of the demo's people: the same that their pages make, so that what is shown is what the platform does.

use anyhow::{Context, Result, bail};
use linli_contract::{Answer, Area, ComponentName, Content, Idempotency, Identity, Role, Timestamp};
use linli_host::{CallRequest, Platform};
use serde_json::Value;

use super::community;
use super::people::resident_id;

const DAY_SECONDS: i64 = 86_400;

/// One part of the demo: calls to one component on one day.
pub struct Script<'p> {
    platform: &'p Platform,
    component: &'static str,
    /// When the demo is loaded.
    pub now: Timestamp,
}

impl<'p> Script<'p> {
    /// None when the component is not live: there is nothing to show of it then.
    pub fn of(platform: &'p Platform, component: &'static str, now: Timestamp) -> Option<Self> {
        let live = platform.services().iter().any(|service| service.descriptor().name.as_str() == component);
        live.then_some(Self { platform, component, now })
    }

    /// A command; `number` tells it from all other commands of the demo, so that a second try on the same day does
    /// nothing twice.
    ///
    /// # Errors
    /// The component refuses or fails.
    pub async fn command(
        &self,
        by: Identity,
        operation: &str,
        input: &Value,
        number: usize,
    ) -> Result<Value> {
        self.call(by, operation, input, Some(key(self.now, number))).await
    }

    /// A query.
    ///
    /// # Errors
    /// The component refuses or fails.
    pub async fn query(&self, by: Identity, operation: &str, input: &Value) -> Result<Value> {
        self.call(by, operation, input, None).await
    }

    /// Midnight in Shanghai, so many days after today's.
    ///
    /// # Errors
    /// Never, for days that are near.
    pub fn day(&self, days: i64) -> Result<Timestamp> {
        day(self.now, days)
    }

    async fn call(
        &self,
        identity: Identity,
        operation: &str,
        input: &Value,
        idempotency: Option<Idempotency>,
    ) -> Result<Value> {
        let component: ComponentName = self.component.parse()?;
        let request = CallRequest {
            component,
            operation: operation.to_owned(),
            community: community(),
            identity,
            input: input.to_string(),
            idempotency,
            request_id: "demo".to_owned(),
        };
        let called = self.platform.call(request).await;
        let called = called.with_context(|| format!("{}: {operation}", self.component))?;
        match called.answer {
            Answer::Reply(reply) => match reply.content {
                Content::Json(json) => Ok(serde_json::from_str(&json)?),
                _ => Ok(Value::Null),
            },
            Answer::Problem(problem) => bail!("{} refuses {operation}: {problem}", self.component),
        }
    }
}

/// The id in an answer.
///
/// # Errors
/// There is none.
pub fn id_of(made: &Value) -> Result<String> {
    made["id"].as_str().map(str::to_owned).context("something was made without an id")
}

/// The community's worker.
pub fn worker() -> Identity {
    identity("worker-1".to_owned(), Role::Worker)
}

/// A resident, by place in the list of people.
pub fn resident(place: usize) -> Identity {
    identity(resident_id(place), Role::Resident)
}

/// Somebody of the community's staff.
pub fn identity(subject: String, role: Role) -> Identity {
    Identity {
        subject: Some(subject),
        roles: vec![role],
        area: Some(Area::of(community())),
        ..Identity::default()
    }
}

fn day(now: Timestamp, days: i64) -> Result<Timestamp> {
    let (year, month, day) = now.plus_seconds(days * DAY_SECONDS).shanghai_date();
    Ok(Timestamp::from_shanghai_date(year, month, day)?)
}

/// Sixteen characters: the day, and which call of the demo it is.
fn key(now: Timestamp, number: usize) -> Idempotency {
    let (year, month, day) = now.shanghai_date();
    let text = format!("demo{year:04}{month:02}{day:02}{:04}", number % 10_000);
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    let mut fingerprint = [0; 32];
    fingerprint[..16].copy_from_slice(&key);
    Idempotency { key, fingerprint }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn days_are_those_of_shanghai() {
        let now: Timestamp = "2026-02-27T20:00:00Z".parse().unwrap();
        assert_eq!(day(now, 1).unwrap().shown(), "2026-03-01 00:00", "in Shanghai it is the 28th already");
    }

    #[test]
    fn each_call_has_a_key_of_its_own_and_the_same_all_day() {
        let (morning, evening): (Timestamp, Timestamp) =
            ("2026-03-01T00:00:00Z".parse().unwrap(), "2026-03-01T15:59:59Z".parse().unwrap());
        let keys: BTreeSet<_> = (0..5_000).map(|number| key(morning, number).key).collect();
        assert_eq!(keys.len(), 5_000);
        assert_eq!(key(morning, 3), key(evening, 3));
        assert_ne!(key(morning, 3), key(evening.plus_seconds(1), 3));
    }
}
