//! Affairs of government: handed in at home, decided in time, certified so that anybody can check it.
//!
//! | rule | where |
//! |---|---|
//! | what an affair is: data, under `affairs/` | [`affair`] |
//! | what a definition must meet, with file and line | [`check`], [`catalogue`] |
//! | the catalogue, and what a city changes of it | [`catalogue`] |
//! | forms: the part of JSON Schema they are written in | [`form`], [`format`] |
//! | who may have an affair: yes, no, perhaps | [`eligibility`], [`facts`] |
//! | handing in, taking back; one open case of a kind | [`filing`], [`number`] |
//! | drafts | [`draft`] |
//! | what a case is, and what is shown of it to whom | [`case`], [`reading`], [`privacy`] |
//! | working days; when something is due, and why | [`calendar`], [`deadline`] |
//! | who takes over what is late or has nobody | [`escalation`] |
//! | deciding, returning, supplementing | [`decision`], [`supplement`] |
//! | evidence: fetched where it can be, asked for where not | [`evidence`], [`library`] |
//! | certificates that anybody can check | [`certificate`] |
//! | one form for several affairs | [`bundle`] |
//! | how it went | [`rating`] |
//!
//! A filing reads the catalogue, the one document that would be its duplicate, and the number it drew: residents who
//! hand in at the same time do not stand in each other's way.

pub mod affair;
pub mod bundle;
pub mod calendar;
pub mod case;
pub mod catalogue;
pub mod certificate;
pub mod check;
pub mod deadline;
pub mod decision;
pub mod draft;
pub mod eligibility;
pub mod escalation;
pub mod events;
pub mod evidence;
pub mod facts;
pub mod filing;
pub mod form;
pub mod format;
pub mod library;
pub mod number;
mod place;
pub mod privacy;
mod problem;
pub mod rating;
pub mod reading;
pub mod supplement;

use linli_sdk::prelude::*;

const EVERYBODY: &[Role] = &[Role::Anyone];
const RESIDENT: &[Role] = &[Role::Resident];
const OFFICES: &[Role] = &[Role::Worker, Role::GridWorker, Role::Officer];
const DESKS: &[Role] = &[Role::Worker, Role::Officer];
const BOTH: &[Role] = &[Role::Resident, Role::Worker, Role::GridWorker, Role::Officer];

/// The component.
pub static AFFAIR_SUBMISSION: Component =
    Component::new("affair-submission", env!("CARGO_PKG_VERSION"), "政务服务", "Affairs")
        .operations(&[
            get("/affairs", handler!(catalogue::list_affairs))
                .roles(EVERYBODY)
                .title("事项目录", "List affairs"),
            get("/affairs/{code}", handler!(catalogue::get_affair))
                .roles(EVERYBODY)
                .title("事项详情", "Show an affair"),
            post("/affairs/{code}/eligibility", handler!(eligibility::check_eligibility))
                .roles(EVERYBODY)
                .title("资格自查", "Check eligibility"),
            post("/cases", handler!(filing::create_case))
                .roles(RESIDENT)
                .title("提交办件", "Hand in an affair"),
            get("/cases", handler!(reading::list_cases))
                .roles(BOTH)
                .title("办件列表", "List cases")
                .joined_by(&["/due_at", "/id"]),
            get("/cases/{id}", handler!(reading::get_case)).roles(BOTH).title("办件详情", "Show a case"),
            delete("/cases/{id}", handler!(filing::withdraw_case))
                .roles(RESIDENT)
                .title("撤回办件", "Withdraw a case"),
            post("/cases/{id}/decisions", handler!(decision::create_decision))
                .roles(OFFICES)
                .title("审核", "Decide on a case"),
            post("/cases/{id}/supplements", handler!(supplement::create_supplement))
                .roles(&[Role::Resident, Role::Worker, Role::Officer])
                .title("补正", "Supplement a case"),
            post("/cases/{id}/evidence", handler!(library::fetch_evidence))
                .task()
                .roles(&[Role::Resident, Role::Worker, Role::Officer])
                .title("调取电子证照", "Fetch evidence"),
            post("/cases/{id}/rating", handler!(rating::create_rating))
                .roles(RESIDENT)
                .title("评价", "Rate a case"),
            put("/drafts/{id}", handler!(draft::save_draft))
                .roles(RESIDENT)
                .title("保存草稿", "Keep a draft"),
            get("/drafts/{id}", handler!(draft::get_draft)).roles(RESIDENT).title("查看草稿", "Show a draft"),
            get("/drafts", handler!(draft::list_drafts)).roles(RESIDENT).title("我的草稿", "List my drafts"),
            delete("/drafts/{id}", handler!(draft::delete_draft))
                .roles(RESIDENT)
                .title("删除草稿", "Delete a draft"),
            get("/certificates/{number}", handler!(certificate::get_certificate))
                .roles(EVERYBODY)
                .title("查验证照", "Check a certificate"),
            post("/certificates/{number}/revocation", handler!(certificate::revoke_certificate))
                .roles(DESKS)
                .title("撤销证照", "Revoke a certificate"),
        ])
        .reactions(&[
            on_timer!(escalation::STEP_DUE, escalation::escalate_step),
            on_event!("affair-submission", "evidence.fetched", library::attach_evidence),
        ])
        .collections(&[
            &case::CASES,
            &case::OPEN,
            &catalogue::DEFINITIONS,
            &certificate::CERTIFICATES,
            &draft::DRAFTS,
            &number::NUMBERS,
        ])
        .publishes(&[
            &events::CASE_ALARMED,
            &events::CASE_DECIDED,
            &events::CASE_FILED,
            &events::CASE_RATED,
            &events::CASE_RETURNED,
            &events::CASE_SUPPLEMENTED,
            &events::CASE_WITHDRAWN,
            &events::CERTIFICATE_ISSUED,
            &events::CERTIFICATE_REVOKED,
            &events::EVIDENCE_ASKED,
            &events::STEP_OVERDUE,
            &library::EVIDENCE_FETCHED,
        ])
        .settings(&[&calendar::CALENDARS, &catalogue::CATALOGUE, &escalation::STAFF, &library::LIBRARY])
        .permissions(&[
            Grant::Sign(certificate::PURPOSE),
            Grant::Outbound("licences.example.gov.cn", 600),
            Grant::People(
                &[
                    Attribute::Name,
                    Attribute::CitizenNumber,
                    Attribute::Phone,
                    Attribute::Address,
                    Attribute::Age,
                ],
                "核对办理条件、预填表单、调取电子证照，免去重复填写和提交",
                "to check conditions, fill in forms and fetch licences, so that you need not give them again",
            ),
        ]);

linli_sdk::export!(AFFAIR_SUBMISSION);
