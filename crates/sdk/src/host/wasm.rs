//! Over the contract's imports. Only conversions; the rules are the host's.

use crate::bindings::linli::platform as wit;

/// See [`crate::context`].
pub(crate) mod context {
    use super::wit::context as wit;
    use super::wit::types;
    use crate::context::Level;
    use linli_contract::{Caller, Community, PersonRef, Role, Timestamp};

    const TRUSTED: &str = "the host gives well-formed ids";

    pub(crate) fn caller() -> Caller {
        let caller = wit::caller();
        let person =
            |reference: Option<String>| -> Option<PersonRef> { Some(reference?.parse().expect(TRUSTED)) };
        Caller {
            subject: person(caller.subject),
            acted_by: person(caller.acted_by),
            roles: caller.roles.into_iter().map(role).collect(),
            area: caller.area.parse().ok(),
            provider: caller.provider,
        }
    }

    fn role(role: types::Role) -> Role {
        match role {
            types::Role::Anyone => Role::Anyone,
            types::Role::Resident => Role::Resident,
            types::Role::Worker => Role::Worker,
            types::Role::GridWorker => Role::GridWorker,
            types::Role::Officer => Role::Officer,
            types::Role::Provider => Role::Provider,
            types::Role::Reviewer => Role::Reviewer,
            types::Role::Operator => Role::Operator,
            types::Role::System => Role::System,
        }
    }

    pub(crate) fn community() -> Community {
        wit::community().parse().expect(TRUSTED)
    }

    pub(crate) fn now() -> Timestamp {
        Timestamp::from_micros(wit::now())
    }

    pub(crate) fn has_passed(moment: Timestamp) -> bool {
        wit::has_passed(moment.micros())
    }

    pub(crate) fn now_rounded(seconds: u32) -> Timestamp {
        Timestamp::from_micros(wit::now_rounded(seconds))
    }

    pub(crate) fn new_id() -> String {
        wit::new_id()
    }

    pub(crate) fn random(length: u32) -> Vec<u8> {
        wit::random(length)
    }

    pub(crate) fn log(level: Level, message: &str) {
        let level = match level {
            Level::Debug => wit::Level::Debug,
            Level::Info => wit::Level::Info,
            Level::Warn => wit::Level::Warn,
            Level::Error => wit::Level::Error,
        };
        wit::log(level, message);
    }
}

/// See [`crate::Collection`].
pub(crate) mod records {
    use super::wit::records as wit;
    use crate::records::{Bound, CursorInvalid, Scanned, Stretch, Value};

    pub(crate) fn get(collection: &str, id: &str) -> Option<String> {
        wit::get(collection, id)
    }

    pub(crate) fn get_many(collection: &str, ids: &[String]) -> Vec<Option<String>> {
        wit::get_many(collection, ids)
    }

    pub(crate) fn put(collection: &str, id: &str, content: &str) {
        wit::put(collection, id, content);
    }

    pub(crate) fn delete(collection: &str, id: &str) -> bool {
        wit::delete(collection, id)
    }

    pub(crate) fn scan(
        collection: &str,
        stretch: &Stretch,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Scanned, CursorInvalid> {
        let page = wit::scan(collection, stretch.index, &range(stretch), limit, cursor)
            .map_err(|wit::ScanError::CursorInvalid| CursorInvalid)?;
        Ok((page.documents.into_iter().map(|document| document.content).collect(), page.next))
    }

    pub(crate) fn count(collection: &str, stretch: &Stretch, limit: u32) -> u32 {
        wit::count(collection, stretch.index, &range(stretch), limit)
    }

    fn range(stretch: &Stretch) -> wit::Range {
        wit::Range {
            equals: stretch.equals.iter().map(value).collect(),
            lower: stretch.lower.as_ref().map(bound),
            upper: stretch.upper.as_ref().map(bound),
            descending: stretch.descending,
        }
    }

    fn bound(bound: &Bound) -> wit::Bound {
        wit::Bound { value: value(&bound.value), inclusive: bound.inclusive }
    }

    fn value(value: &Value) -> wit::Value {
        match value {
            Value::Text(text) => wit::Value::Text(text.clone()),
            Value::Integer(integer) => wit::Value::Integer(*integer),
            Value::Flag(flag) => wit::Value::Flag(*flag),
        }
    }
}

/// See [`crate::stock`].
pub(crate) mod stock {
    use super::wit::stock as wit;
    use crate::stock::Level;

