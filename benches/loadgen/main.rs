//! Load on any HTTP/1.1 server, by hand: what `cargo xtask bench` does, one request at a time to look at.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use linli_benches::load::{Load, Pace, run};
use linli_benches::wire::request;

const HELP: &str = "\
Usage: loadgen ADDR PATH [KEY=VALUE ...]

  method=GET  body=…  token=…       the request; a token becomes `authorization: Bearer`
  connections=64  seconds=5         how many, how long
  total=N                           stop after N requests
  rate=R                            R requests a second, instead of as many as possible
";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, options @ ..] = arguments.as_slice() else {
        print!("{HELP}");
        return Ok(());
    };
    let mut given = BTreeMap::new();
    for option in options {
        let (key, value) = option.split_once('=').with_context(|| format!("`{option}` is not KEY=VALUE"))?;
        if !["method", "body", "token", "connections", "seconds", "total", "rate"].contains(&key) {
            bail!("there is no option `{key}`\n\n{HELP}");
        }
        given.insert(key, value);
    }
    let bearer = given.get("token").map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = bearer.iter().map(|value| ("authorization", value.as_str())).collect();
    let method = given.get("method").unwrap_or(&"GET");
    let body = given.get("body").unwrap_or(&"");
    let load = Load {
        address: address.parse().context("ADDR is an IP address and a port: 127.0.0.1:3000")?,
        connections: number(&given, "connections")?.unwrap_or(64.0) as usize,
        requests: vec![request(method, path, &headers, body)].into(),
        total: number(&given, "total")?.map_or(u64::MAX, |total| total as u64),
        time: Duration::from_secs_f64(number(&given, "seconds")?.unwrap_or(5.0)),
        pace: number(&given, "rate")?.map_or(Pace::Closed, Pace::Open),
    };
    let outcome = run(&load)?;
    let micros = |share| outcome.latencies.quantile(share).as_micros();
    println!("{:.0}/s in {:.1} s", outcome.rate(), outcome.elapsed.as_secs_f64());
    println!(
        "p50 {} µs, p99 {} µs, p99.9 {} µs, max {} µs",
        micros(0.5),
        micros(0.99),
        micros(0.999),
        micros(1.0)
    );
    println!("statuses {:?}, broken connections {}", outcome.statuses, outcome.broken);
    if let Some(error) = outcome.first_error {
        println!("first error: {error}");
    }
    Ok(())
}

fn number(given: &BTreeMap<&str, &str>, key: &str) -> Result<Option<f64>> {
    given
        .get(key)
        .map(|value| value.parse().with_context(|| format!("{key}={value} is no number")))
        .transpose()
}
