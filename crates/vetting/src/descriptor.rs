//! What a plugin says it is, against the contract, the upload, its neighbours and the version before.

use std::sync::Arc;

use linli_contract::{ComponentName, Descriptor, PluginVersion};
use linli_gateway::{check_schemas, check_setting};

use crate::compare;
use crate::finding::{Finding, Rule};
use crate::report::{Expected, PermissionLine, VetReport};

/// Names no plugin can have: what the platform keeps in the store under its own name, and the words that stand in the
/// place of a community or a component in its own addresses.
const RESERVED: [&str; 6] =
    [ComponentName::PLATFORM, "directory", "registry", "providers", "plugins", "consents"];

/// Everything that is wrong with a descriptor, and what it asks for.
pub(crate) fn judge(report: &mut VetReport, descriptor: &Descriptor, expected: &Expected) {
    report.add(contract(descriptor));
    report.add(names(descriptor, expected));
    if let Some(previous) = &expected.previous {
        report.add(compare::incompatible(previous, descriptor));
    }
    report.permissions = descriptor
        .permissions
        .iter()
        .map(|permission| PermissionLine {
            permission: permission.clone(),
            words: permission.in_words(),
            is_new: expected.previous.as_ref().is_some_and(|old| compare::asks_more(old, permission)),
        })
        .collect();
}

/// The rules of the contract, and schemas that compile.
fn contract(descriptor: &Descriptor) -> Vec<Finding> {
    let broken = descriptor.validate().err().unwrap_or_default();
    if !broken.is_empty() {
        let finding =
            |e: linli_contract::DescriptorError| Finding::new(Rule::DescriptorInvalid, e.place, e.reason);
        return broken.into_iter().map(finding).collect();
    }
    let schemas = check_schemas(&Arc::new(descriptor.clone())).err().unwrap_or_default();
    let mut findings: Vec<_> =
        schemas.into_iter().map(|e| Finding::new(Rule::SchemaInvalid, e.place, e.reason)).collect();
    if findings.is_empty() {
        findings.extend(defaults(descriptor));
    }
    findings
}

/// The defaults of settings, by their own schemas.
fn defaults(descriptor: &Descriptor) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (i, setting) in descriptor.settings.iter().enumerate() {
        let Some(default) = &setting.default else { continue };
        let place = format!("settings[{i}].default");
        match serde_json::from_str(default) {
            Err(error) => {
                findings.push(Finding::new(Rule::SettingUnfit, place, format!("not JSON: {error}")))
            }
            Ok(value) => {
                let violations = check_setting(&setting.schema, &value).err().unwrap_or_default();
                findings.extend(violations.into_iter().map(|violation| {
                    Finding::new(
                        Rule::SettingUnfit,
                        format!("{place}{}", violation.pointer),
                        violation.detail.en,
                    )
                }));
            }
        }
    }
    findings
}

fn names(descriptor: &Descriptor, expected: &Expected) -> Vec<Finding> {
    let mut findings = Vec::new();
    let name = &descriptor.name;
    if let Some(wanted) = expected.name.as_ref().filter(|wanted| *wanted != name) {
        findings.push(Finding::new(Rule::NameDiffers, "name", format!("{name} ≠ {wanted}")));
    }
    if RESERVED.contains(&name.as_str()) {
        findings.push(Finding::new(Rule::NameReserved, "name", name.as_str()));
    }
    if expected.taken.contains(name) {
        findings.push(Finding::new(Rule::NameTaken, "name", format!("/v1/{{community}}/{name}")));
    }
    let says = descriptor.version.as_str();
    if let Some(wanted) = expected.version.as_ref().filter(|wanted| wanted.to_string() != says) {
        findings.push(Finding::new(Rule::VersionDiffers, "version", format!("{says} ≠ {wanted}")));
    }
    let before = expected.previous.as_ref().map(|previous| &previous.version);
    if let (Ok(now), Some(Ok(before))) =
        (says.parse::<PluginVersion>(), before.map(|v| v.parse::<PluginVersion>()))
        && now <= before
    {
        findings.push(Finding::new(Rule::VersionNotAbove, "version", format!("{now} ≤ {before}")));
    }
    findings
}
