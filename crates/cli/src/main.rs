//! The `linli` binary: one command runs the neighbourhood.

mod data_dir;
mod database;
mod demo;
mod directory;
mod inspect;
mod logging;
mod open_files;
mod plugin;
mod registries;
mod serve;
mod settings;
mod spin;
mod store_metrics;
mod token;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use settings::{FILE_HELP, Settings};

/// Requests are many small allocations on many threads; the system's allocator takes locks for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Linli: a neighbourhood's services as components on one platform.
#[derive(Parser)]
#[command(version, max_term_width = 120)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a data directory over HTTP
    #[command(after_long_help = FILE_HELP, after_help = FILE_HELP)]
    Serve {
        /// Configuration file (TOML)
        #[arg(long, env = "LINLI_CONFIG", value_name = "FILE")]
        config: Option<PathBuf>,
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Print a token signed with the development key of a data directory
    Token(token::Arguments),
    /// Show what a component exports, imports and declares
    Inspect {
        /// The component
        file: PathBuf,
    },
    /// Vet an upload: the child process of a server, not for people
    #[command(hide = true)]
    Vet,
    /// Check every promise that can be checked at rest: ledger sums, stock bounds, indexes, audit chain
    Verify {
        /// Data directory
        #[arg(long, env = "LINLI_DATA", value_name = "DIR")]
        data: Option<PathBuf>,
        #[command(flatten)]
        database: database::Arguments,
    },
    /// The directory of residents and staff
    #[command(subcommand)]
    Directory(directory::Command),
    /// Deploy on Spin, SpinKube or Fermyon
    #[command(subcommand)]
    Spin(spin::Command),
    /// Write, test and publish plugins
    #[command(subcommand)]
    Plugin(plugin::Command),
}

fn main() -> ExitCode {
    let done = match Line::parse().command {
        Command::Serve { config, settings } => serve(config, *settings),
        Command::Token(arguments) => token::run(&arguments),
        Command::Inspect { file } => inspect::run(&file),
        Command::Vet => vet(),
        Command::Verify { data, database } => verify::run(data.as_deref(), &database),
        Command::Directory(command) => directory::run(&command),
        Command::Spin(command) => spin::run(command),
        Command::Plugin(command) => plugin::run(command),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("linli: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(file: Option<PathBuf>, given: Settings) -> Result<ExitCode> {
    let settings = match file {
        Some(path) => given.or(Settings::from_file(&path)?),
        None => given,
    };
    serve::run(settings.resolve()?)
}

/// Reads an order and a file, writes a report; see `linli_vetting::Vetter`.
fn vet() -> Result<ExitCode> {
    linli_vetting::serve_one(std::io::stdin().lock(), std::io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

/// A runtime for commands that do one thing and end.
fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Line::command().debug_assert();
    }
}
