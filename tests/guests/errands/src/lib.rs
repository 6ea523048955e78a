//! A component that calls the outside in its tasks, and writes down what came of it.

use linli_sdk::outbound::{self, Failure, Request};
use linli_sdk::prelude::*;

/// Where to go, and with what.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Errand {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
    /// Milliseconds.
    timeout: u32,
    /// How often: few enough that whoever tries it with any number is not kept long.
    #[serde(default = "once")]
    times: u8,
}

fn once() -> u8 {
    1
}

/// What came of it.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Outcome {
    id: Id,
    /// Of the last answer.
    status: Option<u16>,
    body: String,
    /// Why there was none.
    failure: Option<String>,
    /// Errands written down before, as a task sees them after it came back.
    seen: usize,
}

const ALL: Index = Index::new("all", &["/id"]);
const OUTCOMES: Collection<Outcome> = Collection::new("outcomes").indexes(&[ALL]);
const DONE: Event<Outcome> = Event::new("errand.done");

fn run_errand(errand: Errand) -> Result<Outcome, Problem> {
    let request = Request {
        method: errand.method,
        url: errand.url,
        headers: errand.headers,
        body: errand.body.into_bytes(),
        timeout: errand.timeout,
    };
    let mut last = Err(Failure::InvalidRequest);
    for _ in 0..errand.times {
        last = outbound::send(&request);
    }
    let seen = OUTCOMES.scan(&ALL.all(), 100, None)?.items.len();
    let id = context::new_id();
    let outcome = match last {
        Ok(answer) => {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            Outcome { id, status: Some(answer.status), body, failure: None, seen }
        }
        Err(failure) => {
            Outcome { id, status: None, body: String::new(), failure: Some(format!("{failure:?}")), seen }
        }
    };
    DONE.publish(&outcome);
    Ok(outcome)
}

fn write_down(outcome: Outcome) -> Result<(), Problem> {
    OUTCOMES.put(&outcome.id, &outcome);
    Ok(())
}

fn list_outcomes() -> Result<Page<Outcome>, Problem> {
    OUTCOMES.scan(&ALL.all(), 100, None)
}

/// The component.
pub static ERRANDS: Component = Component::new("errands", "0.1.0", "跑腿", "Errands")
    .collections(&[&OUTCOMES])
    .publishes(&[&DONE])
    .permissions(&[Grant::Outbound("granted.invalid", 60)])
    .reactions(&[on_event!("errands", "errand.done", write_down)])
    .operations(&[
        post("/errands", handler!(run_errand)).task().roles(&[Role::Resident]).title("跑腿", "Run an errand"),
        get("/errands", handler!(list_outcomes)).roles(&[Role::Resident]).title("结果", "Outcomes"),
    ]);
linli_sdk::export!(ERRANDS);
