//! Many at the same moment on one thing that only some of them can have: two hundred calls over HTTP, an exact outcome,
//! and afterwards everything that `linli verify` checks.

mod affairs;
mod meals;
mod points;
mod providers;
