//! The people of the demo community: made up, the same at every start.
//!
//! Nobody real can be among them: citizen numbers are of province 99 and telephone numbers of segment 154, neither of
//! which exists. Names are common surnames and given names put together by a fixed seed.

use linli_contract::codes::CitizenNumber;
use linli_contract::{Community, Role, Timestamp};
use linli_host::{Binding, PersonRecord};

use super::draw::Draw;

/// Residents, workers' own ids not counted.
pub const RESIDENTS: usize = 200;
/// Elders with a relative who may act for them.
pub const BINDINGS: usize = 20;
/// Of the names and dates; any number will do, as long as it stays.
const SEED: u64 = 330_105_001_001;
/// No province of GB/T 2260 has this number.
const NO_PROVINCE: &str = "990105";
/// MIIT has given this mobile segment to nobody.
const NO_SEGMENT: &str = "154";
/// How long the demo's bindings last, in seconds: three years.
const BINDING_SECONDS: i64 = 3 * 365 * 86_400;
/// From this age on a resident may have a relative bound.
const ELDER_AGE: i64 = 65;

const SURNAMES: [&str; 30] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何",
    "林", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "邓", "冯", "韩", "曹",
];
const GIVEN: [&str; 40] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超",
    "秀英", "霞", "平", "刚", "桂英", "建华", "国强", "玉兰", "志强", "秀兰", "海燕", "晓明", "文静", "子轩",
    "雨桐", "浩然", "梓涵", "佳怡", "一诺", "思远", "可欣", "建国", "淑珍",
];

/// Everybody: [`RESIDENTS`] residents `resident-001` and on, and the staff.
pub fn people(community: Community, now: Timestamp) -> Vec<PersonRecord> {
    let mut draw = Draw::new(SEED);
    let mut people: Vec<_> = (0..RESIDENTS).map(|place| resident(place, community, now, &mut draw)).collect();
    people.extend(STAFF.iter().map(|(id, role, name)| PersonRecord {
        id: (*id).to_owned(),
        roles: vec![*role],
        community,
        name: (*name).to_owned(),
        phone: None,
        birth_date: None,
        citizen_number: None,
        address: None,
        grid: (*role == Role::GridWorker).then(|| "grid-01".to_owned()),
    }));
    people
}

/// Those who work for the community, by id, role and name on the badge.
const STAFF: [(&str, Role, &str); 8] = [
    ("worker-1", Role::Worker, "社工甲"),
    ("worker-2", Role::Worker, "社工乙"),
    ("grid-worker-1", Role::GridWorker, "网格员甲"),
    ("officer-1", Role::Officer, "街道专员甲"),
    ("reviewer-1", Role::Reviewer, "审核员甲"),
    ("operator-1", Role::Operator, "运维员甲"),
    ("canteen-staff-1", Role::Provider, "食堂店员甲"),
    ("housekeeping-staff-1", Role::Provider, "家政店员甲"),
];

fn resident(place: usize, community: Community, now: Timestamp, draw: &mut Draw) -> PersonRecord {
    // Evenly from new-born to 96, so that every age group has somebody.
    let age = (place * 97 / RESIDENTS) as i64;
    let number = citizen_number(place, age, now, draw);
    let street = draw.below(3) + 1;
    let (block, unit, floor, door) =
        (draw.below(18) + 1, draw.below(4) + 1, draw.below(17) + 1, draw.below(4) + 1);
    // Children are reached through their parents.
    let phone = (age >= 12).then(|| format!("{NO_SEGMENT}{:08}", 10_000_000 + place * 373));
    PersonRecord {
        id: resident_id(place),
        roles: vec![Role::Resident],
        community,
        name: format!("{}{}", draw.of(&SURNAMES), draw.of(&GIVEN)),
        phone,
        birth_date: Some(number.birth_date()),
        citizen_number: Some(number.as_str().to_owned()),
        address: Some(format!("邻里{street}路{block}幢{unit}单元{floor}{door:02}室")),
        grid: Some(format!("grid-{:02}", block.div_ceil(3))),
    }
}

/// `resident-001` for the first.
pub fn resident_id(place: usize) -> String {
    format!("resident-{:03}", place + 1)
}

