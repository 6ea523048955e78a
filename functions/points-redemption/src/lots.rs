//! Lots: points that end together.
//!
//! What is earned in one month of Asia/Shanghai makes one lot, which lasts until the end of a later month. A person has
//! one document for each lot, named by the person and that month, so that lots stand in the order in which they end, two
//! residents never touch the same document, and nobody ever has more than a few dozen.

use linli_sdk::prelude::*;

/// A lot of a person's points.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Lot {
    pub person: PersonRef,
    /// The last month in which they can be spent: `2028-05`.
    pub month: String,
    /// The first moment after that month; they cannot be spent from here on.
    #[serde(with = "linli_sdk::micros")]
    pub ends_at: Timestamp,
    /// Points not yet spent.
    pub left: i64,
}

/// All lots, by [`Lot::id`].
pub(crate) const LOTS: Collection<Lot> = Collection::new("lots");

/// Fires when a lot's time is over.
pub(crate) const LOT_ENDED: Timer<LotEnded> = Timer::new("lot.ended");

/// Whose lot.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LotEnded {
    pub person: PersonRef,
}

impl Lot {
    /// The lot that points earned at `now` belong to, empty.
    pub fn earned_at(person: &PersonRef, now: Timestamp, validity_months: u32) -> Self {
        let (year, month, _) = now.shanghai_date();
        Self::of(person, year * 12 + i64::from(month) - 1 + i64::from(validity_months))
    }

    /// The lot that ends after this month (`2028-05`), empty; none when that is not a month.
    pub fn named(person: &PersonRef, month: &str) -> Option<Self> {
        let (year, month) = month.split_once('-')?;
        let (year, month): (i64, i64) = (year.parse().ok()?, month.parse().ok()?);
        ((0..=9_000).contains(&year) && (1..=12).contains(&month))
            .then(|| Self::of(person, year * 12 + month - 1))
    }

    /// Months counted from the year 0.
    fn of(person: &PersonRef, last: i64) -> Self {
        let first_day = |months: i64| {
            let month = u32::try_from(months.rem_euclid(12) + 1).expect("1 to 12");
            Timestamp::from_shanghai_date(months.div_euclid(12), month, 1)
                .expect("every month has a first day")
        };
        Self {
            person: person.clone(),
            month: format!("{:04}-{:02}", last.div_euclid(12), last.rem_euclid(12) + 1),
            ends_at: first_day(last + 1),
            left: 0,
        }
    }

    /// Id of its document.
    pub fn id(&self) -> String {
        format!("{}:{}", self.person, self.month)
    }
}

/// Points taken out of a lot, to be put back if it comes to that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// [`Lot::month`].
    pub month: String,
    pub points: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lot(at: &str, months: u32) -> (String, String) {
        let person: PersonRef = "a".repeat(26).parse().unwrap();
        let lot = Lot::earned_at(&person, at.parse().unwrap(), months);
        assert_eq!(Lot::named(&person, &lot.month).unwrap().ends_at, lot.ends_at);
        (lot.month, lot.ends_at.shown())
    }

    #[test]
    fn points_end_with_a_month_of_shanghai() {
        for (earned, months, last, ends) in [
            ("2026-05-01T09:00:00+08:00", 24, "2028-05", "2028-06-01 00:00"),
            ("2026-05-31T23:59:59+08:00", 24, "2028-05", "2028-06-01 00:00"),
            ("2026-05-31T16:00:00Z", 24, "2028-06", "2028-07-01 00:00"),
            ("2026-12-31T12:00:00+08:00", 12, "2027-12", "2028-01-01 00:00"),
            ("2026-01-15T12:00:00+08:00", 1, "2026-02", "2026-03-01 00:00"),
        ] {
            assert_eq!(lot(earned, months), (last.to_owned(), ends.to_owned()), "{earned}");
        }
    }

    #[test]
    fn the_longest_validity_is_within_reach_of_a_timer() {
        let earned: Timestamp = "2027-03-01T00:00:00+08:00".parse().unwrap();
        let person: PersonRef = "a".repeat(26).parse().unwrap();
        let ahead = Lot::earned_at(&person, earned, 35).ends_at.micros() - earned.micros();
        assert!(ahead <= linli_sdk::contract::limits::MAX_TIMER_MICROS);
    }
}
