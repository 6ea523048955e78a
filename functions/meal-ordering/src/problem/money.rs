//! Refusals about money: cards, payments, refunds, settlements.

use linli_sdk::prelude::*;

pub(crate) fn order_too_large(maximum_fen: i64) -> Problem {
    let yuan = maximum_fen / 100;
    Problem::invalid(
        "order-too-large",
        format!("每单最多 {yuan} 元，请分开下单或联系食堂。"),
        format!("One order may cost {yuan} yuan at most; make it smaller, or talk to the canteen."),
    )
    .at("/lines")
    .with_member("maximum_fen", maximum_fen)
}

pub(crate) fn card_short(needed_fen: i64, available_fen: i64) -> Problem {
    Problem::conflict(
        "card-short",
        "餐卡余额不足，请到服务台充值后再支付。",
        "There is too little on the card; top it up at the counter, then pay.",
    )
    .with_member("needed_fen", needed_fen)
    .with_member("available_fen", available_fen)
}

pub(crate) fn unpaid_too_often() -> Problem {
    Problem::too_many(
        "unpaid-too-often",
        "这一餐不能再先订后付，请在下单时支付。",
        "Nothing more can be left unpaid for this meal; pay when you order.",
    )
    .at("/payment")
}

pub(crate) fn refund_to_oneself() -> Problem {
    Problem::forbidden(
        "refund-to-oneself",
        "不能给自己退款，请由其他工作人员办理。",
        "Nobody gives money back to themselves; ask a colleague to do it.",
    )
}

pub(crate) fn refund_too_late(days: i64) -> Problem {
    Problem::conflict(
        "refund-too-late",
        format!("用餐后 {days} 天内可以退款，请联系街道另行处理。"),
        format!("Money can be given back within {days} days of the meal; ask the street's office."),
    )
}

pub(crate) fn resident_unknown() -> Problem {
    Problem::not_found(
        "resident-unknown",
        "没有这位居民，请重新扫描居民码。",
        "There is no such resident; scan the resident's code again.",
    )
}

pub(crate) fn resident_of_another_area() -> Problem {
    Problem::forbidden(
        "resident-of-another-area",
        "该居民不在您的服务区域，请联系其所在社区。",
        "This resident belongs to another community; ask there.",
    )
    .at("/resident")
}

pub(crate) fn top_up_to_oneself() -> Problem {
    Problem::forbidden(
        "top-up-to-oneself",
        "不能给自己的餐卡充值，请由其他工作人员办理。",
        "Nobody tops up their own card; ask a colleague to do it.",
    )
}

pub(crate) fn top_up_too_large(maximum_fen: i64) -> Problem {
    let yuan = maximum_fen / 100;
    Problem::invalid(
        "top-up-too-large",
        format!("每次最多充值 {yuan} 元，请减少金额。"),
        format!("At most {yuan} yuan can be paid in at a time; pay in less."),
    )
    .at("/amount_fen")
    .with_member("maximum_fen", maximum_fen)
}

pub(crate) fn card_full(room_fen: i64) -> Problem {
    Problem::conflict(
        "card-full",
        "充值后将超过餐卡余额上限，请减少金额。",
        "That would be more than a card may hold; pay in less.",
    )
    .at("/amount_fen")
    .with_member("room_fen", room_fen)
}

pub(crate) fn settlement_too_large(outstanding_fen: i64) -> Problem {
    Problem::conflict(
        "settlement-too-large",
        "超过待结算金额，请核对账户后重新登记。",
        "That is more than there is to settle; look at the accounts and book it again.",
    )
    .at("/amount_fen")
    .with_member("outstanding_fen", outstanding_fen)
}
