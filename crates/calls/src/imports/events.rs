//! `wit/events.wit`.

use linli_contract::limits::MAX_EVENT_BYTES;
use linli_contract::{OperationKind, Timestamp, check_integers};
use linli_store::{Delivery, Fault};
use serde_json::Value as Json;

use super::MAX_NAME_BYTES;
use crate::component::{Component, Trust};
use crate::run::Run;
use crate::trap::{Misuse, Trap};

/// Queues an event for everybody who wants it and may hear of it; its id.
///
/// # Errors
/// An event that is not declared, or over the limits; a task that publishes to others than itself.
pub fn publish(run: &mut Run, name: &str, content: &str) -> Result<String, Trap> {
    let json = check(run, content)?;
    let scope = run.scope.clone();
    let component = &scope.component;
    let declared = component.descriptor().publishes.iter().any(|event| event.name == name);
    if !declared {
        return Err(Fault::Undeclared("the event").into());
    }
    let own = component.descriptor().name.as_str();
    let id = run.new_id()?;
    let subscribers = scope.surroundings.subscribers(scope.community, own, name);
    if scope.kind == OperationKind::Task && !subscribers.iter().any(|s| s.descriptor().name.as_str() == own) {
        return Err(Misuse("a task publishes to its own component only").into());
    }
    for subscriber in subscribers {
        let to = subscriber.descriptor().name.as_str();
        if scope.kind == OperationKind::Task && to != own {
            continue;
        }
        if !may_hear(component, &subscriber) {
            continue;
        }
        let mut delivery = Delivery {
            id: id.clone(),
            publisher: own.to_owned(),
            name: name.to_owned(),
            content: content.to_owned(),
            published_at: run.transaction.now(),
            subscriber: to.to_owned(),
            attempts: 0,
        };
        if subscriber.provider() != component.provider() {
            let mut theirs = json.clone();
            if component.refs().rewrite(&mut theirs, subscriber.refs()) {
                delivery.content = theirs.to_string();
            }
        }
        run.transaction.publish(subscriber.space(), &delivery)?;
    }
    Ok(id)
}

/// Sets a timer for the component itself; its id.
///
/// # Errors
/// Over the limits; outside commands.
pub fn schedule(run: &mut Run, at: i64, name: &str, content: &str) -> Result<String, Trap> {
    check(run, content)?;
    if !(1..=MAX_NAME_BYTES).contains(&name.len()) {
        return Err(Fault::Limit("MAX_NAME_BYTES").into());
    }
    let id = run.new_id()?;
    Ok(run.transaction.schedule(Timestamp::from_micros(at), &id, name, content)?)
}

/// Cancels a timer; whether it was still waiting.
///
/// # Errors
/// Outside commands, or when the store fails.
pub fn cancel(run: &mut Run, timer: &str) -> Result<bool, Trap> {
    Ok(run.transaction.cancel(timer)?)
}

/// What a merchant's plugin publishes is for core functions and the merchant's own plugins: through another merchant's,
/// the two could tell each other who is who, whatever becomes of the references in it.
fn may_hear(publisher: &Component, subscriber: &Component) -> bool {
    let both = publisher.trust() == Trust::Plugin && subscriber.trust() == Trust::Plugin;
    !both || publisher.provider() == subscriber.provider()
}

/// Contents are JSON whose integers every subscriber can read.
fn check(run: &mut Run, content: &str) -> Result<Json, Fault> {
    run.cross(content.len())?;
    if content.len() > MAX_EVENT_BYTES {
        return Err(Fault::Limit("MAX_EVENT_BYTES"));
    }
    let json = serde_json::from_str(content).map_err(|_| Fault::BadDocument)?;
    check_integers(&json).map_err(|_| Fault::BadDocument)?;
    Ok(json)
}
