//! `wit/ledger.wit`.

use linli_contract::limits::MAX_TRANSFERS;
use linli_contract::{Permission, Provider, Timestamp};
use linli_store::{self as store, EntriesPage, Fault, HoldStatus, Refusal, ScanError};

use crate::component::Trust;
use crate::orders::publish_order;
use crate::run::{Run, made_at};
use crate::trap::{Misuse, Trap};

/// Bytes of a memo.
const MAX_MEMO_BYTES: usize = 200;

/// An account, as components name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// The one of whom the call is about.
    Subject,
    /// One of the component's own, which it declares.
    Own(String),
    /// The one of the person behind a reference.
    Person(String),
    /// The one of a provider.
    Provider(String),
}

/// So much from one account to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// What is debited.
    pub debit: Account,
    /// What is credited.
    pub credit: Account,
    /// In the book's minor units.
    pub amount: i64,
    /// What people read beside it.
    pub memo: String,
}

/// What a hold is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRequest {
    /// `points`, or an ISO 4217 code.
    pub book: String,
    /// Who pays.
    pub payer: Account,
    /// Who is paid.
    pub payee: Account,
    /// The most that can be captured, in the book's minor units.
    pub maximum: i64,
    /// Until when.
    pub expires_at: Timestamp,
    /// What people read beside it.
    pub memo: String,
}

/// A hold, as components see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldState {
    /// What became of it, judged by `now`.
    pub status: HoldStatus,
    /// The most that could be captured.
    pub maximum: i64,
    /// What was captured.
    pub captured: i64,
    /// What of that was given back.
    pub refunded: i64,
    /// Basis points of what is captured.
    pub commission: u32,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What an account holds; counts as a read.
///
/// # Errors
/// What is no account of this call; when the store fails.
pub fn balance(run: &mut Run, book: &str, account: &Account) -> Result<i64, Trap> {
    let account = resolve(run, book, account)?;
    Ok(run.transaction.balance(&account)?)
}

/// What an account held at a moment.
///
/// # Errors
/// As [`balance`].
pub fn balance_at(run: &mut Run, book: &str, account: &Account, at: Timestamp) -> Result<i64, Trap> {
    let account = resolve(run, book, account)?;
    Ok(run.transaction.balance_at(&account, at)?)
}

/// A page of an account's entries. A cursor that belongs to another account is misuse here: the interface has no other
/// word for it.
///
/// # Errors
/// As [`balance`]; over the limits.
pub fn entries(
    run: &mut Run,
    book: &str,
    account: &Account,
    limit: u32,
    cursor: Option<&str>,
) -> Result<EntriesPage, Trap> {
    let account = resolve(run, book, account)?;
    let page = match run.transaction.entries(&account, limit, cursor) {
        Ok(page) => page,
        Err(ScanError::Fault(fault)) => return Err(fault.into()),
        Err(ScanError::CursorInvalid) => return Err(Misuse("a cursor of another account").into()),
    };
    run.cross(page.entries.iter().map(|entry| entry.posting.len() + entry.memo.len() + 24).sum())?;
    Ok(page)
}

/// Posts transfers, all or none; the posting's id.
///
/// # Errors
/// As [`balance`]; over the limits; outside commands.
pub fn post(run: &mut Run, book: &str, transfers: Vec<Transfer>) -> Result<Result<String, Refusal>, Trap> {
    if !(1..=MAX_TRANSFERS).contains(&transfers.len()) {
        return Err(Fault::Limit("MAX_TRANSFERS").into());
    }
    let mut resolved = Vec::with_capacity(transfers.len());
    let (mut charged, mut taken) = (0_i64, 0_i64);
    for transfer in transfers {
        check_memo(run, &transfer.memo)?;
        if !recalls(run, book, &transfer)? {
            if matches!(transfer.debit, Account::Subject) {
                charged = charged.saturating_add(transfer.amount.max(0));
            }
            if !may_debit(run, book, &transfer.debit, charged)? {
                return Ok(Err(Refusal::NotAllowed));
            }
        }
        if matches!(transfer.debit, Account::Subject | Account::Person(_)) {
            taken = taken.saturating_add(transfer.amount.max(0));
        }
        resolved.push(store::Transfer {
            debit: resolve(run, book, &transfer.debit)?,
            credit: resolve(run, book, &transfer.credit)?,
            amount: transfer.amount,
            memo: transfer.memo,
        });
    }
    let id = run.new_id()?;
    if !spend(run, book, taken)? {
        return Ok(Err(Refusal::NotAllowed));
    }
    let posted = run.transaction.post(&id, &resolved)?;
    if posted.is_err() {
        not_spent(run, book, taken)?;
    }
    Ok(posted.map(|()| id))
}

/// Sets money aside; the hold's id.
///
/// # Errors
/// As [`post`].
pub fn hold(run: &mut Run, request: HoldRequest) -> Result<Result<String, Refusal>, Trap> {
    let book = request.book.as_str();
    check_memo(run, &request.memo)?;
    if !may_debit(run, book, &request.payer, request.maximum)? {
        return Ok(Err(Refusal::NotAllowed));
    }
    let Some(commission) = commission(run, &request.payee) else { return Ok(Err(Refusal::NotAllowed)) };
    let taken = if matches!(request.payer, Account::Subject) { request.maximum.max(0) } else { 0 };
    if !spend(run, book, taken)? {
        return Ok(Err(Refusal::NotAllowed));
    }
    let id = run.new_id()?;
    let hold = store::HoldRequest {
        id: id.clone(),
        payer: resolve(run, book, &request.payer)?,
        payee: resolve(run, book, &request.payee)?,
        maximum: request.maximum,
        commission,
        commission_to: account(book, "platform:commission".to_owned(), 0),
        expires_at: request.expires_at,
        memo: request.memo,
    };
    let held = run.transaction.hold(hold)?;
    if held.is_err() {
        not_spent(run, &request.book, taken)?;
    }
    Ok(told(run, &id, held)?.map(|()| id))
}

