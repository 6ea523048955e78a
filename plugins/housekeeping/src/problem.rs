//! Every refusal: its stable code, and one sentence that says what to do now.

use linli_sdk::prelude::*;

pub(crate) fn not_our_staff() -> Problem {
    Problem::forbidden("not-our-staff", "仅限本公司人员操作。", "This is for the firm's own staff.")
}

pub(crate) fn service_unknown() -> Problem {
    Problem::not_found(
        "service-unknown",
        "没有这项服务，请从列表中选择。",
        "There is no such service; choose from the list.",
    )
}

pub(crate) fn slot_unfit(days: i64) -> Problem {
    Problem::invalid(
        "slot-unfit",
        format!("时段须在今后{days}天内。"),
        format!("The time must lie within the next {days} days."),
    )
    .at("/starts_at")
}

pub(crate) fn slot_unknown() -> Problem {
    Problem::not_found(
        "slot-unknown",
        "没有这个时段，请从列表中选择。",
        "There is no such time; choose from the list.",
    )
}

pub(crate) fn slot_past() -> Problem {
    Problem::conflict("slot-past", "该时段已过，请选择其他时段。", "That time is over; choose another.")
}

pub(crate) fn slot_full() -> Problem {
    Problem::conflict(
        "slot-full",
        "该时段已约满，请选择其他时段。",
        "Nobody is free then; choose another time.",
    )
}

pub(crate) fn visit_too_long(minutes: i64) -> Problem {
    Problem::invalid(
        "visit-too-long",
        format!("该时段最长{minutes}分钟。"),
        format!("At that time a visit can last {minutes} minutes at most."),
    )
    .at("/minutes")
}

pub(crate) fn balance_too_low(fen: i64) -> Problem {
    Problem::conflict(
        "balance-too-low",
        "余额不足，请充值后再预约。",
        "Your balance is too low; top it up and book again.",
    )
    .with_member("needed", fen)
}

pub(crate) fn charge_not_allowed() -> Problem {
    Problem::conflict(
        "charge-not-allowed",
        "金额超过单次限额，请缩短时长。",
        "That is above what may be charged at once; book a shorter visit.",
    )
}

pub(crate) fn booking_unknown() -> Problem {
    Problem::not_found(
        "booking-unknown",
        "没有这个预约，请从列表中选择。",
        "There is no such booking; choose from the list.",
    )
}

pub(crate) fn booking_closed() -> Problem {
    Problem::conflict("booking-closed", "该预约已结束。", "That booking is over.")
}

pub(crate) fn visit_begun() -> Problem {
    Problem::conflict(
        "visit-begun",
        "服务已开始，不能取消；如有问题请联系商家。",
        "The visit has begun and cannot be cancelled; talk to the firm.",
    )
}

pub(crate) fn visit_ahead() -> Problem {
    Problem::conflict("visit-ahead", "服务尚未开始。", "The visit has not begun yet.")
}

pub(crate) fn consent_missing() -> Problem {
    Problem::conflict(
        "consent-missing",
        "居民尚未同意提供联系方式，请等待其确认。",
        "The resident has not agreed to show name, phone and address; wait until they do.",
    )
}

pub(crate) fn person_gone() -> Problem {
    Problem::gone("person-gone", "该居民的信息已不可用。", "This resident's data is no longer there.")
}

pub(crate) fn not_completed() -> Problem {
    Problem::conflict("not-completed", "服务完成后才能评价。", "A visit can be rated when it is done.")
}

pub(crate) fn rated_already() -> Problem {
    Problem::conflict("rated-already", "您已评价过。", "You have rated it already.")
}
