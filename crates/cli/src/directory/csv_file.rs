//! Residents and workers from a CSV file: every line is checked, every bad one is named, and one bad line is enough
//! for nothing to be loaded.
//!
//! | column | rule |
//! |---|---|
//! | `id` | required; 1 to 60 letters, digits and `._:-`, the `sub` of the person's tokens; once in the file |
//! | `community` | required; 12-digit division code |
//! | `roles` | names of the contract's roles, separated by `\|`; `resident` when empty |
//! | `name` | required; 1 to 64 characters |
//! | `phone` | 11 digits from 13 to 19, or a landline with its area code (`0571-12345678`) |
//! | `birth_date` | `YYYY-MM-DD`, a day that exists; that of the citizen number when both are given |
//! | `citizen_number` | GB 11643-1999 with its check character; once in the file |
//! | `address` | up to 200 characters |
//! | `grid` | up to 32 letters, digits and hyphens |
//!
//! UTF-8, with or without a byte order mark; columns in any order. Faults name line, column and reason, never the value.

use std::collections::HashMap;
use std::io::Read;

use csv::StringRecord;
use linli_contract::codes::CitizenNumber;
use linli_contract::{Community, Role, Timestamp};
use linli_host::PersonRecord;

/// Bytes of the largest file: a city of three million people, 150 bytes a line. What is read is held in memory.
pub const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Characters of an id, as the directory takes them.
const MAX_ID_CHARACTERS: usize = 60;
/// Characters of a name: the longest transliterated names have about 40.
const MAX_NAME_CHARACTERS: usize = 64;
/// Characters of an address.
const MAX_ADDRESS_CHARACTERS: usize = 200;
/// Characters of a grid's name.
const MAX_GRID_CHARACTERS: usize = 32;

/// A line that cannot be taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1, the header being line 1.
    pub line: u64,
    /// The column, when one is to blame.
    pub column: &'static str,
    /// In words.
    pub reason: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.column {
            "" => write!(f, "line {}: {}", self.line, self.reason),
            column => write!(f, "line {}: {column} {}", self.line, self.reason),
        }
    }
}

const COLUMNS: [&str; 9] =
    ["id", "community", "roles", "name", "phone", "birth_date", "citizen_number", "address", "grid"];
const REQUIRED: [&str; 3] = ["id", "community", "name"];

/// Reads the whole file.
///
/// # Errors
/// Every fault of every line.
pub fn read(file: impl Read) -> Result<Vec<PersonRecord>, Vec<Fault>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
    let places = header(&mut reader)?;
    let mut people = Vec::new();
    let mut faults = Vec::new();
    let mut seen = Seen::default();
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let line = error.position().map_or(reader.position().line(), csv::Position::line);
                faults.push(Fault { line, column: "", reason: reason(&error) });
                if error.is_io_error() {
                    break;
                }
                continue;
            }
        }
        let line = record.position().map_or(0, csv::Position::line);
        let row = Row { line, record: &record, places: &places };
        match person(&row, &mut seen) {
            Ok(person) => people.push(person),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(people) } else { Err(faults) }
}

fn header<R: Read>(reader: &mut csv::Reader<R>) -> Result<Vec<(&'static str, usize)>, Vec<Fault>> {
    let fault = |reason: String| Fault { line: 1, column: "", reason };
    let header = reader.headers().map_err(|error| vec![fault(reason(&error))])?;
    let mut faults = Vec::new();
    let mut places: Vec<(&'static str, usize)> = Vec::new();
    for (place, name) in header.iter().enumerate() {
        let name = if place == 0 { name.trim_start_matches('\u{feff}') } else { name };
        match COLUMNS.iter().find(|column| **column == name) {
            Some(column) if places.iter().any(|(known, _)| known == column) => {
                faults.push(fault(format!("the column `{column}` is there twice")));
            }
            Some(column) => places.push((column, place)),
            None => faults.push(fault(format!(
                "column {} is none of {}",
                place + 1,
                COLUMNS.map(|column| format!("`{column}`")).join(", ")
            ))),
        }
    }
    for column in REQUIRED {
        if !places.iter().any(|(known, _)| *known == column) {
            faults.push(fault(format!("the column `{column}` is missing")));
        }
    }
    if faults.is_empty() { Ok(places) } else { Err(faults) }
}

/// Without the value, which the error's own text may show.
fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8; save the file as UTF-8".to_owned(),
        csv::ErrorKind::Io(error) => format!("cannot be read: {error}"),
        _ => "is not CSV".to_owned(),
    }
}

struct Row<'a> {
    line: u64,
    record: &'a StringRecord,
    places: &'a [(&'static str, usize)],
}

/// Where each id and citizen number stood first.
#[derive(Default)]
struct Seen {
    ids: HashMap<String, u64>,
    numbers: HashMap<CitizenNumber, u64>,
}

