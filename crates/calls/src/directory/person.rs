//! Who is in the directory, and who may act for whom.

use linli_contract::codes::CitizenNumber;
use linli_contract::{Attribute, Community, Role, Timestamp};
use serde::{Deserialize, Serialize};

/// A resident or worker. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// As in tokens: 1 to 60 characters of `[A-Za-z0-9._:-]`. Never shown to components.
    pub id: String,
    /// What the person may be; never `anyone` or `system`.
    pub roles: Vec<Role>,
    /// Where the person lives, or works.
    pub community: Community,
    /// In full, 1 to 100 characters.
    pub name: String,
    /// Digits, with a leading `+` for numbers of other countries; 5 to 20 characters.
    pub phone: Option<String>,
    /// `YYYY-MM-DD`.
    pub birth_date: Option<String>,
    /// GB 11643-1999.
    pub citizen_number: Option<String>,
    /// Without division: street and door, up to 200 characters.
    pub address: Option<String>,
    /// The part of the community, up to 100 characters.
    pub grid: Option<String>,
}

impl std::fmt::Debug for PersonRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonRecord(..)")
    }
}

/// That a relative may act for an elder: in force when both have confirmed it and it has not expired.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Directory id of the one acted for.
    pub elder: String,
    /// Directory id of the one who acts.
    pub relative: String,
    /// Names of components, or `*` for all.
    pub scopes: Vec<String>,
    /// When the elder agreed.
    pub confirmed_by_elder_at: Option<Timestamp>,
    /// When the relative agreed.
    pub confirmed_by_relative_at: Option<Timestamp>,
    /// Judged by `now`.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Binding").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

impl Binding {
    /// Whether it allows acting through this component at this time.
    pub fn allows(&self, component: &str, now: Timestamp) -> bool {
        let confirmed = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        confirmed(self.confirmed_by_elder_at)
            && confirmed(self.confirmed_by_relative_at)
            && now < self.expires_at
            && self.scopes.iter().any(|scope| scope == "*" || scope == component)
    }

    /// The first rule the binding breaks.
    pub fn fault(&self) -> Option<&'static str> {
        if !is_id(&self.elder) || !is_id(&self.relative) {
            return Some("an id has 1 to 60 characters of A-Z, a-z, 0-9 and ._:-");
        }
        if self.elder == self.relative {
            return Some("nobody is bound to themselves");
        }
        self.scopes.is_empty().then_some("a binding needs a scope")
    }
}

/// A person with the number its references are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// See [`super::expected_row`]; no two people have the same, and nobody's changes.
    pub row: u64,
    /// Who it is.
    pub record: PersonRecord,
}

/// As kept in the directory's collection.
#[derive(Serialize, Deserialize)]
pub struct Stored {
    row: u64,
    id: String,
    roles: Vec<Role>,
    community: String,
    name: String,
    phone: Option<String>,
    birth_date: Option<String>,
    citizen_number: Option<String>,
    address: Option<String>,
    grid: Option<String>,
}

impl From<Person> for Stored {
    fn from(Person { row, record: r }: Person) -> Self {
        Self {
            row,
            id: r.id,
            roles: r.roles,
            community: r.community.to_string(),
            name: r.name,
            phone: r.phone,
            birth_date: r.birth_date,
            citizen_number: r.citizen_number,
            address: r.address,
            grid: r.grid,
        }
    }
}

impl TryFrom<Stored> for Person {
    type Error = linli_contract::IdError;

    fn try_from(s: Stored) -> Result<Self, Self::Error> {
        let record = PersonRecord {
            id: s.id,
            roles: s.roles,
            community: s.community.parse()?,
            name: s.name,
            phone: s.phone,
            birth_date: s.birth_date,
            citizen_number: s.citizen_number,
            address: s.address,
            grid: s.grid,
        };
        Ok(Self { row: s.row, record })
    }
}

impl PersonRecord {
    /// What the directory holds of an attribute; ages in whole years by the calendar of Asia/Shanghai.
    pub fn attribute(&self, attribute: Attribute, now: Timestamp) -> Option<String> {
        match attribute {
            Attribute::Name => Some(self.name.clone()),
            Attribute::Phone => self.phone.clone(),
            Attribute::BirthDate => self.birth_date.clone(),
            Attribute::Age => {
                self.birth_date.as_deref().and_then(date).map(|born| age(born, now).to_string())
            }
            Attribute::CitizenNumber => self.citizen_number.clone(),
            Attribute::Address => self.address.clone(),
            Attribute::Grid => self.grid.clone(),
        }
    }

