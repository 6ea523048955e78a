//! What the community adds to the price of a meal, by age.
//!
//! A band begins at an age and ends where the next one begins, so bands cannot overlap: they are a map from the age at
//! which they begin. The subsidy of an order is its band's share of the order's total, rounded half up to whole fen
//! ([`Amount::basis_points`], the platform's one rule) and cut to what is left of the band's cap for that person and menu.
//! It is computed once on the total and not dish by dish, so that rounding cannot add up.

use std::collections::BTreeMap;

use linli_sdk::contract::Amount;
use linli_sdk::prelude::*;
use linli_sdk::{Page, Text};

use crate::text_schema::text_schema;

/// Why the age is looked up, in the access log.
const PURPOSE: &str = "find the subsidy of a meal by age";

/// The bands by the age at which they begin. The default is one a community can start with.
pub(crate) const SUBSIDY_BANDS: Setting<BTreeMap<Age, Band>> =
    Setting::new("subsidy_bands", "用餐补贴", "Meal subsidies").or(include_str!("../subsidy-bands.json"));

/// Whole years: 0 to 149.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Age(u32);

/// One band.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Band {
    /// Shown with the price.
    pub title: Text,
    /// Basis points of an order's total. 0 makes a gap between two bands.
    #[schemars(range(min = 0, max = 10_000))]
    share: u32,
    /// Most fen for one person and one menu, however many orders.
    #[schemars(range(min = 0, max = 100_000))]
    cap_fen: i64,
}

impl Band {
    /// The subsidy of an order in fen, when so much was granted for the same menu before.
    fn of(&self, total_fen: i64, granted_fen: i64) -> i64 {
        let share =
            Amount::new(total_fen).expect("an order's total is bounded").basis_points(self.share).minor();
        share.min(self.cap_fen - granted_fen).max(0)
    }
}

/// The band of an age.
fn band_of(bands: &BTreeMap<Age, Band>, age: Age) -> Option<&Band> {
    bands.range(..=age).next_back().map(|(_, band)| band)
}

/// The subsidy in fen of an order of that person. Somebody whose age may not be used, or is not known, pays the full
/// price: a meal is not refused for it.
pub(crate) fn grant(person: &PersonRef, total_fen: i64, granted_fen: i64) -> i64 {
    let bands = SUBSIDY_BANDS.get();
    if bands.is_empty() {
        return 0;
    }
    let age = people::open(person).and_then(|person| person.reveal(Attribute::Age, PURPOSE).ok());
    let age = age.and_then(|years| years.parse().ok()).map(Age);
    age.and_then(|age| band_of(&bands, age)).map_or(0, |band| band.of(total_fen, granted_fen))
}

/// A band as everybody sees it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownBand {
    /// Whole years, inclusive.
    from_age: u32,
    /// Whole years, inclusive; none for the last band.
    to_age: Option<u32>,
    #[serde(flatten)]
    band: Band,
}

/// The subsidies, for everybody to read.
pub(crate) fn list_subsidy_bands() -> Result<Page<ShownBand>, Problem> {
    let bands = SUBSIDY_BANDS.get();
    let next_begins = bands.keys().skip(1).map(|Age(from)| Some(from - 1)).chain([None]);
    let pairs = bands.iter().zip(next_begins);
    let shown = |((Age(from), band), to_age): ((&Age, &Band), _)| ShownBand {
        from_age: *from,
        to_age,
        band: band.clone(),
    };
    Ok(Page { items: pairs.map(shown).collect(), next: None })
}

// One form for each number, so that no age can stand there twice.
text_schema!(Age, "^(0|[1-9][0-9]?|1[0-4][0-9])$");

#[cfg(test)]
mod tests {
    use super::*;

    fn band(share: u32, cap_fen: i64) -> Band {
        Band { title: Text::new("", ""), share, cap_fen }
    }

    #[test]
    fn a_share_is_rounded_half_up_to_whole_fen_and_cut_to_the_cap() {
        for (share, cap, total, granted, subsidy) in [
            (2_000, 300, 1_000, 0, 200),
            (2_000, 300, 1_500, 0, 300),
            (2_000, 300, 1_501, 0, 300),
            (2_000, 300, 1_000, 250, 50),
            (2_000, 300, 1_000, 300, 0),
            // A cap that was lowered in the meantime takes nothing back.
            (2_000, 300, 1_000, 400, 0),
            (3_333, 300, 100, 0, 33),
            (5_000, 300, 1, 0, 1),
            (4_999, 300, 1, 0, 0),
            (10_000, 100_000, 999, 0, 999),
            (0, 300, 999, 0, 0),
        ] {
            assert_eq!(band(share, cap).of(total, granted), subsidy, "{share} of {total}, {granted} before");
        }
    }

    #[test]
    fn a_band_ends_where_the_next_one_begins() {
        let bands = BTreeMap::from([(Age(60), band(2_000, 1)), (Age(80), band(5_000, 1))]);
        let share = |age| band_of(&bands, Age(age)).map(|band| band.share);
        for (age, expected) in [
            (0, None),
            (59, None),
            (60, Some(2_000)),
            (79, Some(2_000)),
            (80, Some(5_000)),
            (149, Some(5_000)),
        ] {
            assert_eq!(share(age), expected, "{age}");
        }
    }
}
