//! What it costs, in fen. Plain arithmetic, so that a resident can check it with a pencil.

/// Minutes that are counted: work that is begun costs to the next quarter of an hour.
pub const STEP_MINUTES: i64 = 15;
/// Of the price, in percent, what a late cancellation costs.
pub const DEPOSIT_PERCENT: i64 = 30;
/// From so long before the visit on, a cancellation is late; in seconds.
pub const FREE_UNTIL_SECONDS: i64 = 24 * 3_600;

/// For so many minutes at so much an hour.
pub fn price(fen_per_hour: i64, minutes: i64) -> i64 {
    let steps = up(minutes, STEP_MINUTES);
    // Rounded up to the fen, once.
    up(fen_per_hour * steps * STEP_MINUTES, 60)
}

/// What the firm keeps when a visit is cancelled so many seconds before it begins.
pub fn cancellation(price: i64, seconds_before: i64) -> i64 {
    if seconds_before >= FREE_UNTIL_SECONDS { 0 } else { deposit(price) }
}

/// What is due for a late cancellation.
pub fn deposit(price: i64) -> i64 {
    price * DEPOSIT_PERCENT / 100
}

/// How many whole ones of `by` cover `n`; neither is negative.
fn up(n: i64, by: i64) -> i64 {
    (n + by - 1) / by
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begun_quarters_are_paid_and_a_fen_is_never_split() {
        assert_eq!(price(6_000, 120), 12_000);
        assert_eq!(price(6_000, 121), 13_500);
        assert_eq!(price(5_999, 15), 1_500);
    }

    #[test]
    fn a_day_before_is_free_and_a_second_later_is_not() {
        assert_eq!(cancellation(12_000, FREE_UNTIL_SECONDS), 0);
        assert_eq!(cancellation(12_000, FREE_UNTIL_SECONDS - 1), 3_600);
    }
}
