//! What a bad plugin costs its neighbours: their latencies alone, and beside calls that do everything a component must
//! not.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use linli_benches::load::{Load, Outcome, Pace, run};
use linli_benches::wire::{Connection, request};
use linli_contract::Role;
use linli_gateway::{TokenKeys, TokenSigner, Tokens as Verifier};
use linli_host::{HostLimits, MasterKey, Platform, PlatformConfig, SystemClock, Trust};
use linli_ingress::{Live, Server, ServerConfig};
use linli_store_sqlite::{SqliteOptions, SqliteStore};
use serde_json::{Value, json};

use crate::crowd::{Crowd, Tokens, community, resident, worker};
use crate::plugin_lines::Beside;
use crate::report::Report;
use crate::{Programs, Scale, in_process};

/// Who signs up.
const CROWD: Crowd = Crowd { first: 0, communities: 60, residents: 70 };
/// Activities of each community: more sign-ups than are made.
const ACTIVITIES: usize = 6;
/// Connections of the neighbours.
const CONNECTIONS: usize = 64;
/// Length of one measurement.
const TIME: Duration = Duration::from_secs(8);
/// Sign-ups a second: what a busy city makes, and a good part of what two cores carry.
const SIGN_UPS: f64 = 1_000.0;
/// Queries a second of a plugin that does nothing wrong: in each community fewer than a plugin may have there.
const QUERIES: f64 = 1_000.0;
/// The plugin that does.
const HOSTILE: &str = "hostile";
/// Its calls under way at any time.
const HOSTILE_CALLS: usize = 8;
/// And at most in a second: as many as its communities may make in all, so that none is refused for its number.
const HOSTILE_RATE: f64 = 100.0;
/// What it is told to do, in turn.
const DEEDS: [(&str, &str); 9] = [
    ("POST", "endless-loop"),
    ("GET", "endless-loop"),
    ("POST", "memory-bomb"),
    ("POST", "stack-overflow"),
    ("POST", "trap"),
    ("GET", "huge-reply"),
    ("POST", "log-flood"),
    ("POST", "many-writes"),
    ("GET", "many-reads"),
];

/// The server, and what is sent to it.
struct Street {
    // In the order of their going: the server before what it serves.
    server: Server,
    store: Arc<SqliteStore>,
    runtime: tokio::runtime::Runtime,
    tokens: Tokens,
}

/// Sign-ups and a plugin's queries, each alone and then beside the hostile calls; every answer must be a good one.
pub fn measure(programs: &Programs, scale: Scale, directory: &Path, report: &mut Report) -> Result<()> {
    let street = Street::open(programs, directory)?;
    let sign_ups = street.sign_ups()?;
    let (alone, beside) = sign_ups.split_at(sign_ups.len() / 2);
    let queries: Arc<[Vec<u8>]> = street.queries().into();
    let hostile: Arc<[Vec<u8>]> = street.deeds().into();
    for (what, rate, first, second) in [
        ("durable sign-ups", SIGN_UPS, alone.into(), beside.into()),
        ("queries of a plugin", QUERIES, queries.clone(), queries),
    ] {
        let alone = street.load(&first, rate, scale)?;
        let (beside, deeds) = street.load_beside(&second, rate, &hostile, scale)?;
        anyhow::ensure!(alone.is_clean() && beside.is_clean(), "{:?}, {:?}", alone.statuses, beside.statuses);
        eprintln!(
            "    {what}: p99 {:?} alone, {:?} beside {:?} of the hostile plugin; {} pages of log",
            alone.latencies.quantile(0.99),
            beside.latencies.quantile(0.99),
            deeds.statuses,
            street.store.stats().log_pages
        );
        report.neighbours.push(Beside { what, alone, beside, deeds });
    }
    street.close()
}

impl Street {
    fn open(programs: &Programs, directory: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Runtime::new()?;
        let store = SqliteStore::open(directory.join("neighbours.db"), SqliteOptions::default())?;
        let clock = Arc::new(SystemClock);
        let mut limits = HostLimits::default();
        // Else it would rest after its first calls, and there would be nothing to measure.
        limits.breaker.failures = u32::MAX;
        let cache_dir = Some(directory.join("compiled"));
        let config =
            PlatformConfig { limits: limits.clone(), cache_dir, ..PlatformConfig::new(clock.clone()) };
        let platform = Platform::new(config, store.clone(), MasterKey::new([7; 32]))?;
        let signer = TokenSigner::from_seed(&[7; 32]);
        let verifier = Arc::new(Verifier::new(TokenKeys::from_jwks(&signer.jwks())?));
        let live = Live::new(platform.clone(), store.clone(), clock, limits, verifier)?;
        let people: Vec<_> = CROWD
            .numbers()
            .flat_map(|number| {
                let residents = (0..CROWD.residents)
                    .map(move |r| in_process::person(resident(number, r), number, Role::Resident));
                residents.chain([in_process::person(worker(number), number, Role::Worker)])
            })
            .collect();
        let components = &programs.components;
        let server = runtime.block_on(async {
            platform.directory().import(&people, &[]).await?;
            live.load(&in_process::component(components, "activity-signup")?, Trust::Core).await?;
            live.load(&in_process::component(&components.join("plugins"), "housekeeping")?, Trust::Plugin)
                .await?;
            live.load(&in_process::component(&components.join("tests"), HOSTILE)?, Trust::Plugin).await?;
            anyhow::Ok(Server::start(ServerConfig::default(), live).await?)
        })?;
        Ok(Self { server, store, runtime, tokens: Tokens::new(signer, in_process::now()?) })
    }

