//! Every refusal: its stable code, and one sentence that says what to do now.

use std::borrow::Cow;

use linli_sdk::prelude::*;

pub(crate) fn activity_unknown() -> Problem {
    Problem::not_found(
        "activity-unknown",
        "没有这个活动，请从活动列表中选择。",
        "There is no such activity; choose one from the list.",
    )
}

pub(crate) fn activity_cancelled() -> Problem {
    Problem::conflict(
        "activity-cancelled",
        "活动已取消，欢迎报名其他活动。",
        "This activity was called off; have a look at the others.",
    )
}

pub(crate) fn activity_started() -> Problem {
    Problem::conflict(
        "activity-started",
        "活动已经开始，如有变动请直接联系现场工作人员。",
        "The activity has started; please talk to the staff there.",
    )
}

pub(crate) fn activity_ended() -> Problem {
    Problem::conflict(
        "activity-ended",
        "活动已经结束，不能再修改。",
        "The activity is over and cannot be changed any more.",
    )
}

pub(crate) fn signup_not_open(opens_at: Timestamp) -> Problem {
    let shown = opens_at.shown();
    Problem::conflict(
        "signup-not-open",
        format!("报名于 {shown} 开始，请届时再来。"),
        format!("Sign-up opens at {shown} (Beijing time); come back then."),
    )
    .with_member("opens_at", opens_at.to_string())
}

pub(crate) fn signup_closed() -> Problem {
    Problem::conflict(
        "signup-closed",
        "报名已截止，欢迎报名其他活动。",
        "Sign-up has closed; have a look at the other activities.",
    )
}

pub(crate) fn already_signed_up(signup: &Id) -> Problem {
    Problem::conflict(
        "already-signed-up",
        "您已报名此活动，可在“我的报名”中查看。",
        "You have signed up for this activity already; see your signups.",
    )
    .with_member("signup", signup.to_string())
}

pub(crate) fn signed_up_too_often() -> Problem {
    Problem::too_many(
        "signed-up-too-often",
        "您对此活动报名和取消的次数过多，请联系社区工作人员。",
        "You have signed up and cancelled too many times; please talk to the community's staff.",
    )
}

pub(crate) fn signup_unknown() -> Problem {
    Problem::not_found(
        "signup-unknown",
        "没有找到这条报名，请在“我的报名”中查看。",
        "There is no such signup; see your signups.",
    )
}

pub(crate) fn signup_ended() -> Problem {
    Problem::gone(
        "signup-ended",
        "这条报名已经失效；报名截止前可以重新报名。",
        "This signup has ended already; you can sign up again while sign-up is open.",
    )
}

pub(crate) fn party_too_large() -> Problem {
    Problem::invalid(
        "party-too-large",
        "人数超过了一次可以报名的上限，请减少人数后再试。",
        "The party is larger than this activity can take; try with fewer people.",
    )
    .at("/party_size")
}

pub(crate) fn waitlist_full() -> Problem {
    Problem::conflict(
        "waitlist-full",
        "候补名单已满，欢迎报名其他活动。",
        "The waiting list is full; have a look at the other activities.",
    )
}

pub(crate) fn no_offer() -> Problem {
    Problem::conflict(
        "no-offer",
        "目前没有为您保留的名额，有空位时会通知您。",
        "No place is being kept for you now; you will hear when one is free.",
    )
}

pub(crate) fn offer_lapsed() -> Problem {
    Problem::conflict(
        "offer-lapsed",
        "保留的名额已过期；报名截止前可以重新报名。",
        "The offer has lapsed; you can sign up again while sign-up is open.",
    )
}

pub(crate) fn age_outside(min: Option<u32>, max: Option<u32>) -> Problem {
    let (zh, en) = match (min, max) {
        (Some(min), Some(max)) => (format!("{min} 至 {max} 岁"), format!("aged {min} to {max}")),
        (Some(min), None) => (format!("{min} 岁及以上"), format!("aged {min} or over")),
        (None, Some(max)) => (format!("{max} 岁及以下"), format!("aged {max} or under")),
        (None, None) => ("所有".to_owned(), "of any age".to_owned()),
    };
    Problem::forbidden(
        "age-outside",
        format!("此活动面向{zh}居民，请选择其他活动。"),
        format!("This activity is for residents {en}; please choose another one."),
    )
}

pub(crate) fn age_unknown() -> Problem {
    Problem::forbidden(
        "age-unknown",
        "此活动有年龄要求，但居民档案中没有您的年龄，请带身份证到社区服务台登记。",
        "This activity has age limits and your age is not on file; register it at the community's desk.",
    )
}

