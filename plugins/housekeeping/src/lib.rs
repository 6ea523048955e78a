//! Housekeeping: a firm offers services and times, residents book, pay when the work is done, and say how it was.
//!
//! | rule | where |
//! |---|---|
//! | what is offered, and when | [`offer`] |
//! | what it costs, and what a cancellation costs | [`price`] |
//! | booking, the deposit, cancelling | [`booking`] |
//! | the firm's side: whom to visit, and when it is done | [`visit`] |
//! | how it was | [`rating`] |

pub mod booking;
pub mod offer;
pub mod price;
mod problem;
pub mod rating;
pub mod visit;

use linli_sdk::prelude::*;

#[rustfmt::skip]
#[path = "../vendor/manifest.rs"]
mod manifest;

/// The plugin.
pub static HOUSEKEEPING: Component = manifest::PLUGIN
    .operations(&[
        post("/services", handler!(offer::add_service)).roles(FIRM).title("新增服务", "Add a service"),
        get("/services", handler!(offer::list_services)).roles(EVERYBODY).title("服务列表", "List services"),
        post("/services/{service}/slots", handler!(offer::open_slot))
            .roles(FIRM)
            .title("开放时段", "Open a time"),
        get("/services/{service}/slots", handler!(offer::list_slots))
            .roles(EVERYBODY)
            .title("可约时段", "List times"),
        get("/services/{service}/quote", handler!(booking::quote_service))
            .roles(EVERYBODY)
            .title("报价", "Ask the price"),
        post("/bookings", handler!(booking::create_booking)).roles(RESIDENT).title("预约", "Book"),
        get("/bookings", handler!(booking::list_bookings)).roles(RESIDENT).title("我的预约", "My bookings"),
        delete("/bookings/{id}", handler!(booking::cancel_booking))
            .roles(RESIDENT)
            .title("取消预约", "Cancel a booking"),
        get("/visits", handler!(visit::list_visits)).roles(FIRM).title("上门安排", "List visits"),
        get("/visits/{id}", handler!(visit::show_visit)).roles(FIRM).title("上门信息", "Whom to visit"),
        post("/visits/{id}/completion", handler!(visit::complete_visit))
            .roles(FIRM)
            .title("完成服务", "Complete a visit"),
        post("/visits/{id}/refusal", handler!(visit::refuse_visit))
            .roles(FIRM)
            .title("商家取消", "Call off a visit"),
        post("/bookings/{id}/rating", handler!(rating::rate_booking))
            .roles(RESIDENT)
            .title("评价", "Rate a visit"),
    ])
    .collections(&[&offer::SERVICES, &offer::SLOTS, &booking::BOOKINGS])
    .publishes(&[&booking::CANCELLED, &visit::COMPLETED])
    .reactions(&[on_timer!(visit::LAPSED, visit::lapse_booking)]);
linli_sdk::export!(HOUSEKEEPING);

const EVERYBODY: &[Role] = &[Role::Anyone];
const RESIDENT: &[Role] = &[Role::Resident];
const FIRM: &[Role] = &[Role::Provider];

/// Staff of this firm, and of no other.
fn firm() -> Result<(), Problem> {
    match context::caller().provider.as_deref() {
        Some(manifest::PROVIDER) => Ok(()),
        _ => Err(problem::not_our_staff()),
    }
}