    /// The first rule the record breaks, without its values.
    pub fn fault(&self) -> Option<&'static str> {
        let short = |text: &Option<String>, most: usize| {
            text.as_ref().is_none_or(|text| (1..=most).contains(&text.chars().count()))
        };
        let phone = |text: &String| {
            let digits = text.strip_prefix('+').unwrap_or(text);
            (5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
        };
        let rules = [
            (is_id(&self.id), "an id has 1 to 60 characters of A-Z, a-z, 0-9 and ._:-"),
            (!self.roles.is_empty(), "a person needs a role"),
            (
                !self.roles.iter().any(|role| matches!(role, Role::Anyone | Role::System)),
                "nobody is `anyone` or `system`",
            ),
            ((1..=100).contains(&self.name.trim().chars().count()), "a name has 1 to 100 characters"),
            (self.phone.as_ref().is_none_or(phone), "a phone number has 5 to 20 digits"),
            (
                self.birth_date.as_deref().is_none_or(|text| date(text).is_some()),
                "a birth date is a day of the calendar, YYYY-MM-DD",
            ),
            (
                self.citizen_number.as_ref().is_none_or(|number| number.parse::<CitizenNumber>().is_ok()),
                "a citizen number does not meet GB 11643-1999",
            ),
            (short(&self.address, 200), "an address has 1 to 200 characters"),
            (short(&self.grid, 100), "a grid has 1 to 100 characters"),
        ];
        rules.iter().find(|(holds, _)| !holds).map(|(_, rule)| *rule)
    }
}

/// 60 bytes leave room for two ids and a separator in one document id.
fn is_id(id: &str) -> bool {
    (1..=60).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
}

/// `YYYY-MM-DD` that exists.
fn date(text: &str) -> Option<(i64, u32, u32)> {
    let shaped = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    if !shaped {
        return None;
    }
    let (year, month, day) = (text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?);
    Timestamp::from_shanghai_date(year, month, day).ok()?;
    Some((year, month, day))
}

/// Whole years; born on 29 February, one is a year older on 1 March of other years.
fn age((year, month, day): (i64, u32, u32), now: Timestamp) -> i64 {
    let (this_year, this_month, today) = now.shanghai_date();
    let before_birthday = (this_month, today) < (month, day);
    (this_year - year - i64::from(before_birthday)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_in_whole_years_of_the_calendar_of_shanghai() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(age((1960, 5, 2), at("2026-05-01T15:59:59Z")), 65);
        assert_eq!(age((1960, 5, 2), at("2026-05-01T16:00:00Z")), 66);
        assert_eq!(age((2026, 5, 3), at("2026-05-01T16:00:00Z")), 0);
        assert_eq!(age((2000, 2, 29), at("2026-02-28T04:00:00Z")), 25);
        assert_eq!(age((2000, 2, 29), at("2026-03-01T04:00:00Z")), 26);
    }

    #[test]
    fn a_binding_needs_both_sides_its_scope_and_its_time() {
        let at = Timestamp::from_micros;
        let binding = Binding {
            elder: "e".into(),
            relative: "r".into(),
            scopes: vec!["activity-signup".into()],
            confirmed_by_elder_at: Some(at(10)),
            confirmed_by_relative_at: Some(at(20)),
            expires_at: at(30),
        };
        assert!(binding.allows("activity-signup", at(20)) && binding.allows("activity-signup", at(29)));
        assert!(!binding.allows("activity-signup", at(19)), "not yet confirmed");
        assert!(!binding.allows("activity-signup", at(30)), "expired");
        assert!(!binding.allows("meal-ordering", at(25)), "out of scope");
        let one_sided = Binding { confirmed_by_relative_at: None, ..binding.clone() };
        assert!(!one_sided.allows("activity-signup", at(25)));
        assert!(Binding { scopes: vec!["*".into()], ..binding }.allows("meal-ordering", at(25)));
    }
}