impl Row<'_> {
    /// None when the column is missing or empty.
    fn text(&self, column: &str) -> Option<&str> {
        let (_, place) = self.places.iter().find(|(known, _)| *known == column)?;
        self.record.get(*place).filter(|text| !text.is_empty())
    }
}

/// Faults of one line.
struct Faults(u64, Vec<Fault>);

impl Faults {
    fn add(&mut self, column: &'static str, reason: impl Into<String>) {
        self.1.push(Fault { line: self.0, column, reason: reason.into() });
    }

    /// The value as the rule makes it; when it does not, the fault is noted.
    fn take<T>(&mut self, column: &'static str, value: Option<Result<T, String>>) -> Option<T> {
        match value? {
            Ok(value) => Some(value),
            Err(reason) => {
                self.add(column, reason);
                None
            }
        }
    }
}

fn person(row: &Row<'_>, seen: &mut Seen) -> Result<PersonRecord, Vec<Fault>> {
    let mut faults = Faults(row.line, vec![]);
    if row.record.len() > row.places.len() {
        faults.add("", "has more fields than the header");
    }
    for column in REQUIRED {
        if row.text(column).is_none() {
            faults.add(column, "is missing");
        }
    }
    let id = faults.take("id", row.text("id").map(id));
    if let Some(first) = id.as_ref().and_then(|id| seen.ids.insert(id.clone(), row.line)) {
        faults.add("id", format!("is that of line {first}"));
    }
    let community = faults.take("community", row.text("community").map(community));
    let roles = faults.take("roles", Some(roles(row.text("roles"))));
    let name = faults.take("name", row.text("name").map(|text| line_of_text(text, MAX_NAME_CHARACTERS)));
    let phone = faults.take("phone", row.text("phone").map(phone));
    let number = faults.take("citizen_number", row.text("citizen_number").map(citizen_number));
    if let Some(first) = number.and_then(|number| seen.numbers.insert(number, row.line)) {
        faults.add("citizen_number", format!("is that of line {first}"));
    }
    let birth_date = faults.take("birth_date", row.text("birth_date").map(date));
    if let (Some(date), Some(number)) = (&birth_date, number)
        && *date != number.birth_date()
    {
        faults.add("birth_date", "is not that of the citizen number");
    }
    let address =
        faults.take("address", row.text("address").map(|text| line_of_text(text, MAX_ADDRESS_CHARACTERS)));
    let grid = faults.take("grid", row.text("grid").map(grid));
    let (Some(id), Some(community), Some(roles), Some(name), true) =
        (id, community, roles, name, faults.1.is_empty())
    else {
        return Err(faults.1);
    };
    Ok(PersonRecord {
        id,
        roles,
        community,
        name,
        phone,
        birth_date: birth_date.or_else(|| number.map(|number| number.birth_date())),
        citizen_number: number.map(|number| number.as_str().to_owned()),
        address,
        grid,
    })
}

fn id(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    if text.len() <= MAX_ID_CHARACTERS && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err(format!("is not 1 to {MAX_ID_CHARACTERS} letters, digits and ._:-"))
    }
}

fn community(text: &str) -> Result<Community, String> {
    text.parse().map_err(|_| "is not a 12-digit division code".to_owned())
}

fn roles(text: Option<&str>) -> Result<Vec<Role>, String> {
    let names = text.unwrap_or(Role::Resident.as_str());
    let mut roles = Vec::new();
    for name in names.split('|') {
        match Role::from_token(name.trim()) {
            Some(role) if role != Role::Anyone && !roles.contains(&role) => roles.push(role),
            Some(role) if roles.contains(&role) => {}
            _ => {
                let known = Role::ALL.into_iter().filter(|r| !matches!(r, Role::Anyone | Role::System));
                let known: Vec<_> = known.map(Role::as_str).collect();
                return Err(format!("are not of {}, separated by |", known.join(", ")));
            }
        }
    }
    Ok(roles)
}

fn line_of_text(text: &str, most: usize) -> Result<String, String> {
    if text.chars().count() <= most && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!("is longer than {most} characters or has control characters"))
    }
}

fn phone(text: &str) -> Result<String, String> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mobile = text.len() == 11
        && digits(text)
        && text.starts_with('1')
        && matches!(text.as_bytes()[1], b'3'..=b'9');
    let landline = text.split_once('-').is_some_and(|(area, number)| {
        (3..=4).contains(&area.len())
            && area.starts_with('0')
            && (7..=8).contains(&number.len())
            && digits(area)
            && digits(number)
    });
    if mobile || landline {
        Ok(text.replace('-', ""))
    } else {
        Err("is neither a mobile number of 11 digits nor a landline with its area code (0571-12345678)"
            .to_owned())
    }
}

