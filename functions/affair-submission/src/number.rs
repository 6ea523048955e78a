//! Numbers of cases: `330105001001-2026-0501-48213`, unique per office and year.
//!
//! The office is the community. A number carries the day it was given on, so that files sort; the five digits after it are
//! drawn, not counted: a counter would be one document that every case of a community writes, and make each of them wait
//! for the one before. A number that was drawn before is drawn again; the document of the number itself makes it unique,
//! since two cases that drew the same conflict on it and the second draws on. Numbers that are drawn leave gaps.

use linli_sdk::prelude::*;

use crate::problem;

/// Draws before it is given up. With 1,000 cases of a community on one day, one draw in a hundred hits.
const MAX_DRAWS: usize = 8;
/// Numbers of one day.
const PER_DAY: u32 = 100_000;

/// Which case has a number.
pub const NUMBERS: Collection<Numbered> = Collection::new("numbers");

/// What a number stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Numbered {
    /// The case.
    pub case: Id,
}

/// A new number for a case.
///
/// # Errors
/// 503 `numbers-short` when none of the draws was free.
pub fn draw(case: &Id) -> Result<String, Problem> {
    let (year, month, day) = context::now().shanghai_date();
    let community = context::community();
    let drawn = || {
        let random = context::random(4);
        let drawn = random.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte)) % PER_DAY;
        format!("{community}-{year}-{month:02}{day:02}-{drawn:05}")
    };
    let number = first_free(MAX_DRAWS, drawn, |number| NUMBERS.get(number).is_some())?;
    NUMBERS.put(&number, &Numbered { case: case.clone() });
    Ok(number)
}

/// The first number of so many draws that is not taken yet.
///
/// # Errors
/// 503 `numbers-short` when all of them are.
pub fn first_free(
    draws: usize,
    draw: impl FnMut() -> String,
    is_taken: impl Fn(&str) -> bool,
) -> Result<String, Problem> {
    let mut drawn = std::iter::repeat_with(draw).take(draws);
    drawn.find(|number| !is_taken(number)).ok_or_else(problem::numbers_short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_taken_is_drawn_again_until_it_is_given_up() {
        let counting = || {
            let mut drawn = 0;
            move || {
                drawn += 1;
                drawn.to_string()
            }
        };
        assert_eq!(first_free(4, counting(), |_| false).unwrap(), "1");
        assert_eq!(first_free(4, counting(), |number| number < "4").unwrap(), "4");
        assert_eq!(first_free(4, counting(), |number| number < "5").unwrap_err().code, "numbers-short");
    }
}
