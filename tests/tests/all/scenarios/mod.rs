//! Whole stories, as residents and workers live them, on a clock that is moved.

mod called_off;
mod case;
mod day_of_the_activity;
mod evidence;
mod lottery;
mod meal;
mod newborn;
mod reward;
mod waitlist;
