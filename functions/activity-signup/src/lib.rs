//! Sign up for the activities of a community.
//!
//! | rule | where |
//! |---|---|
//! | what an activity is, and what is shown of it | [`activity`] |
//! | announcing and changing one | [`planning`] |
//! | calling one off, and telling everybody | [`cancellation`] |
//! | signing up, leaving, one's own signups | [`signup`] |
//! | who may: windows and ages | [`eligibility`] |
//! | which places there are, and for whom | [`quota`] |
//! | who is next when a place is free | [`waitlist`] |
//! | drawing lots instead of first come, first served | [`lottery`] |
//! | the ticket, and how anybody checks it | [`ticket`] |
//! | the door | [`check_in`] |
//! | the worker's list | [`roster`] |
//!
//! A confirmed signup reads two documents by id (the activity, the resident's own earlier signup) and takes places from
//! counters with takes that fit, so thousands of residents signing up at once do not stand in each other's way.

pub mod activity;
pub mod cancellation;
pub mod check_in;
pub mod eligibility;
pub mod events;
pub mod lottery;
pub mod planning;
mod problem;
pub mod quota;
pub mod roster;
pub mod signup;
pub mod ticket;
pub mod waitlist;

use linli_sdk::prelude::*;

const EVERYBODY: &[Role] = &[Role::Anyone];
const RESIDENT: &[Role] = &[Role::Resident];
const WORKER: &[Role] = &[Role::Worker];
const BOTH: &[Role] = &[Role::Resident, Role::Worker];

/// The component.
pub static ACTIVITY_SIGNUP: Component =
    Component::new("activity-signup", env!("CARGO_PKG_VERSION"), "活动报名", "Activity signup")
        .operations(&[
            post("/activities", handler!(planning::create_activity))
                .roles(WORKER)
                .title("发布活动", "Announce an activity"),
            get("/activities", handler!(activity::list_activities))
                .roles(EVERYBODY)
                .title("活动列表", "List activities"),
            get("/activities/{id}", handler!(activity::get_activity))
                .roles(EVERYBODY)
                .title("活动详情", "Show an activity"),
            patch("/activities/{id}", handler!(planning::change_activity))
                .roles(WORKER)
                .title("修改活动", "Change an activity"),
            post("/activities/{id}/cancellation", handler!(cancellation::cancel_activity))
                .roles(WORKER)
                .title("取消活动", "Call off an activity"),
            post("/activities/{id}/signups", handler!(signup::create_signup))
                .roles(RESIDENT)
                .title("报名", "Sign up"),
            get("/activities/{id}/signups", handler!(roster::list_roster))
                .roles(WORKER)
                .title("报名名单", "List who signed up"),
            get("/signups", handler!(signup::list_signups))
                .roles(RESIDENT)
                .title("我的报名", "List my signups"),
            delete("/activities/{id}/signups/{signup}", handler!(signup::cancel_signup))
                .roles(BOTH)
                .title("取消报名", "Cancel a signup"),
            post("/activities/{id}/signups/{signup}/acceptance", handler!(waitlist::accept_offer))
                .roles(RESIDENT)
                .title("接受候补名额", "Accept an offered place"),
            post("/activities/{id}/signups/{signup}/decline", handler!(waitlist::decline_offer))
                .roles(RESIDENT)
                .title("放弃候补名额", "Decline an offered place"),
            post("/activities/{id}/check-ins", handler!(check_in::create_check_in))
                .roles(WORKER)
                .title("签到", "Check in"),
        ])
        .reactions(&[
            on_timer!(waitlist::OFFER_EXPIRED, waitlist::lapse_offer),
            on_timer!(waitlist::PROMOTION_DUE, waitlist::continue_promotion),
            on_timer!(lottery::DRAW_DUE, lottery::draw_lottery),
            on_timer!(cancellation::NOTICES_DUE, cancellation::continue_notices),
        ])
        .collections(&[&activity::ACTIVITIES, &signup::SIGNUPS, &waitlist::QUEUES])
        .publishes(&[
            &events::ACTIVITY_CANCELLED,
            &events::ACTIVITY_CHECKED_IN,
            &events::LOTTERY_DRAWN,
            &events::OFFER_LAPSED,
            &events::OFFER_MADE,
            &events::SIGNUP_CANCELLED,
            &events::SIGNUP_CONFIRMED,
            &events::SIGNUP_WAITLISTED,
        ])
        .settings(&[&waitlist::OFFER_HOURS, &signup::MAX_PARTY])
        .permissions(&[
            Grant::Sign(ticket::PURPOSE),
            Grant::People(
                &[Attribute::Age, Attribute::Name],
                "核对活动的年龄要求，并在签到名单上显示隐去部分的姓名",
                "to check an activity's age limits, and to show masked names on the list at the door",
            ),
        ]);

linli_sdk::export!(ACTIVITY_SIGNUP);
