//! `wit/ledger.wit`.

use linli_contract::limits::MAX_TRANSFERS;
use linli_contract::{Permission, Provider, Timestamp};
use linli_store::{self as store, Fault};

use crate::bindings::ledger::{
    Account, EntriesPage, Entry, HoldRequest, HoldState, HoldStatus, Host, Refusal, Transfer,
};
use crate::guest::{Guest, Misuse, Run, made_at};
use crate::limits::MAX_MEMO_BYTES;

impl Host for Guest {
    fn balance(&mut self, book: String, account: Account) -> wasmtime::Result<i64> {
        let run = self.run()?;
        let account = resolve(run, &book, &account)?;
        Ok(run.transaction.balance(&account)?)
    }

    fn balance_at(&mut self, book: String, account: Account, at: i64) -> wasmtime::Result<i64> {
        let run = self.run()?;
        let account = resolve(run, &book, &account)?;
        Ok(run.transaction.balance_at(&account, Timestamp::from_micros(at))?)
    }

    /// A cursor that belongs to another account is misuse here: the interface has no other word for it.
    fn entries(
        &mut self,
        book: String,
        account: Account,
        limit: u32,
        cursor: Option<String>,
    ) -> wasmtime::Result<EntriesPage> {
        let run = self.run()?;
        let account = resolve(run, &book, &account)?;
        let page = match run.transaction.entries(&account, limit, cursor.as_deref()) {
            Ok(page) => page,
            Err(store::ScanError::Fault(fault)) => return Err(fault.into()),
            Err(store::ScanError::CursorInvalid) => return Err(Misuse("a cursor of another account").into()),
        };
        run.cross(page.entries.iter().map(|entry| entry.posting.len() + entry.memo.len() + 24).sum())?;
        Ok(EntriesPage { entries: page.entries.into_iter().map(Into::into).collect(), next: page.next })
    }

    fn post(&mut self, book: String, transfers: Vec<Transfer>) -> wasmtime::Result<Result<String, Refusal>> {
        let run = self.run()?;
        if !(1..=MAX_TRANSFERS).contains(&transfers.len()) {
            return Err(Fault::Limit("MAX_TRANSFERS").into());
        }
        let mut resolved = Vec::with_capacity(transfers.len());
        let (mut charged, mut taken) = (0_i64, 0_i64);
        for transfer in transfers {
            check_memo(run, &transfer.memo)?;
            if !recalls(run, &book, &transfer)? {
                if matches!(transfer.debit, Account::Subject) {
                    charged = charged.saturating_add(transfer.amount.max(0));
                }
                if !may_debit(run, &book, &transfer.debit, charged)? {
                    return Ok(Err(Refusal::NotAllowed));
                }
            }
            if matches!(transfer.debit, Account::Subject | Account::Person(_)) {
                taken = taken.saturating_add(transfer.amount.max(0));
            }
            resolved.push(store::Transfer {
                debit: resolve(run, &book, &transfer.debit)?,
                credit: resolve(run, &book, &transfer.credit)?,
                amount: transfer.amount,
                memo: transfer.memo,
            });
        }
        let id = run.new_id()?;
        if !spend(run, &book, taken)? {
            return Ok(Err(Refusal::NotAllowed));
        }
        let posted = run.transaction.post(&id, &resolved)?;
        if posted.is_err() {
            not_spent(run, &book, taken)?;
        }
        Ok(posted.map(|()| id).map_err(Into::into))
    }

    fn hold(&mut self, request: HoldRequest) -> wasmtime::Result<Result<String, Refusal>> {
        let run = self.run()?;
        check_memo(run, &request.memo)?;
        if !may_debit(run, &request.book, &request.payer, request.maximum)? {
            return Ok(Err(Refusal::NotAllowed));
        }
        let Some(commission) = commission(run, &request.payee) else { return Ok(Err(Refusal::NotAllowed)) };
        let taken = if matches!(request.payer, Account::Subject) { request.maximum.max(0) } else { 0 };
        if !spend(run, &request.book, taken)? {
            return Ok(Err(Refusal::NotAllowed));
        }
        let id = run.new_id()?;
        let hold = store::HoldRequest {
            id: id.clone(),
            payer: resolve(run, &request.book, &request.payer)?,
            payee: resolve(run, &request.book, &request.payee)?,
            maximum: request.maximum,
            commission,
            commission_to: account(&request.book, "platform:commission".to_owned(), 0),
            expires_at: Timestamp::from_micros(request.expires_at),
            memo: request.memo,
        };
        let held = run.transaction.hold(hold)?;
        if held.is_err() {
            not_spent(run, &request.book, taken)?;
        }
        Ok(told(run, &id, held)?.map(|()| id))
    }

