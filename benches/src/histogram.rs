//! Latencies counted in buckets that grow with the value: any percentile within 1 %, in a few KiB.

use std::time::Duration;

/// Buckets per doubling: 2^7, so that a value and its bucket differ by less than 1 %.
const PRECISION_BITS: u32 = 7;
const BUCKETS_PER_DOUBLING: usize = 1 << PRECISION_BITS;

/// Counts of durations, in microseconds.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    maximum: u64,
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = bucket_of(micros);
        if bucket >= self.buckets.len() {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] += 1;
        self.count += 1;
        self.maximum = self.maximum.max(micros);
    }

    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The duration that this share (0 to 1) of all does not exceed; zero if there are none.
    pub fn quantile(&self, share: f64) -> Duration {
        // Counts are far below 2^53.
        let rank = (self.count as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_micros(upper_end(bucket).min(self.maximum));
            }
        }
        Duration::from_micros(self.maximum)
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: &Self) {
        if other.buckets.len() > self.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.count += other.count;
        self.maximum = self.maximum.max(other.maximum);
    }
}

/// The first `BUCKETS_PER_DOUBLING` values have a bucket each; from there on, each doubling has that many.
fn bucket_of(micros: u64) -> usize {
    let doubling = (64 - micros.leading_zeros()).saturating_sub(PRECISION_BITS);
    // At most 2^7 after the shift, so it fits.
    let within = (micros >> doubling) as usize;
    doubling as usize * BUCKETS_PER_DOUBLING + within
}

/// The largest value of a bucket.
fn upper_end(bucket: usize) -> u64 {
    let (doubling, within) = (bucket / BUCKETS_PER_DOUBLING, bucket % BUCKETS_PER_DOUBLING);
    ((within as u64 + 1) << doubling) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_one_percent() {
        let mut histogram = Histogram::default();
        for micros in 1..=100_000 {
            histogram.record(Duration::from_micros(micros));
        }
        for share in [0.001, 0.5, 0.9, 0.99, 0.999] {
            let exact = 100_000.0 * share;
            let found = histogram.quantile(share).as_micros() as f64;
            assert!((found - exact).abs() <= exact * 0.01 + 1.0, "{share}: {found}, not {exact}");
        }
        assert_eq!(histogram.quantile(1.0), Duration::from_micros(100_000));
        assert_eq!(histogram.count(), 100_000);
    }

    #[test]
    fn every_value_lies_in_its_bucket() {
        for micros in (0..5_000).chain([1 << 20, (1 << 20) - 1, (1 << 40) + 12_345]) {
            let bucket = bucket_of(micros);
            assert!(micros <= upper_end(bucket), "{micros} is above its bucket");
            assert!(
                bucket == 0 || micros > upper_end(bucket - 1) || upper_end(bucket - 1) >= upper_end(bucket)
            );
        }
    }

    #[test]
    fn merged_histograms_count_like_one() {
        let (mut left, mut right, mut both) =
            (Histogram::default(), Histogram::default(), Histogram::default());
        for micros in 0..1_000 {
            let duration = Duration::from_micros(micros * 17);
            if micros % 3 == 0 { &mut left } else { &mut right }.record(duration);
            both.record(duration);
        }
        left.merge(&right);
        assert_eq!(left.count(), both.count());
        assert_eq!(left.quantile(0.99), both.quantile(0.99));
    }

    #[test]
    fn nothing_counted_is_zero() {
        assert_eq!(Histogram::default().quantile(0.99), Duration::ZERO);
    }
}
