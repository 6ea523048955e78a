//! Every refusal: its stable code, and one sentence that says what to do now.

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;

use crate::bundle::FiledPart;
use crate::case::{OpenCase, Status};
use crate::catalogue::DefinitionError;
use crate::form::Violation;

pub(crate) fn affair_unknown() -> Problem {
    Problem::not_found(
        "affair-unknown",
        "没有这个事项，请从事项目录中选择。",
        "There is no such affair; choose one from the catalogue.",
    )
}

/// The place is for the operator; nobody else can do anything about it.
pub(crate) fn affair_misconfigured(errors: &[DefinitionError]) -> Problem {
    let places: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Problem::unavailable(
        "affair-misconfigured",
        "该事项暂时不能办理，请联系社区工作人员。",
        "This affair cannot be handed in for now; please tell your community's desk.",
    )
    .with_member("places", places)
}

/// The year's notice is not among the configured calendars: nobody can count its working days.
pub(crate) fn calendar_unpublished(year: i64) -> Problem {
    Problem::unavailable(
        "calendar-unpublished",
        format!("{year} 年的工作日历尚未公布，无法确定期限，请在公布后再办。"),
        format!("The calendar of working days for {year} is not published yet, so no deadline can be told; try again once it is."),
    )
    .with_member("year", year)
}

pub(crate) fn numbers_short() -> Problem {
    Problem::unavailable(
        "numbers-short",
        "暂时无法生成编号，请稍后再试。",
        "No number can be given just now; try again soon.",
    )
}

pub(crate) fn form_invalid(violations: &[Violation]) -> Problem {
    let listed = serde_json::to_value(violations).unwrap_or_default();
    let first = violations.first().map(|violation| violation.pointer.clone()).unwrap_or_default();
    Problem::invalid(
        "form-invalid",
        "表单有未填写或填写有误的项目，请按提示修改后重新提交。",
        "Some fields are missing or wrong; mend those that are named and send the form again.",
    )
    .at(format!("/form{first}"))
    .with_member("violations", listed)
}

pub(crate) fn form_too_large() -> Problem {
    Problem::invalid(
        "form-too-large",
        "表单内容过长，请精简文字后重新提交。",
        "The form is too long; shorten its texts and send it again.",
    )
    .at("/form")
}

pub(crate) fn not_eligible(reasons: &[Text]) -> Problem {
    let join =
        |each: fn(&Text) -> &str, between: &str| reasons.iter().map(each).collect::<Vec<_>>().join(between);
    let (zh, en) = (join(|reason| &reason.zh, ""), join(|reason| &reason.en, " "));
    Problem::invalid(
        "not-eligible",
        format!("暂不符合办理条件：{zh}如有疑问请咨询社区。"),
        format!("The conditions are not met: {en} Ask your community's desk if in doubt."),
    )
    .with_member("reasons", serde_json::to_value(reasons).unwrap_or_default())
}

pub(crate) fn evidence_unknown(ids: &[String]) -> Problem {
    Problem::invalid(
        "evidence-unknown",
        "提交了此事项不需要的材料，请去掉后重新提交。",
        "This affair does not need some of the evidence; leave it out and send the rest.",
    )
    .at("/evidence")
    .with_member("evidence", ids.to_vec())
}

pub(crate) fn evidence_outstanding(ids: &[String]) -> Problem {
    Problem::conflict(
        "evidence-outstanding",
        "还有材料未到齐，请先补齐或调取材料。",
        "Some evidence is still missing; fetch it or have it supplemented first.",
    )
    .with_member("evidence", ids.to_vec())
}

pub(crate) fn case_open(open: &OpenCase) -> Problem {
    Problem::conflict(
        "case-open",
        format!("您已提交过此事项（编号 {}），正在办理中，请查看进度。", open.number),
        format!("You have handed this in already (number {}); look at its progress instead.", open.number),
    )
    .with_member("case", open.case.to_string())
    .with_member("number", open.number.clone())
}

pub(crate) fn case_unknown() -> Problem {
    Problem::not_found(
        "case-unknown",
        "没有这个办件，请在“我的办件”中选择。",
        "There is no such case; choose one from your list.",
    )
}

pub(crate) fn case_closed(status: Status) -> Problem {
    Problem::conflict(
        "case-closed",
        "此办件已办结或撤回，不能再操作；如有需要请重新提交。",
        "This case is closed and nothing more can be done with it; hand it in again if need be.",
    )
    .with_member("case_status", serde_json::to_value(status).unwrap_or_default())
}

pub(crate) fn case_returned() -> Problem {
    Problem::conflict(
        "case-returned",
        "已退回居民补正，请在补正后再审核。",
        "It was returned for a supplement; decide when that is there.",
    )
}

