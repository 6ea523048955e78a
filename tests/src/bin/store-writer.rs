//! Commits to a store as fast as it can until it is killed, and says so: for tests of crashes. One line on standard
//! output for each commit that is durable: `LANE NUMBER`. Arguments: the database, and a word that is in every id.
#![allow(clippy::unwrap_used, reason = "part of a test")]

use std::sync::Arc;

use linli_store::Store;
use linli_store_sqlite::{SqliteOptions, SqliteStore};
use linli_tests::store_load::{LANES, Lane};

/// A log that is copied into the database all the time: that is where crashes hurt.
const CHECKPOINT_PAGES: u32 = 48;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, word] = &arguments[..] else { panic!("store-writer DATABASE WORD") };
    let options = SqliteOptions {
        checkpoint_pages: CHECKPOINT_PAGES,
        restart_pages: 4 * CHECKPOINT_PAGES,
        ..SqliteOptions::default()
    };
    let store: Arc<dyn Store> = SqliteStore::open(database, options).unwrap();
    let lanes: Vec<Lane> = (0..LANES).map(|lane| Lane::open(store.clone(), lane)).collect();
    std::thread::scope(|scope| {
        for lane in &lanes {
            scope.spawn(move || {
                for number in 0.. {
                    lane.commit(word, number);
                    println!("{} {number}", lane.number);
                }
            });
        }
    });
}
