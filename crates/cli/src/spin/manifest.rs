//! The text of a `spin.toml` (manifest version 2).

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use linli_contract::{Descriptor, Grant, Permission};

/// Variables of the application, each handed to every component under the same name.
const VARIABLES: [(&str, Default, &str); 10] = [
    (
        "linli_master_key",
        Default::RequiredSecret,
        "32 random bytes in hex: what everything secret is derived from",
    ),
    (
        "linli_drain_secret",
        Default::RequiredSecret,
        "What calls of the drain route show as their bearer token",
    ),
    ("linli_token_keys", Default::Required, "The identity provider's public keys: a JWK set (RFC 7517)"),
    ("linli_token_issuer", Default::Is(""), "The `iss` tokens must have; empty: any"),
    ("linli_token_audience", Default::Is(""), "The `aud` tokens must have; empty: any"),
    ("linli_database", Default::Is("default"), "The label of Spin's SQLite database"),
    (
        "linli_postgres",
        Default::Secret(""),
        "A PostgreSQL database in place of SQLite: postgres://user:password@host:port/name; empty: SQLite",
    ),
    ("linli_settings", Default::Secret("{}"), "Settings: JSON, by component, then by setting"),
    ("linli_signatures", Default::Is("{}"), "Algorithms of signatures: JSON, as in the configuration file"),
    (
        "linli_outbound",
        Default::Is("{}"),
        "How outside hosts are reached: JSON, as in the configuration file",
    ),
];

/// Of the manifest alone: a host that every component may reach, as Spin understands it; one that is empty is none.
const POSTGRES_HOST: (&str, Default, &str) =
    ("linli_postgres_host", Default::Is(""), "Where that is: postgres://host:port; empty: nowhere");

/// What a variable is when nobody sets it.
#[derive(Clone, Copy)]
enum Default {
    Required,
    RequiredSecret,
    Is(&'static str),
    Secret(&'static str),
}

/// Where the manifest will lie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The source repository's root: files are built by `spin build`.
    Repository,
    /// A directory made by `linli spin export`: files are there.
    Export,
}

/// One component of the manifest.
pub struct Entry {
    /// As in paths.
    pub name: String,
    title: String,
    /// Hosts its grant lets it call.
    hosts: Vec<String>,
    /// The JSON of its grant; empty for a function of the platform.
    grant: String,
}

impl Entry {
    /// Of a component; `grant` for plugins.
    ///
    /// # Errors
    /// The name is none that Spin takes.
    pub fn new(descriptor: &Descriptor, grant: Option<&Grant>) -> Result<Self> {
        let name = descriptor.name.to_string();
        ensure!(
            name.split('-').all(|word| word.starts_with(|c: char| c.is_ascii_lowercase())),
            "{name}: each word of a Spin component's name begins with a letter"
        );
        let permissions = grant.map_or(&descriptor.permissions, |grant| &grant.permissions);
        let hosts = permissions.iter().filter_map(|permission| match permission {
            Permission::Outbound { host, .. } => Some(format!("https://{host}")),
            _ => None,
        });
        Ok(Self {
            title: format!("{} / {}", descriptor.title.zh, descriptor.title.en),
            hosts: hosts.collect(),
            grant: grant.map(as_value).transpose()?.unwrap_or_default(),
            name,
        })
    }
}

/// JSON in which Spin finds no template: no two braces side by side.
fn as_value(grant: &Grant) -> Result<String> {
    // Braces of JSON itself stand apart when it is indented; those left are within texts.
    let text = serde_json::to_string_pretty(grant)?;
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    Ok(lines.join(" ").replace("{{", "\\u007b\\u007b").replace("}}", "\\u007d\\u007d"))
}

/// The whole manifest.
pub fn write(entries: &[Entry], place: Place) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = lines(&mut text, entries, place);
    text
}

fn lines(text: &mut String, entries: &[Entry], place: Place) -> std::fmt::Result {
    writeln!(text, "# Written by `linli spin export`; docs/deploy-spin.md says how it is deployed.")?;
    writeln!(text, "spin_manifest_version = 2\n\n[application]\nname = \"linli\"")?;
    writeln!(text, "version = {}", quoted(env!("CARGO_PKG_VERSION")))?;
    writeln!(text, "description = \"邻里 / Linli: a neighbourhood's services\"\n\n[variables]")?;
    for (name, default, description) in VARIABLES.iter().chain([&POSTGRES_HOST]) {
        let description = format!("description = {}", quoted(description));
        match *default {
            Default::Required => writeln!(text, "{name} = {{ required = true, {description} }}")?,
            Default::RequiredSecret => {
                writeln!(text, "{name} = {{ required = true, secret = true, {description} }}")?;
            }
            Default::Is(value) => {
                writeln!(text, "{name} = {{ default = {}, {description} }}", quoted(value))?
            }
            Default::Secret(value) => {
                writeln!(text, "{name} = {{ default = {}, secret = true, {description} }}", quoted(value))?;
            }
        }
    }
    entries.iter().try_for_each(|entry| component(text, entry, place))
}

fn component(text: &mut String, entry: &Entry, place: Place) -> std::fmt::Result {
    let name = &entry.name;
    for route in [format!("/v1/:community/{name}/..."), format!("/_linli/{name}/...")] {
        writeln!(text, "\n[[trigger.http]]\nroute = {}\ncomponent = {}", quoted(&route), quoted(name))?;
    }
    let directory = if place == Place::Repository { "target/spin" } else { "components" };
    writeln!(text, "\n[component.{name}]\ndescription = {}", quoted(&entry.title))?;
    writeln!(text, "source = {}", quoted(&format!("{directory}/{name}.wasm")))?;
    writeln!(text, "sqlite_databases = [\"default\"]")?;
    let hosts = entry.hosts.iter().map(|host| quoted(host));
    let hosts: Vec<String> =
        [format!("\"{{{{ {} }}}}\"", POSTGRES_HOST.0)].into_iter().chain(hosts).collect();
    writeln!(text, "allowed_outbound_hosts = [{}]", hosts.join(", "))?;
    writeln!(text, "\n[component.{name}.variables]")?;
    for (variable, ..) in VARIABLES {
        writeln!(text, "{variable} = \"{{{{ {variable} }}}}\"")?;
    }
    writeln!(text, "linli_grant = {}", quoted(&entry.grant))?;
    if place == Place::Repository {
        writeln!(text, "\n[component.{name}.build]\ncommand = \"cargo xtask build-spin {name}\"")?;
        let watched = [&format!("functions/{name}"), "crates", "spin"].map(|d| format!("\"{d}/**/*.rs\""));
        let manifests = ["\"Cargo.toml\"", "\"wit/**/*.wit\"", "\"spin/wit/**/*.wit\""];
        writeln!(text, "watch = [{}, {}]", watched.join(", "), manifests.join(", "))?;
    }
    Ok(())
}

/// A TOML string.
fn quoted(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spin_finds_no_template_in_a_grant() {
        let mut grant = Grant::nothing("91330106673959654P");
        let text = linli_contract::Text::new("送{{餐}}", "}}{{");
        grant.permissions.push(Permission::People { attributes: vec![], purpose: text });
        let value = as_value(&grant).unwrap();
        assert!(!value.contains("{{") && !value.contains("}}"), "{value}");
        assert_eq!(serde_json::from_str::<Grant>(&value).unwrap(), grant);
    }
}
