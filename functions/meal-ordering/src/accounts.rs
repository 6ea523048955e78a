//! The component's own accounts: what they say, and how they are settled with the world outside.
//!
//! Cards are filled from `float`, which stands for the till and the community's bank account. So everything else that is
//! settled moves against it: a subsidy that was paid out to the community, takings that were handed on, a claim that a
//! provider made good.

use linli_sdk::ledger::{self, Account};
use linli_sdk::prelude::*;

use crate::menu::KEEP_DAYS;
use crate::payment::{BOOK, CLAIMS, FLOAT, SALES, SUBSIDY, settle_own};
use crate::problem;

/// Most fen in one settlement: a million yuan, more than a canteen's year.
const MAX_SETTLEMENT_FEN: i64 = 100_000_000;

/// Settlements on one page, when the caller does not say.
const SETTLEMENTS_SHOWN: u32 = 20;

/// An account that is settled now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Settled {
    /// Paid to the community by whoever grants the subsidies.
    Subsidy,
    /// Handed on by the community: what its own canteens earned.
    Sales,
    /// Made good by providers whose meals were refunded.
    Claims,
}

/// A settlement as stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Settlement {
    id: Id,
    account: Settled,
    amount_fen: i64,
    reference: String,
    by: PersonRef,
    #[serde(with = "linli_sdk::micros")]
    at: Timestamp,
}

/// All settlements.
pub(crate) const SETTLEMENTS: Collection<Settlement> = Collection::new("settlements").keep_days(KEEP_DAYS);

/// What the accounts say.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Accounts {
    /// What should be in the till and the bank: paid in for cards and settled, less what was handed on.
    cash_fen: i64,
    /// What whoever grants the subsidies owes the community.
    subsidy_due_fen: i64,
    /// What the community's own canteens have earned and was not handed on; below zero when more was given back.
    sales_fen: i64,
    /// What providers owe for meals that were refunded.
    claims_due_fen: i64,
}

/// What the accounts say at this moment, for workers.
pub(crate) fn show_accounts() -> Result<Accounts, Problem> {
    Ok(Accounts {
        cash_fen: -balance(FLOAT),
        subsidy_due_fen: Settled::Subsidy.outstanding(),
        sales_fen: Settled::Sales.outstanding(),
        claims_due_fen: Settled::Claims.outstanding(),
    })
}

/// Money that changed hands outside.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSettlement {
    account: Settled,
    #[schemars(range(min = 1, max = MAX_SETTLEMENT_FEN))]
    amount_fen: i64,
    /// The number of the transfer or the receipt.
    #[schemars(length(min = 1, max = 60))]
    reference: String,
}

/// A settlement that was booked.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownSettlement {
    id: Id,
    account: Settled,
    amount_fen: i64,
    /// What is left to settle.
    left_fen: i64,
}

/// A worker books what was settled: never more than there is to settle.
pub(crate) fn create_settlement(new: NewSettlement) -> Result<Created<ShownSettlement>, Problem> {
    let by = context::subject()?;
    let outstanding = new.account.outstanding().max(0);
    if new.amount_fen > outstanding {
        return Err(problem::settlement_too_large(outstanding));
    }
    let id = context::new_id();
    let (account, amount_fen) = (new.account, new.amount_fen);
    let (from, to) = match account {
        Settled::Sales => (SALES, FLOAT),
        Settled::Subsidy | Settled::Claims => (FLOAT, account.name()),
    };
    settle_own(from, to, amount_fen, &id);
    let settlement = Settlement { id, account, amount_fen, reference: new.reference, by, at: context::now() };
    SETTLEMENTS.put(&settlement.id, &settlement);
    let left_fen = outstanding - amount_fen;
    Ok(Created(ShownSettlement { id: settlement.id, account, amount_fen, left_fen }))
}

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettlementPage {
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    #[schemars(length(max = 400))]
    cursor: Option<String>,
}

/// A settlement, for workers.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ListedSettlement {
    id: Id,
    account: Settled,
    amount_fen: i64,
    reference: String,
    at: Timestamp,
}

/// What was settled, newest first: ids sort by time.
pub(crate) fn list_settlements(wanted: SettlementPage) -> Result<Page<ListedSettlement>, Problem> {
    let all = Stretch::ids("").descending();
    let page = SETTLEMENTS.scan(&all, wanted.limit.unwrap_or(SETTLEMENTS_SHOWN), wanted.cursor.as_deref())?;
    Ok(page.map(|Settlement { id, account, amount_fen, reference, at, .. }| ListedSettlement {
        id,
        account,
        amount_fen,
        reference,
        at,
    }))
}

impl Settled {
    fn name(self) -> &'static str {
        match self {
            Self::Subsidy => SUBSIDY,
            Self::Sales => SALES,
            Self::Claims => CLAIMS,
        }
    }

    /// What there is to settle; a read.
    fn outstanding(self) -> i64 {
        match self {
            Self::Sales => balance(SALES),
            Self::Subsidy | Self::Claims => -balance(self.name()),
        }
    }
}

fn balance(account: &str) -> i64 {
    ledger::balance(BOOK, &Account::Own(account.to_owned()))
}
