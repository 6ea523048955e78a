//! Load over HTTP: small queries, durable sign-ups spread and on one activity, on Linli and on the baseline.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use linli_benches::load::{Load, Outcome, Pace, run};
use linli_benches::wire::request;

use crate::crowd::{Crowd, Tokens, community};
use crate::report::{Costed, Report, Traffic};
use crate::server::{self, Server};
use crate::{Programs, Scale};

/// Connections, each with one request under way.
const CONNECTIONS: usize = 64;
/// Length of one measurement.
const TIME: Duration = Duration::from_secs(8);
/// Residents of the communities that sign-ups are spread over.
pub const SPREAD: Crowd = Crowd { first: 0, communities: 50, residents: 200 };
/// Activities each of them may sign up for: more sign-ups than any measurement makes.
const SPREAD_ACTIVITIES: usize = 12;
/// Residents of the community with the activities that everybody wants.
const HOT: Crowd = Crowd { first: 100, communities: 1, residents: 10_000 };
/// Such activities, taken one after another: a waiting list has room for 10,000.
const HOT_ACTIVITIES: usize = 8;
/// Places of one; everybody else goes to the waiting list.
const HOT_PLACES: i64 = 100;
/// Share of the closed loop's rate at which latency is measured.
const HALF: f64 = 0.5;

/// How a server is spoken to.
pub trait Api {
    /// Path of a community's activities.
    fn activities(&self, community: u64) -> String;
    /// What announces an activity.
    fn new_activity(&self, capacity: i64) -> String;
}

/// Linli's, wherever it runs.
pub struct LinliApi;
/// The hand-written server's.
pub struct BaselineApi;

impl Api for LinliApi {
    fn activities(&self, number: u64) -> String {
        format!("/v1/{}/activity-signup/activities", community(number))
    }

    fn new_activity(&self, capacity: i64) -> String {
        // Far ahead, and nearer than the 1,000 days an activity may be planned ahead.
        let day = |days: u64| {
            let since =
                std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let micros = i64::try_from(since.as_micros()).unwrap_or(0);
            linli_contract::Timestamp::from_micros(micros).plus_seconds(days as i64 * 86_400)
        };
        serde_json::json!({
            "title": "合唱", "place": "活动室", "starts_at": day(30), "ends_at": day(31), "capacity": capacity,
        })
        .to_string()
    }
}

impl Api for BaselineApi {
    fn activities(&self, _: u64) -> String {
        "/activities".to_owned()
    }

    fn new_activity(&self, capacity: i64) -> String {
        serde_json::json!({ "title": "合唱", "capacity": capacity }).to_string()
    }
}

/// The requests of one server, made before anything is measured.
struct Requests {
    query: Arc<[Vec<u8>]>,
    /// One query by each resident, so that every token was seen once.
    greetings: Arc<[Vec<u8>]>,
    spread: Arc<[Vec<u8>]>,
    hot: Arc<[Vec<u8>]>,
}

/// Measures both servers, one after the other.
pub fn measure(programs: &Programs, scale: Scale, directory: &Path, report: &mut Report) -> Result<()> {
    let data = directory.join("linli");
    let (linli, tokens) = Server::linli(programs, &data, &[SPREAD, HOT])?;
    eprintln!("    {} people are in the directory", HOT.residents + SPREAD.communities * SPREAD.residents);
    let requests = prepare(&linli, &tokens, &LinliApi, &[SPREAD, HOT])?;
    report.linli = Some(drive(&linli, &requests, scale)?);
    linli.stop()?;
    server::verify(programs, &data)?;
    let linli = Server::again(programs, &data, &["--kept-answers", "0"])?;
    greet(&linli, &requests)?;
    let run =
        || load(&linli, &requests.query, CONNECTIONS, scale, Pace::Closed, "a small query, run each time");
    report.every_query_runs = Some(cpu_of(&linli, run)?);
    linli.stop()?;

    let baseline = Server::baseline(programs, &directory.join("baseline.db"), &tokens)?;
    let requests = prepare(&baseline, &tokens, &BaselineApi, &[SPREAD, HOT])?;
    let hello = vec![request("GET", "/hello", &[], "")].into();
    let hello = || load(&baseline, &hello, CONNECTIONS, scale, Pace::Closed, "axum hello");
    report.hello = Some(cpu_of(&baseline, hello)?);
    report.baseline = Some(drive(&baseline, &requests, scale)?);
    baseline.stop()
}

/// Sign-ups at so many connections, each in another community than the one before.
pub fn sign_ups(
    server: &Server,
    tokens: &Tokens,
    api: &dyn Api,
    connections: usize,
    scale: Scale,
) -> Result<Outcome> {
    let requests = prepare(server, tokens, api, &[SPREAD])?;
    greet(server, &requests)?;
    load(server, &scattered(&requests.spread), connections, scale, Pace::Closed, "sign-ups, scattered")
}

