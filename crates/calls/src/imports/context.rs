//! `wit/context.wit`.

use linli_contract::limits::{MAX_LOG_LINE_BYTES, MAX_RANDOM_BYTES};
use linli_contract::{Caller, Timestamp};
use linli_store::Fault;

use crate::run::Run;
use crate::trap::{Misuse, Trap};

/// Who calls.
pub fn caller(run: &mut Run) -> &Caller {
    run.looked.caller = true;
    &run.scope.caller
}

/// The code of the community the call is in.
pub fn community(run: &Run) -> String {
    run.scope.community.to_string()
}

/// `now`, as it is.
pub fn now(run: &mut Run) -> i64 {
    run.now().micros()
}

/// Whether `now` is at or after a moment.
pub fn has_passed(run: &mut Run, moment: i64) -> bool {
    run.has_passed(Timestamp::from_micros(moment))
}

/// The last whole multiple of so many seconds that has passed.
///
/// # Errors
/// No seconds at all.
pub fn now_rounded(run: &mut Run, seconds: u32) -> Result<i64, Trap> {
    if seconds == 0 {
        return Err(Misuse("`now` cannot be rounded to nothing").into());
    }
    Ok(run.now_rounded(seconds.into()).micros())
}

/// An id that sorts by time.
///
/// # Errors
/// When the system has no randomness.
pub fn new_id(run: &mut Run) -> Result<String, Trap> {
    Ok(run.new_id()?)
}

/// Bytes of the call's seed.
///
/// # Errors
/// More than [`MAX_RANDOM_BYTES`] at once; when the system has no randomness.
pub fn random(run: &mut Run, length: u32) -> Result<Vec<u8>, Trap> {
    if length > MAX_RANDOM_BYTES {
        return Err(Fault::Limit("MAX_RANDOM_BYTES").into());
    }
    run.cross(length as usize)?;
    Ok(run.random(length as usize)?)
}

/// What of a line the host writes to its log; none when the call has written enough.
///
/// # Errors
/// Over the limit on what crosses in one call.
pub fn log<'m>(run: &mut Run, message: &'m str) -> Result<Option<&'m str>, Trap> {
    run.cross(message.len())?;
    Ok(run.may_log().then(|| cut(message, MAX_LOG_LINE_BYTES)))
}

/// The longest beginning of at most `bytes` bytes that ends between two characters.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_between_characters() {
        assert_eq!(cut("邻里", 4), "邻");
        assert_eq!(cut("邻里", 6), "邻里");
        assert_eq!(cut("", 6), "");
    }
}
