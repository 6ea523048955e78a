//! Values with all but what tells two neighbours apart covered.

use linli_contract::Attribute;

/// `张*`, `138****1234`, `1101**********002X`, the street without the door, the year of birth, the decade of age.
pub fn mask(attribute: Attribute, value: &str) -> String {
    match attribute {
        Attribute::Name => keep(value, 1, 0, 2),
        Attribute::Phone => keep(value, 3, 4, 4),
        Attribute::CitizenNumber => keep(value, 4, 4, 10),
        Attribute::BirthDate => format!("{}-**-**", value.get(..4).unwrap_or("****")),
        Attribute::Age if value.len() > 1 => keep(value, value.len() - 1, 0, 1),
        Attribute::Age => "*".to_owned(),
        Attribute::Address => {
            let street: String = value.chars().take_while(|c| !is_number(*c)).collect();
            format!("{street}***")
        }
        // A part of a community has hundreds of residents.
        Attribute::Grid => value.to_owned(),
    }
}

/// The first and last characters, and stars (at most `stars`) for those between. What is too short to hide anything
/// shows only its first character.
fn keep(value: &str, first: usize, last: usize, stars: usize) -> String {
    let characters: Vec<char> = value.chars().collect();
    let (first, last) = if characters.len() > first + last { (first, last) } else { (1, 0) };
    let hidden = characters.len().saturating_sub(first + last).clamp(1, stars);
    let head = characters.iter().take(first);
    let tail = characters.iter().skip(characters.len().saturating_sub(last));
    head.chain(std::iter::repeat_n(&'*', hidden)).chain(tail).collect()
}

/// Digits of any form begin the part of an address that singles out a door.
fn is_number(c: char) -> bool {
    c.is_numeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_covered() {
        for (attribute, value, shown) in [
            (Attribute::Name, "张伟", "张*"),
            (Attribute::Name, "欧阳建国", "欧**"),
            (Attribute::Name, "张", "张*"),
            (Attribute::Phone, "13812341234", "138****1234"),
            (Attribute::Phone, "12345", "1****"),
            (Attribute::CitizenNumber, "11010519491231002X", "1101**********002X"),
            (Attribute::BirthDate, "1949-12-31", "1949-**-**"),
            (Attribute::Age, "76", "7*"),
            (Attribute::Age, "101", "10*"),
            (Attribute::Age, "6", "*"),
            (Attribute::Address, "文三路123号2幢301室", "文三路***"),
            (Attribute::Grid, "第三网格", "第三网格"),
        ] {
            assert_eq!(mask(attribute, value), shown, "{attribute:?}");
        }
    }
}
