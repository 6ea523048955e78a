//! What the tests of the whole platform stand on: the platform itself in this process or as the real program, a
//! client, people, a disk that loses power. What is proven stands in `tests/all/`, one module per promise.
#![allow(clippy::unwrap_used, reason = "these are tests, in a library so that their modules can share them")]

pub mod affairs;
pub mod clock;
pub mod components;
pub mod deployed;
pub mod dice;
#[cfg(target_os = "linux")]
pub mod disk;
pub mod http;
pub mod library;
pub mod linearize;
pub mod meals;
pub mod neighbourhood;
pub mod oci;
pub mod pages;
pub mod plugins;
pub mod points;
pub mod program;
pub mod providers;
pub mod race;
pub mod setup;
pub mod signup_load;
pub mod signup_model;
pub mod spin;
pub mod spin_database;
pub mod spin_manifest;
pub mod store_load;
pub mod ticket;
pub mod world;
