//! What a scenario file says; TOML or JSON. `plugins/README.md` explains each word.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use linli_contract::{Role, Timestamp};
use serde::Deserialize;
use serde_json::Value as Json;

/// One story about the plugin.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it promises, in a sentence.
    pub title: String,
    /// Where the clock stands at first.
    #[serde(default = "start")]
    pub start: Timestamp,
    /// Configured values of the plugin.
    #[serde(default)]
    pub settings: BTreeMap<String, Json>,
    /// Who is somebody else than a plain resident without money.
    #[serde(default)]
    pub people: BTreeMap<String, Person>,
    /// Providers the platform knows, by id.
    #[serde(default)]
    pub providers: BTreeMap<String, Terms>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// Somebody in the story.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Person {
    /// What the person may be.
    pub role: Role,
    /// In minor units, by book.
    pub funds: BTreeMap<String, i64>,
    /// Whose staff the person is.
    pub provider: Option<String>,
    /// Shown to whom it is revealed.
    pub name: String,
    /// The same.
    pub phone: String,
    /// The same.
    pub address: String,
}

/// What was agreed with a provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Basis points of what is captured that go to the platform.
    pub commission: u32,
}

/// One thing that happens. Which, is told by the one word of the first five that it has.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// An operation is called.
    pub call: Option<String>,
    /// Time passes: `90m`, `2d 3h`.
    pub wait: Option<String>,
    /// Time passes up to then.
    pub until: Option<Timestamp>,
    /// Another component, or the platform, has published something.
    pub event: Option<Event>,
    /// Somebody's account is looked at.
    pub balance: Option<Balance>,

    /// Who calls; without, nobody in particular.
    #[serde(rename = "as")]
    pub caller: Option<String>,
    /// Path parameters, query parameters and members of the body.
    pub input: Json,
    /// The caller's `Idempotency-Key`.
    pub key: Option<String>,
    /// What goes wrong during the call.
    pub fault: Option<Fault>,
    /// What the outside answers during the call, one request after the other.
    pub outside: Vec<Outside>,

    /// The status expected; without, one that goes with the rest.
    pub status: Option<u16>,
    /// The code of the problem expected.
    pub problem: Option<String>,
    /// What the answer holds, at least: `"<any>"` is any value.
    pub body: Option<Json>,
    /// Parts of the answer for later steps, by JSON pointer.
    pub save: BTreeMap<String, String>,
}

/// See [`Step::event`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// `platform`, or a component.
    pub publisher: String,
    /// Such as `order.captured`.
    pub name: String,
    /// Its content.
    #[serde(default)]
    pub content: Json,
}

/// See [`Step::balance`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    /// A person, `provider:ID`, or `platform` for its commissions.
    pub of: String,
    /// `CNY`, `points`.
    pub book: String,
    /// What can be spent, in minor units.
    pub is: i64,
}

/// See [`Step::fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Somebody else's commit comes first: the command runs again.
    Conflict,
}

/// One answer of the outside.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// The URL that is expected to be asked for.
    pub url: String,
    /// Its status.
    #[serde(default = "ok")]
    pub status: u16,
    /// Its body.
    #[serde(default)]
    pub json: Json,
    /// In place of an answer.
    pub fail: Option<Failure>,
}

/// Why the outside does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the contract's")]
pub enum Failure {
    Unreachable,
    TimedOut,
    TooLarge,
}

/// What a step is about.
pub enum Act<'s> {
    /// See [`Step::call`].
    Call(&'s str),
    /// Seconds, see [`Step::wait`].
    Wait(i64),
    /// See [`Step::until`].
    Until(Timestamp),
    /// See [`Step::event`].
    Event(&'s Event),
    /// See [`Step::balance`].
    Balance(&'s Balance),
}

impl Default for Person {
    fn default() -> Self {
        Self {
            role: Role::Resident,
            funds: BTreeMap::new(),
            provider: None,
            name: "甄嘉禾".to_owned(),
            phone: "15400000000".to_owned(),
            address: "幸福路7号".to_owned(),
        }
    }
}

fn start() -> Timestamp {
    "2026-05-01T09:00:00+08:00".parse().expect("a constant that parses")
}

fn ok() -> u16 {
    200
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// It does not read, or a step is none.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let json = path.extension().is_some_and(|extension| extension == "json");
        Self::parse(&text, json).with_context(|| path.display().to_string())
    }

    fn parse(text: &str, json: bool) -> Result<Self> {
        let scenario: Self = if json { serde_json::from_str(text)? } else { toml::from_str(text)? };
        for (number, step) in (1..).zip(&scenario.steps) {
            step.act().with_context(|| format!("step {number}"))?;
        }
        Ok(scenario)
    }
}

impl Step {
    /// What it is about.
    ///
    /// # Errors
    /// None of the words, or more than one.
    pub fn act(&self) -> Result<Act<'_>> {
        let mut acts = Vec::new();
        acts.extend(self.call.as_deref().map(Act::Call));
        if let Some(wait) = &self.wait {
            acts.push(Act::Wait(seconds(wait)?));
        }
        acts.extend(self.until.map(Act::Until));
        acts.extend(self.event.as_ref().map(Act::Event));
        acts.extend(self.balance.as_ref().map(Act::Balance));
        match (acts.pop(), acts.is_empty()) {
            (Some(act), true) => Ok(act),
            _ => bail!("a step has one of `call`, `wait`, `until`, `event` and `balance`"),
        }
    }
}

/// `2d 3h`, `90m`, `45s`.
fn seconds(text: &str) -> Result<i64> {
    let part = |part: &str| -> Option<i64> {
        let unit = match part.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        part[..part.len() - 1].parse::<u32>().ok().map(|number| i64::from(number) * unit)
    };
    let sum: Option<i64> = text.split_whitespace().map(part).sum();
    sum.filter(|seconds| *seconds > 0).with_context(|| format!("`{text}` is no time: write `90m` or `2d 3h`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_units() {
        assert_eq!(seconds("2d 3h").unwrap(), 2 * 86_400 + 3 * 3_600);
        assert_eq!(seconds("90m").unwrap(), 5_400);
        for wrong in ["", "90", "m", "-5m", "1w", "0s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_step_is_one_thing_and_says_which() {
        let of = |step: &str| Scenario::parse(&format!("title = \"t\"\n[[steps]]\n{step}"), false);
        assert!(of("call = \"list\"\nas = \"li\"\ninput = { a = 1 }").is_ok());
        for (wrong, named) in
            [("as = \"li\"", "step 1"), ("call = \"a\"\nwait = \"5m\"", "step 1"), ("cal = \"a\"", "cal")]
        {
            let error = format!("{:#}", of(wrong).unwrap_err());
            assert!(error.contains(named), "{error}");
        }
    }
}
