//! An order: what is kept of it, and what its resident sees.

use linli_sdk::prelude::*;

use crate::calendar::Day;
use crate::canteen::Meal;
use crate::menu::KEEP_DAYS;
use crate::problem;

/// Orders on one page, when the caller does not say.
const ORDERS_SHOWN: u32 = 20;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    /// It keeps its portions for a while, but is not paid.
    Held,
    /// The money is set aside; the meal waits to be picked up.
    Paid,
    /// Somebody came for it.
    PickedUp,
    /// Cancelled before the cut-off; portions and money went back.
    Cancelled,
    /// Not paid in time; portions went back.
    Lapsed,
    /// Nobody came before the meal was over.
    Missed,
    /// A worker gave the money back afterwards.
    Refunded,
}

impl Status {
    /// As stored, and as in an index.
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Paid => "paid",
            Self::PickedUp => "picked-up",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
            Self::Missed => "missed",
            Self::Refunded => "refunded",
        }
    }
}

/// So many portions of one dish, as it was when they were ordered.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Line {
    /// The number of the dish on the menu.
    pub dish: u32,
    pub name: String,
    pub quantity: i64,
    /// For one portion.
    pub price_fen: i64,
}

/// While an order waits to be paid.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Unpaid {
    #[serde(with = "linli_sdk::micros")]
    pub pay_by: Timestamp,
    /// The timer that ends it.
    pub timer: String,
}

/// Who pays, and what is set aside for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub payer: PersonRef,
    /// The hold on the payer's card; none when nothing was to be paid.
    pub hold: Option<String>,
    /// What was taken in the end; none while it is set aside.
    pub charged_fen: Option<i64>,
    /// Whether the subsidy was paid to the canteen.
    pub subsidized: bool,
}

/// What the resident thought of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rating {
    pub stars: u8,
    pub comment: Option<String>,
    #[serde(with = "linli_sdk::micros")]
    pub at: Timestamp,
}

/// Why a worker gave the money back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub reason: String,
    pub by: PersonRef,
    #[serde(with = "linli_sdk::micros")]
    pub at: Timestamp,
}

/// An order as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub id: Id,
    /// Who eats.
    pub person: PersonRef,
    /// The relative who ordered it for them.
    pub acted_by: Option<PersonRef>,
    pub menu: String,
    /// The canteen's title.
    pub canteen: String,
    pub place: String,
    pub date: Day,
    pub meal: Meal,
    pub lines: Vec<Line>,
    /// For the kitchen; absent when there is none, so that the index of notes has nothing else in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub total_fen: i64,
    pub subsidy_fen: i64,
    pub pickup_code: String,
    pub status: Status,
    #[serde(with = "linli_sdk::micros")]
    pub at: Timestamp,
    pub unpaid: Option<Unpaid>,
    pub payment: Option<Payment>,
    #[serde(default, with = "linli_sdk::micros::option")]
    pub picked_up_at: Option<Timestamp>,
    pub rating: Option<Rating>,
    pub refund: Option<Refund>,
}

const BY_PERSON: Index = Index::new("by_person", &["/person", "/at"]);
/// What the end of a meal goes through, and the counter for one person.
pub(crate) const BY_STATUS: Index = Index::new("by_status", &["/menu", "/status", "/person"]);
/// Orders with a note; equal notes lie together.
pub(crate) const BY_NOTE: Index = Index::new("by_note", &["/menu", "/status", "/note"]);
/// Orders that were rated.
pub(crate) const BY_RATING: Index = Index::new("by_rating", &["/menu", "/rating/at"]);

/// All orders.
pub(crate) const ORDERS: Collection<Order> = Collection::new("orders")
    .indexes(&[BY_PERSON, BY_STATUS, BY_NOTE, BY_RATING])
    .personal(&["/note", "/rating/comment"])
    .keep_days(KEEP_DAYS);

