//! The numbers people are known by inside: references are made of them.

use linli_contract::limits::MAX_INTEGER;
use linli_store::{IndexValue, Range, ScanError, Transaction};
use sha2::{Digest as _, Sha256};

use super::PEOPLE;

/// Numbers are 1 to this: what a document's index holds exactly.
const MOST: u64 = MAX_INTEGER.unsigned_abs();

/// The number of whoever has this directory id, as a rule: 53 bits of the id's SHA-256. So it is foreseen which reference a
/// component will be shown, before the directory was read. It is another for whom an earlier version counted up, and for
/// who was imported after somebody with the same 53 bits; what it is only the directory says.
#[must_use]
pub fn expected_row(id: &str) -> u64 {
    let digest = Sha256::new_with_prefix(b"linli-directory-row/").chain_update(id).finalize();
    let first = digest.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    first % MOST + 1
}

/// The expected number, or the first after it that nobody has.
pub(super) fn free_row(transaction: &mut Transaction, id: &str) -> Result<u64, ScanError> {
    let mut row = expected_row(id);
    while with_row(transaction, row)?.is_some() {
        row = row % MOST + 1;
    }
    Ok(row)
}

/// The content of the person's document who has this number, if anybody has.
pub(super) fn with_row(transaction: &mut Transaction, row: u64) -> Result<Option<String>, ScanError> {
    let row = IndexValue::Integer(i64::try_from(row).unwrap_or(i64::MAX));
    let range = Range { equals: vec![row], ..Range::default() };
    let page = transaction.scan(PEOPLE, Some("row"), &range, 1, None)?;
    Ok(page.documents.into_iter().next().map(|(_, content)| content))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use linli_contract::{Role, Timestamp};
    use linli_store::{Mode, Oracle, Partition};
    use pollster::block_on;

    use super::super::{Directory, PersonRecord};
    use super::*;
    use crate::ManualClock;

    fn directory() -> Directory {
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0)));
        Directory::open(Arc::new(Oracle::new()), clock, 0).expect("a directory")
    }

    fn person(id: &str) -> PersonRecord {
        PersonRecord {
            id: id.to_owned(),
            roles: vec![Role::Resident],
            community: "330105001001".parse().expect("a community"),
            name: "某某".to_owned(),
            phone: None,
            birth_date: None,
            citizen_number: None,
            address: None,
            grid: None,
        }
    }

    fn row(directory: &Directory, id: &str) -> u64 {
        directory.by_id(id).expect("readable").expect("a person").row
    }

    /// Gives somebody who is in the directory another number.
    fn renumber(directory: &Directory, id: &str, row: u64) {
        let snapshot = directory.store.snapshot(Partition::Platform).expect("a snapshot");
        let mut transaction = directory.begin(snapshot, Mode::Write).expect("a transaction");
        let content = transaction.get(PEOPLE, id).expect("readable").expect("a person");
        let mut content: serde_json::Value = serde_json::from_str(&content).expect("JSON");
        content["row"] = row.into();
        transaction.put(PEOPLE, id, &content.to_string()).expect("it fits");
        let pending = directory.store.commit(transaction.into_commit(None, false, vec![]));
        block_on(pending.expect("nobody else writes").durable).expect("durable");
    }

    /// Numbers are in files, and references made of them in what components have stored: they must not become others.
    #[test]
    fn the_number_of_an_id_stays_what_it_is() {
        let numbers = ["r-1", "r-2", "grid.worker:7"].map(expected_row);
        assert_eq!(numbers, [437_547_249_694_929, 819_054_952_624_187, 3_064_214_850_390_955]);
    }

    #[test]
    fn whoever_is_imported_has_the_expected_number_unless_it_is_taken() {
        let directory = directory();
        let people = ["a", "b", "c"].map(person);
        block_on(directory.import(&people, &[])).expect("imported");
        assert_eq!(["a", "b", "c"].map(|id| row(&directory, id)), ["a", "b", "c"].map(expected_row));
        for (id, taken) in [("b", 0), ("c", 1)] {
            renumber(&directory, id, expected_row("r-1") + taken);
        }
        block_on(directory.import(&[person("r-1")], &[])).expect("imported");
        assert_eq!(row(&directory, "r-1"), expected_row("r-1") + 2);
        let found = directory.by_row(expected_row("r-1") + 2).expect("readable").expect("a person");
        assert_eq!(found.record.id, "r-1");
    }

    #[test]
    fn whoever_was_counted_up_keeps_that_number() {
        let directory = directory();
        block_on(directory.import(&[person("r-1")], &[])).expect("imported");
        renumber(&directory, "r-1", 1);
        let report = block_on(directory.import(&[person("r-1")], &[])).expect("imported");
        assert_eq!((report.updated, row(&directory, "r-1")), (1, 1));
    }
}
