//! See [`crate::ledger`].

use linli_contract::limits::MAX_INTEGER;
use linli_contract::{Permission, Timestamp};
use linli_store::{Fault, ScanError};

use crate::ledger::{Account, Entry, HoldRequest, HoldState, HoldStatus, Refusal, Transfer};
use crate::reply::Page;
use crate::testing::{Call, account_of, with};

pub(crate) fn balance(book: &str, account: &Account) -> i64 {
    with(|call| {
        let account = resolve(call, book, account)?;
        call.transaction.balance(&account)
    })
}

pub(crate) fn balance_at(book: &str, account: &Account, at: Timestamp) -> i64 {
    with(|call| {
        let account = resolve(call, book, account)?;
        call.transaction.balance_at(&account, at)
    })
}

pub(crate) fn entries(book: &str, account: &Account, limit: u32, cursor: Option<&str>) -> Page<Entry> {
    with(|call| {
        let account = resolve(call, book, account)?;
        let page = call.transaction.entries(&account, limit, cursor).map_err(|error| match error {
            ScanError::Fault(fault) => fault,
            ScanError::CursorInvalid => Fault::Undeclared("a cursor of another account"),
        })?;
        let entry = |entry: linli_store::Entry| Entry {
            posting: entry.posting,
            at: entry.at,
            amount: entry.amount,
            balance: entry.balance,
            memo: entry.memo,
        };
        Ok(Page { items: page.entries.into_iter().map(entry).collect(), next: page.next })
    })
}

pub(crate) fn post(book: &str, transfers: &[Transfer]) -> Result<String, Refusal> {
    with(|call| {
        let mut resolved = Vec::with_capacity(transfers.len());
        for transfer in transfers {
            if !recalls(call, book, transfer)? && !may_debit(call, book, &transfer.debit, transfer.amount)? {
                return Ok(Err(Refusal::NotAllowed));
            }
            resolved.push(linli_store::Transfer {
                debit: resolve(call, book, &transfer.debit)?,
                credit: resolve(call, book, &transfer.credit)?,
                amount: transfer.amount,
                memo: transfer.memo.clone(),
            });
        }
        let id = call.new_id();
        Ok(call.transaction.post(&id, &resolved)?.map(|()| id).map_err(refusal))
    })
}

pub(crate) fn hold(request: &HoldRequest) -> Result<String, Refusal> {
    with(|call| {
        if !may_debit(call, &request.book, &request.payer, request.maximum)? {
            return Ok(Err(Refusal::NotAllowed));
        }
        let Some(commission) = commission(call, &request.payee) else { return Ok(Err(Refusal::NotAllowed)) };
        let id = call.new_id();
        let commission_to = linli_store::Account {
            book: request.book.clone(),
            owner: "platform:commission".to_owned(),
            floor: 0,
        };
        let hold = linli_store::HoldRequest {
            id: id.clone(),
            payer: resolve(call, &request.book, &request.payer)?,
            payee: resolve(call, &request.book, &request.payee)?,
            maximum: request.maximum,
            commission,
            commission_to,
            expires_at: request.expires_at,
            memo: request.memo.clone(),
        };
        let held = call.transaction.hold(hold)?;
        Ok(told(call, &id, held)?.map(|()| id))
    })
}

pub(crate) fn capture(hold: &str, amount: i64) -> Result<String, Refusal> {
    with(|call| {
        let id = call.new_id();
        let captured = call.transaction.capture(&id, hold, amount)?;
        Ok(told(call, hold, captured)?.map(|()| id))
    })
}

pub(crate) fn refund(hold: &str, amount: i64) -> Result<String, Refusal> {
    with(|call| {
        let id = call.new_id();
        let refunded = call.transaction.refund(&id, hold, amount)?;
        Ok(told(call, hold, refunded)?.map(|()| id))
    })
}

pub(crate) fn release(hold: &str) -> Result<(), Refusal> {
    with(|call| {
        let released = call.transaction.release(hold)?;
        told(call, hold, released)
    })
}

