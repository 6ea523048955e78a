//! `spinhost up`: what `spin up` does, as far as tests of this project need it.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use linli_spinhost::{Application, Server};

/// Serves a spin.toml for tests
#[derive(Parser)]
#[command(version)]
enum Line {
    /// Serve an application, with the arguments of `spin up`
    Up {
        /// The manifest
        #[arg(short, long, default_value = "spin.toml", value_name = "FILE")]
        from: PathBuf,
        /// Where to listen; port 0 for any that is free
        #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDR")]
        listen: SocketAddr,
        /// Where the database is
        #[arg(long, default_value = ".spin", value_name = "DIR")]
        state_dir: PathBuf,
        /// Where databases are: `[sqlite_database.LABEL]` with `type = "spin"` and `path`
        #[arg(long, value_name = "FILE")]
        runtime_config_file: Option<PathBuf>,
        /// A configuration of Wasmtime's cache: where compiled components are kept
        #[arg(long, env = "WASMTIME_CACHE_FILE", value_name = "FILE")]
        cache: Option<PathBuf>,
        /// A variable's value
        #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = pair)]
        variables: Vec<(String, String)>,
        /// Without what components print; this host prints it all the same
        #[arg(long)]
        quiet: bool,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[tokio::main]
async fn main() -> Result<()> {
    let Line::Up { from, listen, state_dir, runtime_config_file, cache, variables, quiet: _ } = Line::parse();
    let application = Application::load(&from, &state_dir, runtime_config_file.as_deref(), variables)?;
    let server = Server::bind(application, listen, cache.as_deref()).await?;
    println!("\nServing http://{}", server.address());
    println!("Available Routes:");
    for route in server.routes() {
        println!("  {route}");
    }
    tokio::select! {
        ended = server.run() => ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}
