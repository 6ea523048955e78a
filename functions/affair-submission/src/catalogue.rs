//! The affairs there are: those that come with the component, and what a city changes of them.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use linli_sdk::ProblemKind;
use linli_sdk::contract::Text;
use linli_sdk::prelude::*;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::affair::{Affair, Evidence, Period, Step};
use crate::check::{self, Finding};
use crate::place::line_of;
use crate::problem;

/// Affairs a city may configure: all that the component brings, three times over.
const MAX_CONFIGURED: usize = 64;

/// What a city changes: affairs that replace the ones of the same code or are new, and codes that are not offered.
pub const CATALOGUE: Setting<Changes> =
    Setting::new("catalogue", "事项目录", "Changes to the catalogue of affairs").or("{}");

/// Definitions that a case began with, by [`Definition::id`]: a running case keeps its own, whatever is configured later.
pub const DEFINITIONS: Collection<Affair> = Collection::new("definitions");

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../affairs/", $name, ".json")))),*]
    };
}

/// Code and text of what comes with the component, in the order in which it is listed.
pub const FILES: &[(&str, &str)] = files![
    "newborn",
    "elder-card",
    "residence-proof",
    "birth-registration",
    "disability-subsidy",
    "minimum-living-allowance",
    "senior-allowance",
    "home-care-subsidy",
    "pension-qualification",
    "temporary-assistance",
    "medical-assistance",
    "extreme-poverty-support",
    "household-birth-entry",
    "newborn-medical-insurance",
    "vaccination-certificate",
    "social-security-card",
    "maternity-benefit",
    "resident-pension-enrolment",
    "unemployment-registration",
    "flexible-employment-registration",
    "public-rental-housing",
];

static PARSED: [OnceLock<Affair>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];

/// What a city configures.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// Whole definitions, in the form of the files under `affairs/`. Their shape is checked by this setting's schema, their
    /// sense when they are used, one by one, so that one that is wrong does not stop the others.
    #[serde(default)]
    #[schemars(with = "Vec<Affair>", length(max = MAX_CONFIGURED))]
    affairs: Vec<Map<String, Value>>,
    /// Codes that are not offered.
    #[serde(default)]
    #[schemars(length(max = MAX_CONFIGURED))]
    withdrawn: Vec<String>,
}

/// A definition that cannot be used, with its file and line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DefinitionError {
    /// The file, or the place in the setting.
    pub file: String,
    /// From 1; none for a setting, whose lines the server has read away.
    pub line: Option<usize>,
    /// RFC 6901 pointer into the definition; empty when it is not even of the right shape.
    pub pointer: String,
    /// In words.
    pub reason: String,
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {} {}", self.pointer, self.reason)
    }
}

/// Reads a definition and checks it.
///
/// # Errors
/// Everything that is wrong with it, each with its line.
pub fn read(file: &str, text: &str) -> Result<Affair, Vec<DefinitionError>> {
    let error =
        |line, pointer, reason| DefinitionError { file: file.to_owned(), line: Some(line), pointer, reason };
    let affair: Affair = serde_json::from_str(text)
        .map_err(|fault| vec![error(fault.line(), String::new(), fault.to_string())])?;
    let findings = check::findings(&affair);
    if findings.is_empty() {
        return Ok(affair);
    }
    Err(findings
        .into_iter()
        .map(|Finding { pointer, reason }| error(line_of(text, &pointer), pointer, reason))
        .collect())
}

/// The affair of that code, checked.
///
/// # Errors
/// 404 `affair-unknown`; 503 `affair-misconfigured` with the place.
pub fn find(code: &str) -> Result<Cow<'static, Affair>, Problem> {
    find_in(&CATALOGUE.get(), code)
}

/// The affair of that code, if it is offered: a bundle does without a part that a city has withdrawn.
///
/// # Errors
/// 503 `affair-misconfigured` with the place.
pub fn offered(code: &str) -> Result<Option<Cow<'static, Affair>>, Problem> {
    match find(code) {
        Ok(affair) => Ok(Some(affair)),
        Err(problem) if problem.kind == ProblemKind::NotFound => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn find_in(changes: &Changes, code: &str) -> Result<Cow<'static, Affair>, Problem> {
    if changes.withdrawn.iter().any(|withdrawn| withdrawn == code) {
        return Err(problem::affair_unknown());
    }
    if let Some((index, configured)) = changes.find(code) {
        let affair = changed(changes, index, configured);
        return affair.map(Cow::Owned).map_err(|errors| problem::affair_misconfigured(&errors));
    }
    let index = FILES.iter().position(|(name, _)| *name == code).ok_or_else(problem::affair_unknown)?;
    built_in(index).map(Cow::Borrowed)
}

/// Every affair that is offered, those of the component first. One that cannot be read is told to the operator and left
/// out: it must not take the others with it.
fn all() -> Vec<Cow<'static, Affair>> {
    let changes = CATALOGUE.get();
    let known = |code: &str| FILES.iter().any(|(name, _)| *name == code);
    let added = changes.affairs.iter().filter_map(|affair| affair.get("code")?.as_str());
    let codes = FILES.iter().map(|(name, _)| *name).chain(added.filter(|code| !known(code)));
    codes.filter_map(|code| usable(find_in(&changes, code))).collect()
}

fn usable(found: Result<Cow<'static, Affair>, Problem>) -> Option<Cow<'static, Affair>> {
    found
        .inspect_err(|problem| {
            if problem.kind != ProblemKind::NotFound {
                let places = problem.data.as_deref().unwrap_or_default();
                context::log(context::Level::Error, &format!("{}: {places}", problem.code));
            }
        })
        .ok()
}

fn built_in(index: usize) -> Result<&'static Affair, Problem> {
    if let Some(affair) = PARSED[index].get() {
        return Ok(affair);
    }
    let (name, text) = FILES[index];
    let affair = read(&format!("affairs/{name}.json"), text);
    let affair = affair.map_err(|errors| problem::affair_misconfigured(&errors))?;
    Ok(PARSED[index].get_or_init(|| affair))
}

