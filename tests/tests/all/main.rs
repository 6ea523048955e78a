//! The promises of the platform, each with tests that try to break it.
#![allow(clippy::unwrap_used, reason = "tests")]

mod affairs;
mod api;
mod authoring;
mod authz;
mod cli;
mod consents;
mod coverage;
mod drain;
mod exported;
mod histories;
mod hostile;
mod idempotency;
mod kept;
#[cfg(target_os = "linux")]
mod killed;
mod killed_on_spin;
mod meals;
mod plugins;
mod points;
#[cfg(target_os = "linux")]
mod power_layer;
mod providers;
mod races;
mod rush;
mod scenarios;
mod signup;
mod spin;
#[cfg(target_os = "linux")]
mod store_crash;
mod vetted;
