//! Postings and holds. A transfer that fits is a delta; one that does not fit is a read.

use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use linli_contract::Timestamp;
use linli_contract::limits::{MAX_ENTRIES_LIMIT, MAX_HOLD_MICROS, MAX_INTEGER, MAX_TRANSFERS};

use super::{Fault, ScanError, Transaction};
use crate::commit::RangeRead;
use crate::key::{self, Key, Value};
use crate::ledger::{Account, AccountState, Entry, Hold, HoldStatus, Leg, Refusal};
use crate::read::StoreError;

/// One transfer, its accounts resolved and its right to debit checked by the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Debited account.
    pub debit: Account,
    /// Credited account, of the same book.
    pub credit: Account,
    /// Minor units, at least 1.
    pub amount: i64,
    /// Shown on statements.
    pub memo: String,
}

/// How much of an account may be debited, for callers that keep count over a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debit {
    /// Which account.
    pub account: Account,
    /// Minor units debited or held by this call so far.
    pub amount: i64,
}

/// A hold to make, its accounts resolved by the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRequest {
    /// Unique, from the call's ids.
    pub id: String,
    /// Whose money is set aside.
    pub payer: Account,
    /// Who gets it at capture.
    pub payee: Account,
    /// Minor units, at least 1.
    pub maximum: i64,
    /// Basis points of what is captured, 0 to 10,000.
    pub commission: u32,
    /// Who gets the commission.
    pub commission_to: Account,
    /// At most 90 days ahead.
    pub expires_at: Timestamp,
    /// Shown on statements.
    pub memo: String,
}

/// A page of a statement, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntriesPage {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where the next page starts.
    pub next: Option<String>,
}

impl Transaction {
    /// What can be spent: the balance less what is held. Counts as a read.
    ///
    /// # Errors
    /// When the store fails.
    pub fn balance(&mut self, account: &Account) -> Result<i64, Fault> {
        self.observe(account)?;
        Ok(self.state(account)?.spendable())
    }

    /// The balance after the last entry at or before `at`, of what is committed.
    ///
    /// # Errors
    /// When the store fails.
    pub fn balance_at(&mut self, account: &Account, at: Timestamp) -> Result<i64, Fault> {
        let prefix = key::entries(&account.book, &account.owner);
        let end = [prefix.as_slice(), &at.plus_micros(1).micros().to_be_bytes()].concat();
        let newest = self.newest(&prefix, &end.into(), 1)?;
        newest.first().map_or(Ok(0), |(_, value)| Ok(entry(value)?.balance))
    }