fn changed(
    changes: &Changes,
    index: usize,
    configured: &Map<String, Value>,
) -> Result<Affair, Vec<DefinitionError>> {
    let file = format!("settings.affair-submission.catalogue.affairs[{index}]");
    let error = |pointer, reason| DefinitionError { file: file.clone(), line: None, pointer, reason };
    let affair: Affair = serde_json::from_value(Value::Object(configured.clone()))
        .map_err(|fault| vec![error(String::new(), fault.to_string())])?;
    let mut findings = check::findings(&affair);
    for (index, part) in affair.parts.iter().enumerate() {
        // A part that is a bundle is found out before its own parts are looked at, so this ends.
        let bundle = changes.find(&part.affair).is_some_and(|(_, target)| target.contains_key("parts"));
        let target = if bundle { None } else { find_in(changes, &part.affair).ok() };
        findings.extend(match target {
            Some(target) => check::part_findings(&affair, index, part, &target),
            None => vec![Finding::new(format!("/parts/{index}/affair"), "is no affair that can be a part")],
        });
    }
    if findings.is_empty() {
        return Ok(affair);
    }
    Err(findings.into_iter().map(|Finding { pointer, reason }| error(pointer, reason)).collect())
}

impl Changes {
    fn find(&self, code: &str) -> Option<(usize, &Map<String, Value>)> {
        let named = |affair: &Map<String, Value>| affair.get("code").and_then(Value::as_str) == Some(code);
        self.affairs.iter().enumerate().find(|(_, affair)| named(affair))
    }
}

/// Keeps the definition for a case, and says under which id: code, version, and the start of the SHA-256 of its JSON, so
/// that a definition that was changed without a new version is another one all the same.
pub fn keep(affair: &Affair) -> String {
    let text = serde_json::to_string(affair).expect("a definition serializes: its maps have text keys");
    let digest = Sha256::digest(&text);
    let first: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let id = format!("{}.{}.{first}", affair.code, affair.version);
    if DEFINITIONS.get(&id).is_none() {
        DEFINITIONS.put(&id, affair);
    }
    id
}

/// A line of the catalogue.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Listed {
    code: String,
    version: u32,
    title: Text,
    summary: Text,
    /// Promised time from filing to decision.
    deadline: Option<Period>,
    /// Whether it feeds several affairs at once.
    bundle: bool,
}

/// An affair as residents see it before they begin.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    #[serde(flatten)]
    listed: Listed,
    /// JSON Schema 2020-12, with a `label` for each field.
    form: crate::form::Schema,
    /// What has to be shown, and what of it is fetched.
    evidence: Vec<ShownEvidence>,
    /// The rules, in sentences.
    eligibility: Vec<Text>,
    steps: Vec<ShownStep>,
    /// What an approval issues.
    certificate: Option<Text>,
    /// The affairs of a bundle.
    parts: Vec<ShownPart>,
}

/// A piece of evidence.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ShownEvidence {
    id: String,
    title: Text,
    /// Whether the office fetches it by itself.
    fetched: bool,
    optional: bool,
    /// Whether it is needed only in some cases.
    conditional: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct ShownStep {
    id: String,
    title: Text,
    role: crate::affair::Office,
    deadline: Period,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct ShownPart {
    affair: String,
    title: Text,
    deadline: Option<Period>,
    /// Whether it is filed only in some cases.
    conditional: bool,
}

/// Which affair.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,39}$"))]
    code: String,
}

/// The catalogue.
///
/// # Errors
/// None.
pub fn list_affairs() -> Result<Page<Listed>, Problem> {
    Ok(Page { items: all().iter().map(|affair| Listed::of(affair)).collect(), next: None })
}

/// One affair, with its form.
///
/// # Errors
/// 404 `affair-unknown`; 503 `affair-misconfigured`.
pub fn get_affair(Code { code }: Code) -> Result<Shown, Problem> {
    let affair = find(&code)?.into_owned();
    let mut parts = Vec::new();
    for part in &affair.parts {
        let Some(target) = usable(find(&part.affair)) else { continue };
        parts.push(ShownPart {
            affair: part.affair.clone(),
            title: target.title.clone(),
            deadline: target.deadline,
            conditional: part.when.is_some(),
        });
    }
    Ok(Shown {
        listed: Listed::of(&affair),
        form: affair.form,
        evidence: affair.evidence.into_iter().map(ShownEvidence::of).collect(),
        eligibility: affair.eligibility.into_iter().map(|rule| rule.reason).collect(),
        steps: affair.steps.into_iter().map(ShownStep::of).collect(),
        certificate: affair.certificate.map(|rule| rule.title),
        parts,
    })
}

impl Listed {
    fn of(affair: &Affair) -> Self {
        Self {
            code: affair.code.clone(),
            version: affair.version,
            title: affair.title.clone(),
            summary: affair.summary.clone(),
            deadline: affair.deadline,
            bundle: affair.is_bundle(),
        }
    }
}

impl ShownEvidence {
    fn of(piece: Evidence) -> Self {
        Self {
            id: piece.id,
            title: piece.title,
            fetched: piece.library.is_some(),
            optional: piece.optional,
            conditional: piece.when.is_some(),
        }
    }
}

impl ShownStep {
    fn of(step: Step) -> Self {
        Self { id: step.id, title: step.title, role: step.role, deadline: step.deadline }
    }
}
