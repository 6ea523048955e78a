//! `linli verify`: every promise that can be checked at rest. Also beside a server that runs.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use linli_store::verify;
use linli_store_sqlite::SqliteOptions;

use crate::database::Arguments;

/// A check of a large database reads one partition from one snapshot for as long as it takes.
const MAX_CHECK: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);

/// Prints what is broken, or that nothing is.
pub fn run(data: Option<&Path>, database: &Arguments) -> Result<ExitCode> {
    let options = SqliteOptions { max_snapshot_age: MAX_CHECK, ..SqliteOptions::default() };
    let database = database.open_read_only(data, options)?;
    let store = &database.store;
    let partitions = store.partitions().context("cannot read the database")?;
    let findings = verify(&**store).context("cannot read the database")?;
    if findings.is_empty() {
        println!("ok: {} partitions, every promise holds", partitions.len());
        return Ok(ExitCode::SUCCESS);
    }
    for finding in &findings {
        println!("broken: {finding}");
    }
    eprintln!("linli: {} findings in {}", findings.len(), database.name);
    Ok(ExitCode::FAILURE)
}
