//! The platform's own books: what they have in common.

use linli_contract::{Collection, Descriptor, Text};
use linli_store::{Fault, StoreError};

/// A book as if it were a component: that is what gives it its place in the store.
///
/// # Panics
/// When the name is no component's: it is a constant of ours.
pub fn book(name: &str, title: Text, collections: Vec<Collection>) -> Descriptor {
    Descriptor {
        name: name.parse().expect("a constant name that is well-formed"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title,
        operations: vec![],
        collections,
        publishes: vec![],
        subscribes: vec![],
        settings: vec![],
        accounts: vec![],
        permissions: vec![],
    }
}

/// A collection of a book that is read by ids alone and kept for ever.
pub fn by_id(name: &str) -> Collection {
    Collection { name: name.to_owned(), indexes: vec![], personal: vec![], keep_days: None }
}

/// Why a book could not be used. The platform does not misuse its own transactions, so only the store can have failed;
/// if it did all the same, `what` is said to be damaged.
pub fn store_failed(fault: Fault, what: &'static str) -> StoreError {
    match fault {
        Fault::Store(error) => error,
        _ => StoreError::Damaged(what),
    }
}
