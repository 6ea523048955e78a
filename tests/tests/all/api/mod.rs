//! What every input is answered with: the table of the platform's answers, and each operation of activity signup.

mod bodies;
mod callers;
mod limits;
mod pages;
mod paths;
mod queries;
mod schema;

use expect_test::Expect;
use linli_tests::http::Reply;

/// Compares a whole reply with what is written beside the test.
#[track_caller]
fn check(reply: &Reply, expected: &Expect) {
    expected.assert_eq(&reply.shown());
}