/// Pays so much of a hold; the posting's id.
///
/// # Errors
/// As [`post`].
pub fn capture(run: &mut Run, hold: &str, amount: i64) -> Result<Result<String, Refusal>, Trap> {
    let id = run.new_id()?;
    let captured = run.transaction.capture(&id, hold, amount)?;
    Ok(told(run, hold, captured)?.map(|()| id))
}

/// Gives back so much of what was captured; the posting's id.
///
/// # Errors
/// As [`post`].
pub fn refund(run: &mut Run, hold: &str, amount: i64) -> Result<Result<String, Refusal>, Trap> {
    let id = run.new_id()?;
    let refunded = run.transaction.refund(&id, hold, amount)?;
    Ok(told(run, hold, refunded)?.map(|()| id))
}

/// Lets a hold go.
///
/// # Errors
/// As [`post`].
pub fn release(run: &mut Run, hold: &str) -> Result<Result<(), Refusal>, Trap> {
    let released = run.transaction.release(hold)?;
    told(run, hold, released)
}

/// What became of a hold of the component's.
///
/// # Errors
/// When the store fails.
pub fn hold_of(run: &mut Run, hold: &str) -> Result<Option<HoldState>, Trap> {
    let found = run.transaction.hold_of(hold)?;
    Ok(found.map(|hold| HoldState {
        status: hold.status(run.has_passed(hold.expires_at)),
        maximum: hold.maximum,
        captured: hold.captured,
        refunded: hold.refunded,
        commission: hold.commission,
        expires_at: hold.expires_at,
    }))
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
fn told(run: &mut Run, hold: &str, done: Result<(), Refusal>) -> Result<Result<(), Refusal>, Trap> {
    if let Err(refusal) = done {
        return Ok(Err(refusal));
    }
    if let Some(hold) = run.transaction.hold_of(hold)? {
        publish_order(&*run.scope.surroundings, &mut run.transaction, &hold)?;
        if run.scope.component.trust() == Trust::Plugin {
            unspend(&mut run.transaction, run.scope.component.space(), &hold)?;
        }
    }
    Ok(Ok(()))
}

/// The book whose amounts count against what a plugin may charge in a call and in a day; others are bounded by their
/// own permission alone.
const MONEY: &str = "CNY";

/// Counts what a plugin is about to take from people, if that is within what it may in a call, and here in a day.
fn spend(run: &mut Run, book: &str, amount: i64) -> Result<bool, Fault> {
    if !counts(run, book) || amount <= 0 {
        return Ok(true);
    }
    let scope = &run.scope;
    let limits = scope.surroundings.money_limits(&scope.component.descriptor().name);
    let Some(limits) = limits else { return Ok(true) };
    let charged = run.charged.saturating_add(amount);
    if charged > limits.per_call {
        return Ok(false);
    }
    let fits = run.transaction.spend(amount, limits.per_day)?;
    if fits {
        run.charged = charged;
    }
    Ok(fits)
}

/// Takes back what [`spend`] counted: the ledger refused.
fn not_spent(run: &mut Run, book: &str, amount: i64) -> Result<(), Fault> {
    if !counts(run, book) || amount == 0 {
        return Ok(());
    }
    run.charged -= amount;
    let now = run.transaction.now();
    run.transaction.unspend(run.scope.component.space(), now, amount)
}

/// Whether what is taken from people in this book is counted.
fn counts(run: &Run, book: &str) -> bool {
    book == MONEY && run.scope.component.trust() == Trust::Plugin
}

/// Gives back to the day's money what a hold of that day set aside and did not pay.
///
/// # Errors
/// When the store fails.
pub fn unspend(
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
fn resolve(run: &mut Run, book: &str, wanted: &Account) -> Result<store::Account, Trap> {
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
            let floor = scope.component.account_floor(book, name).ok_or(Fault::Undeclared("the account"))?;
            account(book, format!("own:{}/{name}", scope.component.descriptor().name), floor)
        }
        Account::Person(reference) => {
            run.looked.own = true;
            let row = scope.component.refs().open(reference);
            let person = row.map(|row| scope.surroundings.directory().by_row(row)).transpose()?.flatten();
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
fn recalls(run: &mut Run, book: &str, transfer: &Transfer) -> Result<bool, Trap> {
    let from_person = matches!(transfer.debit, Account::Subject | Account::Person(_));
    let into_own = matches!(transfer.credit, Account::Own(_));
    Ok(from_person && into_own && resolve(run, book, &transfer.credit)?.floor < 0)
}

/// Only the caller's account, within the grant for this call, or the component's own. `amount` is what is about to be
/// debited besides what this call has debited already.
fn may_debit(run: &mut Run, book: &str, from: &Account, amount: i64) -> Result<bool, Trap> {
    match from {
        Account::Own(_) => Ok(true),
        Account::Subject => {
            let limit = run.scope.component.granted().find_map(|permission| match permission {
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
