//! A small host for tests that serves a `spin.toml` as Spin would: WASI 0.3 HTTP in, `spin:sqlite` over SQLite, `spin:postgres`,
//! `spin:variables`, and HTTP to the hosts the manifest allows. It takes the arguments of `spin up`, so that one suite
//! drives either. What is different from the real one is in `docs/hosts.md`, and tried by `tests/probe.rs`.
//!
//! ```no_run
//! # async fn serve() -> anyhow::Result<()> {
//! use linli_spinhost::{Application, Server};
//!
//! let variables = vec![("cron_secret".to_owned(), "not told".to_owned())];
//! let application = Application::load("spin.toml".as_ref(), ".spin".as_ref(), None, variables)?;
//! let server = Server::bind(application, "127.0.0.1:0".parse()?, None).await?;
//! println!("{}", server.address());
//! server.run().await
//! # }
//! ```

mod allowed_hosts;
mod application;
mod bindings;
mod clock;
mod headers;
mod instance;
mod manifest;
mod postgres;
mod routes;
mod server;
mod sqlite;
mod variables;

pub use application::Application;
pub use server::Server;
