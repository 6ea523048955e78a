//! What [`SharedRows`](linli_store_rows::SharedRows) promises on any database: the same tests for each.

pub mod ahead;
pub mod alone;
pub mod noted;
pub mod statements;
pub mod together;

/// A test for each promise. `$opener` makes what opens one new database, as one more process would, again and again.
macro_rules! shared_suite {
    ($opener:expr) => {
        $crate::shared::shared_suite! { @each $opener;
            together::what_another_process_wrote_is_seen_and_judged
            together::writers_of_two_processes_lose_nothing
            together::who_is_first_in_a_community_is_decided_by_the_database
            together::who_names_things_at_the_same_time_waits_and_agrees
            statements::a_commit_is_one_statement_while_nobody_else_commits
            statements::what_one_snapshot_has_seen_of_the_heads_it_does_not_read_again
            statements::names_are_read_once_in_one_state_and_a_new_one_is_seen_at_once
            ahead::the_third_call_of_a_kind_reads_at_once_what_the_others_read
            ahead::whatever_is_read_ahead_is_what_is_there
            ahead::two_words_that_are_the_same_make_one_key_of_two
            ahead::a_commit_that_changes_what_its_call_has_seen_needs_no_other_look
            alone::a_call_that_is_foreseen_is_one_statement
            alone::one_that_asks_for_more_is_shown_it_in_the_same_state
            alone::what_it_was_not_shown_yet_may_change_before_it_asks_for_more
            alone::one_that_has_seen_two_states_of_a_row_is_told_so
            alone::one_that_has_seen_two_states_of_a_stretch_is_told_so
            alone::one_that_has_seen_two_states_of_the_platform_is_told_so
            alone::an_id_that_is_derived_from_two_words_is_foreseen
        }
    };
    (@each $opener:expr; $($module:ident :: $promise:ident)*) => {
        $(
            #[test]
            fn $promise() {
                $crate::shared::$module::$promise($opener);
            }
        )*
    };
}
pub(crate) use shared_suite;
