//! What vetting answers: for programs as it is, for people line by line in both languages.

use linli_contract::{
    ComponentName, Descriptor, OperationKind, Permission, PluginLimits, PluginVersion, Text,
};
use serde::{Deserialize, Serialize};

use crate::bounds::MAX_FINDINGS;
use crate::counts::Counts;
use crate::finding::Finding;

/// What an upload is checked against.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Expected {
    /// What the upload calls it; none: whatever it calls itself.
    pub name: Option<ComponentName>,
    /// The version of the upload; none: whatever it says.
    pub version: Option<PluginVersion>,
    /// Names that belong to others: live components, and plugins of other providers.
    pub taken: Vec<ComponentName>,
    /// The version before, which it may have to run beside.
    pub previous: Option<Descriptor>,
    /// What the plugin may use.
    pub limits: PluginLimits,
}

/// One permission, as a reviewer reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionLine {
    /// What is declared.
    pub permission: Permission,
    /// In plain words.
    pub words: Text,
    /// Whether the version before had not all of it, so that it takes a new review and new consent.
    pub is_new: bool,
}

/// How one operation did when it was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeLine {
    /// Its name, or `react:` and an event's.
    pub operation: String,
    /// What it may do.
    pub kind: OperationKind,
    /// Inputs it was tried with, hostile ones included.
    pub tried: u32,
    /// How many of them it answered with a reply; the others with a problem, or not at all.
    pub replies: u32,
    /// Codes of the problems it answered with, each once, in order.
    pub problems: Vec<String>,
    /// Most fuel (about one unit an instruction of WebAssembly) one call used.
    pub most_fuel: u64,
    /// Most CPU time one call used, in microseconds.
    pub most_cpu_micros: u64,
}

/// Everything vetting found out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VetReport {
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// Bytes of the file.
    pub size: u64,
    /// What it says it is; none when it could not be asked.
    pub descriptor: Option<Descriptor>,
    /// What was found; empty, or only for the reviewer to know, when it passed.
    pub findings: Vec<Finding>,
    /// The interfaces it imports, sorted.
    pub imports: Vec<String>,
    /// How much of everything is in the file.
    pub counts: Counts,
    /// What it asks for, in its own order.
    pub permissions: Vec<PermissionLine>,
    /// How its operations did.
    pub probes: Vec<ProbeLine>,
}

impl VetReport {
    /// Whether nothing rejects it.
    pub fn passed(&self) -> bool {
        !self.findings.iter().any(|finding| finding.rejects)
    }

    /// The permissions that the version before did not have, or not all of.
    pub fn asks_more(&self) -> Vec<&Permission> {
        self.permissions.iter().filter(|line| line.is_new).map(|line| &line.permission).collect()
    }

    pub(crate) fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
        self.findings.truncate(MAX_FINDINGS);
    }

    /// The whole report for people, one fact a line.
    pub fn in_words(&self) -> Vec<Text> {
        let mut lines = vec![self.verdict()];
        if let Some(d) = &self.descriptor {
            lines.push(Text::new(
                format!("{}（{} {}）", d.title.zh, d.name, d.version),
                format!("{} ({} {})", d.title.en, d.name, d.version),
            ));
        }
        lines.extend(self.findings.iter().map(Finding::in_words));
        lines.extend(self.permissions.iter().map(PermissionLine::in_words));
        if self.permissions.is_empty() && self.descriptor.is_some() {
            lines.push(Text::new("不要求任何权限。", "It asks for no permission."));
        }
        lines.extend(self.probes.iter().map(ProbeLine::in_words));
        lines
    }

    fn verdict(&self) -> Text {
        if self.passed() {
            Text::new("审查通过。", "It passed vetting.")
        } else {
            let reasons = self.findings.iter().filter(|finding| finding.rejects).count();
            Text::new(
                format!("审查未通过，原因 {reasons} 项。"),
                format!(
                    "It did not pass vetting, for {reasons} reason{}.",
                    if reasons == 1 { "" } else { "s" }
                ),
            )
        }
    }
}

impl Finding {
    /// Place and sentence.
    pub fn in_words(&self) -> Text {
        if self.place.is_empty() {
            return self.detail.clone();
        }
        let Text { zh, en } = &self.detail;
        Text::new(format!("{}：{zh}", self.place), format!("{}: {en}", self.place))
    }
}

impl PermissionLine {
    fn in_words(&self) -> Text {
        let Text { zh, en } = &self.words;
        if self.is_new {
            Text::new(format!("新要求的权限：{zh}"), format!("Asks for, and did not before: {en}"))
        } else {
            Text::new(format!("权限：{zh}"), format!("Asks for: {en}"))
        }
    }
}

impl ProbeLine {
    fn in_words(&self) -> Text {
        let Self { operation, tried, replies, most_fuel, .. } = self;
        Text::new(
            format!("试运行 {operation} {tried} 次，成功 {replies} 次，每次最多 {most_fuel} 单位燃料。"),
            format!(
                "Tried {operation} {tried} times, {replies} with a reply, at most {most_fuel} fuel each."
            ),
        )
    }
}
