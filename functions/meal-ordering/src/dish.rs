//! Dishes: what they cost, what is in them, how many there are.

use std::collections::BTreeSet;

use linli_sdk::prelude::*;

/// Most dishes on one menu: a week's variety on one day, and still one look at a phone.
pub(crate) const MAX_DISHES: usize = 40;
/// Most fen for one portion: 1,000 yuan is a banquet, not a canteen's dish.
pub(crate) const MAX_PRICE_FEN: i64 = 100_000;
/// Most portions of one dish: more than any canteen cooks for one meal.
pub(crate) const MAX_PORTIONS: i64 = 10_000;

/// What a label must name: the eight kinds of allergens of GB 7718-2011, clause 4.4.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Allergen {
    /// Cereals that contain gluten.
    Gluten,
    Crustaceans,
    Fish,
    Eggs,
    Peanuts,
    Soybeans,
    /// Lactose included.
    Milk,
    Nuts,
}

/// A dish as stored in its menu. How many portions there are, and are left, is a stock counter, so that ordering does
/// not write here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Dish {
    /// 1 for the first on the menu: what a resident says at the counter.
    pub number: u32,
    pub name: String,
    pub price_fen: i64,
    /// Most portions for one person, however many orders.
    pub per_person: Option<i64>,
    pub allergens: BTreeSet<Allergen>,
    /// What the counter held when the meal was over; none before.
    pub counted: Option<Portions>,
}

/// How many portions there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Portions {
    pub all: i64,
    /// Those in orders, unpaid ones included until they are paid or lapse.
    pub ordered: i64,
}

/// A dish to put on a menu.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDish {
    #[schemars(length(min = 1, max = 40))]
    pub name: String,
    /// For one portion.
    #[schemars(range(min = 1, max = MAX_PRICE_FEN))]
    pub price_fen: i64,
    /// How many there are.
    #[schemars(range(min = 0, max = MAX_PORTIONS))]
    pub portions: i64,
    /// Most portions for one person, however many orders; no limit of its own when left out.
    #[schemars(range(min = 1, max = 100))]
    pub per_person: Option<i64>,
    #[serde(default)]
    pub allergens: BTreeSet<Allergen>,
}

/// A dish as everybody sees it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownDish {
    number: u32,
    name: String,
    price_fen: i64,
    portions: i64,
    /// Portions left at this moment.
    left: i64,
    per_person: Option<i64>,
    allergens: BTreeSet<Allergen>,
}

impl Dish {
    /// Opens its counter on a menu.
    pub fn open(number: u32, new: NewDish, menu: &str) -> Self {
        stock::open(&counter(menu, number), new.portions);
        Self {
            number,
            name: new.name,
            price_fen: new.price_fen,
            per_person: new.per_person,
            allergens: new.allergens,
            counted: None,
        }
    }

    /// Portions now; a read of the counter until the meal is over.
    pub fn portions(&self, menu: &str) -> Portions {
        self.counted.unwrap_or_else(|| {
            let level = stock::level(&counter(menu, self.number));
            level.map_or_else(Portions::default, |level| Portions {
                all: level.ceiling,
                ordered: level.ceiling - level.available,
            })
        })
    }

    /// The meal is over: what the counter holds is written down, and the counter goes.
    pub fn close(&mut self, menu: &str) {
        self.counted = Some(self.portions(menu));
        stock::close(&counter(menu, self.number));
    }

    /// As everybody sees it.
    pub fn show(&self, menu: &str) -> ShownDish {
        let Portions { all, ordered } = self.portions(menu);
        ShownDish {
            number: self.number,
            name: self.name.clone(),
            price_fen: self.price_fen,
            portions: all,
            left: all - ordered,
            per_person: self.per_person,
            allergens: self.allergens.clone(),
        }
    }
}

/// Name of the counter of a dish.
pub(crate) fn counter(menu: &str, number: u32) -> String {
    format!("portions:{menu}:{number}")
}
