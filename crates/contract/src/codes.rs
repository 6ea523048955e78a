//! National codes with a check character: citizen numbers and unified social credit codes.
//!
//! A code that is here has been checked; where it came from, and whether it was ever issued, no rule can tell.

use std::fmt;
use std::str::FromStr;

use crate::Timestamp;

/// Why a text is not a code. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Wrong length, or characters that cannot stand there.
    #[error("has the wrong length or characters")]
    Shape,
    /// The birth date in it is no day of the calendar.
    #[error("contains a date that does not exist")]
    Date,
    /// The last character does not follow from the others.
    #[error("has the wrong check character")]
    Check,
}

/// A citizen number by GB 11643-1999: six digits of area, eight of birth date, three of serial (odd for men), one check
/// character. The area need not be a code in force today: people keep the number they were given.
///
/// Never shown or logged whole; `Debug` prints nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CitizenNumber([u8; 18]);

impl CitizenNumber {
    /// GB 11643-1999, 4.2: weight of each of the first 17 digits.
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    /// GB 11643-1999, 4.3: the check character for each remainder of the weighted sum by 11.
    const CHECKS: &[u8; 11] = b"10X98765432";

    /// Adds the check character to 17 digits.
    ///
    /// # Errors
    /// [`CodeError::Shape`] when they are not 17 digits, [`CodeError::Date`] when their date does not exist.
    pub fn complete(digits: &str) -> Result<Self, CodeError> {
        let body: [u8; 17] = digits.as_bytes().try_into().map_err(|_| CodeError::Shape)?;
        if !body.iter().all(u8::is_ascii_digit) {
            return Err(CodeError::Shape);
        }
        let sum: u32 =
            body.iter().zip(Self::WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        let mut code = [0; 18];
        code[..17].copy_from_slice(&body);
        code[17] = Self::CHECKS[(sum % 11) as usize];
        let number = Self(code);
        let (year, month, day) = number.date();
        Timestamp::from_shanghai_date(year, month, day).map_err(|_| CodeError::Date)?;
        Ok(number)
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits and X are ASCII")
    }

    /// The birth date in it, `YYYY-MM-DD`.
    pub fn birth_date(&self) -> String {
        let (year, month, day) = self.date();
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn date(&self) -> (i64, u32, u32) {
        let number = |range: std::ops::Range<usize>| {
            self.0[range].iter().fold(0_u32, |value, digit| value * 10 + u32::from(digit - b'0'))
        };
        (i64::from(number(6..10)), number(10..12), number(12..14))
    }
}

impl FromStr for CitizenNumber {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let last = *text.as_bytes().get(17).ok_or(CodeError::Shape)?;
        let body = text.get(..17).ok_or(CodeError::Shape)?;
        if text.len() != 18 || !(last.is_ascii_digit() || last == b'X') {
            return Err(CodeError::Shape);
        }
        let number = Self::complete(body)?;
        if number.0[17] == last { Ok(number) } else { Err(CodeError::Check) }
    }
}

impl fmt::Debug for CitizenNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CitizenNumber(..)")
    }
}

/// A unified social credit code by GB 32100-2015: department, kind, six digits of area, nine characters of the
/// organization's own code, one check character.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode([u8; 18]);

impl CreditCode {
    /// GB 32100-2015, 4.1: digits and capitals without I, O, S, V and Z; a character's place is its value.
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    /// GB 32100-2015, 4.6: 3^(i-1) mod 31.
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    /// Departments that register organizations.
    const DEPARTMENTS: &[u8] = b"123456789ANY";

    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }
}

impl FromStr for CreditCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let code: [u8; 18] = text.as_bytes().try_into().map_err(|_| CodeError::Shape)?;
        let value = |character: &u8| Self::ALPHABET.iter().position(|c| c == character);
        let shaped = Self::DEPARTMENTS.contains(&code[0]) && code[2..8].iter().all(u8::is_ascii_digit);
        if !shaped || value(&code[17]).is_none() {
            return Err(CodeError::Shape);
        }
        let mut sum = 0;
        for (character, weight) in code.iter().zip(Self::WEIGHTS) {
            sum += value(character).ok_or(CodeError::Shape)? * weight;
        }
        // The outer remainder makes 0 of 31: a sum divisible by 31 has the check character 0.
        let check = Self::ALPHABET[(31 - sum % 31) % 31];
        if code[17] == check { Ok(Self(code)) } else { Err(CodeError::Check) }
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citizen_numbers_have_a_day_that_exists_and_the_right_check_character() {
        for (number, born) in [
            ("11010519491231002X", "1949-12-31"),
            ("440524188001010014", "1880-01-01"),
            ("34052419800101001X", "1980-01-01"),
        ] {
            let parsed: CitizenNumber = number.parse().unwrap();
            assert_eq!((parsed.as_str(), parsed.birth_date().as_str()), (number, born));
            assert_eq!(CitizenNumber::complete(&number[..17]), Ok(parsed));
        }
        for (bad, why) in [
            ("", CodeError::Shape),
            ("11010519491231002", CodeError::Shape),
            ("11010519491231002X0", CodeError::Shape),
            ("11010519491231002x", CodeError::Shape),
            ("1101051949123100XX", CodeError::Shape),
            ("１1010519491231002X", CodeError::Shape),
            ("110105194912310021", CodeError::Check),
            ("110105194912310a21", CodeError::Shape),
            ("110105194902290021", CodeError::Date),
            ("110105194913010021", CodeError::Date),
        ] {
            assert_eq!(bad.parse::<CitizenNumber>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn every_single_wrong_digit_of_a_citizen_number_is_found() {
        let number = "11010519491231002X";
        for place in (0..6).chain(14..17) {
            for digit in '0'..='9' {
                let mut wrong: Vec<char> = number.chars().collect();
                if std::mem::replace(&mut wrong[place], digit) != digit {
                    let wrong: String = wrong.into_iter().collect();
                    assert_eq!(wrong.parse::<CitizenNumber>(), Err(CodeError::Check), "{wrong}");
                }
            }
        }
    }

    #[test]
    fn credit_codes_have_the_right_check_character_zero_included() {
        for code in ["91350100M000100Y43", "91330106673959654P", "91110000600037341L", "91620105L015101280"] {
            assert_eq!(code.parse::<CreditCode>().unwrap().as_str(), code);
        }
        for (bad, why) in [
            ("91310115MA1G4L1WXK", CodeError::Check),
            ("91350100M000100Y4", CodeError::Shape),
            ("91350100M000100Y43 ", CodeError::Shape),
            ("91350100m000100Y43", CodeError::Shape),
            ("B1350100M000100Y43", CodeError::Shape),
            ("9135A100M000100Y43", CodeError::Shape),
            ("91350100I000100Y43", CodeError::Shape),
            ("91350100M000100Y4I", CodeError::Shape),
        ] {
            assert_eq!(bad.parse::<CreditCode>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_citizen_number_prints_nothing_of_itself() {
        let number: CitizenNumber = "11010519491231002X".parse().unwrap();
        assert_eq!(format!("{number:?}"), "CitizenNumber(..)");
    }
}
