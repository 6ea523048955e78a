//! What is said to stand, where the database and what is pending differ.

use linli_store::{ReadSet, Store, Unchanged};

use super::{Home, durable};
use crate::options::MAX_RECENT_KEYS;

impl Home {
    fn read(&self, id: &str) -> (u64, ReadSet) {
        let mut call = self.world.begin();
        call.get("plain", id).unwrap();
        call.into_reads()
    }

    fn unchanged(&self, (base, reads): &(u64, ReadSet)) -> Option<Unchanged> {
        self.store.unchanged(self.world.home, *base, reads)
    }
}

#[test]
fn what_is_written_and_not_durable_yet_does_not_stand() {
    let home = Home::new();
    let seen = home.read("a");
    let held = home.hold();
    let come = home.send(|call| call.put("plain", "a", "{}").unwrap()).unwrap();
    assert_eq!(home.unchanged(&seen), None);
    let gone = home.send(|call| assert!(call.delete("plain", "a").unwrap())).unwrap();
    assert_eq!(home.unchanged(&seen), None, "its coming may become durable alone");
    drop(held);
    durable(come).unwrap();
    durable(gone).unwrap();
    assert_eq!(home.unchanged(&seen), None, "nobody knows any more that it is as it was");
    let again = home.read("a");
    assert!(home.unchanged(&again).is_some());
}

#[test]
fn what_stands_beside_pending_commits_stands_when_they_are_lost() {
    let home = Home::new();
    home.world.run(|call| call.put("plain", "a", "{}").unwrap());
    let seen = home.read("a");
    home.fill_disk();
    let held = home.hold();
    let large = format!(r#"{{"note":"{}"}}"#, "x".repeat(200_000));
    let lost = home.send(|call| call.put("plain", "b", &large).unwrap()).unwrap();
    let through = home.unchanged(&seen).unwrap();
    assert_eq!(through.until, lost.seq);
    drop(held);
    durable(lost).unwrap_err();
    home.empty_disk();
    // The number of the lost commit is no commit's, so nothing is known from there on.
    assert_eq!(home.unchanged(&(through.until, seen.1)), None);
    assert!(home.unchanged(&home.read("a")).is_none_or(|stands| stands.until > through.until));
}

#[test]
fn what_is_remembered_no_longer_is_not_known_to_stand_unless_it_was_asked_about_meanwhile() {
    let home = Home::new();
    let (once, mut often) = (home.read("a"), home.read("a"));
    for n in 0..3 {
        home.world.run(|call| {
            for m in 0..MAX_RECENT_KEYS {
                call.put("plain", &format!("other-{n}-{m}"), "{}").unwrap();
            }
        });
        often.0 = home.unchanged(&often).unwrap().until;
    }
    assert_eq!(home.unchanged(&once), None);
    home.world.run(|call| call.put("plain", "a", "{}").unwrap());
    assert_eq!(home.unchanged(&often), None);
}

#[test]
fn a_database_that_is_only_looked_at_tells_of_nothing() {
    let home = Home::new();
    home.world.run(|call| call.put("plain", "a", "{}").unwrap());
    let seen = home.read("a");
    let path = home.folder.path().join("linli.db");
    let beside = crate::SqliteStore::open_read_only(path, crate::SqliteOptions::default()).unwrap();
    assert_eq!(beside.unchanged(home.world.home, seen.0, &seen.1), None);
}