fn prepare(server: &Server, tokens: &Tokens, api: &dyn Api, crowds: &[Crowd]) -> Result<Requests> {
    let mut spread: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut hottest = Vec::new();
    let mut greetings = Vec::new();
    let mut query = Vec::new();
    for (crowd, number) in crowds.iter().flat_map(|crowd| crowd.numbers().map(move |number| (crowd, number)))
    {
        let hot = number == HOT.first;
        let worker = tokens.worker(number);
        let (count, places) =
            if hot { (HOT_ACTIVITIES, HOT_PLACES) } else { (SPREAD_ACTIVITIES, crowd.residents as i64) };
        let path = api.activities(number);
        let ids: Vec<String> = (0..count)
            .map(|_| server.create(&path, &worker, &api.new_activity(places)))
            .collect::<Result<_>>()?;
        let bearers: Vec<String> =
            (0..crowd.residents).map(|r| format!("Bearer {}", tokens.resident(number, r))).collect();
        let ask =
            |bearer: &str| request("GET", &format!("{path}/{}", ids[0]), &[("authorization", bearer)], "");
        greetings.extend(bearers.iter().map(|bearer| ask(bearer)));
        query.push(ask(&bearers[0]));
        let by_activity = ids.iter().map(|id| {
            let path = format!("{path}/{id}/signups");
            let signup = |bearer: &String| {
                let headers = [("authorization", bearer.as_str()), ("idempotency-key", id.as_str())];
                request("POST", &path, &headers, r#"{"party_size":1}"#)
            };
            bearers.iter().map(signup).collect::<Vec<_>>()
        });
        if hot {
            hottest.extend(by_activity.flatten());
        } else {
            spread.extend(by_activity);
        }
    }
    Ok(Requests {
        query: query.into(),
        greetings: greetings.into(),
        // A resident for all activities of the community, then one of the next community.
        spread: take_turns(spread).into(),
        hot: hottest.into(),
    })
}

/// Of these sign-ups, which are spread, each in another community than the one before.
fn scattered(spread: &[Vec<u8>]) -> Arc<[Vec<u8>]> {
    take_turns(spread.chunks(SPREAD_ACTIVITIES).map(<[_]>::to_vec).collect()).into()
}

/// The first of each, then the second of each.
fn take_turns(lists: Vec<Vec<Vec<u8>>>) -> Vec<Vec<u8>> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut turns = Vec::new();
    loop {
        let before = turns.len();
        turns.extend(lists.iter_mut().filter_map(Iterator::next));
        if turns.len() == before {
            return turns;
        }
    }
}

fn drive(server: &Server, requests: &Requests, scale: Scale) -> Result<Traffic> {
    greet(server, requests)?;
    let query =
        cpu_of(server, || load(server, &requests.query, CONNECTIONS, scale, Pace::Closed, "a small query"))?;
    let (first, rest) = requests.spread.split_at(requests.spread.len() / 2);
    let (second, third) = rest.split_at(rest.len() / 2);
    let spread =
        cpu_of(server, || load(server, &first.into(), CONNECTIONS, scale, Pace::Closed, "sign-ups, spread"))?;
    let half = Pace::Open(spread.outcome.rate() * HALF);
    let paced = load(server, &second.into(), CONNECTIONS, scale, half, "sign-ups at half that rate")?;
    let scattered = load(server, &scattered(third), CONNECTIONS, scale, Pace::Closed, "sign-ups, scattered")?;
    let hot = load(server, &requests.hot, CONNECTIONS, scale, Pace::Closed, "sign-ups on one activity")?;
    Ok(Traffic { query, spread, paced, scattered, hot })
}

/// A load, and the CPU time of the server for each of its requests: unlike the rate, that is the same when others use
/// the machine, too.
fn cpu_of(server: &Server, load: impl FnOnce() -> Result<Outcome>) -> Result<Costed> {
    let before = server.cpu()?;
    let outcome = load()?;
    let cpu = (server.cpu()? - before) / u32::try_from(outcome.latencies.count().max(1))?;
    Ok(Costed { outcome, cpu })
}

/// One query by each resident. Tokens are verified once and remembered; that is not what is measured here.
fn greet(server: &Server, requests: &Requests) -> Result<()> {
    let all = requests.greetings.len() as u64;
    let greeted = run(&Load {
        address: server.address,
        connections: CONNECTIONS,
        requests: requests.greetings.clone(),
        total: all,
        time: Duration::from_secs(600),
        pace: Pace::Closed,
    })?;
    check(&greeted, "first requests")
}

fn load(
    server: &Server,
    requests: &Arc<[Vec<u8>]>,
    connections: usize,
    scale: Scale,
    pace: Pace,
    what: &str,
) -> Result<Outcome> {
    let queries = requests.first().is_some_and(|first| first.starts_with(b"GET"));
    let outcome = run(&Load {
        address: server.address,
        connections,
        requests: requests.clone(),
        // A sign-up can be made only once; a query as often as one likes.
        total: if queries { u64::MAX } else { requests.len() as u64 },
        time: TIME / u32::try_from(scale.divisor)?,
        pace,
    })?;
    check(&outcome, what)?;
    eprintln!(
        "    {what}: {:.0}/s, p99 {:.1} ms",
        outcome.rate(),
        outcome.latencies.quantile(0.99).as_secs_f64() * 1e3
    );
    Ok(outcome)
}

/// A refusal is not a fast answer.
fn check(outcome: &Outcome, what: &str) -> Result<()> {
    anyhow::ensure!(outcome.is_clean(), "{what}: {:?}, {:?}", outcome.statuses, outcome.first_error);
    Ok(())
}
