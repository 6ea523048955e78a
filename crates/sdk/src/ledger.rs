//! Double-entry accounts in integer minor units (points; CNY fen). See `wit/ledger.wit` for who may debit what.

use linli_contract::{PersonRef, Timestamp};

use crate::host;
use crate::reply::Page;

/// Whose account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// The subject of the call.
    Subject,
    /// A declared account of this component.
    Own(String),
    /// Somebody's.
    Person(PersonRef),
    /// The settlement account of a provider.
    Provider(String),
}

/// From one account to another of the same book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Who gives.
    pub debit: Account,
    /// Who gets.
    pub credit: Account,
    /// 1 to 2^53-1 minor units.
    pub amount: i64,
    /// Shown on statements; up to 200 bytes, nothing personal.
    pub memo: String,
}

/// Why the ledger does not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The debited account would fall below its floor.
    Insufficient,
    /// Not this component's to debit, or above what it was granted.
    NotAllowed,
    /// No such hold, or not this component's.
    UnknownHold,
    /// Captured, released or expired already.
    HoldClosed,
    /// More than the hold's maximum.
    AboveMaximum,
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Id of the posting.
    pub posting: String,
    /// When.
    pub at: Timestamp,
    /// Minor units; negative when the account was debited.
    pub amount: i64,
    /// Minor units, after this entry.
    pub balance: i64,
    /// As it was posted.
    pub memo: String,
}

/// Money to set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRequest {
    /// `points`, or an ISO 4217 code.
    pub book: String,
    /// Debited at capture.
    pub payer: Account,
    /// Credited at capture, less commission.
    pub payee: Account,
    /// Minor units.
    pub maximum: i64,
    /// Judged by `now`; at most 90 days ahead.
    pub expires_at: Timestamp,
    /// Shown on statements; up to 200 bytes, nothing personal.
    pub memo: String,
}

/// What became of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldStatus {
    /// Waiting to be captured.
    Open,
    /// Paid.
    Captured,
    /// Given back.
    Released,
    /// Its time is over.
    Expired,
}

/// A hold as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldState {
    /// What became of it.
    pub status: HoldStatus,
    /// Minor units.
    pub maximum: i64,
    /// Minor units.
    pub captured: i64,
    /// What of it was given back since, in minor units.
    pub refunded: i64,
    /// Basis points of the captured amount that go to the platform.
    pub commission: u32,
    /// Judged by `now`.
    pub expires_at: Timestamp,
}

/// What can be spent now: the balance less what is held. Zero for an account never used.
pub fn balance(book: &str, account: &Account) -> i64 {
    host::ledger::balance(book, account)
}

/// The balance after the last entry at or before `at`.
pub fn balance_at(book: &str, account: &Account, at: Timestamp) -> i64 {
    host::ledger::balance_at(book, account, at)
}

/// Newest first, up to 200.
pub fn entries(book: &str, account: &Account, limit: u32, cursor: Option<&str>) -> Page<Entry> {
    host::ledger::entries(book, account, limit, cursor)
}

/// All transfers (1 to 16) or none; the id of the posting.
///
/// # Errors
/// See [`Refusal`].
pub fn post(book: &str, transfers: &[Transfer]) -> Result<String, Refusal> {
    host::ledger::post(book, transfers)
}

/// Sets money aside; the id of the hold, which can be captured later with no caller.
///
/// # Errors
/// See [`Refusal`].
pub fn hold(request: &HoldRequest) -> Result<String, Refusal> {
    host::ledger::hold(request)
}

/// Moves up to the maximum to the payee, less commission, and frees the rest; the id of the posting.
///
/// # Errors
/// See [`Refusal`].
pub fn capture(hold: &str, amount: i64) -> Result<String, Refusal> {
    host::ledger::capture(hold, amount)
}

/// Gives back a part or all of what was captured, the platform its share of the commission; the id of the posting.
///
/// # Errors
/// See [`Refusal`]; `Insufficient` when the payee has not so much any more.
pub fn refund(hold: &str, amount: i64) -> Result<String, Refusal> {
    host::ledger::refund(hold, amount)
}

/// Frees what is held.
///
/// # Errors
/// See [`Refusal`].
pub fn release(hold: &str) -> Result<(), Refusal> {
    host::ledger::release(hold)
}

/// A hold of this component.
pub fn hold_of(hold: &str) -> Option<HoldState> {
    host::ledger::hold_of(hold)
}
