//! Trying out what an upload does: every operation, every event it can be sent, with inputs made from schemas and with
//! hostile ones, twice each, the second time in the instance of the first: what a component remembers must not show.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use linli_contract::{Answer, Content, Descriptor, Operation, OperationKind, Order, Role};
use linli_gateway::ValueSchema;
use linli_host::{CallError, Cue, Line, Rehearsed, Stage};
use serde_json::{Value, json};

use crate::bounds::{HOSTILE_PER_OPERATION, INPUTS_PER_OPERATION, PROBES_CPU};
use crate::dice::Dice;
use crate::finding::{Finding, Rule};
use crate::generate::{Generator, Seen};
use crate::hostile::{passes, spoil};
use crate::report::{ProbeLine, VetReport};

/// Draws before an input that meets its schema is given up.
const DRAWS: usize = 60;
/// Bytes of an input that are shown with what it did.
const SHOWN_BYTES: usize = 300;

/// Values for the settings that have no default; a note for each that none was found for.
pub(crate) fn settings(descriptor: &Descriptor, seed: u64) -> Result<BTreeMap<String, Value>, Vec<Finding>> {
    let mut dice = Dice::new(seed);
    let (mut values, mut findings) = (BTreeMap::new(), Vec::new());
    for (i, setting) in descriptor.settings.iter().enumerate().filter(|(_, s)| s.default.is_none()) {
        match ValueSchema::published(&setting.schema)
            .ok()
            .and_then(|s| draw(&setting.schema, &Seen::default(), &mut dice, |value| s.is_met_by(value)))
        {
            Some(value) => drop(values.insert(setting.name.clone(), value)),
            None => findings.push(Finding::new(Rule::NotProbed, format!("settings[{i}]"), &setting.name)),
        }
    }
    if findings.is_empty() { Ok(values) } else { Err(findings) }
}

/// A value drawn from a schema that is taken.
fn draw(schema: &str, seen: &Seen, dice: &mut Dice, taken: impl Fn(&Value) -> bool) -> Option<Value> {
    let root: Value = serde_json::from_str(schema).ok()?;
    let generator = Generator::new(&root, seen);
    (0..DRAWS).map(|_| generator.draw(dice)).find(taken)
}

/// The probes of one upload.
pub(crate) struct Probes<'s> {
    stage: &'s Stage,
    dice: Dice,
    seen: Seen,
    lines: BTreeMap<String, ProbeLine>,
    findings: Vec<Finding>,
    /// What has failed already is not tried again.
    failed: BTreeSet<String>,
    used: Duration,
}

/// One thing that is tried.
struct Subject<'o> {
    /// Its name, or `react:` and an event's.
    label: String,
    kind: OperationKind,
    /// The operation; none for an event.
    operation: Option<&'o Operation>,
    place: String,
    output: Option<ValueSchema>,
}

impl<'s> Probes<'s> {
    pub(crate) fn new(stage: &'s Stage, seed: u64) -> Self {
        Self {
            stage,
            dice: Dice::new(seed),
            seen: Seen::default(),
            lines: BTreeMap::new(),
            findings: vec![],
            failed: BTreeSet::new(),
            used: Duration::ZERO,
        }
    }

    /// Tries everything, what writes before what reads, then all of it once more on what was written.
    pub(crate) async fn run(mut self, report: &mut VetReport) {
        let descriptor = self.stage.descriptor().clone();
        let mut order: Vec<(usize, &Operation)> = descriptor.operations.iter().enumerate().collect();
        order.sort_by_key(|(_, operation)| operation.kind == OperationKind::Query);
        for last in [false, true] {
            for (at, operation) in &order {
                self.operation(*at, operation, last).await;
            }
            self.events(&descriptor).await;
        }
        let mut lines = Vec::new();
        let labels = descriptor.operations.iter().map(|o| o.name.clone());
        for label in labels.chain(self.lines.keys().filter(|l| l.starts_with("react:")).cloned()) {
            lines.extend(self.lines.get(&label).cloned());
        }
        report.probes = lines;
        report.add(self.findings);
    }

