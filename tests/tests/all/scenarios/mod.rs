//! Whole stories, as residents and workers live them, on a clock that is moved.

mod called_off;
mod day_of_the_activity;
mod lottery;
mod waitlist;
