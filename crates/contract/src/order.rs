//! Orders: holds whose payee is a provider, as the platform tells of them.

use serde::{Deserialize, Serialize};

use crate::PersonRef;

/// Content of the platform's `order.*` events; see `wit/ledger.wit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Id of the hold.
    pub order: String,
    /// Who is paid.
    pub provider: String,
    /// `points`, or an ISO 4217 code.
    pub book: String,
    /// What was set aside, captured, given back or, this time, refunded, in minor units.
    pub amount: i64,
    /// The platform's part of it, in minor units; zero of what was never captured.
    pub commission: i64,
    /// Who pays, as the subscriber sees them; none when the payer is no person.
    pub person: Option<PersonRef>,
    /// Whose hold it is.
    pub component: String,
    /// Whether its time was over.
    #[serde(default)]
    pub expired: bool,
}

impl Order {
    /// Money was set aside.
    pub const PLACED: &'static str = "order.placed";
    /// It was paid.
    pub const CAPTURED: &'static str = "order.captured";
    /// It was given back before it was paid.
    pub const RELEASED: &'static str = "order.released";
    /// A part of it, or all, was given back after it was paid.
    pub const REFUNDED: &'static str = "order.refunded";
}
