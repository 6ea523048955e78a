//! `wit/events.wit`.

use linli_contract::limits::MAX_EVENT_BYTES;
use linli_contract::{OperationKind, Timestamp, check_integers};
use linli_store::{Delivery, Fault};
use serde_json::Value as Json;

use crate::bindings::events::Host;
use crate::guest::{Guest, Misuse, Run};
use crate::limits::MAX_NAME_BYTES;
use crate::service::{Service, Trust};

impl Host for Guest {
    fn publish(&mut self, name: String, content: String) -> wasmtime::Result<String> {
        let run = self.run()?;
        let json = check(run, &content)?;
        let scope = run.scope.clone();
        let declared = scope.service.descriptor().publishes.iter().any(|event| event.name == name);
        if !declared {
            return Err(Fault::Undeclared("the event").into());
        }
        let own = scope.service.descriptor().name.as_str();
        let id = run.new_id()?;
        let subscribers = scope.shared.live.subscribers(own, &name);
        if scope.kind == OperationKind::Task
            && !subscribers.iter().any(|s| s.descriptor().name.as_str() == own)
        {
            return Err(Misuse("a task publishes to its own component only").into());
        }
        for subscriber in subscribers {
            let component = subscriber.descriptor().name.as_str();
            if scope.kind == OperationKind::Task && component != own {
                continue;
            }
            if !may_hear(&scope.service, &subscriber) {
                continue;
            }
            let mut delivery = Delivery {
                id: id.clone(),
                publisher: own.to_owned(),
                name: name.clone(),
                content: content.clone(),
                published_at: run.transaction.now(),
                subscriber: component.to_owned(),
                attempts: 0,
            };
            if subscriber.provider() != scope.service.provider() {
                let mut theirs = json.clone();
                if scope.service.refs().rewrite(&mut theirs, subscriber.refs()) {
                    delivery.content = theirs.to_string();
                }
            }
            run.transaction.publish(subscriber.layout().space, &delivery)?;
        }
        Ok(id)
    }

    fn schedule(&mut self, at: i64, name: String, content: String) -> wasmtime::Result<String> {
        let run = self.run()?;
        check(run, &content)?;
        if !(1..=MAX_NAME_BYTES).contains(&name.len()) {
            return Err(Fault::Limit("MAX_NAME_BYTES").into());
        }
        let id = run.new_id()?;
        Ok(run.transaction.schedule(Timestamp::from_micros(at), &id, &name, &content)?)
    }

    fn cancel(&mut self, timer: String) -> wasmtime::Result<bool> {
        Ok(self.run()?.transaction.cancel(&timer)?)
    }
}

/// What a merchant's plugin publishes is for core functions and the merchant's own plugins: through another merchant's,
/// the two could tell each other who is who, whatever becomes of the references in it.
fn may_hear(publisher: &Service, subscriber: &Service) -> bool {
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
