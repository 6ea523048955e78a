//! What one person has of one menu, over all orders: for caps on dishes, for the cap of the subsidy, and so that nobody
//! keeps portions from others without paying. A document of that person's own: two residents never touch the same one.

use std::collections::BTreeMap;

use linli_sdk::prelude::*;

use crate::menu::Menu;
use crate::order::{Line, Order};
use crate::problem;

/// Days one is kept after its last change: longer than a menu lies ahead.
const KEEP_DAYS: u32 = 90;

/// As stored, by `{menu}:{person}`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Helping {
    /// By the number of the dish.
    portions: BTreeMap<u32, i64>,
    /// Granted so far.
    pub subsidy_fen: i64,
    /// The order that waits to be paid.
    pub unpaid: Option<Id>,
    /// Orders that were left unpaid at first and are not paid since.
    pub tries: u32,
}

/// All helpings.
pub(crate) const HELPINGS: Collection<Helping> = Collection::new("helpings").keep_days(KEEP_DAYS);

impl Helping {
    /// What the person has so far.
    pub fn of(menu: &str, person: &PersonRef) -> Self {
        HELPINGS.get(&key(menu, person)).unwrap_or_default()
    }

    /// Keeps it.
    pub fn save(&self, menu: &str, person: &PersonRef) {
        HELPINGS.put(&key(menu, person), self);
    }

    /// Adds the lines of an order.
    ///
    /// # Errors
    /// 409 `dish-limit` when there would be more of a dish than a person may have.
    pub fn add(&mut self, menu: &Menu, lines: &[Line]) -> Result<(), Problem> {
        for line in lines {
            let portions = self.portions.entry(line.dish).or_default();
            *portions += line.quantity;
            if let Some(limit) = menu.dish(line.dish).and_then(|dish| dish.per_person)
                && *portions > limit
            {
                return Err(problem::dish_limit(&line.name, limit));
            }
        }
        Ok(())
    }

    /// Takes an order out again.
    pub fn remove(&mut self, order: &Order) {
        for line in &order.lines {
            if let Some(portions) = self.portions.get_mut(&line.dish) {
                *portions -= line.quantity;
            }
        }
        self.subsidy_fen -= order.subsidy_fen;
        self.unpaid.take_if(|unpaid| *unpaid == order.id);
    }

    /// The order that waited was paid.
    pub fn pay(&mut self) {
        self.unpaid = None;
        self.tries = self.tries.saturating_sub(1);
    }
}

fn key(menu: &str, person: &PersonRef) -> String {
    format!("{menu}:{person}")
}
