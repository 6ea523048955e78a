//! Providers of a community: admitted after review, rated by who ordered, removed when too many complain.
//!
//! | rule | where |
//! |---|---|
//! | applications, and what must be so of a merchant | [`application`] |
//! | deciding about them, and admission | [`decision`] |
//! | a provider, its standing, and the platform's registry | [`provider`] |
//! | the end of a licence | [`licence`] |
//! | orders, as the platform tells of them | [`order`] |
//! | ratings and ranks | [`rating`], [`listing`] |
//! | complaints | [`complaint`] |
//! | notice and removal | [`review`], [`wilson`] |
//! | appeals | [`appeal`] |
//! | what a city decides about all this, as data | [`terms`] |
//!
//! A provider's id is its credit code: the same in every community, and what tokens and ledger accounts call it. Its
//! document is written when its standing changes and at no other time, so residents who order, rate and complain at once
//! do not stand in each other's way.

mod appeal;
mod application;
mod complaint;
mod day;
mod decision;
mod events;
mod licence;
mod listing;
mod order;
mod problem;
mod provider;
mod rating;
mod review;
mod terms;
mod wilson;

use linli_sdk::prelude::*;

const EVERYBODY: &[Role] = &[Role::Anyone];
const RESIDENT: &[Role] = &[Role::Resident];
const REVIEWER: &[Role] = &[Role::Reviewer];
/// Who applies for a merchant, and speaks for it afterwards.
const APPLICANT: &[Role] = &[Role::Provider, Role::Resident];
/// Besides, who sees everybody's applications.
const PARTIES: &[Role] = &[Role::Provider, Role::Resident, Role::Reviewer, Role::Worker];

/// The component.
pub static PROVIDER_ONBOARDING: Component =
    Component::new("provider-onboarding", env!("CARGO_PKG_VERSION"), "服务商入驻", "Providers")
        .operations(&[
            get("/categories", handler!(terms::list_categories))
                .roles(EVERYBODY)
                .title("服务类别", "Categories and their commissions"),
            post("/applications", handler!(application::create_application))
                .roles(APPLICANT)
                .title("申请入驻或续期", "Apply to be admitted or renewed"),
            get("/applications", handler!(application::list_applications))
                .roles(PARTIES)
                .title("申请列表", "Applications"),
            get("/applications/{id}", handler!(application::show_application))
                .roles(PARTIES)
                .title("申请详情", "Show an application"),
            patch("/applications/{id}", handler!(application::supplement_application))
                .roles(APPLICANT)
                .title("补正申请", "Change an application that was returned"),
            delete("/applications/{id}", handler!(application::withdraw_application))
                .roles(APPLICANT)
                .title("撤回申请", "Withdraw an application"),
            post("/applications/{id}/decisions", handler!(decision::decide_application))
                .roles(REVIEWER)
                .title("审核申请", "Decide about an application"),
            get("/providers", handler!(listing::list_providers))
                .roles(EVERYBODY)
                .title("服务商列表", "Providers"),
            get("/providers/{id}", handler!(listing::show_provider))
                .roles(EVERYBODY)
                .title("服务商详情", "Show a provider"),
            post("/providers/{id}/ratings", handler!(rating::rate_order))
                .roles(RESIDENT)
                .title("评价订单", "Rate an order"),
            post("/providers/{id}/complaints", handler!(complaint::create_complaint))
                .roles(RESIDENT)
                .title("投诉订单", "Complain about an order"),
            get("/providers/{id}/complaints", handler!(complaint::list_complaints))
                .roles(PARTIES)
                .title("投诉列表", "Complaints about a provider"),
            post("/providers/{id}/appeals", handler!(appeal::create_appeal))
                .roles(APPLICANT)
                .title("申诉", "Appeal against removal"),
            get("/appeals", handler!(appeal::list_appeals)).roles(REVIEWER).title("申诉列表", "Appeals"),
            get("/appeals/{id}", handler!(appeal::show_appeal))
                .roles(&[Role::Provider, Role::Resident, Role::Reviewer])
                .title("申诉详情", "Show an appeal"),
            post("/appeals/{id}/decisions", handler!(appeal::decide_appeal))
                .roles(REVIEWER)
                .title("裁定申诉", "Decide about an appeal"),
        ])
        .reactions(&[
            on_event!("platform", "order.captured", order::count_order),
            on_event!("platform", "order.refunded", order::note_refund),
            on_timer!(licence::LICENCE_DUE, licence::end_licence),
            on_timer!(review::REVIEW_DUE, review::review_provider),
            on_timer!(review::NOTICE_OVER, review::end_notice),
        ])
        .collections(&[
            &appeal::APPEALS,
            &application::APPLICATIONS,
            &complaint::COMPLAINTS,
            &order::COUNTS,
            &order::ORDERS,
            &provider::PROVIDERS,
        ])
        .publishes(&[
            &events::APPEAL_DECIDED,
            &events::APPLICATION_DECIDED,
            &events::PROVIDER_CHANGED,
            &events::PROVIDER_WARNED,
            &events::WARNING_WITHDRAWN,
        ])
        .settings(&[&terms::CATEGORIES, &terms::TERMS])
        .permissions(&[Grant::Registry]);

linli_sdk::export!(PROVIDER_ONBOARDING);
