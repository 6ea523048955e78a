//! Every refusal: its stable code, and one sentence that says what to do now.

use linli_sdk::prelude::*;

pub(crate) fn credit_code_invalid() -> Problem {
    Problem::invalid(
        "credit-code-invalid",
        "统一社会信用代码有误，请对照营业执照核对 18 位代码。",
        "This is not a unified social credit code; check its 18 characters against the business licence.",
    )
    .at("/credit_code")
}

pub(crate) fn category_unknown() -> Problem {
    Problem::invalid(
        "category-unknown",
        "没有这个服务类别，请从类别列表中选择。",
        "There is no such category; choose one from the list of categories.",
    )
    .at("/category")
}

pub(crate) fn commission_outside_band(min_bp: u32, max_bp: u32) -> Problem {
    Problem::invalid(
        "commission-outside-band",
        format!("此类别的佣金应为 {} 至 {}，请调整。", percent(min_bp), percent(max_bp)),
        format!("The commission of this category is {} to {}; change it.", percent(min_bp), percent(max_bp)),
    )
    .at("/commission_bp")
    .with_member("min_bp", min_bp)
    .with_member("max_bp", max_bp)
}

pub(crate) fn licence_dates() -> Problem {
    Problem::invalid(
        "licence-dates",
        "营业执照的起止日期有误，请对照执照核对。",
        "The dates of the licence cannot be right; check them against the licence.",
    )
    .at("/licence/valid_until")
}

pub(crate) fn licence_not_begun() -> Problem {
    Problem::invalid(
        "licence-not-begun",
        "营业执照尚未生效，请在生效后申请。",
        "The licence is not in force yet; apply when it is.",
    )
    .at("/licence/valid_from")
}

pub(crate) fn licence_ended() -> Problem {
    Problem::invalid(
        "licence-ended",
        "营业执照已过有效期，请换证后再申请。",
        "The licence has ended; renew it, then apply.",
    )
    .at("/licence/valid_until")
}

pub(crate) fn application_open(own: Option<&str>) -> Problem {
    let problem = Problem::conflict(
        "application-open",
        "该企业已有在办申请，请等待审核结果或修改原申请。",
        "There is an open application for this company; wait for its decision, or change that one.",
    );
    match own {
        Some(id) => problem.with_member("application", id),
        None => problem,
    }
}

pub(crate) fn application_unknown() -> Problem {
    Problem::not_found(
        "application-unknown",
        "没有这份申请，请从列表中选择。",
        "There is no such application; choose one from the list.",
    )
}

pub(crate) fn application_decided() -> Problem {
    Problem::conflict(
        "application-decided",
        "这份申请已办结，请查看结果。",
        "This application is closed; look at its outcome.",
    )
}

pub(crate) fn application_not_returned() -> Problem {
    Problem::conflict(
        "application-not-returned",
        "申请正在审核，退回补正后方可修改。",
        "The application is being reviewed; it can be changed when it is returned to you.",
    )
}

pub(crate) fn decision_on_oneself() -> Problem {
    Problem::forbidden(
        "decision-on-oneself",
        "不能审核与自己有关的申请，请由其他审核人员办理。",
        "Nobody decides about their own affairs; ask a colleague to do it.",
    )
}

pub(crate) fn reason_missing() -> Problem {
    Problem::invalid(
        "reason-missing",
        "请填写理由，以便申请人知道如何处理。",
        "Give a reason, so that the applicant knows what to do.",
    )
    .at("/reason")
}

pub(crate) fn provider_unknown() -> Problem {
    Problem::not_found(
        "provider-unknown",
        "没有这家服务商，请从列表中选择。",
        "There is no such provider; choose one from the list.",
    )
}

pub(crate) fn provider_not_yours() -> Problem {
    Problem::forbidden(
        "provider-not-yours",
        "只有该服务商或其申请人可以办理，请用相应身份登录。",
        "Only the provider, or who applied for it, can do this; sign in as one of them.",
    )
}

pub(crate) fn provider_removed() -> Problem {
    Problem::conflict(
        "provider-removed",
        "该服务商已被清退，请通过申诉恢复资格。",
        "This provider was removed; appeal to be admitted again.",
    )
}

pub(crate) fn order_unknown() -> Problem {
    Problem::not_found(
        "order-unknown",
        "没有您在这家服务商已付款的这笔订单，请从订单列表中选择。",
        "You have no paid order of this number with this provider; choose one of your orders.",
    )
    .at("/order")
}

pub(crate) fn order_too_old(days: i64) -> Problem {
    Problem::gone(
        "order-too-old",
        format!("订单付款已超过 {days} 天，不能再评价或投诉；如有争议请联系社区。"),
        format!("The order was paid more than {days} days ago; ask the community about it instead."),
    )
}

pub(crate) fn order_rated() -> Problem {
    Problem::conflict(
        "order-rated",
        "这笔订单已评价，每笔订单只能评价一次。",
        "This order is rated already; each can be rated once.",
    )
}

pub(crate) fn order_refunded() -> Problem {
    Problem::conflict(
        "order-refunded",
        "这笔订单已全额退款，不能评价；如有不满可以投诉。",
        "This order was given back whole and is not rated; if something was wrong, complain about it.",
    )
}

pub(crate) fn order_complained() -> Problem {
    Problem::conflict(
        "order-complained",
        "这笔订单已投诉，社区正在处理，无需重复提交。",
        "There is a complaint about this order already; it counts, there is nothing left to do.",
    )
}

pub(crate) fn nothing_to_appeal() -> Problem {
    Problem::conflict(
        "nothing-to-appeal",
        "目前没有清退通知，无需申诉。",
        "There is no notice of removal to appeal against.",
    )
}

pub(crate) fn appeal_late() -> Problem {
    Problem::gone("appeal-late", "申诉期限已过，不能再申诉。", "The time to appeal is over.")
}

pub(crate) fn appeal_made() -> Problem {
    Problem::conflict(
        "appeal-made",
        "对这份通知已提出过申诉，请查看申诉结果。",
        "There was an appeal against this notice already; look at its outcome.",
    )
}

pub(crate) fn appeal_unknown() -> Problem {
    Problem::not_found(
        "appeal-unknown",
        "没有这份申诉，请从列表中选择。",
        "There is no such appeal; choose one from the list.",
    )
}

pub(crate) fn appeal_decided() -> Problem {
    Problem::conflict(
        "appeal-decided",
        "这份申诉已有结论，不能再次裁定。",
        "This appeal was decided already.",
    )
}

/// `500` basis points are `5%`, `250` are `2.5%`.
fn percent(basis_points: u32) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    let digits = format!("{whole}.{rest:02}");
    format!("{}%", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn basis_points_are_read_as_percent() {
        for (basis_points, read) in [(500, "5%"), (1_000, "10%"), (250, "2.5%"), (305, "3.05%")] {
            assert_eq!(super::percent(basis_points), read);
        }
    }
}