    async fn operation(&mut self, at: usize, operation: &Operation, last: bool) {
        let place = format!("operations[{at}]");
        // Vetting has compiled both before.
        let Ok(input) = ValueSchema::of_input(&operation.input) else { return };
        let output = ValueSchema::published(&operation.output).ok().filter(|_| !operation.output.is_empty());
        let subject = Subject {
            label: operation.name.clone(),
            kind: operation.kind,
            operation: Some(operation),
            place,
            output,
        };
        let mut tried = None;
        for round in 0..INPUTS_PER_OPERATION / 2 {
            let drawn = draw(&operation.input, &self.seen, &mut self.dice, |value| passes(value, &input));
            let Some(value) = drawn else { break };
            self.ask(&subject, role(operation, round), &value).await;
            tried = Some(value);
        }
        let Some(valid) = tried else {
            if last && !self.lines.contains_key(&subject.label) {
                self.findings.push(Finding::new(Rule::NotProbed, &subject.place, &operation.name));
            }
            return;
        };
        if last {
            let spoilt = spoil(&valid, &input, &mut self.dice, HOSTILE_PER_OPERATION);
            for (round, value) in spoilt.iter().enumerate() {
                self.ask(&subject, role(operation, round), value).await;
            }
        }
    }

    /// Events whose content is known: its own, and the platform's.
    async fn events(&mut self, descriptor: &Descriptor) {
        for (i, subscription) in descriptor.subscribes.iter().enumerate() {
            let own = subscription.publisher == descriptor.name.as_str();
            let declared = descriptor.publishes.iter().find(|e| own && e.name == subscription.name);
            let content = match declared {
                Some(event) => draw(&event.schema, &self.seen, &mut self.dice, |value| {
                    ValueSchema::published(&event.schema).is_ok_and(|schema| schema.is_met_by(value))
                }),
                None => order(&subscription.name),
            };
            let subject = Subject {
                label: format!("react:{}", subscription.name),
                kind: OperationKind::Command,
                operation: None,
                place: format!("subscribes[{i}]"),
                output: None,
            };
            if let Some(content) = content {
                let content = json!({ "publisher": subscription.publisher, "content": content });
                self.ask(&subject, Role::System, &content).await;
            }
        }
    }

    async fn ask(&mut self, subject: &Subject<'_>, caller: Role, input: &Value) {
        if self.failed.contains(&subject.label) {
            return;
        }
        if self.used > PROBES_CPU {
            if self.failed.insert(subject.label.clone()) {
                self.findings.push(Finding::new(
                    Rule::NotProbed,
                    &subject.place,
                    format!("{} (the time for all probes was over)", subject.label),
                ));
            }
            return;
        }
        let cue = Cue { line: subject.line(input), caller, seed: self.dice.seed() };
        let first = self.stage.rehearse(&cue).await;
        let second = self.stage.rehearse_again(&cue).await;
        self.used += first.cpu + second.cpu;
        self.count(subject, &first);
        if let Some(finding) = judge(subject, &first, &second, input) {
            self.failed.insert(subject.label.clone());
            self.findings.push(finding);
            return;
        }
        if let Ok(Answer::Reply(reply)) = &first.outcome
            && let Content::Json(text) = &reply.content
            && let Ok(json) = serde_json::from_str(text)
        {
            self.seen.learn(&json);
        }
        self.stage.keep(first);
    }

    fn count(&mut self, subject: &Subject<'_>, first: &Rehearsed) {
        let line = self.lines.entry(subject.label.clone()).or_insert_with(|| ProbeLine {
            operation: subject.label.clone(),
            kind: subject.kind,
            tried: 0,
            replies: 0,
            problems: vec![],
            most_fuel: 0,
            most_cpu_micros: 0,
        });
        line.tried += 1;
        match &first.outcome {
            Ok(Answer::Reply(_)) => line.replies += 1,
            Ok(Answer::Problem(problem)) => {
                let code = problem.code.to_string();
                if let Err(place) = line.problems.binary_search(&code) {
                    line.problems.insert(place, code);
                }
            }
            Err(_) => {}
        }
        line.most_fuel = line.most_fuel.max(first.fuel);
        let micros = u64::try_from(first.cpu.as_micros()).unwrap_or(u64::MAX);
        line.most_cpu_micros = line.most_cpu_micros.max(micros);
    }
}

