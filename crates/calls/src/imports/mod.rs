//! What the platform gives to components: one file per WIT interface, all of one shape.
//!
//! Each function takes the run it is called in, checks what the component was granted, counts what crosses between guest
//! and host, and forwards. The rules of records, stock, ledger and events are in `linli_store::Transaction`. An error
//! ends the call with a trap; whatever a correct component can run into is a value.

pub mod context;
pub mod events;
pub mod keys;
pub mod ledger;
pub mod outbound;
pub mod people;
pub mod records;
pub mod registry;
pub mod settings;
pub mod stock;

/// Bytes of names given at run time: books, providers, timers.
const MAX_NAME_BYTES: usize = 64;