pub(crate) fn case_not_returned() -> Problem {
    Problem::conflict(
        "case-not-returned",
        "办理中的表单不能修改；如需更改请撤回后重新提交，或等待退回补正。",
        "Answers cannot change while the office works on them; withdraw the case, or wait until it is returned.",
    )
}

pub(crate) fn answers_of_the_resident() -> Problem {
    Problem::forbidden(
        "answers-of-the-resident",
        "表单内容只能由申请人修改，窗口只能补充材料。",
        "Only the applicant changes the answers; a desk adds evidence.",
    )
    .at("/form")
}

pub(crate) fn case_is_bundle() -> Problem {
    Problem::conflict(
        "case-is-bundle",
        "“一件事”由各个事项分别审核，请打开其中的事项办理。",
        "The parts of a bundle are decided one by one; open the part.",
    )
}

pub(crate) fn case_of_oneself() -> Problem {
    Problem::forbidden(
        "case-of-oneself",
        "不能审核自己提交的办件，请由其他工作人员办理。",
        "Nobody decides on a case of their own; ask a colleague.",
    )
}

pub(crate) fn case_not_finished() -> Problem {
    Problem::conflict(
        "case-not-finished",
        "办结后才能评价，请稍后再来。",
        "It can be rated once it is decided; come back then.",
    )
}

pub(crate) fn case_rated() -> Problem {
    Problem::conflict("case-rated", "您已评价过，谢谢。", "You have rated it already; thank you.")
}

pub(crate) fn step_of_another_office() -> Problem {
    Problem::forbidden(
        "step-of-another-office",
        "当前环节由其他岗位办理，请等待或联系对应岗位。",
        "This step is done by another office; leave it to them.",
    )
}

pub(crate) fn step_passed(now: Option<&str>) -> Problem {
    Problem::conflict(
        "step-passed",
        "此环节已有人处理，请刷新后查看。",
        "Somebody has done this step already; look at the case again.",
    )
    .at("/step")
    .with_member("step", now)
}

pub(crate) fn reason_missing() -> Problem {
    Problem::invalid(
        "reason-missing",
        "请写明理由，居民会看到。",
        "Give the reason; the resident will read it.",
    )
    .at("/reason")
}

pub(crate) fn returned_too_often(most: usize) -> Problem {
    Problem::conflict(
        "returned-too-often",
        format!("已退回 {most} 次，请作出决定。"),
        format!("It was returned {most} times; decide on it now."),
    )
}

pub(crate) fn supplement_empty() -> Problem {
    Problem::invalid(
        "supplement-empty",
        "请填写要修改的内容或补交的材料。",
        "Give the answers that change, or the evidence that was missing.",
    )
}

pub(crate) fn queue_of_an_office() -> Problem {
    Problem::forbidden(
        "queue-of-an-office",
        "待办列表仅供工作人员查看，请查看“我的办件”。",
        "The queue is for the offices; look at your own cases.",
    )
    .at("/view")
}

pub(crate) fn nothing_filed(parts: &[FiledPart]) -> Problem {
    Problem::invalid(
        "nothing-filed",
        "各个事项均未能提交，请按各项提示修改后重新提交。",
        "None of the parts could be filed; mend what each of them names and send it again.",
    )
    .with_member("parts", serde_json::to_value(parts).unwrap_or_default())
}

pub(crate) fn draft_unknown() -> Problem {
    Problem::not_found(
        "draft-unknown",
        "没有这份草稿，请在草稿列表中选择。",
        "There is no such draft; choose one from your list.",
    )
}

pub(crate) fn drafts_full(most: u32) -> Problem {
    Problem::conflict(
        "drafts-full",
        format!("最多保存 {most} 份草稿，请先删除不用的草稿。"),
        format!("At most {most} drafts are kept; delete one you no longer need."),
    )
}

pub(crate) fn library_missing() -> Problem {
    Problem::unavailable(
        "library-missing",
        "暂不能调取电子证照，请自行提交材料。",
        "Licences cannot be fetched here; give the evidence yourself.",
    )
}

pub(crate) fn certificate_mistyped() -> Problem {
    Problem::invalid(
        "certificate-mistyped",
        "证照编号有误，请逐位核对后重新输入。",
        "The number has a mistake in it; check each character and type it again.",
    )
    .at("/number")
}

pub(crate) fn certificate_unknown() -> Problem {
    Problem::not_found(
        "certificate-unknown",
        "没有这份证照，请核对编号和签发社区。",
        "There is no such certificate here; check the number and the community.",
    )
    .at("/number")
}

pub(crate) fn certificate_revoked() -> Problem {
    Problem::conflict(
        "certificate-revoked",
        "此证照已撤销，无需再次操作。",
        "This certificate was revoked already; there is nothing left to do.",
    )
}