pub(crate) fn age_not_agreed() -> Problem {
    Problem::forbidden(
        "age-not-agreed",
        "此活动须核对年龄，请在隐私设置中同意后再报名。",
        "This activity checks ages; agree to that in your privacy settings, then sign up.",
    )
}

pub(crate) fn out_of_area() -> Problem {
    Problem::forbidden(
        "out-of-area",
        "此活动仅面向本社区居民，请报名您所在社区的活动。",
        "This activity is for residents of this community; sign up in your own.",
    )
}

pub(crate) fn ticket_invalid() -> Problem {
    Problem::invalid(
        "ticket-invalid",
        "票码无法识别，请重新扫描或逐字核对。",
        "This is not a valid ticket; scan it again or check it letter by letter.",
    )
    .at("/ticket")
}

pub(crate) fn ticket_of_another() -> Problem {
    Problem::invalid(
        "ticket-of-another",
        "这是其他活动的票，请核对活动。",
        "This ticket is for another activity; check which one it is.",
    )
    .at("/ticket")
}

pub(crate) fn ticket_void() -> Problem {
    Problem::conflict(
        "ticket-void",
        "这张票对应的报名已取消，请居民在“我的报名”中出示最新的票。",
        "The signup of this ticket was cancelled; ask for the newest ticket in their signups.",
    )
}

pub(crate) fn checked_in_already() -> Problem {
    Problem::conflict(
        "checked-in",
        "这张票已经签到，不能再次使用。",
        "This ticket has been used already; it counts once.",
    )
}

pub(crate) fn check_in_not_open(opens_at: Timestamp) -> Problem {
    let shown = opens_at.shown();
    Problem::conflict(
        "check-in-not-open",
        format!("签到于 {shown} 开始，请届时再来。"),
        format!("Check-in opens at {shown} (Beijing time); come back then."),
    )
}

pub(crate) fn check_in_closed() -> Problem {
    Problem::conflict(
        "check-in-closed",
        "签到已截止，请联系社区工作人员。",
        "Check-in has closed; please talk to the community's staff.",
    )
}

pub(crate) fn starts_in_the_past() -> Problem {
    Problem::invalid(
        "starts-in-the-past",
        "开始时间已过，请选择之后的时间。",
        "The start has passed; choose a later time.",
    )
    .at("/starts_at")
}

pub(crate) fn times_out_of_order(pointer: &'static str) -> Problem {
    Problem::invalid(
        "times-out-of-order",
        "时间顺序有误：报名开始须早于报名截止，报名截止不晚于活动开始，活动开始早于结束。",
        "The times are out of order: sign-up opens, sign-up closes, the activity starts, it ends.",
    )
    .at(pointer)
}

pub(crate) fn too_far_ahead(pointer: &'static str) -> Problem {
    Problem::invalid(
        "too-far-ahead",
        "活动须在 1000 天内结束，请选择更早的时间。",
        "An activity ends within 1,000 days from now; choose an earlier time.",
    )
    .at(pointer)
}

pub(crate) fn ages_out_of_order(pointer: impl Into<Cow<'static, str>>) -> Problem {
    Problem::invalid(
        "ages-out-of-order",
        "最小年龄大于最大年龄，请更正。",
        "The lowest age is above the highest; correct one of them.",
    )
    .at(pointer)
}

pub(crate) fn quota_without_ages(pointer: String) -> Problem {
    Problem::invalid(
        "quota-without-ages",
        "名额须说明适用的年龄，请填写最小或最大年龄。",
        "A quota is for some ages; give the lowest, the highest, or both.",
    )
    .at(pointer)
}

pub(crate) fn reserves_overlap(pointer: String) -> Problem {
    Problem::invalid(
        "reserves-overlap",
        "两项保留名额的年龄有重叠，请分开或合并。",
        "Two reserves are for the same ages; part them or make them one.",
    )
    .at(pointer)
}

pub(crate) fn too_many_reserves() -> Problem {
    Problem::invalid(
        "too-many-reserves",
        "保留名额最多三项，请合并后再试。",
        "An activity has at most three reserves; join some of them.",
    )
    .at("/quotas")
}

pub(crate) fn quota_above_capacity() -> Problem {
    Problem::invalid(
        "quota-above-capacity",
        "名额之和超过活动总人数，请减少名额或增加总人数。",
        "The quotas hold more places than the activity; lower them or raise the capacity.",
    )
    .at("/capacity")
}

pub(crate) fn capacity_below_taken() -> Problem {
    Problem::conflict(
        "capacity-below-taken",
        "已报名人数多于新的总人数，请先取消部分报名或设定更大的人数。",
        "More places are taken than would be left; cancel signups first, or choose a larger capacity.",
    )
}
