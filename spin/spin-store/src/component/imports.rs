//! What the function imports: each interface forwarded to its rules.

use linli_calls::imports as rules;
use linli_contract::Timestamp;

use super::{Adapter, context, events, in_run, keys, ledger, records, registry, settings, stock};

impl context::Guest for Adapter {
    fn caller() -> context::Principal {
        in_run(|run| Ok(rules::context::caller(run).into()))
    }

    fn community() -> String {
        in_run(|run| Ok(rules::context::community(run)))
    }

    fn now() -> i64 {
        in_run(|run| Ok(rules::context::now(run)))
    }

    fn has_passed(moment: i64) -> bool {
        in_run(|run| Ok(rules::context::has_passed(run, moment)))
    }

    fn now_rounded(seconds: u32) -> i64 {
        in_run(|run| rules::context::now_rounded(run, seconds))
    }

    fn new_id() -> String {
        in_run(rules::context::new_id)
    }

    fn random(length: u32) -> Vec<u8> {
        in_run(|run| rules::context::random(run, length))
    }

    /// To the component's standard error, which Spin keeps.
    fn log(level: context::Level, message: String) {
        in_run(|run| {
            if let Some(message) = rules::context::log(run, &message)? {
                let scope = &run.scope;
                let component = scope.component.descriptor().name.as_str();
                let (operation, request) = (&scope.operation, &scope.request_id);
                eprintln!(
                    "{level:?} component={component} operation={operation} request={request} {message}"
                );
            }
            Ok(())
        });
    }
}

impl settings::Guest for Adapter {
    fn get(name: String) -> String {
        in_run(|run| rules::settings::get(run, &name))
    }
}

impl keys::Guest for Adapter {
    fn sign(purpose: String, bytes: Vec<u8>) -> Vec<u8> {
        in_run(|run| rules::keys::sign(run, &purpose, &bytes))
    }

    fn verify(purpose: String, bytes: Vec<u8>, signature: Vec<u8>) -> bool {
        in_run(|run| rules::keys::verify(run, &purpose, &bytes, &signature))
    }
}

impl records::Guest for Adapter {
    fn get(collection: String, id: String) -> Option<String> {
        in_run(|run| rules::records::get(run, &collection, &id))
    }

    fn get_many(collection: String, ids: Vec<String>) -> Vec<Option<String>> {
        in_run(|run| rules::records::get_many(run, &collection, &ids))
    }

    fn scan(
        collection: String,
        index: Option<String>,
        range: records::Range,
        limit: u32,
        cursor: Option<String>,
    ) -> Result<records::Page, records::ScanError> {
        let (range, index, cursor) = (range.into(), index.as_deref(), cursor.as_deref());
        let page = in_run(|run| rules::records::scan(run, &collection, index, &range, limit, cursor));
        page.map(Into::into).map_err(|rules::records::CursorInvalid| records::ScanError::CursorInvalid)
    }

    fn count(collection: String, index: Option<String>, range: records::Range, limit: u32) -> u32 {
        let range = range.into();
        in_run(|run| rules::records::count(run, &collection, index.as_deref(), &range, limit))
    }

    fn put(collection: String, id: String, content: String) {
        in_run(|run| rules::records::put(run, &collection, &id, &content));
    }

    fn delete(collection: String, id: String) -> bool {
        in_run(|run| rules::records::delete(run, &collection, &id))
    }
}

impl stock::Guest for Adapter {
    fn open(name: String, ceiling: i64) {
        in_run(|run| rules::stock::open(run, &name, ceiling));
    }

    fn take(name: String, n: i64) -> bool {
        in_run(|run| rules::stock::take(run, &name, n))
    }

    fn give(name: String, n: i64) {
        in_run(|run| rules::stock::give(run, &name, n));
    }

    fn resize(name: String, ceiling: i64) -> bool {
        in_run(|run| rules::stock::resize(run, &name, ceiling))
    }

    fn level(name: String) -> Option<stock::Counter> {
        let level = in_run(|run| rules::stock::level(run, &name));
        level.map(|level| stock::Counter { available: level.available, ceiling: level.ceiling })
    }

    fn close(name: String) -> bool {
        in_run(|run| rules::stock::close(run, &name))
    }
}

impl ledger::Guest for Adapter {
    fn balance(book: String, account: ledger::Account) -> i64 {
        in_run(|run| rules::ledger::balance(run, &book, &account.into()))
    }

    fn balance_at(book: String, account: ledger::Account, at: i64) -> i64 {
        let at = Timestamp::from_micros(at);
        in_run(|run| rules::ledger::balance_at(run, &book, &account.into(), at))
    }

    fn entries(
        book: String,
        account: ledger::Account,
        limit: u32,
        cursor: Option<String>,
    ) -> ledger::EntriesPage {
        in_run(|run| rules::ledger::entries(run, &book, &account.into(), limit, cursor.as_deref())).into()
    }

    fn post(book: String, transfers: Vec<ledger::Transfer>) -> Result<String, ledger::Refusal> {
        let transfers = transfers.into_iter().map(Into::into).collect();
        in_run(|run| rules::ledger::post(run, &book, transfers)).map_err(Into::into)
    }

    fn hold(request: ledger::HoldRequest) -> Result<String, ledger::Refusal> {
        in_run(|run| rules::ledger::hold(run, request.into())).map_err(Into::into)
    }

    fn capture(hold: String, amount: i64) -> Result<String, ledger::Refusal> {
        in_run(|run| rules::ledger::capture(run, &hold, amount)).map_err(Into::into)
    }

    fn release(hold: String) -> Result<(), ledger::Refusal> {
        in_run(|run| rules::ledger::release(run, &hold)).map_err(Into::into)
    }

    fn refund(hold: String, amount: i64) -> Result<String, ledger::Refusal> {
        in_run(|run| rules::ledger::refund(run, &hold, amount)).map_err(Into::into)
    }

    fn hold_of(hold: String) -> Option<ledger::HoldState> {
        in_run(|run| rules::ledger::hold_of(run, &hold)).map(Into::into)
    }
}

impl events::Guest for Adapter {
    fn publish(name: String, content: String) -> String {
        in_run(|run| rules::events::publish(run, &name, &content))
    }

    fn schedule(at: i64, name: String, content: String) -> String {
        in_run(|run| rules::events::schedule(run, at, &name, &content))
    }

    fn cancel(timer: String) -> bool {
        in_run(|run| rules::events::cancel(run, &timer))
    }
}

impl registry::Guest for Adapter {
    fn put(provider: registry::Provider) {
        in_run(|run| rules::registry::put(run, &provider.try_into()?));
    }

    fn get(id: String) -> Option<registry::Provider> {
        in_run(|run| rules::registry::get(run, &id)).map(Into::into)
    }
}

linli_calls::wit_context!();
linli_calls::wit_records!();
linli_calls::wit_ledger!();
linli_calls::wit_registry!();