fn citizen_number(text: &str) -> Result<CitizenNumber, String> {
    // People and spreadsheets write the check character either way.
    text.replace('x', "X").parse().map_err(|error: linli_contract::codes::CodeError| error.to_string())
}

fn date(text: &str) -> Result<String, String> {
    let number = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let exists = || {
        let (year, month, day) = (number(year?, 4)?, number(month?, 2)?, number(day?, 2)?);
        Timestamp::from_shanghai_date(i64::from(year), month, day).ok()
    };
    match (exists(), parts.next()) {
        (Some(_), None) => Ok(text.to_owned()),
        _ => Err("is not a day of the calendar (YYYY-MM-DD)".to_owned()),
    }
}

fn grid(text: &str) -> Result<String, String> {
    let fits =
        text.len() <= MAX_GRID_CHARACTERS && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!("is not 1 to {MAX_GRID_CHARACTERS} letters, digits and hyphens"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "id,community,roles,name,phone,birth_date,citizen_number,address,grid\n";

    fn faults(lines: &str) -> Vec<String> {
        read(format!("{HEADER}{lines}").as_bytes()).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn good_lines_become_people() {
        let lines = "\
            a1,330105001001,,张三,13800000000,1949-12-31,11010519491231002x,邻里路1号,g-01\n\
            a2,330105001001,worker|officer,\"Li, Si\",0571-12345678,,34052419800101001X,,\n\
            a3 , 330105001002 , resident , 王五 , , , , ,\n";
        let people = read(format!("\u{feff}{HEADER}{lines}").as_bytes()).unwrap();
        assert_eq!(people.len(), 3);
        assert_eq!(people[0].citizen_number.as_deref(), Some("11010519491231002X"));
        assert_eq!(people[0].roles, [Role::Resident]);
        assert_eq!(people[1].name, "Li, Si");
        assert_eq!(people[1].phone.as_deref(), Some("057112345678"));
        assert_eq!(people[1].birth_date.as_deref(), Some("1980-01-01"), "the citizen number tells it");
        assert_eq!(people[1].roles, [Role::Worker, Role::Officer]);
        assert_eq!((people[2].id.as_str(), &people[2].phone), ("a3", &None));
    }

    #[test]
    fn columns_may_stand_in_any_order_and_be_left_out() {
        let people = read("name,community,id\n张三,330105001001,a1".as_bytes()).unwrap();
        assert_eq!((people[0].name.as_str(), people[0].id.as_str()), ("张三", "a1"));
    }

    #[test]
    fn every_bad_line_is_named_with_its_reason_and_never_its_value() {
        let found = faults(
            "a 1,33010500100,boss,,12345,1949-02-29,110105194912310021,,g 1\n\
             a2,330105001001,,张三,,,,,\n\
             a2,330105001001,,李四,,1980-01-02,34052419800101001X,,\n\
             a4,330105001001,,王五,,,34052419800101001X,,\n\
             a5,330105001001,,赵六,,,,,,extra\n",
        );
        assert_eq!(
            found,
            [
                "line 2: name is missing",
                "line 2: id is not 1 to 60 letters, digits and ._:-",
                "line 2: community is not a 12-digit division code",
                "line 2: roles are not of resident, worker, grid-worker, officer, provider, reviewer, operator, \
                 separated by |",
                "line 2: phone is neither a mobile number of 11 digits nor a landline with its area code \
                 (0571-12345678)",
                "line 2: citizen_number has the wrong check character",
                "line 2: birth_date is not a day of the calendar (YYYY-MM-DD)",
                "line 2: grid is not 1 to 32 letters, digits and hyphens",
                "line 4: id is that of line 3",
                "line 4: birth_date is not that of the citizen number",
                "line 5: citizen_number is that of line 4",
                "line 6: has more fields than the header",
            ]
        );
    }

    #[test]
    fn lines_are_those_of_the_file_even_after_a_quoted_line_break() {
        let found = faults("a1,330105001001,,\"张\n三\",,,,,\na2,1,,李四,,,,,\n");
        assert_eq!(
            found,
            [
                "line 2: name is longer than 64 characters or has control characters",
                "line 4: community is not a 12-digit division code",
            ]
        );
    }

    #[test]
    fn a_file_of_another_encoding_or_header_is_refused() {
        let gbk = [HEADER.as_bytes(), b"a1,330105001001,,\xD5\xC5\xC8\xFD,,,,,\n"].concat();
        assert_eq!(read(&*gbk).unwrap_err()[0].to_string(), "line 2: is not UTF-8; save the file as UTF-8");
        let found = read("id,name,name,telephone\n".as_bytes()).unwrap_err();
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[1].starts_with("line 1: column 4 is none of `id`"), "{found:?}");
        assert_eq!(found[2], "line 1: the column `community` is missing");
        assert!(read("".as_bytes()).is_err());
    }
}
