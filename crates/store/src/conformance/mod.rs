//! The suite every backend passes: the promises of [`Store`], each as a rule on an empty store.
//!
//! ```ignore
//! linli_store::conformance::suite!(|| open_an_empty_store());
//! ```
//!
//! A backend's own tests add what is its own: files, crashes, concurrency of its threads.

mod collections;
mod deliveries;
mod history;
mod isolation;
mod ledger;
mod meter;
mod records;
mod stock;
mod unchanged;
mod world;

pub use collections::*;
pub use deliveries::*;
pub use history::*;
pub use isolation::*;
pub use ledger::*;
pub use meter::*;
pub use records::*;
pub use stock::*;
pub use unchanged::*;
pub use world::World;

/// One `#[test]` per rule. The argument makes an empty store: `impl Fn() -> Arc<dyn Store>`.
#[macro_export]
macro_rules! conformance_suite {
    ($make:expr) => {
        $crate::conformance_suite! { @each $make;
            a_call_reads_its_own_writes_and_others_do_not
            a_document_under_a_drawn_id_is_written_unseen_and_validated
            what_is_committed_is_read_by_the_next_call
            documents_that_are_none_are_refused
            a_query_does_not_write
            scans_follow_the_index_in_both_directions
            scans_see_pending_writes_in_their_place
            cursors_walk_every_document_once
            a_cursor_of_another_scan_is_refused
            a_document_without_the_field_is_not_in_the_index
            counts_stop_at_their_limit
            reading_too_much_is_refused
            an_index_gained_later_is_filled
            an_index_that_was_not_filled_is_found
            documents_are_told_by_when_they_were_written_last
            lost_updates_conflict
            write_skew_conflicts
            phantoms_conflict
            a_deletion_in_a_range_conflicts
            what_lies_beyond_a_page_does_not_conflict
            blind_writes_do_not_conflict
            a_refused_call_writes_nothing
            a_snapshot_does_not_move
            a_pending_snapshot_sees_what_was_accepted
            partitions_and_components_are_apart
            time_never_goes_back
            a_kept_answer_is_given_again
            two_calls_with_one_key_have_one_answer
            one_key_has_one_answer_across_midnight
            kept_answers_are_tidied_after_their_days
            the_audit_log_is_chained
            takes_that_fit_do_not_conflict
            a_take_that_does_not_fit_is_validated
            stock_never_leaves_its_bounds
            a_counter_is_resized_with_what_is_taken
            no_component_reaches_the_platforms_counters
            what_is_stored_is_counted_and_bounded
            uses_that_fit_do_not_conflict
            waiting_timers_count_as_stored
            a_changed_quota_is_followed
            what_is_charged_is_bounded_by_the_day
            transfers_balance_or_are_refused
            debits_that_fit_do_not_conflict_until_they_do_not_fit
            a_hold_is_captured_once_less_commission
            a_refund_gives_the_commission_back_in_proportion
            refunds_give_back_what_was_captured_and_no_more
            a_refund_takes_nothing_that_is_not_there
            a_hold_is_released_once
            a_hold_expires_by_now
            balances_as_of_a_past_moment
            statements_are_paged_newest_first
            deliveries_come_in_the_order_they_are_due
            a_delivery_is_in_effect_once
            timers_are_cancelled_once
            failed_deliveries_come_again_and_then_rest
            what_was_written_does_not_stand
            damage_is_found
            histories_match_the_oracle
        }
    };
    (@each $make:expr; $($rule:ident)*) => {
        $(
            #[test]
            fn $rule() {
                let make = $make;
                $crate::conformance::$rule(&$crate::conformance::World::new(make()));
            }
        )*
    };
}
