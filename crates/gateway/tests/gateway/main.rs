//! The gateway's promises, each as a table of requests and what becomes of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admission;
mod answers;
mod description;
mod fixture;
mod inputs;
mod joining;
mod properties;
mod rejections;
mod routing;
mod tokens;