    fn capture(&mut self, hold: String, amount: i64) -> wasmtime::Result<Result<String, Refusal>> {
        let run = self.run()?;
        let id = run.new_id()?;
        let captured = run.transaction.capture(&id, &hold, amount)?;
        Ok(told(run, &hold, captured)?.map(|()| id))
    }

    fn refund(&mut self, hold: String, amount: i64) -> wasmtime::Result<Result<String, Refusal>> {
        let run = self.run()?;
        let id = run.new_id()?;
        let refunded = run.transaction.refund(&id, &hold, amount)?;
        Ok(told(run, &hold, refunded)?.map(|()| id))
    }

    fn release(&mut self, hold: String) -> wasmtime::Result<Result<(), Refusal>> {
        let run = self.run()?;
        let released = run.transaction.release(&hold)?;
        told(run, &hold, released)
    }

    fn hold_of(&mut self, hold: String) -> wasmtime::Result<Option<HoldState>> {
        let run = self.run()?;
        let found = run.transaction.hold_of(&hold)?;
        Ok(found.map(|hold| HoldState {
            status: hold.status(run.has_passed(hold.expires_at)).into(),
            maximum: hold.maximum,
            captured: hold.captured,
            refunded: hold.refunded,
            commission: hold.commission,
            expires_at: hold.expires_at.micros(),
        }))
    }
}

/// Basis points of what is captured for a payee; none when it is a provider that may not trade.
fn commission(run: &Run, payee: &Account) -> Option<u32> {
    let Account::Provider(id) = payee else { return Some(0) };
    match run.scope.registry.get(id) {
        Some(provider) => provider.may_trade(run.transaction.now()).then_some(provider.commission),
        // Nothing was agreed with one that nobody registered.
        None => Some(0),
    }
}

/// What became of a hold, and, if it was done, the same to those who want to hear of orders.
fn told(
    run: &mut Run,
    hold: &str,
    done: Result<(), store::Refusal>,
) -> wasmtime::Result<Result<(), Refusal>> {
    if let Err(refusal) = done {
        return Ok(Err(refusal.into()));
    }
    if let Some(hold) = run.transaction.hold_of(hold)? {
        run.scope.shared.publish_order(&mut run.transaction, &hold)?;
        if run.scope.service.rails().is_some() {
            unspend(&mut run.transaction, run.scope.service.layout().space, &hold)?;
        }
    }
    Ok(Ok(()))
}

/// The book whose amounts count against what a plugin may charge in a call and in a day; others are bounded by their
/// own permission alone.
const MONEY: &str = "CNY";

/// Counts what a plugin is about to take from people, if that is within what it may in a call, and here in a day.
fn spend(run: &mut Run, book: &str, amount: i64) -> Result<bool, Fault> {
    let Some(rails) = run.scope.service.rails().filter(|_| book == MONEY && amount > 0) else {
        return Ok(true);
    };
    let limits = rails.limits();
    let charged = run.charged.saturating_add(amount);
    if charged > limits.money_per_call {
        return Ok(false);
    }
    let fits = run.transaction.spend(amount, limits.money_per_day)?;
    if fits {
        run.charged = charged;
    }
    Ok(fits)
}

/// Takes back what [`spend`] counted: the ledger refused.
fn not_spent(run: &mut Run, book: &str, amount: i64) -> Result<(), Fault> {
    if run.scope.service.rails().is_none() || book != MONEY || amount == 0 {
        return Ok(());
    }
    run.charged -= amount;
    let now = run.transaction.now();
    run.transaction.unspend(run.scope.service.layout().space, now, amount)
}

/// Gives back to the day's money what a hold of that day set aside and did not pay.
pub(crate) fn unspend(
    transaction: &mut store::Transaction,
    component: store::Space,
    hold: &store::Hold,
) -> Result<(), Fault> {
    let unpaid = match hold.status {
        store::HoldStatus::Open => 0,
        store::HoldStatus::Captured => hold.maximum - hold.captured,
        store::HoldStatus::Released | store::HoldStatus::Expired => hold.maximum,
    };
    match made_at(&hold.id).filter(|_| hold.payer.book == MONEY && hold.person().is_some() && unpaid > 0) {
        Some(made) => transaction.unspend(component, made, unpaid),
        None => Ok(()),
    }
}

