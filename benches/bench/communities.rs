//! How much memory 5,000 communities take in one process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use linli_benches::load::{Load, Pace, run};
use linli_benches::wire::request;

use crate::crowd::{Crowd, community};
use crate::report::{Communities, Report};
use crate::server::{self, Server};
use crate::{Programs, Scale};

/// Communities of a hundred cities, as the domain has it.
const COMMUNITIES: usize = 5_000;
/// Connections.
const CONNECTIONS: usize = 64;

/// A command and a query in each, then a look at the process.
pub fn measure(programs: &Programs, scale: Scale, directory: &Path, report: &mut Report) -> Result<()> {
    let crowd = Crowd { first: 0, communities: scale.of(COMMUNITIES), residents: 1 };
    let data = directory.join("communities");
    let (linli, tokens) = Server::linli(programs, &data, &[crowd])?;
    let at_start = linli.memory()?;
    let path = |number| format!("/v1/{}/points-redemption/rewards", community(number));
    let body = r#"{"title":"大米","points":10,"stock":100}"#;
    let offers: Vec<Vec<u8>> = crowd
        .numbers()
        .map(|number| {
            let bearer = format!("Bearer {}", tokens.worker(number));
            request("POST", &path(number), &[("authorization", &bearer)], body)
        })
        .collect();
    all(&linli, offers.into())?;
    let looks: Vec<Vec<u8>> = crowd
        .numbers()
        .map(|number| {
            let bearer = format!("Bearer {}", tokens.resident(number, 0));
            request("GET", &path(number), &[("authorization", &bearer)], "")
        })
        .collect();
    all(&linli, looks.into())?;
    report.communities = Some(Communities { count: crowd.communities, at_start, open: linli.memory()? });
    linli.stop()?;
    server::verify(programs, &data)
}

fn all(server: &Server, requests: Arc<[Vec<u8>]>) -> Result<()> {
    let outcome = run(&Load {
        address: server.address,
        connections: CONNECTIONS,
        total: requests.len() as u64,
        requests,
        time: Duration::from_secs(600),
        pace: Pace::Closed,
    })?;
    anyhow::ensure!(outcome.is_clean(), "{:?}, {:?}", outcome.statuses, outcome.first_error);
    Ok(())
}
