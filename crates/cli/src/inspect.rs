//! `linli inspect`: what a component exports, imports and declares.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use linli_contract::{Attribute, Descriptor, OperationKind, Permission, Role};
use linli_host::HostLimits;
use linli_vetting::Report;

/// Prints the component, and whether it would go live.
pub fn run(file: &Path) -> Result<ExitCode> {
    let (size, most) =
        (fs::metadata(file).with_context(|| context(file))?.len(), HostLimits::default().component_bytes);
    if size > most as u64 {
        bail!("{} has {size} bytes, {most} is the most", file.display());
    }
    let wasm = fs::read(file).with_context(|| context(file))?;
    let report = linli_vetting::inspect(&wasm).with_context(|| file.display().to_string())?;
    print!("{}", describe(&report));
    if report.faults.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for fault in &report.faults {
        eprintln!("linli: {}: {fault}", file.display());
    }
    Ok(ExitCode::FAILURE)
}

fn context(file: &Path) -> String {
    format!("cannot read {}", file.display())
}

/// For people: one fact a line.
fn describe(report: &Report) -> String {
    let inspection = &report.inspection;
    let mut page = Page(vec![]);
    if let Some(d) = &inspection.descriptor {
        page.0.push(format!("{} {}  {} / {}", d.name, d.version, d.title.zh, d.title.en));
    }
    page.0.push(format!("{} bytes, sha256 {}", inspection.size, inspection.digest));
    page.section("exports", inspection.exports.clone());
    page.section("imports", inspection.imports.clone());
    if let Some(d) = &inspection.descriptor {
        page.section("operations", operations(d));
        page.section("collections", collections(d));
        page.section("publishes", d.publishes.iter().map(|event| event.name.clone()).collect());
        page.section(
            "subscribes to",
            d.subscribes.iter().map(|s| format!("{} of {}", s.name, s.publisher)).collect(),
        );
        page.section("settings", settings(d));
        page.section("accounts", accounts(d));
        page.section("permissions", d.permissions.iter().map(permission).collect());
    }
    page.0.push(String::new());
    page.0.join("\n")
}

struct Page(Vec<String>);

impl Page {
    /// Nothing for nothing.
    fn section(&mut self, title: &str, lines: Vec<String>) {
        if !lines.is_empty() {
            self.0.push(format!("\n{title}"));
            self.0.extend(lines.into_iter().map(|line| format!("  {line}")));
        }
    }
}

fn accounts(d: &Descriptor) -> Vec<String> {
    d.accounts.iter().map(|a| format!("{} in {}, floor {}", a.name, a.book, a.floor)).collect()
}

fn operations(d: &Descriptor) -> Vec<String> {
    let line = |o: &linli_contract::Operation| {
        let kind = match o.kind {
            OperationKind::Query => "query",
            OperationKind::Command => "command",
            OperationKind::Task => "task",
        };
        let roles: Vec<_> = o.roles.iter().copied().map(Role::as_str).collect();
        let path = format!("/v1/{{community}}/{}{}", d.name, o.path);
        let line = format!("{:6} {path}  {} ({kind}; {})", o.method.as_str(), o.name, roles.join(", "));
        let joined = Some(o.joined_by.join(", ")).filter(|pointers| !pointers.is_empty());
        joined.map_or(line.clone(), |pointers| format!("{line}; joined over areas by {pointers}"))
    };
    d.operations.iter().map(line).collect()
}

fn collections(d: &Descriptor) -> Vec<String> {
    let line = |c: &linli_contract::Collection| {
        let mut line = c.name.clone();
        for index in &c.indexes {
            line += &format!("; {} by {}", index.name, index.fields.join(", "));
        }
        if !c.personal.is_empty() {
            line += &format!("; personal: {}", c.personal.join(", "));
        }
        c.keep_days.map_or(line.clone(), |days| format!("{line}; kept {days} days"))
    };
    d.collections.iter().map(line).collect()
}

fn settings(d: &Descriptor) -> Vec<String> {
    let line = |s: &linli_contract::Setting| {
        let default = match (&s.default, s.secret) {
            (_, true) => "secret".to_owned(),
            (Some(default), _) => format!("default {default}"),
            (None, _) => "must be configured".to_owned(),
        };
        format!("{}: {} ({default})", s.name, s.title.en)
    };
    d.settings.iter().map(line).collect()
}

fn permission(permission: &Permission) -> String {
    match permission {
        Permission::People { attributes, purpose } => {
            let names: Vec<_> = attributes.iter().copied().map(Attribute::as_str).collect();
            format!("people: {} ({} / {})", names.join(", "), purpose.zh, purpose.en)
        }
        Permission::DebitCaller { book, max_per_call } => {
            format!("debit the caller: up to {max_per_call} of {book} in one call")
        }
        Permission::Issue(book) => format!("issue {book}"),
        Permission::Sign(purpose) => format!("sign for {purpose}"),
        Permission::Outbound { host, calls_per_minute } => {
            format!("call {host}, {calls_per_minute} times a minute")
        }
        Permission::Registry => "register providers".to_owned(),
    }
}
