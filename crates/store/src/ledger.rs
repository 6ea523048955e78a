//! Double-entry accounts as stored, and how a commit changes them.
//!
//! Balances are in integer minor units. Every transfer debits one account and credits another, so each book sums to
//! zero. `balance - held >= floor` holds for every account after every commit that debits or holds.

use std::collections::BTreeMap;

use linli_contract::limits::MAX_INTEGER;
use linli_contract::{Amount, Order, PersonRef, Timestamp};
use serde::{Deserialize, Serialize};

use crate::commit::Refused;
use crate::key::{self, Key, Value};
use crate::read::StoreError;

/// An account by book and owner. Owners are made by the host: `person:<id>`, `own:<component>/<name>`,
/// `provider:<id>`, `platform:<name>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account {
    /// `points`, or an ISO 4217 code.
    pub book: String,
    /// Whose it is.
    pub owner: String,
    /// The balance less what is held never falls below this; zero but for issuers.
    #[serde(default)]
    pub floor: i64,
}

impl Account {
    pub(crate) fn key(&self) -> Key {
        key::account(&self.book, &self.owner)
    }
}

/// An account's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    /// Which account.
    pub account: Account,
    /// Sum of its entries.
    pub balance: i64,
    /// Sum of its open holds.
    pub held: i64,
}

impl AccountState {
    /// An account never used.
    pub fn new(account: Account) -> Self {
        Self { account, balance: 0, held: 0 }
    }

    /// What can be spent without going below zero.
    pub fn spendable(&self) -> i64 {
        self.balance - self.held
    }

    /// After a change, or none when the floor or the range of amounts would be left. Credits are always taken.
    pub(crate) fn changed(&self, balance: i64, held: i64) -> Option<Self> {
        let next = Self {
            account: self.account.clone(),
            balance: self.balance.checked_add(balance)?,
            held: self.held.checked_add(held)?,
        };
        let in_range = next.balance.abs() <= MAX_INTEGER && (0..=MAX_INTEGER).contains(&next.held);
        let above_floor = next.spendable() >= next.account.floor || (balance >= 0 && held <= 0);
        (in_range && above_floor).then_some(next)
    }

    fn encode(&self) -> Result<Value, StoreError> {
        serde_json::to_vec(self).map(Into::into).map_err(|_| StoreError::Damaged("account"))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(bytes).map_err(|_| StoreError::Damaged("account"))
    }
}

/// One line of an account's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Id of the posting it belongs to.
    pub posting: String,
    /// Time of its commit.
    pub at: Timestamp,
    /// Negative for a debit.
    pub amount: i64,
    /// After it.
    pub balance: i64,
    /// Shown on the statement.
    pub memo: String,
}

/// Why the ledger does not do what was asked; see `wit/ledger.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The debited account would fall below its floor.
    #[error("not enough")]
    Insufficient,
    /// Not this component's to debit, or above what it was granted.
    #[error("not allowed")]
    NotAllowed,
    /// No such hold, or not this component's.
    #[error("no such hold")]
    UnknownHold,
    /// Captured, released or expired.
    #[error("the hold is closed")]
    HoldClosed,
    /// More than the hold's maximum.
    #[error("above the hold's maximum")]
    AboveMaximum,
}

/// What became of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldStatus {
    /// Waiting to be captured.
    Open,
    /// Paid.
    Captured,
    /// Given back by its component.
    Released,
    /// Given back because its time was over.
    Expired,
}

/// Money set aside: payer, maximum, payee, commission and expiry are fixed when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Unique in the partition.
    pub id: String,
    /// Whose hold it is.
    pub component: String,
    /// Debited at capture.
    pub payer: Account,
    /// Credited at capture, less commission.
    pub payee: Account,
    /// Minor units.
    pub maximum: i64,
    /// Basis points of what is captured.
    pub commission: u32,
    /// Credited with the commission.
    pub commission_to: Account,
    /// Judged by `now`.
    pub expires_at: Timestamp,
    /// Shown on the statement.
    pub memo: String,
    /// What became of it.
    pub status: HoldStatus,
    /// Minor units.
    pub captured: i64,
    /// What of it was given back since, in minor units.
    #[serde(default)]
    pub refunded: i64,
    /// The latest part of that.
    #[serde(default)]
    pub last_refund: i64,
}

impl Hold {
    /// The status at a moment: a hold whose time is over is expired, tidied or not.
    pub fn status_at(&self, now: Timestamp) -> HoldStatus {
        self.status(now >= self.expires_at)
    }

    /// As [`Hold::status_at`], for whoever knows only whether its time is over.
    pub fn status(&self, is_over: bool) -> HoldStatus {
        if self.status == HoldStatus::Open && is_over { HoldStatus::Expired } else { self.status }
    }