fn citizen_number(place: usize, age: i64, now: Timestamp, draw: &mut Draw) -> CitizenNumber {
    let (year, month, day) = now.shanghai_date();
    loop {
        // A birthday that has passed this year, or else the year before: the age is right today.
        let (birth_month, birth_day) = (draw.below(12) as u32 + 1, draw.below(28) as u32 + 1);
        let passed = (birth_month, birth_day) <= (month, day);
        let birth_year = year - age - i64::from(!passed);
        let digits =
            format!("{NO_PROVINCE}{birth_year:04}{birth_month:02}{birth_day:02}{:03}", place % 1_000);
        if let Ok(number) = CitizenNumber::complete(&digits) {
            return number;
        }
    }
}

/// [`BINDINGS`] elders, each with a grown-up resident who may act for them: half of them in everything, half with
/// activities only.
pub fn bindings(now: Timestamp) -> Vec<Binding> {
    let elders = (0..RESIDENTS).filter(|place| (place * 97 / RESIDENTS) as i64 >= ELDER_AGE);
    elders
        .step_by(2)
        .take(BINDINGS)
        .enumerate()
        .map(|(number, elder)| Binding {
            elder: resident_id(elder),
            // 30 to 50 years old.
            relative: resident_id(62 + 2 * number),
            scopes: vec![if number % 2 == 0 { "*" } else { "activity-signup" }.to_owned()],
            confirmed_by_elder_at: Some(now),
            confirmed_by_relative_at: Some(now),
            expires_at: now.plus_seconds(BINDING_SECONDS),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn now() -> Timestamp {
        "2026-03-01T02:00:00Z".parse().unwrap()
    }

    fn community() -> Community {
        "330105001001".parse().unwrap()
    }

    #[test]
    fn the_demo_people_meet_the_rules_of_the_directory() {
        let people = people(community(), now());
        assert_eq!(people.len(), RESIDENTS + STAFF.len());
        let distinct = |of: &dyn Fn(&PersonRecord) -> Option<String>| {
            people.iter().filter_map(of).collect::<BTreeSet<_>>().len()
        };
        assert_eq!(distinct(&|p| Some(p.id.clone())), people.len());
        assert_eq!(distinct(&|p| p.citizen_number.clone()), RESIDENTS);
        for person in &people[..RESIDENTS] {
            let number: CitizenNumber = person.citizen_number.as_ref().unwrap().parse().unwrap();
            assert_eq!(person.birth_date, Some(number.birth_date()));
        }
    }

    #[test]
    fn the_demo_people_pass_the_import_and_cannot_be_anybody() {
        let mut csv = "id,community,name,phone,birth_date,citizen_number,address,grid\n".to_owned();
        let people = people(community(), now());
        for p in &people[..RESIDENTS] {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let (number, phone) = (text(&p.citizen_number), text(&p.phone));
            assert!(number.starts_with(NO_PROVINCE) && (phone.is_empty() || phone.starts_with(NO_SEGMENT)));
            csv += &format!(
                "{},{},{},{phone},{},{number},{},{}\n",
                p.id,
                p.community,
                p.name,
                text(&p.birth_date),
                text(&p.address),
                text(&p.grid)
            );
        }
        let read =
            crate::directory::csv_file::read(csv.as_bytes()).unwrap_or_else(|faults| panic!("{}", faults[0]));
        assert_eq!(read.len(), RESIDENTS);
    }

    #[test]
    fn they_are_of_all_ages_and_the_same_at_every_start() {
        let first = people(community(), now());
        let again = people(community(), now());
        assert!(
            first.iter().zip(&again).all(|(a, b)| a.citizen_number == b.citizen_number && a.name == b.name)
        );
        let years: BTreeSet<i64> =
            first.iter().filter_map(|p| p.birth_date.as_ref()?[..4].parse().ok()).collect();
        assert!(*years.first().unwrap() < 1935 && *years.last().unwrap() >= 2025);
    }

    #[test]
    fn each_binding_joins_an_elder_and_a_grown_up() {
        let born = |id: &str| {
            let people = people(community(), now());
            let person = people.iter().find(|p| p.id == id).unwrap().birth_date.clone().unwrap();
            person[..4].parse::<i64>().unwrap()
        };
        let bindings = bindings(now());
        assert_eq!(bindings.len(), BINDINGS);
        for binding in &bindings {
            assert!(born(&binding.elder) <= 2026 - ELDER_AGE);
            assert!((1970..=2000).contains(&born(&binding.relative)), "{}", born(&binding.relative));
        }
    }
}
