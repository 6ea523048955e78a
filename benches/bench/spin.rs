//! The same sign-ups on a Spin host, there also with PostgreSQL, on Linli's own, and on the baseline, at as many connections
//! each.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use linli_gateway::TokenSigner;
use linli_store_postgres::fixture;

use crate::crowd::Tokens;
use crate::report::{OnSpin, Report};
use crate::server::{self, Server};
use crate::traffic::{BaselineApi, LinliApi, SPREAD, sign_ups};
use crate::{Programs, Scale, in_process};

/// Connections, each with one request under way: Spin gives an instance up to 16.
pub const CONNECTIONS: usize = 32;

/// Nothing, where there is no Spin host.
pub fn measure(programs: &Programs, scale: Scale, directory: &Path, report: &mut Report) -> Result<()> {
    let Some(spin) = &programs.spin else { return Ok(()) };
    let version = Command::new(&spin.program).arg("--version").output()?.stdout;
    let version = String::from_utf8_lossy(&version).trim().to_owned();
    eprintln!("    {version}, Linli and the baseline at {CONNECTIONS} connections");
    let signer = TokenSigner::from_seed(&[7; 32]);
    let (keys, data) = (signer.jwks(), directory.join("spin"));
    let tokens = Tokens::new(signer, in_process::now()?);
    let measure = |data: &Path, postgres: Option<&fixture::Database>| {
        let host = Server::spin(programs, spin, "activity-signup", data, &[SPREAD], &keys, postgres)?;
        let measured = sign_ups(&host, &tokens, &LinliApi, CONNECTIONS, scale)?;
        host.stop()?;
        server::verify_on(programs, data, postgres)?;
        anyhow::Ok(measured)
    };
    let on_spin = measure(&data, None)?;
    let postgres = match fixture::is_installed() {
        true => Some(measure(&directory.join("spin-postgres"), Some(&fixture::Database::new()))?),
        false => None,
    };

    let (host, tokens) = Server::linli(programs, &directory.join("beside-spin"), &[SPREAD])?;
    let linli = sign_ups(&host, &tokens, &LinliApi, CONNECTIONS, scale)?;
    host.stop()?;
    let host = Server::baseline(programs, &directory.join("baseline-beside-spin.db"), &tokens)?;
    let baseline = sign_ups(&host, &tokens, &BaselineApi, CONNECTIONS, scale)?;
    host.stop()?;
    report.on_spin = Some(OnSpin { version, spin: on_spin, postgres, linli, baseline });
    Ok(())
}
