//! A scenario, step by step.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use linli_contract::{Method, Operation, OperationKind};
use serde_json::{Map, Value as Json};

use super::compare::{differences, filled};
use super::file::{Act, Fault, Scenario, Step};
use super::stage::Stage;
use crate::demo::COMMUNITY;
use crate::plugin::http::{Call, Http};
use crate::plugin::manifest::Manifest;

/// How a scenario is played, and what is told of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// As it stands; a line for each step.
    Steps,
    /// With conflicts from this seed; a line in all.
    Conflicts(u64),
}

/// What a step came to.
struct Outcome {
    /// For the line: `201`, `+2 h`.
    shown: String,
    /// Where it is not what was expected.
    differences: Vec<String>,
    /// The answer, to look at when it differs.
    answer: Json,
}

/// Plays it on a stage of its own; whether everything was as expected.
///
/// # Errors
/// The plugin does not go live, or a step cannot be done at all.
pub async fn play(
    scenario: &Scenario,
    manifest: &Manifest,
    wasm: &[u8],
    cache: &Path,
    telling: Telling,
) -> Result<bool> {
    let seed = match telling {
        Telling::Steps => 0,
        Telling::Conflicts(seed) => seed,
    };
    let stage = Stage::set(scenario, manifest, wasm, cache, seed).await?;
    let mut player = Player { stage, manifest, http: Http::default(), saved: BTreeMap::new() };
    let mut total = 0;
    for (number, step) in (1..).zip(&scenario.steps) {
        let before = player.stage.cpu_micros();
        let outcome = player.step(number, step).await.with_context(|| format!("step {number}"))?;
        let cpu = player.stage.cpu_micros() - before;
        total += cpu;
        let ok = outcome.differences.is_empty();
        if telling == Telling::Steps || !ok {
            let mark = if ok { "ok  " } else { "FAIL" };
            println!(
                "  {mark} {number:>3} {:<44} {:<8} {:>8.2} ms CPU",
                named(step),
                outcome.shown,
                millis(cpu)
            );
        }
        if !ok {
            for difference in &outcome.differences {
                println!("           {difference}");
            }
            println!("           the answer: {:#}", outcome.answer);
            if let Telling::Conflicts(seed) = telling {
                println!(
                    "       (with conflicts of seed {seed}: the command was run again; without, all is well)"
                );
            }
            return Ok(false);
        }
    }
    match telling {
        Telling::Steps => {}
        Telling::Conflicts(seed) => {
            println!("  ok      again with conflicts of seed {seed:<21} {:>17.2} ms CPU", millis(total))
        }
    }
    Ok(true)
}

fn named(step: &Step) -> String {
    let name = match step.act() {
        Ok(Act::Call(operation)) => operation.to_owned(),
        Ok(Act::Wait(_)) => format!("wait {}", step.wait.as_deref().unwrap_or_default()),
        Ok(Act::Until(time)) => format!("until {}", time.shown()),
        Ok(Act::Event(event)) => format!("{} of {}", event.name, event.publisher),
        Ok(Act::Balance(balance)) => format!("balance of {}", balance.of),
        Err(error) => error.to_string(),
    };
    step.caller.as_ref().map_or(name.clone(), |caller| format!("{name} as {caller}"))
}

#[allow(clippy::cast_precision_loss, reason = "microseconds of a call are few")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

struct Player<'m> {
    stage: Stage,
    manifest: &'m Manifest,
    http: Http,
    saved: BTreeMap<String, Json>,
}