impl Subject<'_> {
    fn line(&self, input: &Value) -> Line {
        match self.operation {
            Some(operation) => Line::Operation { name: operation.name.clone(), input: input.to_string() },
            None => Line::Event {
                publisher: input["publisher"].as_str().unwrap_or_default().to_owned(),
                name: self.label.trim_start_matches("react:").to_owned(),
                content: input["content"].to_string(),
            },
        }
    }
}

/// One of the roles that may call it.
fn role(operation: &Operation, round: usize) -> Role {
    operation.roles.get(round % operation.roles.len().max(1)).copied().unwrap_or(Role::Anyone)
}

/// What the platform tells of orders.
fn order(name: &str) -> Option<Value> {
    let known = [Order::PLACED, Order::CAPTURED, Order::RELEASED].contains(&name);
    known.then(|| {
        json!({
            "order": "01jtj0000000000000000000vt", "provider": "rehearsal", "book": "CNY", "amount": 1_000,
            "commission": 50, "person": null, "component": "rehearsal", "expired": false,
        })
    })
}

/// What is wrong with how it did.
fn judge(subject: &Subject<'_>, first: &Rehearsed, second: &Rehearsed, input: &Value) -> Option<Finding> {
    let found = |rule: Rule, why: &str| {
        let input = shown(input);
        Some(Finding::new(rule, &subject.place, format!("{}: {why}; input {input}", subject.label)))
    };
    for run in [first, second] {
        let why = run.cause.as_deref().unwrap_or("no reason given");
        match &run.outcome {
            Err(CallError::TimedOut) => return found(Rule::ProbeTimedOut, "over its CPU time"),
            Err(CallError::OutOfMemory) => return found(Rule::ProbeOutOfMemory, why),
            Err(CallError::ReplyTooLarge) => return found(Rule::ProbeReplyTooLarge, "over its reply size"),
            Err(_) => return found(Rule::ProbeTrapped, why),
            Ok(answer) => {
                if let Some(why) = unfit(subject, answer) {
                    return found(Rule::ProbeReplyUnfit, &why);
                }
            }
        }
    }
    let same_answer = matches!((&first.outcome, &second.outcome), (Ok(a), Ok(b)) if a == b);
    if !same_answer {
        return found(Rule::ProbeDiffers, "two answers");
    }
    if first.effects != second.effects {
        return found(Rule::ProbeDiffers, "the same answer, but other writes");
    }
    None
}

/// Why a reply is not what the operation declares.
fn unfit(subject: &Subject<'_>, answer: &Answer) -> Option<String> {
    let (Answer::Reply(reply), Some(operation)) = (answer, subject.operation) else { return None };
    match (&subject.output, &reply.content) {
        (Some(schema), Content::Json(text)) => {
            let value = serde_json::from_str(text).ok()?;
            let violation = schema.check(&value).err()?.into_iter().next()?;
            Some(format!("`{}` {}", violation.pointer, violation.detail.en))
        }
        (Some(_), Content::None) if reply.status != linli_contract::Status::NoContent => {
            Some("nothing, where JSON is declared".to_owned())
        }
        (Some(_), Content::Html(_) | Content::Media { .. }) => {
            Some("no JSON, where JSON is declared".to_owned())
        }
        (None, Content::Json(_)) if operation.output.is_empty() => {
            Some("JSON, where none is declared".to_owned())
        }
        _ => None,
    }
}

fn shown(input: &Value) -> String {
    let text = input.to_string();
    if text.len() <= SHOWN_BYTES {
        return text;
    }
    let end = (0..=SHOWN_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}… ({} bytes)", &text[..end], text.len())
}
