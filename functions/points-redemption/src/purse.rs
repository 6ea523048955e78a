//! A person's points: the ledger says how many there are, the lots say until when.
//!
//! The ledger leads. Other components may charge points, or credit them; whenever a purse is opened its lots are brought
//! into line with the account: what was spent elsewhere has come out of the lots that end first, what came from elsewhere
//! belongs to the lot of this month.

use linli_sdk::ledger::{self, Account, Refusal, Transfer};
use linli_sdk::prelude::*;

use crate::lots::{LOT_ENDED, LOTS, Lot, LotEnded, Part};
use crate::rules::TERMS;

/// The book.
pub(crate) const BOOK: &str = "points";
/// Issues points, and takes back those that end: what is below zero here is in somebody's hands.
pub(crate) const ISSUER: &str = "issuer";
/// Points paid for rewards not yet handed out.
pub(crate) const REDEEMED: &str = "redeemed";

/// Lots of one person: 36 by the longest validity, and as many again after a change of the terms.
const MAX_LOTS: u32 = 72;

/// Points a person has to make good: taken back when they were already spent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Debt {
    owed: i64,
}

/// Debts by person; no document, no debt.
pub(crate) const DEBTS: Collection<Debt> = Collection::new("debts");

/// The purse of one person, opened once in a call, before anything is posted to the person's account.
pub(crate) struct Purse {
    person: PersonRef,
    /// Those that have a document, and so a timer, in the order in which they end; behind them those made by this call.
    lots: Vec<Lot>,
    /// What was left in those that have a document.
    stored: Vec<i64>,
    now: Timestamp,
}

/// What became of points given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GivenBack {
    /// Back in their lots.
    pub returned: i64,
    /// Not given back, because their lot has ended.
    pub ended: i64,
}

impl Purse {
    /// Reads the lots and brings them into line with the account. Writes nothing.
    pub fn open(person: &PersonRef) -> Self {
        let now = context::now();
        let lots = LOTS.first(&Stretch::ids(&format!("{person}:")), MAX_LOTS);
        let stored = lots.iter().map(|lot| lot.left).collect();
        let mut purse = Self { person: person.clone(), lots, stored, now };
        let there = ledger::balance_at(BOOK, &purse.account(), now);
        let counted: i64 = purse.lots.iter().map(|lot| lot.left).sum();
        if counted > there {
            purse.take(counted - there, None);
        } else if counted < there {
            purse.add(there - counted);
        }
        purse
    }

    /// For commands: besides, what has ended is taken out, whether or not the timer has been.
    pub fn open_to_change(person: &PersonRef) -> Self {
        let mut purse = Self::open(person);
        purse.end_lots();
        purse
    }

    /// Lots that can be spent from, the first to end first.
    pub fn spendable(&self) -> Vec<&Lot> {
        let mut lots: Vec<_> =
            self.lots.iter().filter(|lot| lot.left > 0 && lot.ends_at > self.now).collect();
        lots.sort_by_key(|lot| lot.ends_at);
        lots
    }

    /// Points to make good before new ones count.
    pub fn owed(&self) -> i64 {
        DEBTS.get(self.person.as_str()).map_or(0, |debt| debt.owed)
    }

    /// Credits points from the issuer; a debt is set off at once, as a line of its own. The lot they went to.
    pub fn earn(&mut self, points: i64, award: &str) -> String {
        let owed = self.owed();
        let set_off = owed.min(points);
        let mut transfers = vec![transfer(own(ISSUER), self.account(), points, format!("award/{award}"))];
        if set_off > 0 {
            transfers.push(transfer(self.account(), own(ISSUER), set_off, format!("debt/{award}")));
            self.set_owed(owed - set_off);
        }
        ledger::post(BOOK, &transfers)
            .expect("the issuer's floor is out of reach, and a debt is below the award");
        self.add(points - set_off)
    }

    /// Takes points out of the lots that end first, to be charged by the caller; none, and nothing done, when there are
    /// not enough.
    pub fn spend(&mut self, points: i64) -> Option<Vec<Part>> {
        let there: i64 = self.spendable().iter().map(|lot| lot.left).sum();
        (there >= points).then(|| self.take(points, None))
    }

    /// Gives back what a redemption had taken, out of the account of redeemed points into the lots it came from; what
    /// came from a lot that has ended goes to the issuer instead.
    pub fn give_back(&mut self, parts: &[Part], redemption: &str) -> GivenBack {
        let mut back = GivenBack { returned: 0, ended: 0 };
        for part in parts {
            let lot = Lot::named(&self.person, &part.month).expect("a part names the lot it was taken from");
            if lot.ends_at <= self.now {
                back.ended += part.points;
            } else {
                self.lot(lot).left += part.points;
                back.returned += part.points;
            }
        }
        let memo = format!("return/{redemption}");
        let legs = [(self.account(), back.returned), (own(ISSUER), back.ended)];
        let legs = legs.into_iter().filter(|(_, points)| *points > 0);
        let transfers: Vec<_> = legs.map(|(to, n)| transfer(own(REDEEMED), to, n, memo.clone())).collect();
        ledger::post(BOOK, &transfers).expect("what was redeemed lies there until it is used or given back");
        back
    }

