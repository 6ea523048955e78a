//! `linli directory`: who lives and works here.

pub mod csv_file;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use linli_host::{MasterKey, Platform, PlatformConfig, SystemClock};

use crate::data_dir::DataDir;
use crate::database::Arguments;

#[derive(Subcommand)]
pub enum Command {
    /// Load residents and staff from a CSV file: all lines, or none when one is bad. The server must not run meanwhile, unless
    /// the database is PostgreSQL's
    #[command(after_help = COLUMNS)]
    Import {
        /// CSV in UTF-8, with a header
        file: PathBuf,
        /// Data directory, where the master key is
        #[arg(long, env = "LINLI_DATA", value_name = "DIR")]
        data: PathBuf,
        #[command(flatten)]
        database: Arguments,
    },
}

const COLUMNS: &str = "\
Columns, in any order (* required):
  id*             1 to 60 letters, digits and ._:- : the `sub` of the person's tokens
  community*      12-digit division code
  name*           up to 64 characters
  roles           resident (default), worker, grid-worker, officer, provider, reviewer, operator; several with |
  phone           11 digits, or a landline with its area code: 0571-12345678
  birth_date      YYYY-MM-DD
  citizen_number  18 characters (GB 11643-1999)
  address         up to 200 characters
  grid            up to 32 letters, digits and hyphens";

/// Runs the command.
pub fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Import { file, data, database } => import(file, data, database),
    }
}

fn import(path: &Path, data: &Path, database: &Arguments) -> Result<ExitCode> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    if file.metadata()?.len() > csv_file::MAX_FILE_BYTES {
        bail!("{} is larger than {} MiB; split it", path.display(), csv_file::MAX_FILE_BYTES / 1_048_576);
    }
    let people = match csv_file::read(BufReader::new(file)) {
        Ok(people) => people,
        Err(faults) => {
            for fault in &faults {
                eprintln!("{}: {fault}", path.display());
            }
            bail!("{} faults; nothing was loaded", faults.len());
        }
    };
    let (database, key) = database.open(&DataDir::create(data)?)?;
    let config = PlatformConfig::new(Arc::new(SystemClock));
    let platform = Platform::new(config, database.store.clone(), MasterKey::new(key))?;
    let report = crate::block_on(async { Ok(platform.directory().import(&people, &[]).await?) })?;
    database.close()?;
    println!("{} added, {} updated", report.added, report.updated);
    Ok(ExitCode::SUCCESS)
}