pub(crate) fn hold_of(hold: &str) -> Option<HoldState> {
    let (hold, now) = with(|call| Ok((call.transaction.hold_of(hold)?, call.now())));
    hold.map(|hold| HoldState {
        status: match hold.status_at(now) {
            linli_store::HoldStatus::Open => HoldStatus::Open,
            linli_store::HoldStatus::Captured => HoldStatus::Captured,
            linli_store::HoldStatus::Released => HoldStatus::Released,
            linli_store::HoldStatus::Expired => HoldStatus::Expired,
        },
        maximum: hold.maximum,
        captured: hold.captured,
        refunded: hold.refunded,
        commission: hold.commission,
        expires_at: hold.expires_at,
    })
}

/// Basis points of what is captured for a payee; none when it is a provider that may not trade.
fn commission(call: &Call, payee: &Account) -> Option<u32> {
    let Account::Provider(id) = payee else { return Some(0) };
    call.world(|world| match world.provider(id) {
        Some(provider) => provider.may_trade(call.now()).then_some(provider.commission),
        None => Some(0),
    })
}

/// What became of a hold, and, if it was done and the hold is an order, the event about it.
fn told(
    call: &mut Call,
    hold: &str,
    done: Result<(), linli_store::Refusal>,
) -> Result<Result<(), Refusal>, Fault> {
    if let Err(refused) = done {
        return Ok(Err(refusal(refused)));
    }
    if let Some(hold) = call.transaction.hold_of(hold)? {
        call.publish_order(&hold)?;
    }
    Ok(Ok(()))
}

fn resolve(call: &Call, book: &str, account: &Account) -> Result<linli_store::Account, Fault> {
    let plain = |owner: String| linli_store::Account { book: book.to_owned(), owner, floor: 0 };
    match account {
        Account::Subject => {
            let subject =
                call.caller.subject.as_ref().ok_or(Fault::Undeclared("the subject of a call without one"))?;
            Ok(account_of(subject, book))
        }
        Account::Person(person) => Ok(account_of(person, book)),
        Account::Provider(id) => Ok(plain(format!("provider:{id}"))),
        Account::Own(name) => call.world(|world| {
            let descriptor = world.descriptor();
            let declared = descriptor.accounts.iter().find(|a| a.name == *name && a.book == book);
            let declared = declared.ok_or(Fault::Undeclared("the account"))?;
            let owner = format!("own:{}/{name}", descriptor.name);
            Ok(linli_store::Account { floor: declared.floor, ..plain(owner) })
        }),
    }
}

/// Whether an issuer takes back what it issued: from a person, into its own issuing account of the book.
fn recalls(call: &Call, book: &str, transfer: &Transfer) -> Result<bool, Fault> {
    let from_person = matches!(transfer.debit, Account::Subject | Account::Person(_));
    let into_own = matches!(transfer.credit, Account::Own(_));
    Ok(from_person && into_own && resolve(call, book, &transfer.credit)?.floor < 0)
}

/// Its own accounts; the caller's, up to what was granted for one call; nobody else's.
fn may_debit(call: &Call, book: &str, account: &Account, amount: i64) -> Result<bool, Fault> {
    let granted = match account {
        Account::Own(_) => MAX_INTEGER,
        Account::Subject => call.world(|world| {
            let maximum = |p: &Permission| match p {
                Permission::DebitCaller { book: of, max_per_call } if of == book => *max_per_call,
                _ => 0,
            };
            world.descriptor().permissions.iter().map(maximum).max().unwrap_or(0)
        }),
        Account::Person(_) | Account::Provider(_) => 0,
    };
    let used = call.transaction.debited(&resolve(call, book, account)?).amount;
    Ok(used.saturating_add(amount) <= granted)
}

fn refusal(refusal: linli_store::Refusal) -> Refusal {
    match refusal {
        linli_store::Refusal::Insufficient => Refusal::Insufficient,
        linli_store::Refusal::NotAllowed => Refusal::NotAllowed,
        linli_store::Refusal::UnknownHold => Refusal::UnknownHold,
        linli_store::Refusal::HoldClosed => Refusal::HoldClosed,
        linli_store::Refusal::AboveMaximum => Refusal::AboveMaximum,
    }
}
