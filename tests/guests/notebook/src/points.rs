//! Points: given out of a fund that may owe them, and from one resident to another.

use linli_sdk::ledger::{self, Transfer};

use linli_sdk::prelude::*;

/// Where points come from.
pub const FUND: linli_sdk::Account =
    linli_sdk::Account { name: "fund", book: "points", floor: -1_000_000_000 };

/// Points for somebody.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Award {
    to: PersonRef,
    #[schemars(range(min = 1, max = 1_000))]
    amount: i64,
}

/// What somebody has.
#[derive(Serialize, JsonSchema)]
pub struct Balance {
    person: PersonRef,
    balance: i64,
}

fn transfer(debit: ledger::Account, Award { to, amount }: Award) -> Result<NoContent, Problem> {
    let credit = ledger::Account::Person(to);
    let transfer = Transfer { debit, credit, amount, memo: String::new() };
    match ledger::post("points", &[transfer]) {
        Ok(_) => Ok(NoContent),
        Err(_) => Err(Problem::conflict(
            "points-short",
            "积分不足，请减少数量。",
            "There are not enough points; give fewer.",
        )),
    }
}

/// Gives points out of the fund.
pub fn award_points(award: Award) -> Result<NoContent, Problem> {
    transfer(ledger::Account::Own("fund".to_owned()), award)
}

/// Gives one's own points to somebody.
pub fn give_points(award: Award) -> Result<NoContent, Problem> {
    transfer(ledger::Account::Subject, award)
}

/// The caller's points.
pub fn show_balance() -> Result<Balance, Problem> {
    let balance = ledger::balance("points", &ledger::Account::Subject);
    Ok(Balance { person: context::subject()?, balance })
}