    /// The provider it pays; a hold that pays one is an order.
    pub fn provider(&self) -> Option<&str> {
        self.payee.owner.strip_prefix("provider:")
    }

    /// Directory id of the person who pays.
    pub fn person(&self) -> Option<&str> {
        self.payer.owner.strip_prefix("person:")
    }

    /// What the platform tells of the order as it stands, to somebody who sees the payer as `person`: the id of the event,
    /// its name, and its content. None when it is no order.
    pub fn order(&self, person: Option<PersonRef>) -> Option<(String, &'static str, Order)> {
        let provider = self.provider()?.to_owned();
        let (name, amount, commission) = match self.status {
            HoldStatus::Open => (Order::PLACED, self.maximum, self.share(self.maximum)),
            HoldStatus::Captured if self.last_refund > 0 => {
                let before = self.commission_back(self.refunded - self.last_refund);
                (Order::REFUNDED, self.last_refund, self.commission_back(self.refunded) - before)
            }
            HoldStatus::Captured => (Order::CAPTURED, self.captured, self.share(self.captured)),
            HoldStatus::Released | HoldStatus::Expired => (Order::RELEASED, self.maximum, 0),
        };
        let id = match name {
            // There may be several.
            Order::REFUNDED => format!("{}.{name}.{}", self.id, self.refunded),
            _ => format!("{}.{name}", self.id),
        };
        let order = Order {
            order: self.id.clone(),
            provider,
            book: self.payer.book.clone(),
            amount,
            commission,
            person,
            component: self.component.clone(),
            expired: self.status == HoldStatus::Expired,
        };
        Some((id, name, order))
    }

    /// The commission on an amount.
    pub(crate) fn share(&self, amount: i64) -> i64 {
        Amount::new(amount).unwrap_or_default().basis_points(self.commission).minor()
    }

    /// How much of the commission has been given back when so much of what was captured has: the same share, rounded down,
    /// so that it grows with the amount and never by more, and is all of it in the end.
    pub(crate) fn commission_back(&self, refunded: i64) -> i64 {
        let taken = i128::from(self.share(self.captured));
        let back = taken * i128::from(refunded) / i128::from(self.captured.max(1));
        i64::try_from(back).expect("not more than was taken")
    }

    pub(crate) fn encode(&self) -> Result<Value, StoreError> {
        serde_json::to_vec(self).map(Into::into).map_err(|_| StoreError::Damaged("hold"))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(bytes).map_err(|_| StoreError::Damaged("hold"))
    }
}

/// One account's part in a posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Which account.
    pub account: Account,
    /// Negative for a debit.
    pub amount: i64,
    /// Change of what is held.
    pub held: i64,
    /// Id of the posting.
    pub posting: String,
    /// Shown on the statement.
    pub memo: String,
}

/// The legs of a call, in the order they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerChanges(pub Vec<Leg>);

impl LedgerChanges {
    /// Net change of balance and of what is held so far.
    pub(crate) fn net(&self, account: &Account) -> (i64, i64) {
        let of = self
            .0
            .iter()
            .filter(|leg| leg.account.book == account.book && leg.account.owner == account.owner);
        of.fold((0, 0), |(balance, held), leg| (balance + leg.amount, held + leg.held))
    }

    /// Applies the legs in order; each must fit when its turn comes.
    pub(crate) fn apply(
        &self,
        seq: u64,
        at: Timestamp,
        rows: &mut BTreeMap<Key, Option<Value>>,
        load: &mut dyn FnMut(&Key) -> Result<Option<AccountState>, StoreError>,
    ) -> Result<(), Refused> {
        let mut states: BTreeMap<Key, AccountState> = BTreeMap::new();
        for (place, leg) in (0..=u16::MAX).zip(&self.0) {
            let key = leg.account.key();
            let state = match states.get(&key) {
                Some(state) => state.clone(),
                None => load(&key)?.unwrap_or_else(|| AccountState::new(leg.account.clone())),
            };
            // The floor is the one declared now: a component's new version may have been granted another.
            let state = AccountState { account: leg.account.clone(), ..state };
            let next = state.changed(leg.amount, leg.held).ok_or(Refused::Conflict)?;
            if leg.amount != 0 {
                let entry = Entry {
                    posting: leg.posting.clone(),
                    at,
                    amount: leg.amount,
                    balance: next.balance,
                    memo: leg.memo.clone(),
                };
                let json = serde_json::to_vec(&entry).map_err(|_| StoreError::Damaged("entry"))?;
                rows.insert(
                    key::entry(&leg.account.book, &leg.account.owner, at, seq, place),
                    Some(json.into()),
                );
            }
            states.insert(key, next);
        }
        for (key, state) in states {
            rows.insert(key, Some(state.encode()?));
        }
        Ok(())
    }
}
