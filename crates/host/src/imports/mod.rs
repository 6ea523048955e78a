//! What the host gives to components: one file per WIT interface, all of one shape.
//!
//! Each file converts between the interface's records and the platform's own types, checks what the component was
//! granted, and forwards. The rules of records, stock, ledger and events are in `linli_store::Transaction`.

pub(crate) mod context;
pub(crate) mod events;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod outbound;
pub(crate) mod people;
pub(crate) mod records;
pub(crate) mod registry;
pub(crate) mod settings;
pub(crate) mod stock;
pub(crate) mod wasi;

use wasmtime::component::{HasSelf, Linker};

use crate::bindings::{Exports, types};
use crate::guest::Guest;

impl types::Host for Guest {}

/// Links every interface of the platform; WASI is linked per component, see [`wasi`].
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    Exports::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)
}