impl Player<'_> {
    async fn step(&mut self, number: usize, step: &Step) -> Result<Outcome> {
        let failed = self.stage.failed_deliveries();
        let mut outcome = match step.act()? {
            Act::Call(operation) => self.call(operation, step).await?,
            Act::Wait(seconds) => {
                self.stage.pass(self.stage.now().plus_seconds(seconds)).await?;
                Outcome::silent(self.stage.now().shown()[11..16].to_owned())
            }
            Act::Until(time) => {
                if time < self.stage.now() {
                    bail!("time does not go back: it is {} already", self.stage.now().shown());
                }
                self.stage.pass(time).await?;
                Outcome::silent(String::new())
            }
            Act::Event(event) => {
                let event = super::file::Event { content: self.fill(&event.content)?, ..event.clone() };
                self.stage.publish(number, &event)?;
                Outcome::silent(String::new())
            }
            Act::Balance(balance) => {
                let is = self.stage.balance(&balance.of, &balance.book)?;
                let wrong = (is != balance.is).then(|| format!("expected {}, got {is}", balance.is));
                let differences = wrong.into_iter().collect();
                Outcome { shown: is.to_string(), differences, answer: Json::from(is) }
            }
        };
        self.stage.deliver().await?;
        if self.stage.failed_deliveries() > failed {
            outcome.differences.push("a reaction failed; the log above says why".to_owned());
        }
        Ok(outcome)
    }

    async fn call(&mut self, name: &str, step: &Step) -> Result<Outcome> {
        let services = self.stage.live.platform().services();
        let mine = services.iter().find(|service| service.descriptor().name == self.manifest.name);
        let operation = mine.and_then(|service| service.descriptor().operation(name).cloned());
        let operation = operation.with_context(|| format!("the plugin has no operation `{name}`"))?;
        let request = self.request(&operation, step)?;
        if step.fault == Some(Fault::Conflict) {
            self.stage.store.lose_next();
        }
        self.stage.let_outside_say(&step.outside);
        self.stage.store.spare(operation.kind == OperationKind::Task);
        // The platform answers on other threads.
        let answer = tokio::task::block_in_place(|| request.send())?;
        self.stage.store.spare(false);
        let (status, text) = (answer.status, answer.text());
        let answer = if text.is_empty() {
            Json::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Json::String(text))
        };
        self.keep(step, &answer)?;
        let mut differing = Vec::new();
        let expected_problem = step.problem.is_some();
        match step.status {
            Some(wanted) if wanted != status => {
                differing.push(format!("status: expected {wanted}, got {status}"))
            }
            None if !expected_problem && status >= 300 => differing.push(format!("status: got {status}")),
            _ => {}
        }
        if let Some(code) = &step.problem
            && answer["code"] != **code
        {
            differing.push(format!("expected the problem `{code}`, got {} {}", status, answer["code"]));
        }
        if let Some(body) = &step.body {
            differing.extend(differences(&self.fill(body)?, &answer));
        }
        Ok(Outcome { shown: status.to_string(), differences: differing, answer })
    }

    fn request(&self, operation: &Operation, step: &Step) -> Result<Call<'_>> {
        let mut rest = match self.fill(&step.input)? {
            Json::Object(members) => members,
            Json::Null => Map::new(),
            other => bail!("`input` is an object, not {other}"),
        };
        let mut path = format!("/v1/{COMMUNITY}/{}{}", self.manifest.name, operation.path);
        for parameter in operation.path_parameters() {
            let value = rest.remove(parameter).with_context(|| format!("`input` has no `{parameter}`"))?;
            path = path.replace(&format!("{{{parameter}}}"), &encoded(&plain(&value)));
        }
        if operation.method == Method::Get && !rest.is_empty() {
            let pair =
                |(name, value): (&String, &Json)| format!("{}={}", encoded(name), encoded(&plain(value)));
            path = format!("{path}?{}", rest.iter().map(pair).collect::<Vec<_>>().join("&"));
            rest.clear();
        }
        let url = format!("http://{}{path}", self.stage.server.address());
        let token = step.caller.as_ref().map(|caller| self.stage.token(caller)).transpose()?;
        let mut request =
            self.http.call(operation.method.as_str().parse()?, url).header("accept-language", "en");
        if let Some(key) = &step.key {
            request = request.header("idempotency-key", key);
        }
        if !rest.is_empty() {
            request = request.body("application/json", Json::Object(rest).to_string());
        }
        Ok(request.bearer(token.as_deref()))
    }

    fn keep(&mut self, step: &Step, answer: &Json) -> Result<()> {
        for (name, pointer) in &step.save {
            let value = answer.pointer(pointer);
            let value =
                value.with_context(|| format!("there is nothing at `{pointer}` to save: {answer:#}"))?;
            self.saved.insert(name.clone(), value.clone());
        }
        Ok(())
    }

    fn fill(&self, value: &Json) -> Result<Json> {
        filled(value, &|name| self.saved.get(name).cloned()).map_err(anyhow::Error::msg)
    }
}

impl Outcome {
    fn silent(shown: String) -> Self {
        Self { shown, differences: vec![], answer: Json::Null }
    }
}

/// A parameter as text.
fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// RFC 3986: everything but unreserved characters.
fn encoded(text: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
