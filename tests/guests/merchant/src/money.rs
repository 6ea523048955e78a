//! Money: given to residents, and taken from them again.

use linli_sdk::ledger::{self, HoldRequest, Refusal, Transfer};

use linli_sdk::prelude::*;

/// Where money comes from.
pub const TILL: linli_sdk::Account = linli_sdk::Account { name: "till", book: "CNY", floor: -1_000_000_000 };
/// Who is paid.
const PAYEE: &str = "golden-market";
/// How long a deposit stays open, in seconds.
const OPEN_SECONDS: i64 = 3_600;

/// So much.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    #[serde(default = "yuan")]
    book: String,
    amount: i64,
    /// In so many postings.
    #[serde(default = "once")]
    times: u32,
}

fn yuan() -> String {
    "CNY".to_owned()
}

fn once() -> u32 {
    1
}

fn refused(refusal: Refusal) -> Problem {
    Problem::conflict("refused", "未能办理。", format!("It was refused: {refusal:?}."))
        .with_member("refusal", format!("{refusal:?}"))
}

fn transfer(debit: ledger::Account, credit: ledger::Account, sum: &Sum) -> Result<NoContent, Problem> {
    for _ in 0..sum.times {
        let (debit, credit) = (debit.clone(), credit.clone());
        let transfer = Transfer { debit, credit, amount: sum.amount, memo: String::new() };
        ledger::post(&sum.book, &[transfer]).map_err(refused)?;
    }
    Ok(NoContent)
}

/// Gives the caller money out of the till.
pub fn fund(sum: Sum) -> Result<NoContent, Problem> {
    transfer(ledger::Account::Own("till".to_owned()), ledger::Account::Subject, &sum)
}

/// Takes it from the caller.
pub fn charge(sum: Sum) -> Result<NoContent, Problem> {
    transfer(ledger::Account::Subject, ledger::Account::Provider(PAYEE.to_owned()), &sum)
}

/// Sets it aside; the id of the hold.
pub fn deposit(sum: Sum) -> Result<Created<String>, Problem> {
    let request = HoldRequest {
        book: sum.book,
        payer: ledger::Account::Subject,
        payee: ledger::Account::Provider(PAYEE.to_owned()),
        maximum: sum.amount,
        expires_at: context::now().plus_seconds(OPEN_SECONDS),
        memo: String::new(),
    };
    ledger::hold(&request).map(Created).map_err(refused)
}

/// What to do with a deposit.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    deposit: String,
    /// Nothing: it is given back.
    amount: Option<i64>,
}

/// Keeps some of a deposit, or gives it back.
pub fn settle(Settlement { deposit, amount }: Settlement) -> Result<NoContent, Problem> {
    match amount {
        Some(amount) => ledger::capture(&deposit, amount).map(|_| NoContent).map_err(refused),
        None => ledger::release(&deposit).map(|()| NoContent).map_err(refused),
    }
}
