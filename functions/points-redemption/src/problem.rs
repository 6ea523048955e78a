//! Every refusal: its stable code, and one sentence that says what to do now.

use linli_sdk::prelude::*;

pub(crate) fn award_to_oneself() -> Problem {
    Problem::forbidden(
        "award-to-oneself",
        "不能给自己发放积分，请由其他工作人员办理。",
        "Nobody gives points to themselves; ask a colleague to do it.",
    )
}

pub(crate) fn award_too_large(maximum: i64) -> Problem {
    Problem::invalid(
        "award-too-large",
        format!("每次最多可发放 {maximum} 积分，请减少数量。"),
        format!("At most {maximum} points can be given at a time; give fewer."),
    )
    .at("/points")
    .with_member("maximum", maximum)
}

pub(crate) fn award_daily_cap(left: i64) -> Problem {
    Problem::too_many(
        "award-daily-cap",
        format!("该居民今天还可获得 {left} 积分，请减少数量或改日再发。"),
        format!("This resident can be given {left} more points today; give fewer, or another day."),
    )
    .at("/points")
    .with_member("left", left)
}

pub(crate) fn award_unknown() -> Problem {
    Problem::not_found(
        "award-unknown",
        "没有这笔积分，请核对编号。",
        "There is no such award; check its number.",
    )
}

pub(crate) fn award_revoked() -> Problem {
    Problem::conflict(
        "award-revoked",
        "这笔积分已收回，无需再次操作。",
        "This award was taken back already; there is nothing left to do.",
    )
}

pub(crate) fn resident_unknown() -> Problem {
    Problem::not_found(
        "resident-unknown",
        "没有这位居民，请重新扫描居民码。",
        "There is no such resident; scan the resident's code again.",
    )
    .at("/person")
}

pub(crate) fn resident_of_another_area() -> Problem {
    Problem::forbidden(
        "resident-of-another-area",
        "该居民不在您的服务区域，请联系其所在社区。",
        "This resident belongs to another community; ask there.",
    )
    .at("/person")
}

pub(crate) fn balance_of_the_future() -> Problem {
    Problem::invalid(
        "balance-of-the-future",
        "只能查询过去某一时刻的积分，请选择更早的时间。",
        "A balance can be shown for a moment in the past; choose an earlier one.",
    )
    .at("/at")
}

pub(crate) fn reward_unknown() -> Problem {
    Problem::not_found(
        "reward-unknown",
        "没有这件奖品，请从列表中选择。",
        "There is no such reward; choose one from the list.",
    )
}

pub(crate) fn reward_closed() -> Problem {
    Problem::conflict(
        "reward-closed",
        "这件奖品已停止兑换，请选择其他奖品。",
        "This reward is no longer offered; choose another.",
    )
}

pub(crate) fn reward_short(left: i64) -> Problem {
    Problem::conflict(
        "reward-short",
        format!("奖品剩余 {left} 件，请减少数量或选择其他奖品。"),
        format!("There are {left} left; take fewer, or choose another reward."),
    )
    .at("/quantity")
    .with_member("left", left)
}

pub(crate) fn reward_limit(limit: i64) -> Problem {
    Problem::conflict(
        "reward-limit",
        format!("每人限兑 {limit} 件，请减少数量或选择其他奖品。"),
        format!("There are at most {limit} for each person; take fewer, or choose another reward."),
    )
    .at("/quantity")
    .with_member("limit", limit)
}

pub(crate) fn stock_below_redeemed() -> Problem {
    Problem::conflict(
        "stock-below-redeemed",
        "已兑换的数量超过新的总数，请填写更大的数量。",
        "More pieces than that have been redeemed already; give a larger number.",
    )
    .at("/stock")
}

pub(crate) fn points_short(needed: i64, available: i64) -> Problem {
    Problem::conflict(
        "points-short",
        format!("需要 {needed} 积分，您有 {available} 积分可用，请减少数量或选择其他奖品。"),
        format!("This takes {needed} points and you have {available}; take fewer, or choose another reward."),
    )
    .with_member("needed", needed)
    .with_member("available", available)
}

pub(crate) fn codes_short() -> Problem {
    Problem::unavailable(
        "codes-short",
        "暂时无法生成兑换券，请稍后再试。",
        "No voucher can be made just now; try again soon.",
    )
}

pub(crate) fn redemption_unknown() -> Problem {
    Problem::not_found(
        "redemption-unknown",
        "没有这笔兑换，请在兑换记录中选择。",
        "There is no such redemption; choose one from your list.",
    )
}

pub(crate) fn voucher_mistyped() -> Problem {
    Problem::invalid(
        "voucher-mistyped",
        "券码有误，请核对后重新输入。",
        "The code has a mistake in it; check it and type it again.",
    )
    .at("/code")
}

pub(crate) fn voucher_unknown() -> Problem {
    Problem::not_found(
        "voucher-unknown",
        "没有这张兑换券，请核对券码。",
        "There is no such voucher; check the code.",
    )
    .at("/code")
}

pub(crate) fn voucher_for_another_place() -> Problem {
    Problem::forbidden(
        "voucher-for-another-place",
        "这张兑换券不在此处使用，请居民前往券面所示的地点。",
        "This voucher is honoured elsewhere; send the resident to the place it names.",
    )
}

pub(crate) fn voucher_used(at: Option<Timestamp>) -> Problem {
    Problem::conflict(
        "voucher-used",
        "兑换券已使用，不能再次使用或退回。",
        "This voucher was used already; it cannot be used or given back again.",
    )
    .with_member("used_at", at.map(|at| at.to_string()))
}

pub(crate) fn voucher_cancelled() -> Problem {
    Problem::gone(
        "voucher-cancelled",
        "兑换已取消，积分已退回，请重新兑换。",
        "This redemption was cancelled and the points given back; redeem again.",
    )
}

pub(crate) fn voucher_lapsed() -> Problem {
    Problem::gone(
        "voucher-lapsed",
        "兑换券已过有效期，积分已退回，请重新兑换。",
        "This voucher is no longer good and the points were given back; redeem again.",
    )
}
