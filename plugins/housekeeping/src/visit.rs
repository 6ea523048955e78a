//! The firm's side: whom to visit, that the work is done, that nobody can come.

use linli_sdk::people::Denial;
use linli_sdk::prelude::*;

use crate::booking::{BOOKINGS, BY_STATUS, Booking, BookingId, Status, close, known};
use crate::offer::Slot;
use crate::price::price;
use crate::{firm, problem};

/// Days after a visit within which the firm says that it was done; after that the money goes back.
const REPORT_DAYS: i64 = 7;
/// Told at every look, and shown to the resident in the list of who saw what.
const PURPOSE: &str = "to come to your home and do the work";

/// Nobody said that it was done.
pub const LAPSED: Timer<Lapse> = Timer::new("booking.lapsed");
/// Work was done and paid.
pub const COMPLETED: Event<Done> = Event::new("visit.completed");

/// What the timer carries.
#[derive(Debug, Serialize, Deserialize)]
pub struct Lapse {
    /// Whose time is over.
    pub booking: Id,
}

/// What others hear of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Done {
    booking: Id,
    minutes: i64,
    paid: i64,
}

/// When a booking of this time is given up.
pub fn lapses_at(slot: &Slot) -> Timestamp {
    slot.starts_at.plus_seconds(slot.minutes * 60 + REPORT_DAYS * 86_400)
}

/// A visit that lies ahead.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Visit {
    id: Id,
    service: Id,
    starts_at: Timestamp,
    minutes: i64,
}

impl From<Booking> for Visit {
    fn from(booking: Booking) -> Self {
        let Booking { id, service, starts_at, minutes, .. } = booking;
        Self { id, service, starts_at, minutes }
    }
}

/// What is booked, the next one first.
pub fn list_visits() -> Result<Page<Visit>, Problem> {
    firm()?;
    Ok(BOOKINGS.scan(&BY_STATUS.equal("booked"), 100, None)?.map(Visit::from))
}

/// Whom, and where.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Whom {
    starts_at: Timestamp,
    minutes: i64,
    name: String,
    phone: String,
    address: String,
}

/// Whom to visit: shown to the firm's staff while the visit lies ahead, and as long as the resident agrees to it.
pub fn show_visit(BookingId { id }: BookingId) -> Result<Whom, Problem> {
    firm()?;
    let booking = open(&id)?;
    let person = people::open(&booking.person).ok_or_else(problem::person_gone)?;
    let shown = |attribute| {
        person.reveal(attribute, PURPOSE).map_err(|denial| match denial {
            Denial::NoConsent => problem::consent_missing(),
            _ => problem::person_gone(),
        })
    };
    Ok(Whom {
        starts_at: booking.starts_at,
        minutes: booking.minutes,
        name: shown(Attribute::Name)?,
        phone: shown(Attribute::Phone)?,
        address: shown(Attribute::Address)?,
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Worked {
    id: Id,
    /// How long it took in fact.
    #[schemars(range(min = 1, max = 480))]
    minutes: i64,
}

/// What was paid.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Paid {
    paid: i64,
}

/// The work is done: its time is paid, at most what was set aside, and the rest is free again.
pub fn complete_visit(Worked { id, minutes }: Worked) -> Result<Paid, Problem> {
    firm()?;
    let booking = open(&id)?;
    if context::now() < booking.starts_at {
        return Err(problem::visit_ahead());
    }
    let due = price(booking.fen_per_hour, minutes).min(booking.price);
    let booking = close(booking, Status::Completed, due)?;
    COMPLETED.publish(&Done { booking: booking.id, minutes, paid: due });
    Ok(Paid { paid: due })
}

/// The firm cannot come: nothing is paid, and the worker's time is not offered again.
pub fn refuse_visit(BookingId { id }: BookingId) -> Result<NoContent, Problem> {
    firm()?;
    close(open(&id)?, Status::Refused, 0)?;
    Ok(NoContent)
}

/// The time to say that it was done is over.
pub fn lapse_booking(Lapse { booking }: Lapse) -> Result<(), Problem> {
    // Closed in the very moment the timer fired.
    let Some(booking) = BOOKINGS.get(&booking).filter(|b| b.status == Status::Booked) else { return Ok(()) };
    close(booking, Status::Lapsed, 0)?;
    Ok(())
}

fn open(id: &Id) -> Result<Booking, Problem> {
    Some(known(id)?).filter(|booking| booking.status == Status::Booked).ok_or_else(problem::booking_closed)
}
