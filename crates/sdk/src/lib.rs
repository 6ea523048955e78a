//! What functions and plugins are written against: plain typed functions in, a component out.
//!
//! A whole capability, in which neighbours lend each other tools:
//!
//! ```
//! use linli_sdk::prelude::*;
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Tool { id: Id, name: String, owner: PersonRef, lent_to: Option<PersonRef> }
//!
//! const BY_NAME: Index = Index::new("by_name", &["/name"]);
//! const TOOLS: Collection<Tool> = Collection::new("tools").indexes(&[BY_NAME]);
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct NewTool { #[schemars(length(min = 1, max = 40))] name: String }
//!
//! fn offer_tool(new: NewTool) -> Result<Created<Tool>, Problem> {
//!     let tool = Tool { id: context::new_id(), name: new.name, owner: context::subject()?, lent_to: None };
//!     TOOLS.put(&tool.id, &tool);
//!     Ok(Created(tool))
//! }
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct ToolId { id: Id }
//!
//! fn borrow_tool(ToolId { id }: ToolId) -> Result<Tool, Problem> {
//!     let mut tool = TOOLS.get(&id).ok_or_else(|| {
//!         Problem::not_found("tool-unknown", "没有这件工具，请从列表中选择。", "There is no such tool; choose from the list.")
//!     })?;
//!     if tool.lent_to.is_some() {
//!         return Err(Problem::conflict("tool-lent", "工具已借出，请过几天再来。", "It is lent; come back in a few days."));
//!     }
//!     tool.lent_to = Some(context::subject()?);
//!     TOOLS.put(&id, &tool);
//!     Ok(tool)
//! }
//!
//! fn list_tools() -> Result<Page<Tool>, Problem> {
//!     TOOLS.scan(&BY_NAME.all(), 100, None)
//! }
//!
//! pub static TOOL_LIBRARY: Component = Component::new("tool-library", "0.1.0", "工具共享", "Tool library")
//!     .collections(&[&TOOLS])
//!     .operations(&[
//!         post("/tools", handler!(offer_tool)).roles(&[Role::Resident]).title("登记工具", "Offer a tool"),
//!         post("/tools/{id}/loan", handler!(borrow_tool)).roles(&[Role::Resident]).title("借工具", "Borrow a tool"),
//!         get("/tools", handler!(list_tools)).roles(&[Role::Anyone]).title("工具列表", "List tools"),
//!     ]);
//! linli_sdk::export!(TOOL_LIBRARY);
//!
//! // Its test runs natively, through the same transaction as in production:
//! use linli_sdk::testing::Platform;
//! let platform = Platform::new(&TOOL_LIBRARY);
//! let (li, wang) = (platform.resident(70), platform.resident(34));
//! let drill = platform.call(&li, "offer_tool", json!({ "name": "电钻" })).created();
//! let lent = platform.call(&wang, "borrow_tool", json!({ "id": drill["id"] })).ok();
//! assert_eq!(lent["lent_to"], json!(wang.person()));
//! let refused = platform.call(&li, "borrow_tool", json!({ "id": drill["id"] })).problem();
//! assert_eq!(refused.code, "tool-lent");
//! ```
//!
//! - An **operation** is a function `fn(Input) -> Result<Output, Problem>`. Its input schema and output schema are
//!   derived from the types; the host validates before it calls. See [`Component`], [`handler!`], [`IntoReply`].
//! - **State** goes through [`Collection`], [`stock`], [`ledger`]; everything a command does commits together, or, when
//!   it answers a [`Problem`], not at all.
//! - **Later** goes through [`Event`] and [`Timer`].
//! - A command must be deterministic, since it is run again after a conflict: time, ids and randomness come from
//!   [`context`], and nothing may depend on the order of a `HashMap`. `testing::Platform` runs each call twice
//!   and compares.
//!
//! Misuse of the platform (an undeclared collection, a value over a limit, writing in a query) panics, which in a
//! component is a trap: the caller gets a 500, nothing is written, and the instance is thrown away.

// Generated bindings name the crate as components do.
#[cfg(target_arch = "wasm32")]
extern crate self as linli_sdk;

mod component;
pub mod context;
mod events;
mod handler;
mod host;
mod id;
pub mod keys;
pub mod ledger;
pub mod micros;
pub mod outbound;
pub mod people;
mod pointer;
mod records;
pub mod registry;
mod reply;
mod schema;
mod settings;
pub mod spoken_codes;
pub mod stock;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;

pub use component::{
    Account, Component, DeclaresCollection, DeclaresEvent, DeclaresSetting, Delivered, Grant, Operation,
    delete, get, patch, post, put,
};
pub use events::{Event, Timer, cancel};
pub use handler::{Handler, HandlerFn, NoInput, Reaction, ReactionFn};
pub use id::{Id, IdError};
pub use linli_contract::{
    self as contract, Attribute, Caller, Community, PersonRef, Problem, ProblemKind, Role, Text, Timestamp,
    base32,
};
pub use records::{Bound, Collection, Index, Stretch, Value};
pub use reply::{Accepted, Created, Html, IntoReply, Media, NoContent, Page};
pub use settings::Setting;

/// What nearly every component uses.
pub mod prelude {
    pub use crate::{
        Attribute, Collection, Component, Created, Event, Grant, Html, Id, Index, NoContent, Page, PersonRef,
        Problem, Role, Setting, Stretch, Timer, Timestamp, context, delete, get, handler, on_event, on_timer,
        patch, people, post, put, stock,
    };
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};
    pub use serde_json::json;
}

/// Makes a [`Component`] what the compiled file exports: `linli_sdk::export!(TOOL_LIBRARY);`. Once per component;
/// natively it does nothing.
#[cfg(target_arch = "wasm32")]
#[macro_export]
macro_rules! export {
    ($component:path) => {
        const _: () = {
            struct Exported;
            impl $crate::bindings::Exports for Exported {
                const COMPONENT: &'static $crate::Component = &$component;
            }
    $crate::bindings::export_service!(Exported with_types_in $crate::bindings);
        };
    };
}

/// Makes a [`Component`] what the compiled file exports: `linli_sdk::export!(TOOL_LIBRARY);`. Once per component;
/// natively it does nothing.
#[cfg(not(target_arch = "wasm32"))]
#[macro_export]
macro_rules! export {
    ($component:path) => {
        const _: &$crate::Component = &$component;
    };
}

/// For the macros of this crate.
#[doc(hidden)]
pub mod __private {
    pub use crate::handler::{Handler, Reaction, react, react_to_timer, run, schemas};
}
