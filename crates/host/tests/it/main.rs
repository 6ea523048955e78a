//! The host with real components on the store in memory. The components are those of `tests/guests`, compiled by
//! `cargo xtask`; `LINLI_COMPONENTS` says where they are.

mod calls;
mod deliveries;
mod hostile;
mod loading;
mod people;
mod world;
