//! `spin/wit/session.wit`.

use std::sync::{Arc, PoisonError};

use linli_calls::{Clock as _, SystemClock};
use linli_contract::{Answer, Area, Descriptor, Idempotency, Identity, Role};
use linli_store_rows::SharedRows;

use super::database::Database;
use super::wit_session::{self as wit, Guest};
use super::{Adapter, INSTANCE, opened, variable};
use crate::configuration::Configuration;
use crate::deliveries::Delivered;
use crate::failure::CallFailure;
use crate::instance::{Begun, CallRequest, Ended, Instance};

impl Guest for Adapter {
    fn open(descriptor: String) -> Result<(), String> {
        let mut instance = INSTANCE.lock().unwrap_or_else(PoisonError::into_inner);
        if instance.is_some() {
            return Ok(());
        }
        let descriptor: Descriptor =
            serde_json::from_str(&descriptor).map_err(|_| "the descriptor is none".to_owned())?;
        let configuration =
            Configuration::read(descriptor.name.as_str(), variable).map_err(|error| error.to_string())?;
        let store = SharedRows::open(Database::configured()).map_err(|error| error.to_string())?;
        let opened = Instance::open(Arc::new(store), Arc::new(SystemClock), configuration, descriptor);
        *instance = Some(opened.map_err(|error| error.to_string())?);
        Ok(())
    }

    fn is_ready() -> bool {
        opened().is_some_and(|instance| instance.is_ready())
    }

    fn now() -> i64 {
        SystemClock.now().micros()
    }

    fn public_keys() -> String {
        opened().map_or_else(|| r#"{"keys":[]}"#.to_owned(), |instance| instance.public_keys().to_string())
    }

    fn communities(area: String, most: u32) -> Result<Vec<String>, wit::Failure> {
        let instance = opened().ok_or(wit::Failure::Unavailable)?;
        let area = area.parse().map_err(|_| wit::Failure::Unavailable)?;
        let communities = instance.communities(&area, most as usize).map_err(CallFailure::from)?;
        Ok(communities.iter().map(ToString::to_string).collect())
    }

    fn begin(call: wit::Call) -> Result<wit::Begun, wit::Failure> {
        let instance = opened().ok_or(wit::Failure::Unavailable)?;
        let call = request(call).ok_or(wit::Failure::Unavailable)?;
        Ok(match instance.begin(&call)? {
            Begun::Run => wit::Begun::Run,
            Begun::Known(answer) => wit::Begun::Known(json(&answer)?),
        })
    }

    fn commit(answer: String) -> Result<wit::Ended, wit::Failure> {
        let instance = opened().ok_or(wit::Failure::Unavailable)?;
        let answer: Answer = serde_json::from_str(&answer).map_err(|_| wit::Failure::BrokenAnswer)?;
        let given = answer.clone();
        Ok(match instance.commit(answer)? {
            Ended::Again => wit::Ended::Again,
            Ended::Answered { answer, due } => {
                let instead = if answer == given { None } else { Some(json(&answer)?) };
                wit::Ended::Answered(wit::Answered { instead, due })
            }
        })
    }

    fn next_delivery(community: Option<String>) -> Result<Option<wit::Delivery>, wit::Failure> {
        let instance = opened().ok_or(wit::Failure::Unavailable)?;
        let community =
            community.map(|code| code.parse()).transpose().map_err(|_| wit::Failure::Unavailable)?;
        let delivered = instance.next_delivery(community)?;
        Ok(delivered.map(|Delivered(delivery)| wit::Delivery {
            id: delivery.id,
            publisher: delivery.publisher,
            name: delivery.name,
            content: delivery.content,
            published_at: delivery.published_at.micros(),
        }))
    }

    fn begin_again() -> Result<bool, wit::Failure> {
        Ok(opened().ok_or(wit::Failure::Unavailable)?.begin_again()?)
    }
}

/// None when the adapter above says what no gateway lets through.
fn request(call: wit::Call) -> Option<CallRequest> {
    let wit::Call { operation, community, identity, idempotency, request_id, words } = call;
    let role = |name: &String| Role::from_token(name);
    let idempotency = match idempotency {
        None => None,
        Some(wit::Idempotency { key, fingerprint }) => {
            Some(Idempotency { key: key.try_into().ok()?, fingerprint: fingerprint.try_into().ok()? })
        }
    };
    let area: Option<Area> = match identity.area {
        None => None,
        Some(area) => Some(area.parse().ok()?),
    };
    let identity = Identity {
        subject: identity.subject,
        acting_for: identity.acting_for,
        roles: identity.roles.iter().map(role).collect::<Option<_>>()?,
        area,
        provider: identity.provider,
    };
    Some(CallRequest {
        operation,
        community: community.parse().ok()?,
        identity,
        idempotency,
        request_id,
        words,
    })
}

fn json(answer: &Answer) -> Result<String, wit::Failure> {
    serde_json::to_string(answer).map_err(|_| wit::Failure::BrokenAnswer)
}

impl From<CallFailure> for wit::Failure {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::UnknownOperation => Self::UnknownOperation,
            CallFailure::KeyReused => Self::KeyReused,
            CallFailure::NotBound => Self::NotBound,
            CallFailure::ProviderSuspended => Self::ProviderSuspended,
            CallFailure::UnknownSubject => Self::UnknownSubject,
            CallFailure::BrokenAnswer => Self::BrokenAnswer,
            CallFailure::AnswerTooLarge => Self::AnswerTooLarge,
            CallFailure::StorageFull => Self::StorageFull,
            CallFailure::Unavailable => Self::Unavailable,
        }
    }
}