fn account(book: &str, owner: String, floor: i64) -> store::Account {
    store::Account { book: book.to_owned(), owner, floor }
}

/// The account behind a component's name for it.
fn resolve(run: &mut Run, book: &str, wanted: &Account) -> wasmtime::Result<store::Account> {
    if !is_book(book) {
        return Err(Misuse("a book is `points` or an ISO 4217 code").into());
    }
    let scope = &run.scope;
    Ok(match wanted {
        Account::Subject => {
            run.looked.caller = true;
            let subject = scope.subject.as_ref().ok_or(Misuse("an account of the subject without one"))?;
            account(book, format!("person:{}", subject.record.id), 0)
        }
        Account::Own(name) => {
            let floor = scope.service.account_floor(book, name).ok_or(Fault::Undeclared("the account"))?;
            account(book, format!("own:{}/{name}", scope.service.descriptor().name), floor)
        }
        Account::Person(reference) => {
            run.looked.own = true;
            let row = scope.service.refs().open(reference);
            let person = row.map(|row| scope.shared.directory.by_row(row)).transpose()?.flatten();
            let person = person.ok_or(Misuse("an account of nobody known"))?;
            account(book, format!("person:{}", person.record.id), 0)
        }
        Account::Provider(name) => {
            if !Provider::is_id(name) {
                return Err(Misuse("not the name of a provider").into());
            }
            account(book, format!("provider:{name}"), 0)
        }
    })
}

/// Whether an issuer takes back what it issued: from a person, into its own account with a negative floor.
fn recalls(run: &mut Run, book: &str, transfer: &Transfer) -> wasmtime::Result<bool> {
    let from_person = matches!(transfer.debit, Account::Subject | Account::Person(_));
    let into_own = matches!(transfer.credit, Account::Own(_));
    Ok(from_person && into_own && resolve(run, book, &transfer.credit)?.floor < 0)
}

/// Only the caller's account, within the grant for this call, or the component's own. `amount` is what is about to be
/// debited besides what this call has debited already.
fn may_debit(run: &mut Run, book: &str, from: &Account, amount: i64) -> wasmtime::Result<bool> {
    match from {
        Account::Own(_) => Ok(true),
        Account::Subject => {
            let limit = run.scope.service.granted().find_map(|permission| match permission {
                Permission::DebitCaller { book: granted, max_per_call } if granted == book => {
                    Some(*max_per_call)
                }
                _ => None,
            });
            let account = resolve(run, book, from)?;
            let total = run.transaction.debited(&account).amount.saturating_add(amount);
            Ok(limit.is_some_and(|limit| total <= limit))
        }
        Account::Person(_) | Account::Provider(_) => Ok(false),
    }
}

fn check_memo(run: &mut Run, memo: &str) -> Result<(), Fault> {
    run.cross(memo.len())?;
    if memo.len() > MAX_MEMO_BYTES { Err(Fault::Limit("MAX_MEMO_BYTES")) } else { Ok(()) }
}

fn is_book(book: &str) -> bool {
    book == "points" || (book.len() == 3 && book.bytes().all(|b| b.is_ascii_uppercase()))
}

impl From<store::Entry> for Entry {
    fn from(entry: store::Entry) -> Self {
        Self {
            posting: entry.posting,
            at: entry.at.micros(),
            amount: entry.amount,
            balance: entry.balance,
            memo: entry.memo,
        }
    }
}

impl From<store::Refusal> for Refusal {
    fn from(refusal: store::Refusal) -> Self {
        match refusal {
            store::Refusal::Insufficient => Self::Insufficient,
            store::Refusal::NotAllowed => Self::NotAllowed,
            store::Refusal::UnknownHold => Self::UnknownHold,
            store::Refusal::HoldClosed => Self::HoldClosed,
            store::Refusal::AboveMaximum => Self::AboveMaximum,
        }
    }
}

impl From<store::HoldStatus> for HoldStatus {
    fn from(status: store::HoldStatus) -> Self {
        match status {
            store::HoldStatus::Open => Self::Open,
            store::HoldStatus::Captured => Self::Captured,
            store::HoldStatus::Released => Self::Released,
            store::HoldStatus::Expired => Self::Expired,
        }
    }
}
