//! The call: who, where, when. Fixed when the request arrives, and the same when the command is run again.

use linli_contract::{Caller, Community, PersonRef, Problem, Timestamp};

use crate::{Id, host};

/// How important a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For whoever works on the component.
    Debug,
    /// Worth knowing.
    Info,
    /// Somebody should look at it soon.
    Warn,
    /// Something the component cannot mend.
    Error,
}

/// Who calls.
pub fn caller() -> Caller {
    host::context::caller()
}

/// The person the operation is about.
///
/// # Errors
/// 403 when the caller is no person: a provider's machine, the system, or nobody in particular.
pub fn subject() -> Result<PersonRef, Problem> {
    subject_of(&caller())
}

/// As [`subject`], of a caller that is known already.
///
/// # Errors
/// As [`subject`].
pub fn subject_of(caller: &Caller) -> Result<PersonRef, Problem> {
    caller.subject.clone().ok_or_else(|| {
        Problem::forbidden(
            "person-needed",
            "此操作须由居民本人办理，请用居民身份登录后再试。",
            "This is for a resident in person; sign in as a resident and try again.",
        )
    })
}

/// The community the call is in.
pub fn community() -> Community {
    host::context::community()
}

/// When the request arrived; never before the community's last commit. The answer of a query that asks is not given
/// again to others: where a comparison or a rounded time will do, ask [`has_passed`] or [`now_rounded`].
pub fn now() -> Timestamp {
    host::context::now()
}

/// Whether [`now`] is at or after a moment. Until it has passed, a query's answer may be given again without a new run.
pub fn has_passed(moment: Timestamp) -> bool {
    host::context::has_passed(moment)
}

/// [`now`], rounded down to a whole multiple of so many seconds since 1970; 3,600 gives the hour. Until the next
/// multiple, a query's answer may be given again without a new run.
///
/// # Panics
/// For 0 seconds.
pub fn now_rounded(seconds: u32) -> Timestamp {
    host::context::now_rounded(seconds)
}

/// A new id; ids sort by the time they were made at, to the millisecond.
pub fn new_id() -> Id {
    host::context::new_id().parse().expect("the host gives well-formed ids")
}

/// Up to 1,024 bytes from the system's CSPRNG, the same when the command is run again.
///
/// # Panics
/// Above 1,024 bytes.
pub fn random(length: u32) -> Vec<u8> {
    host::context::random(length)
}

/// A line for the operator; up to 64 of 2 KiB in one call, the rest is counted and dropped. Nothing personal.
pub fn log(level: Level, message: &str) {
    host::context::log(level, message);
}
