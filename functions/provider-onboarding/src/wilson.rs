//! The Wilson score interval (E. B. Wilson, 1927) of a share, in integers.
//!
//! Of `n` orders `k` are complained about. With `z` standard deviations the share lies between
//! `(2k + z² ± z·√(z² + 4k(n-k)/n)) / (2(n + z²))`. One bad order in ten may be bad luck, a hundred in a thousand is not:
//! the lower bound tells them apart. Bounds are in parts per million, the lower one rounded down and the upper one up, so
//! that rounding never speaks against anybody.

/// Parts of a whole that bounds are given in.
pub(crate) const WHOLE_PPM: u64 = 1_000_000;
/// Parts per million in a basis point.
pub(crate) const PPM_PER_BASIS_POINT: u64 = 100;

/// Orders above which counts are cut, share kept: what is computed below then fits in 128 bits.
const MOST: u64 = 10_000_000;

/// Between which shares the truth lies, in parts per million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub lower_ppm: u64,
    pub upper_ppm: u64,
}

/// The interval of `k` of `n`, with `z` in thousandths of a standard deviation. Of nothing nothing is known: all of it.
pub(crate) fn interval(k: u64, n: u64, z_milli: u32) -> Interval {
    if n == 0 {
        return Interval { lower_ppm: 0, upper_ppm: WHOLE_PPM };
    }
    let (k, n) = if n > MOST { (k.min(n) / n.div_ceil(MOST), n / n.div_ceil(MOST)) } else { (k.min(n), n) };
    let (k, n) = (u128::from(k), u128::from(n));
    // Everything times 10⁶, which z² in millionths brings along.
    let million = u128::from(WHOLE_PPM);
    let z_squared = u128::from(z_milli) * u128::from(z_milli);
    let centre = 2 * k * million + z_squared;
    let radicand = (z_squared * (4 * k * (n - k) * million + z_squared * n)).div_ceil(n);
    let floor = radicand.isqrt();
    let half = if floor * floor == radicand { floor } else { floor + 1 };
    let whole = 2 * (n * million + z_squared);
    let lower = centre.saturating_sub(half) * million / whole;
    let upper = ((centre + half) * million).div_ceil(whole).min(million);
    let ppm = |share: u128| u64::try_from(share).unwrap_or(WHOLE_PPM);
    Interval { lower_ppm: ppm(lower), upper_ppm: ppm(upper) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed in arbitrary precision from the formula above.
    #[test]
    fn bounds_are_those_of_the_formula() {
        for (k, n, z_milli, lower_ppm, upper_ppm) in [
            (0, 10, 1_960, 0, 277_541),
            (1, 10, 1_960, 17_875, 404_157),
            (5, 10, 1_960, 236_589, 763_411),
            (10, 10, 1_960, 722_459, 1_000_000),
            (1, 1, 1_960, 206_543, 1_000_000),
            (5, 100, 1_960, 21_543, 111_752),
            (10, 100, 1_960, 55_228, 174_368),
            (6, 50, 1_960, 56_175, 238_051),
            (7, 50, 1_960, 69_507, 261_865),
            (8, 50, 1_960, 83_373, 285_145),
            (50, 1_000, 1_960, 38_130, 65_315),
            (65, 1_000, 1_960, 51_323, 82_006),
            (500, 10_000, 1_960, 45_898, 54_448),
            (545, 10_000, 1_960, 50_219, 59_123),
            (5, 100, 0, 50_000, 50_000),
            (10, 100, 2_576, 46_023, 203_760),
            (3, 7, 1_645, 186_428, 710_543),
            (1_000_000, 10_000_000, 1_960, 99_814, 100_187),
        ] {
            assert_eq!(interval(k, n, z_milli), Interval { lower_ppm, upper_ppm }, "{k} of {n}, z {z_milli}");
        }
    }

    #[test]
    fn of_nothing_nothing_is_known_and_counts_have_no_end() {
        assert_eq!(interval(0, 0, 1_960), Interval { lower_ppm: 0, upper_ppm: WHOLE_PPM });
        assert_eq!(interval(5, 3, 1_960), interval(3, 3, 1_960), "no more than all are bad");
        let share = interval(u64::MAX / 10, u64::MAX, 1_960);
        assert!(share.lower_ppm > 99_000 && share.upper_ppm < 101_000, "{share:?}");
    }

    #[test]
    fn the_interval_holds_the_share_and_narrows_with_more_orders() {
        for n in [1, 2, 10, 99, 1_000, 54_321] {
            for k in [0, 1, n / 20, n / 2, n] {
                let (few, many) = (interval(k, n, 1_960), interval(k * 10, n * 10, 1_960));
                let share = k * WHOLE_PPM / n;
                assert!(few.lower_ppm <= share && share <= few.upper_ppm, "{k} of {n}: {few:?}");
                assert!(few.lower_ppm <= many.lower_ppm && many.upper_ppm <= few.upper_ppm, "{k} of {n}");
            }
        }
    }
}
