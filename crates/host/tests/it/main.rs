//! The host with real components on the store in memory. The components are those of `tests/guests`, compiled by
//! `cargo xtask`; `LINLI_COMPONENTS` says where they are.

#![allow(clippy::unwrap_used, reason = "clippy lets tests unwrap, but not what they share")]

mod calls;
mod consents;
mod deliveries;
mod hostile;
mod kept;
mod loading;
mod merchants;
mod outbound;
mod people;
mod providers;
mod rails;
mod shelves;
mod usage;
mod world;
