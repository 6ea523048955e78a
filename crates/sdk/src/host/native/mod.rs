//! Over the call that runs on the test platform. Only conversions; the rules are the store's.

pub(crate) mod ledger;

/// See [`crate::context`].
pub(crate) mod context {
    use crate::context::Level;
    use crate::testing::with;
    use linli_contract::limits::{MAX_LOG_LINE_BYTES, MAX_LOG_LINES, MAX_RANDOM_BYTES};
    use linli_contract::{Caller, Community, Timestamp};
    use linli_store::Fault;

    pub(crate) fn caller() -> Caller {
        with(|call| Ok(call.caller.clone()))
    }

    pub(crate) fn community() -> Community {
        with(|call| Ok(call.community().parse().expect("a constant that parses")))
    }

    pub(crate) fn now() -> Timestamp {
        with(|call| Ok(call.now()))
    }

    pub(crate) fn has_passed(moment: Timestamp) -> bool {
        with(|call| Ok(call.now() >= moment))
    }

    pub(crate) fn now_rounded(seconds: u32) -> Timestamp {
        with(|call| {
            if seconds == 0 {
                return Err(Fault::Undeclared("a time rounded to nothing"));
            }
            let now = call.now().micros();
            Ok(Timestamp::from_micros(now - now.rem_euclid(i64::from(seconds) * 1_000_000)))
        })
    }

    pub(crate) fn new_id() -> String {
        with(|call| Ok(call.new_id()))
    }

    pub(crate) fn random(length: u32) -> Vec<u8> {
        with(|call| {
            if length > MAX_RANDOM_BYTES {
                return Err(Fault::Limit("MAX_RANDOM_BYTES"));
            }
            Ok(call.random(length as usize))
        })
    }

    pub(crate) fn log(level: Level, message: &str) {
        with(|call| {
            if call.effects.log.len() < MAX_LOG_LINES as usize {
                let cut = message.floor_char_boundary(MAX_LOG_LINE_BYTES);
                call.effects.log.push(format!("{level:?}: {}", &message[..cut]));
            }
            Ok(())
        });
    }
}

/// See [`crate::Collection`].
pub(crate) mod records {
    use crate::records::{Bound, CursorInvalid, Scanned, Stretch, Value};
    use crate::testing::with;
    use linli_store::{IndexValue, Range, ScanError};

    pub(crate) fn get(collection: &str, id: &str) -> Option<String> {
        with(|call| call.transaction.get(collection, id))
    }

    pub(crate) fn get_many(collection: &str, ids: &[String]) -> Vec<Option<String>> {
        with(|call| call.transaction.get_many(collection, ids))
    }

    pub(crate) fn put(collection: &str, id: &str, content: &str) {
        with(|call| call.transaction.put(collection, id, content));
    }

    pub(crate) fn delete(collection: &str, id: &str) -> bool {
        with(|call| call.transaction.delete(collection, id))
    }

    pub(crate) fn scan(
        collection: &str,
        stretch: &Stretch,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Scanned, CursorInvalid> {
        let range = range(stretch);
        with(|call| match call.transaction.scan(collection, stretch.index, &range, limit, cursor) {
            Ok(page) => Ok(Ok((page.documents.into_iter().map(|(_, content)| content).collect(), page.next))),
            Err(ScanError::CursorInvalid) => Ok(Err(CursorInvalid)),
            Err(ScanError::Fault(fault)) => Err(fault),
        })
    }

    pub(crate) fn count(collection: &str, stretch: &Stretch, limit: u32) -> u32 {
        with(|call| call.transaction.count(collection, stretch.index, &range(stretch), limit))
    }

    fn range(stretch: &Stretch) -> Range {
        Range {
            equals: stretch.equals.iter().map(value).collect(),
            lower: stretch.lower.as_ref().map(bound),
            upper: stretch.upper.as_ref().map(bound),
            descending: stretch.descending,
        }
    }

    fn bound(bound: &Bound) -> linli_store::Bound {
        linli_store::Bound { value: value(&bound.value), inclusive: bound.inclusive }
    }

    fn value(value: &Value) -> IndexValue {
        match value {
            Value::Text(text) => IndexValue::Text(text.clone()),
            Value::Integer(integer) => IndexValue::Integer(*integer),
            Value::Flag(flag) => IndexValue::Flag(*flag),
        }
    }
}

/// See [`crate::stock`].
pub(crate) mod stock {
    use crate::stock::Level;
    use crate::testing::with;

    pub(crate) fn open(name: &str, ceiling: i64) {
        with(|call| call.transaction.stock_open(name, ceiling));
    }

    pub(crate) fn take(name: &str, n: i64) -> bool {
        with(|call| call.transaction.stock_take(name, n))
    }

    pub(crate) fn give(name: &str, n: i64) {
        with(|call| call.transaction.stock_give(name, n));
    }

    pub(crate) fn resize(name: &str, ceiling: i64) -> bool {
        with(|call| call.transaction.stock_resize(name, ceiling))
    }

