//! What others can hear about. References to people are made for each subscriber by the platform.

use linli_sdk::prelude::*;

use crate::order::Order;

/// An order was made: for the person, and for the elder whom a relative ordered for.
pub(crate) const MEAL_ORDERED: Event<MealNews> = Event::new("meal.ordered");
/// An order that waited was paid, perhaps by the relative who had made it.
pub(crate) const MEAL_PAID: Event<MealNews> = Event::new("meal.paid");
/// It was not paid in time; its portions went back.
pub(crate) const MEAL_LAPSED: Event<MealNews> = Event::new("meal.lapsed");
/// It was cancelled before the cut-off, or the meal called off; its portions went back.
pub(crate) const MEAL_CANCELLED: Event<MealNews> = Event::new("meal.cancelled");
/// Somebody came for it.
pub(crate) const MEAL_PICKED_UP: Event<MealNews> = Event::new("meal.picked-up");
/// Nobody came for it.
pub(crate) const MEAL_MISSED: Event<MealCharged> = Event::new("meal.missed");
/// It was rated.
pub(crate) const MEAL_RATED: Event<MealRated> = Event::new("meal.rated");
/// Money went back for a meal that was paid: what was earned with it is taken back.
pub(crate) const MEAL_REFUNDED: Event<MealRefunded> = Event::new("meal.refunded");
/// Somebody paid in at the counter.
pub(crate) const CARD_TOPPED_UP: Event<CardToppedUp> = Event::new("card.topped-up");

/// Which order, and whose.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MealNews {
    order: Id,
    menu: String,
    /// Who eats.
    person: PersonRef,
    /// Whether a relative ordered it.
    by_relative: bool,
    /// Until when it waits to be paid; none when it does not.
    pay_by: Option<Timestamp>,
}

/// An order that was charged otherwise than agreed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MealCharged {
    #[serde(flatten)]
    news: MealNews,
    charged_fen: i64,
}

/// A rating.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MealRated {
    #[serde(flatten)]
    news: MealNews,
    /// 1 to 5.
    stars: u8,
}

/// Why money went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RefundCause {
    /// Cancelled before the cut-off.
    Cancelled,
    /// The meal was called off.
    #[serde(rename = "called-off")]
    CalledOff,
    /// A worker gave it back.
    Worker,
}

/// Money that went back.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MealRefunded {
    #[serde(flatten)]
    news: MealNews,
    /// To whoever had paid.
    refunded_fen: i64,
    cause: RefundCause,
}

/// Money paid in.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CardToppedUp {
    pub top_up: Id,
    pub person: PersonRef,
    pub amount_fen: i64,
}

impl MealNews {
    /// About one order.
    pub fn of(order: &Order) -> Self {
        Self {
            order: order.id.clone(),
            menu: order.menu.clone(),
            person: order.person.clone(),
            by_relative: order.acted_by.is_some(),
            pay_by: order.unpaid.as_ref().map(|unpaid| unpaid.pay_by),
        }
    }

    /// With what was charged.
    pub fn charged(self, charged_fen: i64) -> MealCharged {
        MealCharged { news: self, charged_fen }
    }

    /// With the rating.
    pub fn rated(self, stars: u8) -> MealRated {
        MealRated { news: self, stars }
    }

    /// With what went back.
    pub fn refunded(self, refunded_fen: i64, cause: RefundCause) -> MealRefunded {
        MealRefunded { news: self, refunded_fen, cause }
    }
}