    /// Everything that was kept must be as it should.
    fn close(self) -> Result<()> {
        drop(self.server);
        drop(self.runtime);
        let findings = linli_store::verify(&*self.store)?;
        anyhow::ensure!(findings.is_empty(), "{findings:?}");
        Ok(())
    }

    fn sign_ups(&self) -> Result<Vec<Vec<u8>>> {
        let day = |days: i64| anyhow::Ok(in_process::now()?.plus_seconds(days * 86_400));
        let activity = json!({
            "title": "合唱", "place": "活动室", "starts_at": day(30)?, "ends_at": day(31)?, "capacity": CROWD.residents,
        });
        let mut paths = Vec::new();
        for number in CROWD.numbers() {
            let path = format!("/v1/{}/activity-signup/activities", community(number));
            for _ in 0..ACTIVITIES {
                let id = self.create(&path, &self.tokens.worker(number), &activity.to_string())?;
                paths.push((number, format!("{path}/{id}/signups")));
            }
        }
        let by_resident = (0..CROWD.residents).flat_map(|r| paths.iter().map(move |place| (r, place)));
        let sign_up = |(r, (number, path)): (usize, &(u64, String))| {
            let bearer = format!("Bearer {}", self.tokens.resident(*number, r));
            request("POST", path, &[("authorization", &bearer)], r#"{"party_size":1}"#)
        };
        Ok(by_resident.map(sign_up).collect())
    }

    fn queries(&self) -> Vec<Vec<u8>> {
        self.of_each_community(|at, bearer| {
            vec![request("GET", &format!("{at}/housekeeping/services"), &[("authorization", bearer)], "")]
        })
    }

    fn deeds(&self) -> Vec<Vec<u8>> {
        self.of_each_community(|at, bearer| {
            let deed = |(method, path): &(&str, &str)| {
                let body = if *method == "POST" { "{}" } else { "" };
                request(method, &format!("{at}/{HOSTILE}/{path}"), &[("authorization", bearer)], body)
            };
            DEEDS.iter().map(deed).collect()
        })
    }

    fn of_each_community(&self, requests: impl Fn(&str, &str) -> Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        let of_one = |number| {
            let bearer = format!("Bearer {}", self.tokens.resident(number, 0));
            requests(&format!("/v1/{}", community(number)), &bearer)
        };
        CROWD.numbers().flat_map(of_one).collect()
    }

    fn create(&self, path: &str, token: &str, body: &str) -> Result<String> {
        let bearer = format!("Bearer {token}");
        let request = request("POST", path, &[("authorization", &bearer)], body);
        let (status, reply) = self.runtime.block_on(async {
            let mut connection = Connection::open(self.server.address()).await?;
            anyhow::Ok(connection.fetch(&request).await?)
        })?;
        anyhow::ensure!(status == 201, "{path}: {status} {}", String::from_utf8_lossy(&reply));
        let reply: Value = serde_json::from_slice(&reply)?;
        Ok(reply["id"].as_str().context("something without an id")?.to_owned())
    }

    fn load(&self, requests: &Arc<[Vec<u8>]>, rate: f64, scale: Scale) -> Result<Outcome> {
        self.send(requests, CONNECTIONS, rate, TIME / u32::try_from(scale.divisor)?)
    }

    fn send(
        &self,
        requests: &Arc<[Vec<u8>]>,
        connections: usize,
        rate: f64,
        time: Duration,
    ) -> Result<Outcome> {
        run(&Load {
            address: self.server.address(),
            connections,
            requests: requests.clone(),
            total: u64::MAX,
            time,
            pace: Pace::Open(rate),
        })
    }

    /// Ours, and what came of the hostile calls meanwhile.
    fn load_beside(
        &self,
        requests: &Arc<[Vec<u8>]>,
        rate: f64,
        hostile: &Arc<[Vec<u8>]>,
        scale: Scale,
    ) -> Result<(Outcome, Outcome)> {
        let time = TIME / u32::try_from(scale.divisor)?;
        std::thread::scope(|scope| {
            let deeds = scope.spawn(|| self.send(hostile, HOSTILE_CALLS, HOSTILE_RATE, time));
            let ours = self.load(requests, rate, scale)?;
            let deeds = deeds.join().map_err(|_| anyhow::anyhow!("the hostile load panicked"))??;
            Ok((ours, deeds))
        })
    }
}