    pub(crate) use super::wit::stock::{close, give, open, resize, take};

    pub(crate) fn level(name: &str) -> Option<Level> {
        wit::level(name).map(|level| Level { available: level.available, ceiling: level.ceiling })
    }
}

/// See [`crate::ledger`].
pub(crate) mod ledger {
    use super::wit::ledger as wit;
    use crate::ledger::{Account, Entry, HoldRequest, HoldState, HoldStatus, Refusal, Transfer};
    use crate::reply::Page;
    use linli_contract::Timestamp;

    pub(crate) fn balance(book: &str, of: &Account) -> i64 {
        wit::balance(book, &account(of))
    }

    pub(crate) fn balance_at(book: &str, of: &Account, at: Timestamp) -> i64 {
        wit::balance_at(book, &account(of), at.micros())
    }

    pub(crate) fn entries(book: &str, of: &Account, limit: u32, cursor: Option<&str>) -> Page<Entry> {
        let page = wit::entries(book, &account(of), limit, cursor);
        let entry = |entry: wit::Entry| Entry {
            posting: entry.posting,
            at: Timestamp::from_micros(entry.at),
            amount: entry.amount,
            balance: entry.balance,
            memo: entry.memo,
        };
        Page { items: page.entries.into_iter().map(entry).collect(), next: page.next }
    }

    pub(crate) fn post(book: &str, transfers: &[Transfer]) -> Result<String, Refusal> {
        let transfer = |t: &Transfer| wit::Transfer {
            debit: account(&t.debit),
            credit: account(&t.credit),
            amount: t.amount,
            memo: t.memo.clone(),
        };
        wit::post(book, &transfers.iter().map(transfer).collect::<Vec<_>>()).map_err(refusal)
    }

    pub(crate) fn hold(request: &HoldRequest) -> Result<String, Refusal> {
        wit::hold(&wit::HoldRequest {
            book: request.book.clone(),
            payer: account(&request.payer),
            payee: account(&request.payee),
            maximum: request.maximum,
            expires_at: request.expires_at.micros(),
            memo: request.memo.clone(),
        })
        .map_err(refusal)
    }

    pub(crate) fn capture(hold: &str, amount: i64) -> Result<String, Refusal> {
        wit::capture(hold, amount).map_err(refusal)
    }

    pub(crate) fn refund(hold: &str, amount: i64) -> Result<String, Refusal> {
        wit::refund(hold, amount).map_err(refusal)
    }

    pub(crate) fn release(hold: &str) -> Result<(), Refusal> {
        wit::release(hold).map_err(refusal)
    }

    pub(crate) fn hold_of(hold: &str) -> Option<HoldState> {
        wit::hold_of(hold).map(|state| HoldState {
            status: match state.status {
                wit::HoldStatus::Open => HoldStatus::Open,
                wit::HoldStatus::Captured => HoldStatus::Captured,
                wit::HoldStatus::Released => HoldStatus::Released,
                wit::HoldStatus::Expired => HoldStatus::Expired,
            },
            maximum: state.maximum,
            captured: state.captured,
            refunded: state.refunded,
            commission: state.commission,
            expires_at: Timestamp::from_micros(state.expires_at),
        })
    }

    fn account(account: &Account) -> wit::Account {
        match account {
            Account::Subject => wit::Account::Subject,
            Account::Own(name) => wit::Account::Own(name.clone()),
            Account::Person(reference) => wit::Account::Person(reference.to_string()),
            Account::Provider(id) => wit::Account::Provider(id.clone()),
        }
    }

    fn refusal(refusal: wit::Refusal) -> Refusal {
        match refusal {
            wit::Refusal::Insufficient => Refusal::Insufficient,
            wit::Refusal::NotAllowed => Refusal::NotAllowed,
            wit::Refusal::UnknownHold => Refusal::UnknownHold,
            wit::Refusal::HoldClosed => Refusal::HoldClosed,
            wit::Refusal::AboveMaximum => Refusal::AboveMaximum,
        }
    }
}

/// See [`crate::Event`] and [`crate::Timer`].
pub(crate) mod events {
    use super::wit::events as wit;
    use linli_contract::Timestamp;

    pub(crate) use super::wit::events::{cancel, publish};