/// An order, for its resident.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownOrder {
    id: Id,
    menu: String,
    canteen: String,
    place: String,
    date: Day,
    meal: Meal,
    lines: Vec<Line>,
    note: Option<String>,
    total_fen: i64,
    /// What the community adds.
    subsidy_fen: i64,
    to_pay_fen: i64,
    /// Read it out, or show it, at the counter. Small letters and hyphens do not matter.
    pickup_code: String,
    status: Status,
    at: Timestamp,
    /// What the order is called where its canteen, if a provider runs it, is rated and complained about; none before
    /// anything was set aside for it.
    provider_order: Option<String>,
    /// Until when it keeps its portions, while it is not paid.
    pay_by: Option<Timestamp>,
    /// What was taken in the end.
    charged_fen: Option<i64>,
    picked_up_at: Option<Timestamp>,
    stars: Option<u8>,
    /// Whether a relative ordered it.
    by_relative: bool,
}

/// Which order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderId {
    pub id: Id,
}

/// One of the subject's orders.
pub(crate) fn show_order(OrderId { id }: OrderId) -> Result<ShownOrder, Problem> {
    Order::find_own(&id).map(Into::into)
}

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderPage {
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    #[schemars(length(max = 400))]
    cursor: Option<String>,
}

/// The subject's orders, newest first.
pub(crate) fn list_orders(OrderPage { limit, cursor }: OrderPage) -> Result<Page<ShownOrder>, Problem> {
    let mine = BY_PERSON.equal(context::subject()?.as_str()).descending();
    Ok(ORDERS.scan(&mine, limit.unwrap_or(ORDERS_SHOWN), cursor.as_deref())?.map(Into::into))
}

impl Order {
    /// The subject's order of that id.
    ///
    /// # Errors
    /// 404 `order-unknown`, also for somebody else's.
    pub fn find_own(id: &Id) -> Result<Self, Problem> {
        let person = context::subject()?;
        ORDERS.get(id).filter(|order| order.person == person).ok_or_else(problem::order_unknown)
    }

    /// Keeps it.
    pub fn save(&self) {
        ORDERS.put(&self.id, self);
    }

    /// What is left for the person to pay.
    pub fn to_pay_fen(&self) -> i64 {
        self.total_fen - self.subsidy_fen
    }

    /// That the meal waits to be picked up.
    ///
    /// # Errors
    /// What became of it instead, with the same codes wherever it is asked.
    pub fn check_paid(&self) -> Result<(), Problem> {
        match self.status {
            Status::Paid => Ok(()),
            Status::Held if self.is_payable() => Err(problem::order_unpaid(&self.id)),
            Status::Held | Status::Lapsed => Err(problem::order_lapsed()),
            Status::PickedUp => Err(problem::order_picked_up(self.picked_up_at)),
            Status::Cancelled => Err(problem::order_cancelled()),
            Status::Missed => Err(problem::order_missed()),
            Status::Refunded => Err(problem::order_refunded()),
        }
    }

    /// Whether it can still be paid, judged by `now`, whether or not the timer has been.
    pub fn is_payable(&self) -> bool {
        let in_time = |unpaid: &Unpaid| !context::has_passed(unpaid.pay_by);
        self.status == Status::Held && self.unpaid.as_ref().is_some_and(in_time)
    }

    /// It no longer waits to be paid.
    pub fn stop_waiting(&mut self) {
        if let Some(unpaid) = self.unpaid.take() {
            linli_sdk::cancel(&unpaid.timer);
        }
    }
}

impl From<Order> for ShownOrder {
    fn from(order: Order) -> Self {
        Self {
            to_pay_fen: order.to_pay_fen(),
            pay_by: order.unpaid.map(|unpaid| unpaid.pay_by),
            charged_fen: order.payment.as_ref().and_then(|payment| payment.charged_fen),
            provider_order: order.payment.and_then(|payment| payment.hold),
            stars: order.rating.map(|rating| rating.stars),
            by_relative: order.acted_by.is_some(),
            id: order.id,
            menu: order.menu,
            canteen: order.canteen,
            place: order.place,
            date: order.date,
            meal: order.meal,
            lines: order.lines,
            note: order.note,
            total_fen: order.total_fen,
            subsidy_fen: order.subsidy_fen,
            pickup_code: order.pickup_code,
            status: order.status,
            at: order.at,
            picked_up_at: order.picked_up_at,
        }
    }
}
