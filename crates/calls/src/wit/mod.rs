//! The contract's records between a bindings generator and the rules: macros, since every host generates its own types, with
//! the same names in the same modules.

mod exports;
mod imports;
