//! `wit/stock.wit`.

use linli_store::Level;

use crate::run::Run;
use crate::trap::Trap;

/// Makes a counter, full.
///
/// # Errors
/// One that is there already, or over the limits; outside commands.
pub fn open(run: &mut Run, name: &str, ceiling: i64) -> Result<(), Trap> {
    Ok(run.transaction.stock_open(name, ceiling)?)
}

/// Takes so many, if they are there.
///
/// # Errors
/// No such counter; outside commands.
pub fn take(run: &mut Run, name: &str, n: i64) -> Result<bool, Trap> {
    Ok(run.transaction.stock_take(name, n)?)
}

/// Gives so many back.
///
/// # Errors
/// No such counter, or more than fits; outside commands.
pub fn give(run: &mut Run, name: &str, n: i64) -> Result<(), Trap> {
    Ok(run.transaction.stock_give(name, n)?)
}

/// Changes how many there are in all, if what is taken allows it.
///
/// # Errors
/// No such counter; outside commands.
pub fn resize(run: &mut Run, name: &str, ceiling: i64) -> Result<bool, Trap> {
    Ok(run.transaction.stock_resize(name, ceiling)?)
}

/// What a counter shows; counts as a read.
///
/// # Errors
/// When the store fails.
pub fn level(run: &mut Run, name: &str) -> Result<Option<Level>, Trap> {
    Ok(run.transaction.stock_level(name)?)
}

/// Ends a counter; whether there was one.
///
/// # Errors
/// Outside commands.
pub fn close(run: &mut Run, name: &str) -> Result<bool, Trap> {
    Ok(run.transaction.stock_close(name)?)
}
