//! Files: who may open which, and what is in them after which end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use linli_store::conformance::World;
use linli_store::{CommitError, Store, StoreError, verify};
use linli_store_sqlite::{APPLICATION_ID, SqliteOptions, SqliteStore};
use rusqlite::Connection;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("linli.db")
    }

    fn open(&self) -> Arc<SqliteStore> {
        open(&self.path()).expect("it opens")
    }
}

fn open(path: &Path) -> Result<Arc<SqliteStore>, StoreError> {
    SqliteStore::open(path, SqliteOptions::default())
}

fn put(store: &Arc<SqliteStore>, id: &str) {
    World::new(store.clone()).run(|call| call.put("plain", id, "{}").expect("a document"));
}

fn has(store: &Arc<SqliteStore>, id: &str) -> bool {
    World::new(store.clone()).begin().get("plain", id).expect("it reads").is_some()
}

#[test]
fn what_was_committed_is_there_after_dropping_without_closing() {
    let folder = Folder::new();
    let first = folder.open();
    put(&first, "a");
    let (names, partitions) = (first.spaces().unwrap(), first.partitions().unwrap());
    drop(first);
    let second = folder.open();
    assert!(has(&second, "a"));
    assert_eq!((second.spaces().unwrap(), second.partitions().unwrap()), (names, partitions));
    put(&second, "b");
    assert_eq!(verify(&*second).unwrap(), []);
}

/// The files as they are at some moment, with the store still open, are what a power cut would leave.
#[test]
fn what_was_acknowledged_is_in_the_files_at_once() {
    let (folder, after) = (Folder::new(), Folder::new());
    let store = folder.open();
    for id in ["a", "b", "c"] {
        put(&store, id);
    }
    for end in ["", "-wal"] {
        let file = |folder: &Folder| format!("{}{end}", folder.path().display());
        std::fs::copy(file(&folder), file(&after)).unwrap();
    }
    let restarted = after.open();
    assert!(["a", "b", "c"].iter().all(|id| has(&restarted, id)));
    assert_eq!(verify(&*restarted).unwrap(), []);
}

#[test]
fn one_process_at_a_time_may_write() {
    let folder = Folder::new();
    let store = folder.open();
    let Err(StoreError::Database(why)) = open(&folder.path()) else { panic!("two have it open") };
    assert!(why.contains("another process"), "{why}");
    #[cfg(unix)]
    {
        let link = folder.0.path().join("link.db");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        assert!(open(&link).is_err(), "another name makes no difference");
    }
    drop(store);
    folder.open();
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let folder = Folder::new();
    drop(folder.open());
    let set = |version: i64| {
        Connection::open(folder.path()).unwrap().pragma_update(None, "user_version", version).unwrap()
    };
    set(99);
    assert!(matches!(open(&folder.path()).err(), Some(StoreError::Newer { found: 99, known: 1 })));
    let read = SqliteStore::open_read_only(folder.path(), SqliteOptions::default());
    assert!(matches!(read.err(), Some(StoreError::Newer { found: 99, known: 1 })));
    set(1);
    folder.open();
}

#[test]
fn another_programs_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    Connection::open(folder.path()).unwrap().execute_batch("CREATE TABLE theirs (n INTEGER)").unwrap();
    let before = std::fs::read(folder.path()).unwrap();
    assert!(matches!(open(&folder.path()).err(), Some(StoreError::Database(_))));
    assert_eq!(std::fs::read(folder.path()).unwrap(), before);
    std::fs::write(
        folder.path(),
        "no database at all, but long enough to look for a header in it".repeat(99),
    )
    .unwrap();
    assert!(matches!(open(&folder.path()).err(), Some(StoreError::Damaged(_))));
}

#[test]
fn a_database_says_whose_it_is() {
    let folder = Folder::new();
    drop(folder.open());
    let connection = Connection::open(folder.path()).unwrap();
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0)).unwrap();
    assert_eq!((number("application_id"), number("user_version")), (APPLICATION_ID, 1));
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn reading_only_works_beside_a_writer_and_does_not_write() {
    let folder = Folder::new();
    let store = folder.open();
    put(&store, "a");
    let reader = SqliteStore::open_read_only(folder.path(), SqliteOptions::default()).unwrap();
    assert!(has(&reader, "a"));
    put(&store, "b");
    assert!(has(&reader, "b"));
    assert_eq!(verify(&*reader).unwrap(), []);
    let world = World::new(reader.clone());
    let refused = world.commit(world.begin());
    assert!(matches!(refused, Err(CommitError::Store(StoreError::Closed))));
    assert!(matches!(reader.space("new"), Err(StoreError::Closed)));
    drop(reader);
    let empty = Folder::new();
    assert!(SqliteStore::open_read_only(empty.path(), SqliteOptions::default()).is_err());
    assert!(!empty.path().exists(), "reading makes no file");
}

#[test]
fn names_have_one_number_for_ever_whoever_asks_first() {
    let folder = Folder::new();
    let store = folder.open();
    let numbers: Vec<_> = std::thread::scope(|scope| {
        let ask = |_| scope.spawn(|| ["x", "y", "z"].map(|name| store.space(name).unwrap()));
        (0..4).map(ask).collect::<Vec<_>>().into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert!(numbers.iter().all(|same| *same == numbers[0]));
    assert_eq!(store.spaces().unwrap().len(), 3);
    drop(store);
    assert_eq!(folder.open().space("z").unwrap(), numbers[0][2]);
}
