//! Affairs of government: handed in at home, decided in time, certified so that anybody can check it.

pub mod affair;
pub mod calendar;
pub mod catalogue;
pub mod check;
pub mod deadline;
pub mod eligibility;
pub mod facts;
pub mod form;
pub mod format;
mod place;
mod problem;

use linli_sdk::prelude::*;

const EVERYBODY: &[Role] = &[Role::Anyone];

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
        ])
        .collections(&[&catalogue::DEFINITIONS])
        .settings(&[&catalogue::CATALOGUE])
        .permissions(&[Grant::People(
            &[Attribute::Age],
            "核对事项的年龄条件",
            "to check an affair's age limits",
        )]);

linli_sdk::export!(AFFAIR_SUBMISSION);
