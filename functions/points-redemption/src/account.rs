//! What a resident sees of their points: balance, statement.

use linli_sdk::Text;
use linli_sdk::ledger::{self, Account};
use linli_sdk::prelude::*;

use crate::award::{AWARDS, Award};
use crate::problem;
use crate::purse::{BOOK, Purse};
use crate::redemption::{REDEMPTIONS, Redemption};
use crate::rules::RULES;

/// Lots shown with a balance: who plans further ahead than that has the statement.
const LOTS_SHOWN: usize = 6;
/// Lines of a statement on one page, when the caller does not say.
const LINES: u32 = 50;

/// As of when.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AsOf {
    /// Now, when it is left out.
    at: Option<Timestamp>,
}

/// A balance.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Balance {
    /// Whose: what a worker scans to give points.
    person: PersonRef,
    at: Timestamp,
    points: i64,
    /// Taken back after they were spent: set off against what is earned next. Now only.
    owed: Option<i64>,
    /// The points that end first. Now only.
    ending: Option<Vec<Ending>>,
}

/// Points that end together.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Ending {
    points: i64,
    /// They can be spent before this moment.
    ends_at: Timestamp,
}

/// What the subject has, or had.
pub(crate) fn show_balance(AsOf { at }: AsOf) -> Result<Balance, Problem> {
    let person = context::subject()?;
    let now = context::now();
    let Some(at) = at else {
        let purse = Purse::open(&person);
        let lots = purse.spendable();
        let ending = |lot: &&crate::lots::Lot| Ending { points: lot.left, ends_at: lot.ends_at };
        let unended: i64 = lots.iter().map(|lot| lot.left).sum();
        // What another component holds is in the lots, but cannot be spent.
        let points = unended.min(ledger::balance(BOOK, &Account::Subject));
        let ending = lots.iter().take(LOTS_SHOWN).map(ending).collect();
        return Ok(Balance { person, at: now, points, owed: Some(purse.owed()), ending: Some(ending) });
    };
    if at > now {
        return Err(problem::balance_of_the_future());
    }
    let points = ledger::balance_at(BOOK, &Account::Subject, at);
    Ok(Balance { person, at, points, owed: None, ending: None })
}

/// Which part of the statement.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lines {
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// From the page before. Every text of this form is a place in one's own statement, so none is refused.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{24}$"))]
    cursor: Option<String>,
}

/// A line of the statement.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Line {
    at: Timestamp,
    /// Negative when points went.
    points: i64,
    /// After it.
    balance: i64,
    kind: Kind,
    /// What it was, in words.
    text: Text,
    /// The award or redemption it is about.
    reference: Option<String>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Earned, or given by a worker.
    Award,
    /// A debt set off against an award.
    Debt,
    /// An award taken back.
    Clawback,
    /// Paid for a reward.
    Redemption,
    /// Given back for a reward not taken.
    Return,
    /// Points whose time was over.
    Ended,
    /// By another service.
    Other,
}

/// The subject's statement, newest first.
pub(crate) fn list_statement(Lines { limit, cursor }: Lines) -> Result<Page<Line>, Problem> {
    context::subject()?;
    let page = ledger::entries(BOOK, &Account::Subject, limit.unwrap_or(LINES), cursor.as_deref());
    let rules = RULES.get();
    Ok(page.map(|entry| {
        let (kind, reference) = read_memo(&entry.memo);
        let text = match kind {
            Kind::Award => award_text(reference.and_then(|id| AWARDS.get(id)), &rules),
            Kind::Debt => Text::new("抵扣此前多花的积分", "Set off against points taken back earlier"),
            Kind::Clawback => clawback_text(reference.and_then(|id| AWARDS.get(id))),
            Kind::Redemption => {
                redemption_text(reference.and_then(|id| REDEMPTIONS.get(id)), "兑换", "Redeemed")
            }
            Kind::Return => {
                redemption_text(reference.and_then(|id| REDEMPTIONS.get(id)), "退回", "Given back")
            }
            Kind::Ended => Text::new("积分到期", "Points ended"),
            // Written by another service for statements.
            Kind::Other => Text::new(entry.memo.clone(), entry.memo.clone()),
        };
        let reference = reference.map(str::to_owned);
        Line { at: entry.at, points: entry.amount, balance: entry.balance, kind, text, reference }
    }))
}

/// A memo of this component is `kind/reference`.
fn read_memo(memo: &str) -> (Kind, Option<&str>) {
    let Some((kind, reference)) = memo.split_once('/') else { return (Kind::Other, None) };
    let kind = match kind {
        "award" => Kind::Award,
        "debt" => Kind::Debt,
        "clawback" => Kind::Clawback,
        "redeem" => Kind::Redemption,
        "return" => Kind::Return,
        "ended" => return (Kind::Ended, None),
        _ => return (Kind::Other, None),
    };
    (kind, Some(reference))
}

fn award_text(award: Option<Award>, rules: &[crate::rules::AwardRule]) -> Text {
    match award {
        Some(Award { reason: Some(reason), .. }) => {
            Text::new(format!("社区发放：{reason}"), format!("Given by the community: {reason}"))
        }
        Some(Award { rule: Some(id), .. }) => {
            let rule = rules.iter().find(|rule| rule.id == id);
            rule.map_or_else(|| Text::new("获得积分", "Points earned"), |rule| rule.title.clone())
        }
        _ => Text::new("获得积分", "Points earned"),
    }
}

fn clawback_text(award: Option<Award>) -> Text {
    match award.and_then(|award| award.revoked_for) {
        Some(reason) => Text::new(format!("积分收回：{reason}"), format!("Points taken back: {reason}")),
        None => Text::new("积分收回", "Points taken back"),
    }
}

fn redemption_text(redemption: Option<Redemption>, zh: &str, en: &str) -> Text {
    match redemption {
        Some(Redemption { title, quantity, .. }) => {
            Text::new(format!("{zh}：{title} ×{quantity}"), format!("{en}: {title} ×{quantity}"))
        }
        None => Text::new(zh.to_owned(), en.to_owned()),
    }
}
