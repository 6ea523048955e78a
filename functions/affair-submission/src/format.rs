//! What texts of a form can be, and what is shown of them.

use std::str::FromStr;

use linli_sdk::contract::Text;
use linli_sdk::contract::codes::{CitizenNumber, CodeError};
use linli_sdk::prelude::*;

/// Sorts of texts that are more than characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// RFC 3339 full-date, a day of the calendar (JSON Schema's own `date`).
    Date,
    /// GB 11643-1999: check character, and a birth date that exists.
    CitizenNumber,
    /// Eleven digits, 13 to 19 first.
    MobilePhone,
    /// ISO/IEC 7812-1: 12 to 19 digits that meet Luhn's check.
    BankCard,
}

/// The characters of what is hidden.
const COVER: &str = "*";

impl Format {
    /// As in `format`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::CitizenNumber => "citizen-number",
            Self::MobilePhone => "mobile-phone",
            Self::BankCard => "bank-card",
        }
    }

    /// Whether a text is one.
    ///
    /// # Errors
    /// What to do about it, without the text.
    pub fn check(self, text: &str) -> Result<(), Text> {
        let (holds, zh, en) = match self {
            Self::Date => (
                day(text).is_some(),
                "请填写存在的日期，如 2026-05-01。",
                "Give a date that exists, such as 2026-05-01.",
            ),
            Self::CitizenNumber => return citizen_number(text),
            Self::MobilePhone => {
                (is_mobile_phone(text), "请填写 11 位手机号码。", "Give a mobile number of 11 digits.")
            }
            Self::BankCard => (
                is_bank_card(text),
                "银行卡号有误，请核对后重新填写。",
                "The card number has a mistake in it; check it.",
            ),
        };
        if holds { Ok(()) } else { Err(Text::new(zh, en)) }
    }

    /// What is shown of it to whoever needs to tell two apart, never the whole: none when it may be shown.
    pub fn masked(self, text: &str) -> Option<String> {
        match self {
            Self::Date => None,
            Self::CitizenNumber => Some(keep(text, 4, 4)),
            Self::MobilePhone => Some(keep(text, 3, 4)),
            Self::BankCard => Some(keep(text, 0, 4)),
        }
    }
}

/// The first moment of a day `YYYY-MM-DD`, if there is such a day.
pub fn day(text: &str) -> Option<Timestamp> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(place, b)| match place {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    let number = |from: usize, to: usize| text.get(from..to)?.parse().ok();
    let (year, month, day): (u32, u32, u32) =
        shaped.then(|| Some((number(0, 4)?, number(5, 7)?, number(8, 10)?))).flatten()?;
    Timestamp::from_shanghai_date(i64::from(year), month, day).ok()
}

fn citizen_number(text: &str) -> Result<(), Text> {
    let (zh, en) = match CitizenNumber::from_str(text) {
        Ok(_) => return Ok(()),
        Err(CodeError::Shape) => (
            "请填写 18 位公民身份号码，末位 X 须大写。",
            "Give the 18 characters of the citizen number; a final X is a capital.",
        ),
        Err(CodeError::Date) => (
            "身份号码中的出生日期不存在，请核对。",
            "The birth date in the citizen number does not exist; check it.",
        ),
        Err(CodeError::Check) => (
            "身份号码校验未通过，请逐位核对。",
            "A digit of the citizen number is wrong; check each of them.",
        ),
    };
    Err(Text::new(zh, en))
}

fn is_mobile_phone(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 11 && bytes.iter().all(u8::is_ascii_digit) && bytes[0] == b'1' && bytes[1] >= b'3'
}

fn is_bank_card(text: &str) -> bool {
    let digits = text.bytes().rev().enumerate().map(|(place, b)| {
        let digit = u32::from(b.wrapping_sub(b'0'));
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        doubled / 10 + doubled % 10
    });
    (12..=19).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && digits.sum::<u32>() % 10 == 0
}

/// The first and last characters, covered between; all of it when there would be nothing between.
pub fn keep(text: &str, first: usize, last: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let hidden = characters.len().saturating_sub(first + last);
    if hidden == 0 {
        return COVER.repeat(characters.len().max(1));
    }
    let head = characters.iter().take(first);
    let tail = characters.iter().skip(first + hidden);
    let cover = COVER.repeat(hidden);
    head.copied().chain(cover.chars()).chain(tail.copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_what_their_format_says() {
        for (format, good, bad) in [
            (Format::Date, "2028-02-29", vec!["2026-02-29", "2026-2-1", "2026/05/01", "", "２026-05-01"]),
            (
                Format::CitizenNumber,
                "11010519491231002X",
                vec!["110105194912310021", "11010519491231002x", "110105194902300025", "110105"],
            ),
            (
                Format::MobilePhone,
                "13800000000",
                vec!["12800000000", "1380000000", "138000000000", "1380000000x"],
            ),
            (
                Format::BankCard,
                "6222020000000000000",
                vec!["6222020000000000009", "62220200000", "6222020000000000x03"],
            ),
        ] {
            assert_eq!(format.check(good), Ok(()), "{good}");
            for bad in bad {
                let told = format.check(bad).unwrap_err();
                assert!(
                    bad.is_empty() || !told.zh.contains(bad) && !told.en.contains(bad),
                    "a value is repeated"
                );
            }
        }
    }

    #[test]
    fn the_middle_is_covered() {
        assert_eq!(Format::CitizenNumber.masked("11010519491231002X").unwrap(), "1101**********002X");
        assert_eq!(Format::MobilePhone.masked("13812345678").unwrap(), "138****5678");
        assert_eq!(Format::BankCard.masked("6222020000000000000").unwrap(), "***************0000");
        assert_eq!(Format::Date.masked("2026-05-01"), None);
        assert_eq!((keep("张三丰", 1, 0).as_str(), keep("12345", 3, 4).as_str()), ("张**", "*****"));
    }
}