    /// Takes an award back, first out of the lot it went to; what is no longer there becomes a debt.
    pub fn claw_back(&mut self, points: i64, month: &str, award: &str) {
        let taken = points.min(ledger::balance(BOOK, &self.account()));
        if taken > 0 {
            self.take(taken, Some(month));
            self.recall(taken, format!("clawback/{award}"));
        }
        if taken < points {
            self.set_owed(self.owed() + points - taken);
        }
    }

    /// Takes out what has ended. Points that another component holds stay until it lets go of them: how many of those
    /// there are.
    pub fn end_lots(&mut self) -> i64 {
        let mut held = 0;
        for place in 0..self.lots.len() {
            let lot = &self.lots[place];
            if lot.left == 0 || lot.ends_at > self.now {
                continue;
            }
            let ended = lot.left.min(ledger::balance(BOOK, &self.account()));
            if ended > 0 {
                self.recall(ended, format!("ended/{}", self.lots[place].month));
                self.lots[place].left -= ended;
            }
            held += self.lots[place].left;
        }
        held
    }

    /// Writes the lots. A new one gets its timer; one that is empty and over goes.
    pub fn save(self) {
        for (place, lot) in self.lots.iter().enumerate() {
            let stored = self.stored.get(place);
            if lot.left == 0 && lot.ends_at <= self.now {
                LOTS.delete(&lot.id());
            } else if stored != Some(&lot.left) {
                LOTS.put(&lot.id(), lot);
            }
            if stored.is_none() {
                LOT_ENDED.schedule(lot.ends_at, &LotEnded { person: self.person.clone() });
            }
        }
    }

    fn account(&self) -> Account {
        Account::Person(self.person.clone())
    }

    /// Out of the named lot first, then out of those that end first.
    fn take(&mut self, mut points: i64, first: Option<&str>) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut order: Vec<usize> = (0..self.lots.len()).collect();
        order
            .sort_by_key(|&place| (first != Some(self.lots[place].month.as_str()), self.lots[place].ends_at));
        for place in order {
            let lot = &mut self.lots[place];
            let taken = lot.left.min(points);
            if taken > 0 {
                lot.left -= taken;
                points -= taken;
                parts.push(Part { month: lot.month.clone(), points: taken });
            }
        }
        parts
    }

    /// Into the lot of this month; its name.
    fn add(&mut self, points: i64) -> String {
        let lot = Lot::earned_at(&self.person, self.now, TERMS.get().validity_months);
        let month = lot.month.clone();
        if points > 0 {
            self.lot(lot).left += points;
        }
        month
    }

    /// The lot of that name, made if need be: new ones stand behind those that have a document.
    fn lot(&mut self, empty: Lot) -> &mut Lot {
        let place = self.lots.iter().position(|lot| lot.month == empty.month).unwrap_or_else(|| {
            self.lots.push(empty);
            self.lots.len() - 1
        });
        &mut self.lots[place]
    }

    fn recall(&self, points: i64, memo: String) {
        let posted = ledger::post(BOOK, &[transfer(self.account(), own(ISSUER), points, memo)]);
        posted.expect("no more is taken back than can be spent");
    }

    fn set_owed(&self, owed: i64) {
        if owed == 0 {
            DEBTS.delete(self.person.as_str());
        } else {
            DEBTS.put(self.person.as_str(), &Debt { owed });
        }
    }
}

/// The reaction to a lot's end. Points held by another component at that moment are looked at again a day later.
pub(crate) fn end_lots(LotEnded { person }: LotEnded) -> Result<(), Problem> {
    // Somebody who has left the directory has no account to post to.
    if people::open(&person).is_none() {
        return Ok(());
    }
    let mut purse = Purse::open(&person);
    if purse.end_lots() > 0 {
        let tomorrow = context::now().plus_seconds(86_400);
        LOT_ENDED.schedule(tomorrow, &LotEnded { person });
    }
    purse.save();
    Ok(())
}

/// Charges the subject of the call for a redemption.
///
/// # Errors
/// The ledger's refusal: points that another component holds can make an account that looks full too small.
pub(crate) fn charge_subject(points: i64, redemption: &str) -> Result<(), Refusal> {
    let charge = transfer(Account::Subject, own(REDEEMED), points, format!("redeem/{redemption}"));
    ledger::post(BOOK, &[charge]).map(|_| ())
}

/// Settles a voucher that was used: its points go to the provider who honoured it, or back to the issuer.
pub(crate) fn settle_redeemed(points: i64, provider: Option<&str>, redemption: &str) {
    let to = provider.map_or_else(|| own(ISSUER), |name| Account::Provider(name.to_owned()));
    let settled = ledger::post(BOOK, &[transfer(own(REDEEMED), to, points, format!("used/{redemption}"))]);
    settled.expect("what was redeemed lies there until it is used or given back");
}

fn own(name: &str) -> Account {
    Account::Own(name.to_owned())
}

fn transfer(debit: Account, credit: Account, amount: i64, memo: String) -> Transfer {
    Transfer { debit, credit, amount, memo }
}