    pub(crate) fn level(name: &str) -> Option<Level> {
        let level = with(|call| call.transaction.stock_level(name))?;
        Some(Level { available: level.available, ceiling: level.ceiling })
    }

    pub(crate) fn close(name: &str) -> bool {
        with(|call| call.transaction.stock_close(name))
    }
}

/// See [`crate::Event`] and [`crate::Timer`].
pub(crate) mod events {
    use crate::testing::with;
    use linli_contract::Timestamp;

    pub(crate) fn publish(name: &str, content: &str) -> String {
        with(|call| call.publish(name, content))
    }

    pub(crate) fn schedule(at: Timestamp, name: &str, content: &str) -> String {
        with(|call| {
            let id = call.new_id();
            call.transaction.schedule(at, &id, name, content)
        })
    }

    pub(crate) fn cancel(timer: &str) -> bool {
        with(|call| call.transaction.cancel(timer))
    }
}

/// See [`crate::people`].
pub(crate) mod people {
    use crate::people::Denial;
    use crate::testing::{Revealed, with};
    use linli_contract::limits::MAX_PURPOSE_BYTES;
    use linli_contract::{Attribute, PersonRef};
    use linli_store::Fault;

    /// Opens only in the call that made it; here, that is all a handle needs to know.
    pub(crate) struct Handle(PersonRef);

    pub(crate) fn open(reference: &PersonRef) -> Option<Handle> {
        let known = with(|call| Ok(call.world(|world| world.knows(reference))));
        known.then(|| Handle(reference.clone()))
    }

    pub(crate) fn reveal(person: &Handle, attribute: Attribute, purpose: &str) -> Result<String, Denial> {
        with(|call| {
            if !(1..=MAX_PURPOSE_BYTES).contains(&purpose.len()) {
                return Err(Fault::Limit("MAX_PURPOSE_BYTES"));
            }
            let found = call.world(|world| world.attribute(&person.0, attribute));
            if found.is_ok() {
                let purpose = purpose.to_owned();
                call.effects.revealed.push(Revealed { person: person.0.clone(), attribute, purpose });
            }
            Ok(found)
        })
    }

    pub(crate) fn masked(person: &Handle, attribute: Attribute) -> Result<String, Denial> {
        let value = with(|call| Ok(call.world(|world| world.attribute(&person.0, attribute))))?;
        Ok(value.chars().enumerate().map(|(place, c)| if place == 0 { c } else { '*' }).collect())
    }
}

/// See [`crate::keys`].
pub(crate) mod keys {
    use crate::testing::with;
    use linli_contract::Permission;
    use linli_contract::limits::MAX_SIGNED_BYTES;
    use linli_store::Fault;

    pub(crate) fn sign(purpose: &str, bytes: &[u8]) -> Vec<u8> {
        with(|call| {
            if bytes.len() > MAX_SIGNED_BYTES {
                return Err(Fault::Limit("MAX_SIGNED_BYTES"));
            }
            let granted = |p: &Permission| matches!(p, Permission::Sign(granted) if granted == purpose);
            if !call.world(|world| world.granted(granted)) {
                return Err(Fault::Undeclared("the permission `sign`"));
            }
            Ok(call.world(|world| world.sign(purpose, bytes)))
        })
    }

    pub(crate) fn verify(purpose: &str, bytes: &[u8], signature: &[u8]) -> bool {
        with(|call| Ok(call.world(|world| world.verify(purpose, bytes, signature))))
    }
}

/// See [`crate::registry`].
pub(crate) mod registry {
    use crate::testing::{Call, with};
    use linli_contract::{Permission, Provider};
    use linli_store::{Delivery, Fault};

    pub(crate) fn put(provider: &Provider) {
        with(|call| {
            granted(call)?;
            provider
                .check()
                .map_err(|_| Fault::Undeclared("a provider that breaks a rule of the registry"))?;
            let content = serde_json::to_string(provider).map_err(|_| Fault::BadDocument)?;
            let id = call.new_id();
            call.transaction.tell_platform(Delivery::PROVIDER_PUT, &id, &content)
        });
    }

    pub(crate) fn get(id: &str) -> Option<Provider> {
        with(|call| {
            granted(call)?;
            Ok(call.world(|world| world.provider(id).cloned()))
        })
    }

    fn granted(call: &Call) -> Result<(), Fault> {
        if call.world(|world| world.granted(|permission| *permission == Permission::Registry)) {
            Ok(())
        } else {
            Err(Fault::Undeclared("the permission `registry`"))
        }
    }
}

/// See [`crate::Setting`].
pub(crate) mod settings {
    use crate::testing::with;
    use linli_store::Fault;

    pub(crate) fn get(name: &str) -> String {
        with(|call| {
            call.world(|world| world.setting(name)).ok_or(Fault::Undeclared("the setting, or its value,"))
        })
    }
}

/// See [`crate::outbound`].
pub(crate) mod outbound {
    use crate::outbound::{Failure, Request, Response};
    use crate::testing::with;

    pub(crate) fn send(request: &Request) -> Result<Response, Failure> {
        with(|call| call.send(request))
    }
}