    pub(crate) fn schedule(at: Timestamp, name: &str, content: &str) -> String {
        wit::schedule(at.micros(), name, content)
    }
}

/// See [`crate::people`].
pub(crate) mod people {
    use super::wit::people as wit;
    use super::wit::types;
    use crate::people::Denial;
    use linli_contract::{Attribute, PersonRef};

    pub(crate) use super::wit::people::Person as Handle;

    pub(crate) fn open(reference: &PersonRef) -> Option<Handle> {
        wit::open(reference.as_str())
    }

    pub(crate) fn reveal(person: &Handle, of: Attribute, purpose: &str) -> Result<String, Denial> {
        person.reveal(attribute(of), purpose).map_err(denial)
    }

    pub(crate) fn masked(person: &Handle, of: Attribute) -> Result<String, Denial> {
        person.masked(attribute(of)).map_err(denial)
    }

    fn attribute(attribute: Attribute) -> types::Attribute {
        match attribute {
            Attribute::Name => types::Attribute::Name,
            Attribute::Phone => types::Attribute::Phone,
            Attribute::BirthDate => types::Attribute::BirthDate,
            Attribute::Age => types::Attribute::Age,
            Attribute::CitizenNumber => types::Attribute::CitizenNumber,
            Attribute::Address => types::Attribute::Address,
            Attribute::Grid => types::Attribute::Grid,
        }
    }

    fn denial(denial: wit::Denial) -> Denial {
        match denial {
            wit::Denial::NotGranted => Denial::NotGranted,
            wit::Denial::OutOfArea => Denial::OutOfArea,
            wit::Denial::NoConsent => Denial::NoConsent,
            wit::Denial::Unknown => Denial::Unknown,
        }
    }
}

/// See [`crate::keys`].
pub(crate) mod keys {
    pub(crate) use super::wit::keys::{sign, verify};
}

/// See [`crate::Setting`].
pub(crate) mod settings {
    pub(crate) use super::wit::settings::get;
}

/// See [`crate::registry`].
pub(crate) mod registry {
    use super::wit::registry as wit;
    use linli_contract::{Provider, Standing, Timestamp};

    pub(crate) fn put(provider: &Provider) {
        wit::put(&wit::Provider {
            id: provider.id.clone(),
            name: provider.name.clone(),
            credit_code: provider.credit_code.clone(),
            category: provider.category.clone(),
            commission: provider.commission,
            public_key: provider.public_key.map(Vec::from),
            standing: match provider.standing {
                Standing::Active => wit::Standing::Active,
                Standing::Suspended => wit::Standing::Suspended,
                Standing::Removed => wit::Standing::Removed,
            },
            licensed_until: provider.licensed_until.micros(),
        });
    }

    pub(crate) fn get(id: &str) -> Option<Provider> {
        wit::get(id).map(|provider| Provider {
            id: provider.id,
            name: provider.name,
            credit_code: provider.credit_code,
            category: provider.category,
            commission: provider.commission,
            public_key: provider.public_key.and_then(|key| key.try_into().ok()),
            standing: match provider.standing {
                wit::Standing::Active => Standing::Active,
                wit::Standing::Suspended => Standing::Suspended,
                wit::Standing::Removed => Standing::Removed,
            },
            licensed_until: Timestamp::from_micros(provider.licensed_until),
        })
    }
}

/// See [`crate::outbound`].
pub(crate) mod outbound {
    use super::wit::outbound as wit;
    use crate::outbound::{Failure, Request, Response};

    pub(crate) fn send(request: &Request) -> Result<Response, Failure> {
        let header =
            |(name, value): &(String, String)| wit::Header { name: name.clone(), value: value.clone() };
        let sent = wit::send(&wit::Request {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.iter().map(header).collect(),
            body: request.body.clone(),
            timeout: request.timeout,
        });
        match sent {
            Ok(response) => Ok(Response {
                status: response.status,
                headers: response.headers.into_iter().map(|h| (h.name, h.value)).collect(),
                body: response.body,
            }),
            Err(failure) => Err(match failure {
                wit::Failure::NotGranted => Failure::NotGranted,
                wit::Failure::OverLimit => Failure::OverLimit,
                wit::Failure::Unreachable => Failure::Unreachable,
                wit::Failure::TimedOut => Failure::TimedOut,
                wit::Failure::TooLarge => Failure::TooLarge,
                wit::Failure::InvalidRequest => Failure::InvalidRequest,
            }),
        }
    }
}