    /// Entries, newest first, of what is committed.
    ///
    /// # Errors
    /// For a limit outside 1 to 200, or a cursor of another account.
    pub fn entries(
        &mut self,
        account: &Account,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<EntriesPage, ScanError> {
        if !(1..=MAX_ENTRIES_LIMIT).contains(&limit) {
            return Err(Fault::Limit("MAX_ENTRIES_LIMIT").into());
        }
        let prefix = key::entries(&account.book, &account.owner);
        let end = match cursor {
            None => key::after(&prefix),
            Some(cursor) => {
                let place = URL_SAFE_NO_PAD.decode(cursor).ok().filter(|place| place.len() == 18);
                [prefix.as_slice(), &place.ok_or(ScanError::CursorInvalid)?].concat().into()
            }
        };
        let mut found = self.newest(&prefix, &end, limit as usize + 1)?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().filter(|_| more).map(|(key, _)| URL_SAFE_NO_PAD.encode(&key[prefix.len()..]));
        let entries = found.iter().map(|(_, value)| entry(value)).collect::<Result<_, _>>()?;
        Ok(EntriesPage { entries, next })
    }

    /// All transfers or none, as the posting `id`.
    ///
    /// # Errors
    /// The inner refusal when an account would fall below its floor; nothing is posted then.
    pub fn post(&mut self, id: &str, transfers: &[Transfer]) -> Result<Result<(), Refusal>, Fault> {
        self.count_write()?;
        if !(1..=MAX_TRANSFERS).contains(&transfers.len()) {
            return Err(Fault::Limit("MAX_TRANSFERS"));
        }
        let before = self.ledger.0.len();
        for transfer in transfers {
            check_amount(transfer.amount)?;
            if transfer.debit.book != transfer.credit.book {
                return Err(Fault::Undeclared("a transfer between books"));
            }
            let leg = |account: &Account, amount: i64| Leg {
                account: account.clone(),
                amount,
                held: 0,
                posting: id.to_owned(),
                memo: transfer.memo.clone(),
            };
            let debit = leg(&transfer.debit, -transfer.amount);
            if !self.try_leg(debit)? || !self.try_leg(leg(&transfer.credit, transfer.amount))? {
                self.ledger.0.truncate(before);
                return Ok(Err(Refusal::Insufficient));
            }
        }
        Ok(Ok(()))
    }

    /// Sets money aside.
    ///
    /// # Errors
    /// The inner refusal when the payer has not enough.
    pub fn hold(&mut self, request: HoldRequest) -> Result<Result<(), Refusal>, Fault> {
        self.count_write()?;
        check_amount(request.maximum)?;
        let ahead = request.expires_at.micros() - self.now.micros();
        if !(1..=MAX_HOLD_MICROS).contains(&ahead) || request.commission > 10_000 {
            return Err(Fault::Limit("MAX_HOLD_MICROS"));
        }
        if request.payer.book != request.payee.book || request.payer.book != request.commission_to.book {
            return Err(Fault::Undeclared("a hold between books"));
        }
        if !self.try_leg(held(&request.payer, request.maximum, &request.id))? {
            return Ok(Err(Refusal::Insufficient));
        }
        let hold = Hold {
            id: request.id,
            component: self.layout.component.clone(),
            payer: request.payer,
            payee: request.payee,
            maximum: request.maximum,
            commission: request.commission,
            commission_to: request.commission_to,
            expires_at: request.expires_at,
            memo: request.memo,
            status: HoldStatus::Open,
            captured: 0,
            refunded: 0,
            last_refund: 0,
        };
        self.enqueue_expiry(&hold)?;
        self.write(key::hold(&hold.id), Some(hold.encode()?))?;
        Ok(Ok(()))
    }

    /// Pays up to the maximum of a hold as the posting `id`, less commission, and frees the rest.
    ///
    /// # Errors
    /// The inner refusal when the hold is not this component's, closed, or smaller.
    pub fn capture(&mut self, id: &str, hold: &str, amount: i64) -> Result<Result<(), Refusal>, Fault> {
        self.count_write()?;
        check_amount(amount)?;
        let mut hold = match self.open_hold(hold)? {
            Ok(hold) => hold,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if amount > hold.maximum {
            return Ok(Err(Refusal::AboveMaximum));
        }
        let commission = hold.share(amount);
        // The debit frees the hold in the same leg, so that it fits whenever the hold did.
        let mut legs = vec![Leg { amount: -amount, ..held(&hold.payer, -hold.maximum, id) }];
        for (account, part) in [(&hold.payee, amount - commission), (&hold.commission_to, commission)] {
            if part > 0 {
                legs.push(Leg { amount: part, ..held(account, 0, id) });
            }
        }
        for mut leg in legs {
            leg.memo.clone_from(&hold.memo);
            if !self.try_leg(leg)? {
                return Err(Fault::Store(StoreError::Damaged("hold without its money")));
            }
        }
        hold.status = HoldStatus::Captured;
        hold.captured = amount;
        self.close_hold(&hold)?;
        Ok(Ok(()))
    }

    /// Gives back so much of what was captured, as the posting `id`, and the platform's share of it; see `wit/ledger.wit`.
    ///
    /// # Errors
    /// The inner refusal when the hold is not this component's or was not captured, when not so much of it is left, or when
    /// the payee has not so much.
    pub fn refund(&mut self, id: &str, hold: &str, amount: i64) -> Result<Result<(), Refusal>, Fault> {
        self.count_write()?;
        check_amount(amount)?;
        let Some(mut hold) = self.hold_of(hold)? else { return Ok(Err(Refusal::UnknownHold)) };
        if hold.status != HoldStatus::Captured {
            return Ok(Err(Refusal::NotAllowed));
        }
        if amount > hold.captured - hold.refunded {
            return Ok(Err(Refusal::AboveMaximum));
        }
        let commission = hold.commission_back(hold.refunded + amount) - hold.commission_back(hold.refunded);
        let before = self.ledger.0.len();
        let parts =
            [(&hold.payee, commission - amount), (&hold.commission_to, -commission), (&hold.payer, amount)];
        for (account, part) in parts.into_iter().filter(|(_, part)| *part != 0) {
            let leg = Leg { amount: part, memo: hold.memo.clone(), ..held(account, 0, id) };
            if !self.try_leg(leg)? {
                self.ledger.0.truncate(before);
                return Ok(Err(Refusal::Insufficient));
            }
        }
        (hold.refunded, hold.last_refund) = (hold.refunded + amount, amount);
        self.write(key::hold(&hold.id), Some(hold.encode()?))?;
        Ok(Ok(()))
    }

    /// Frees what is held.
    ///
    /// # Errors
    /// The inner refusal when the hold is not this component's, or closed.
    pub fn release(&mut self, hold: &str) -> Result<Result<(), Refusal>, Fault> {
        self.count_write()?;
        match self.open_hold(hold)? {
            Err(refusal) => Ok(Err(refusal)),
            Ok(hold) => {
                self.free(hold, HoldStatus::Released)?;
                Ok(Ok(()))
            }
        }
    }

    /// Frees a hold whose time is over, whosever it is, and gives it as it is then; for the platform's own timer.
    /// None when there was nothing to free.
    ///
    /// # Errors
    /// When the store fails.
    pub fn expire(&mut self, hold: &str) -> Result<Option<Hold>, Fault> {
        let Some(value) = self.read(&key::hold(hold))? else { return Ok(None) };
        let hold = Hold::decode(&value)?;
        if hold.status == HoldStatus::Open && hold.status_at(self.now) == HoldStatus::Expired {
            return self.free(hold, HoldStatus::Expired).map(Some);
        }
        Ok(None)
    }

    /// The component's own hold.
    ///
    /// # Errors
    /// When the store fails.
    pub fn hold_of(&mut self, hold: &str) -> Result<Option<Hold>, Fault> {
        let found = self.read(&key::hold(hold))?.map(|value| Hold::decode(&value)).transpose()?;
        Ok(found.filter(|hold| hold.component == self.layout.component))
    }

    /// What this call has debited or held of an account, for per-call limits.
    pub fn debited(&self, account: &Account) -> Debit {
        let same = |leg: &&Leg| leg.account.book == account.book && leg.account.owner == account.owner;
        let amount = self.ledger.0.iter().filter(same).map(|leg| (-leg.amount).max(0).max(leg.held)).sum();
        Debit { account: account.clone(), amount }
    }

    fn open_hold(&mut self, id: &str) -> Result<Result<Hold, Refusal>, Fault> {
        let now = self.now;
        Ok(match self.hold_of(id)? {
            None => Err(Refusal::UnknownHold),
            Some(hold) if hold.status_at(now) != HoldStatus::Open => Err(Refusal::HoldClosed),
            Some(hold) => Ok(hold),
        })
    }

    fn free(&mut self, mut hold: Hold, status: HoldStatus) -> Result<Hold, Fault> {
        if !self.try_leg(held(&hold.payer, -hold.maximum, &hold.id))? {
            return Err(Fault::Store(StoreError::Damaged("hold without its money")));
        }
        hold.status = status;
        self.close_hold(&hold)?;
        Ok(hold)
    }

    fn close_hold(&mut self, hold: &Hold) -> Result<(), Fault> {
        self.cancel_expiry(hold)?;
        self.write(key::hold(&hold.id), Some(hold.encode()?))
    }

    /// Takes the leg if it fits; if not, the account counts as read, so that the refusal is validated at commit.
    fn try_leg(&mut self, leg: Leg) -> Result<bool, Fault> {
        let fits = self.state(&leg.account)?.changed(leg.amount, leg.held).is_some();
        if fits {
            self.ledger.0.push(leg);
        } else {
            self.observe(&leg.account)?;
        }
        Ok(fits)
    }

    /// The account with this call's own changes, not remembered as read.
    fn state(&mut self, account: &Account) -> Result<AccountState, Fault> {
        self.count_read()?;
        let found = self.snapshot.get(&account.key())?;
        let stored = found.map(|row| AccountState::decode(&row.value)).transpose()?;
        let (balance, held) = self.ledger.net(account);
        let mut state = stored.unwrap_or_else(|| AccountState::new(account.clone()));
        state.account = account.clone();
        state.balance += balance;
        state.held += held;
        Ok(state)
    }

    fn observe(&mut self, account: &Account) -> Result<(), Fault> {
        self.read(&account.key()).map(|_| ())
    }

    /// Up to `limit` rows before `end`, newest first, remembered as read.
    fn newest(&mut self, prefix: &[u8], end: &Key, limit: usize) -> Result<Vec<(Key, Value)>, Fault> {
        let mut found: Vec<(Key, Value)> = Vec::new();
        let mut highest = 0;
        self.snapshot.range(prefix, end, true, &mut |key, version, value| {
            highest = highest.max(version);
            found.push((key.into(), value.into()));
            if found.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        for _ in &found {
            self.count_read()?;
        }
        let start = found
            .last()
            .filter(|_| found.len() >= limit)
            .map_or_else(|| prefix.into(), |(key, _)| key.clone());
        self.reads.ranges.push(RangeRead { start, end: end.clone(), count: found.len() as u64, highest });
        Ok(found)
    }
}

fn held(account: &Account, held: i64, posting: &str) -> Leg {
    Leg { account: account.clone(), amount: 0, held, posting: posting.to_owned(), memo: String::new() }
}

fn entry(value: &Value) -> Result<Entry, Fault> {
    serde_json::from_slice(value).map_err(|_| Fault::Store(StoreError::Damaged("entry")))
}

fn check_amount(amount: i64) -> Result<(), Fault> {
    if (1..=MAX_INTEGER).contains(&amount) { Ok(()) } else { Err(Fault::BadAmount) }
}
