//! A function is opened in one read transaction.

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use common::counted::Counted;
use common::{configuration, descriptor};
use linli_calls::{Clock as _, ManualClock};
use linli_contract::{Descriptor, Timestamp};
use linli_spin_store::Instance;
use linli_spin_store::compositions::Compositions;
use linli_store::Oracle;

#[test]
fn a_function_is_opened_in_one_read_transaction() {
    let store = Arc::new(Counted::over(Arc::new(Oracle::new()), Arc::default()));
    let descriptor = descriptor("notes", None);
    let open = || {
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_777_600_000_000_000)));
        let opened = Instance::open(store.clone(), clock, configuration(), descriptor.clone());
        drop(opened.expect("a function"));
        (store.transactions.swap(0, Ordering::Relaxed), store.open.load(Ordering::Relaxed))
    };
    open();
    assert_eq!(open(), (1, 0), "one, and it has ended");
}

#[test]
fn others_read_of_a_function_what_concerns_them() {
    let store = Arc::new(Oracle::new());
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_777_600_000_000_000)));
    let opened =
        Instance::open(store.clone(), clock.clone(), configuration(), descriptor("notes", Some("choir")));
    drop(opened.expect("a function"));
    let known = Compositions::open(store).and_then(|list| list.all(clock.now())).expect("readable");
    let [notes] = known.as_slice() else { panic!("there is one") };
    let Descriptor { subscribes, operations, publishes, .. } = &notes.descriptor;
    assert_eq!((subscribes.len(), operations.len(), publishes.len()), (1, 0, 0), "no schemas");
}
