//! A lunch rush: everybody orders at once, and there is less than everybody wants.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use linli_benches::load::{Load, Outcome, Pace, run};
use linli_benches::wire::request;
use serde_json::{Value, json};

use crate::crowd::{Crowd, Tokens, community};
use crate::report::{Lunch, Report};
use crate::server::{self, Server};
use crate::{Programs, Scale, in_process};

/// Who is hungry.
const RESIDENTS: usize = 1_000;
/// Dishes of the one menu.
const DISHES: usize = 3;
/// Portions of each, for [`RESIDENTS`] people: one in ten goes without.
const PORTIONS: usize = 300;
/// Connections.
const CONNECTIONS: usize = 64;
/// What is on everybody's card, in fen: enough.
const ON_CARD: i64 = 10_000;

/// The rush, and whether exactly what was there was sold.
pub fn measure(programs: &Programs, scale: Scale, directory: &Path, report: &mut Report) -> Result<()> {
    let crowd = Crowd { first: 0, communities: 1, residents: scale.of(RESIDENTS) };
    let portions = scale.of(PORTIONS);
    let data = directory.join("lunch");
    let (linli, tokens) = Server::linli(programs, &data, &[crowd])?;
    let base = format!("/v1/{}/meal-ordering", community(0));
    let menu = offer(&linli, &tokens, &base, portions)?;
    fill_cards(&linli, &tokens, &base, crowd)?;
    let orders: Vec<Vec<u8>> = (0..crowd.residents)
        .map(|r| {
            let bearer = format!("Bearer {}", tokens.resident(0, r));
            let order = json!({ "menu": menu, "lines": [{ "dish": r % DISHES + 1, "quantity": 1 }] });
            let headers = [("authorization", bearer.as_str()), ("idempotency-key", "lunch")];
            request("POST", &format!("{base}/orders"), &headers, &order.to_string())
        })
        .collect();
    let rush = all(&linli, orders.into())?;
    linli.stop()?;
    server::verify(programs, &data)?;
    let sold = rush.statuses.get(&201).copied().unwrap_or(0);
    let refused = rush.statuses.get(&409).copied().unwrap_or(0);
    anyhow::ensure!(
        sold == (DISHES * portions) as u64 && sold + refused == crowd.residents as u64,
        "{} portions, and the answers {:?}",
        DISHES * portions,
        rush.statuses
    );
    eprintln!("    lunch: {sold} sold, {refused} refused in {:?}", rush.elapsed);
    report.lunch = Some(Lunch { sold, refused, rush });
    Ok(())
}

fn offer(linli: &Server, tokens: &Tokens, base: &str, portions: usize) -> Result<String> {
    let tomorrow = &in_process::now()?.plus_seconds(2 * 86_400).shown()[..10];
    let dishes: Vec<Value> = ["鱼", "肉", "豆腐"]
        .iter()
        .map(|name| json!({ "name": name, "price_fen": 1_000, "portions": portions }))
        .collect();
    let menu = json!({ "canteen": "main", "date": tomorrow, "meal": "lunch", "dishes": dishes });
    linli.create(&format!("{base}/menus"), &tokens.worker(0), &menu.to_string())
}

fn fill_cards(linli: &Server, tokens: &Tokens, base: &str, crowd: Crowd) -> Result<()> {
    let worker = format!("Bearer {}", tokens.worker(0));
    let mut top_ups = Vec::new();
    for r in 0..crowd.residents {
        let bearer = format!("Bearer {}", tokens.resident(0, r));
        let (status, card) =
            linli.fetch(&request("GET", &format!("{base}/card"), &[("authorization", &bearer)], ""))?;
        anyhow::ensure!(status == 200, "a card: {status} {}", String::from_utf8_lossy(&card));
        let card: Value = serde_json::from_slice(&card)?;
        let person = card["person"].as_str().context("a card of nobody")?;
        let body = json!({ "amount_fen": ON_CARD }).to_string();
        let path = format!("{base}/cards/{person}/top-ups");
        top_ups.push(request("POST", &path, &[("authorization", &worker)], &body));
    }
    let outcome = all(linli, top_ups.into())?;
    anyhow::ensure!(outcome.is_clean(), "{:?}, {:?}", outcome.statuses, outcome.first_error);
    Ok(())
}

fn all(server: &Server, requests: Arc<[Vec<u8>]>) -> Result<Outcome> {
    run(&Load {
        address: server.address,
        connections: CONNECTIONS,
        total: requests.len() as u64,
        requests,
        time: Duration::from_secs(600),
        pace: Pace::Closed,
    })
}
