//! `linli spin`: what a city that runs Spin, SpinKube or Fermyon deploys instead of this program.

mod export;
mod manifest;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

#[derive(Subcommand)]
pub enum Command {
    /// Write a spin.toml with functions and approved plugins, each composed with the adapters
    Export(export::Arguments),
}

pub fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Export(arguments) => export::run(&arguments),
    }
}
