//! Money: from the card to the canteen.
//!
//! An order sets the money aside with a hold on the payer's card, and captures it when the meal is picked up. It is not
//! charged at once, for three reasons: cancelling gives back what never left the card, so there is no posting to undo and
//! none that could fail because the person has moved away; a canteen that is a provider is paid, less commission, for
//! meals that were eaten; and what a no-show costs is decided by the terms of that day. A hold that fits is no read, so
//! orders do not conflict over money.
//!
//! The subsidy goes from the account `subsidy` to the canteen in the transaction of the pick-up. That account has no
//! bottom: whoever grants the subsidy settles it afterwards, by the book, and what stands below zero there is what they
//! owe. A budget that ran out at lunch would leave somebody in the queue with a tray and no meal.

use linli_sdk::contract::Amount;
use linli_sdk::ledger::{self, Account, HoldRequest, Transfer};
use linli_sdk::prelude::*;

use crate::menu::Menu;
use crate::order::{Order, Payment};

/// Chinese yuan, in fen.
pub(crate) const BOOK: &str = "CNY";
/// Issues what is on the cards: below zero by the cash that was paid in at the counter.
pub(crate) const FLOAT: &str = "float";
/// Pays the subsidies: below zero by what is to be settled with whoever grants them.
pub(crate) const SUBSIDY: &str = "subsidy";
/// What the canteens that the community runs itself have earned. A refund never waits for takings that were handed on
/// already, so this account has no bottom either.
pub(crate) const SALES: &str = "sales";
/// Gives back money for meals of providers that the ledger cannot take back from them: subsidies, and what they have not
/// any more. Below zero by what is to be settled with them.
pub(crate) const CLAIMS: &str = "claims";

/// Most fen one order may cost, and so what one call may charge: a family feast of 2,000 yuan.
pub(crate) const MAX_ORDER_FEN: i64 = 200_000;

/// How long a hold outlives its meal, in seconds: seven days, in which a platform that was down still finds it.
const HOLD_MARGIN_SECONDS: i64 = 7 * 86_400;

/// Sets aside what is to be paid, on the card of the subject of the call: the only one the ledger lets a component
/// charge. False, and nothing done, when there is not enough on it.
pub(crate) fn hold(order: &mut Order, menu: &Menu) -> Result<bool, Problem> {
    let payer = context::subject()?;
    let maximum = order.to_pay_fen();
    let mut hold = None;
    if maximum > 0 {
        let request = HoldRequest {
            book: BOOK.to_owned(),
            payer: Account::Subject,
            payee: payee(menu.provider.as_deref()),
            maximum,
            expires_at: menu.served_until.plus_seconds(HOLD_MARGIN_SECONDS),
            memo: format!("meal/{}", order.id),
        };
        let Ok(made) = ledger::hold(&request) else { return Ok(false) };
        hold = Some(made);
    }
    order.payment = Some(Payment { payer, hold, charged_fen: None, subsidized: false });
    Ok(true)
}

/// What the subject has on the card to spend.
pub(crate) fn available() -> i64 {
    ledger::balance(BOOK, &Account::Subject).max(0)
}

/// Lets go of what was set aside; how much.
pub(crate) fn release(order: &mut Order) -> i64 {
    let Some(payment) = order.payment.take() else { return 0 };
    // A hold whose time is over has let go by itself.
    let released = payment.hold.is_some_and(|hold| ledger::release(&hold).is_ok());
    if released { order.to_pay_fen() } else { 0 }
}

/// The meal was picked up: the canteen gets the resident's part and the subsidy.
pub(crate) fn settle(order: &mut Order, menu: &Menu) {
    let to_pay = order.to_pay_fen();
    let payment = order.payment.as_mut().expect("an order that is paid has a payment");
    if let Some(hold) = &payment.hold {
        ledger::capture(hold, to_pay).expect("the hold outlives the meal, and covers what is to be paid");
    }
    payment.charged_fen = Some(to_pay);
    payment.subsidized = order.subsidy_fen > 0;
    if payment.subsidized {
        let to = payee(menu.provider.as_deref());
        post(own(SUBSIDY), to, order.subsidy_fen, format!("subsidy/{}", order.id));
    }
}

/// Nobody came: this share of what was set aside is charged, in basis points, and the rest let go; how much was charged.
pub(crate) fn charge_no_show(order: &mut Order, share: u32) -> i64 {
    let agreed = Amount::new(order.to_pay_fen()).expect("an order's total is bounded");
    let Some(payment) = order.payment.as_mut() else { return 0 };
    let fee = agreed.basis_points(share).minor();
    let charged = match &payment.hold {
        // Where its time is over, the platform was down for a week; nothing is charged then.
        Some(hold) if fee > 0 => ledger::capture(hold, fee).is_ok(),
        Some(hold) => ledger::release(hold).is_err(),
        None => false,
    };
    payment.charged_fen = Some(if charged { fee } else { 0 });
    payment.charged_fen.unwrap_or_default()
}

/// Gives back what was charged to whoever paid, and the subsidy to whoever granted it; how much the payer gets.
pub(crate) fn refund(order: &Order, provider: Option<&str>) -> i64 {
    let Some(payment) = &order.payment else { return 0 };
    let from = own(if provider.is_some() { CLAIMS } else { SALES });
    let charged = payment.charged_fen.unwrap_or_default();
    // The provider gives back its part, and the platform its commission. One that has not so much is no reason for a
    // resident to wait.
    let given_back = charged > 0
        && provider.is_some()
        && payment.hold.as_ref().is_some_and(|hold| ledger::refund(hold, charged).is_ok());
    if charged > 0 && !given_back {
        let memo = format!("refund/{}", order.id);
        post(from.clone(), Account::Person(payment.payer.clone()), charged, memo);
    }
    if payment.subsidized {
        post(from, own(SUBSIDY), order.subsidy_fen, format!("unsubsidized/{}", order.id));
    }
    charged
}

/// Puts money that was paid in at the counter on a card.
pub(crate) fn issue(to: &PersonRef, amount_fen: i64, top_up: &Id) {
    post(own(FLOAT), Account::Person(to.clone()), amount_fen, format!("top-up/{top_up}"));
}

/// Moves money between two of the component's own accounts.
pub(crate) fn settle_own(from: &str, to: &str, amount_fen: i64, settlement: &Id) {
    post(own(from), own(to), amount_fen, format!("settled/{settlement}"));
}

fn payee(provider: Option<&str>) -> Account {
    provider.map_or_else(|| own(SALES), |name| Account::Provider(name.to_owned()))
}

fn own(name: &str) -> Account {
    Account::Own(name.to_owned())
}

/// From an account of the component's own.
fn post(debit: Account, credit: Account, amount: i64, memo: String) {
    let posted = ledger::post(BOOK, &[Transfer { debit, credit, amount, memo }]);
    posted.expect("none of the component's own accounts has a bottom");
}
