//! `linli-plugin.toml`: what a plugin is called, what it uses, and what it asks for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use linli_contract::{Attribute, ComponentName, Permission, PluginVersion, Provider, Text};
use serde::Deserialize;

/// Its name in a project.
pub const FILE: &str = "linli-plugin.toml";

/// What a plugin is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Rust, for `wasm32-wasip2`.
    Rust,
    /// JavaScript, with its engine in the component.
    Js,
}

/// Interfaces every plugin may use without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the contract's")]
pub enum Free {
    Records,
    Stock,
    Events,
    Settings,
}

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The `{capability}` of its paths.
    pub name: ComponentName,
    /// What is published next.
    pub version: PluginVersion,
    /// What it is written in.
    pub lang: Language,
    /// The publisher's id on the platform, as given at onboarding.
    pub provider: String,
    /// Shown to residents.
    pub title: Bilingual,
    /// Free interfaces it uses besides `context`.
    #[serde(default)]
    pub uses: BTreeSet<Free>,
    /// What it asks for beyond them.
    #[serde(default)]
    pub permissions: Permissions,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are the languages")]
pub struct Bilingual {
    pub zh: String,
    pub en: String,
}

/// What a plugin can ask for, by kind. (`registry` is for core functions.)
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Permissions {
    /// Attributes of people, and why.
    pub people: Vec<People>,
    /// Charge the caller.
    pub debit_caller: Vec<Debit>,
    /// Have an account with a negative floor in these books.
    pub issue: Vec<String>,
    /// Sign for these purposes.
    pub sign: Vec<String>,
    /// Call these hosts.
    pub outbound: Vec<Outbound>,
}

/// See [`Permission::People`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    attributes: Vec<Attribute>,
    purpose: Bilingual,
}

/// See [`Permission::DebitCaller`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Debit {
    book: String,
    max_per_call: i64,
}

/// See [`Permission::Outbound`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Outbound {
    host: String,
    calls_per_minute: u32,
}

impl Manifest {
    /// Reads it from a project's directory.
    ///
    /// # Errors
    /// It is not there, or says something that cannot be.
    pub fn read(project: &Path) -> Result<Self> {
        let path = project.join(FILE);
        let text = fs::read_to_string(&path).with_context(|| {
            format!("{} cannot be read; `linli plugin new` makes a project that has one", path.display())
        })?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        if !Provider::is_id(&manifest.provider) {
            bail!("`provider` is not an id: 1 to 64 characters of A-Z, a-z, 0-9 and ._-");
        }
        Ok(manifest)
    }

    /// Its title, as the contract has it.
    pub fn title(&self) -> Text {
        self.title.text()
    }

    /// What it asks for, in the order of the file's kinds.
    pub fn permissions(&self) -> Vec<Permission> {
        let asked = &self.permissions;
        let people = asked.people.iter().map(|people| Permission::People {
            attributes: people.attributes.clone(),
            purpose: people.purpose.text(),
        });
        let debits = asked.debit_caller.iter().map(|debit| Permission::DebitCaller {
            book: debit.book.clone(),
            max_per_call: debit.max_per_call,
        });
        let outbound = asked.outbound.iter().map(|outbound| Permission::Outbound {
            host: outbound.host.clone(),
            calls_per_minute: outbound.calls_per_minute,
        });
        people
            .chain(debits)
            .chain(asked.issue.iter().cloned().map(Permission::Issue))
            .chain(asked.sign.iter().cloned().map(Permission::Sign))
            .chain(outbound)
            .collect()
    }

    /// The interfaces of its world, in the contract's order: what it uses, and what its permissions are for.
    pub fn interfaces(&self) -> Vec<&'static str> {
        let asked = &self.permissions;
        let uses = |free| self.uses.contains(&free);
        let wanted = [
            ("context", true),
            ("settings", uses(Free::Settings)),
            ("keys", !asked.sign.is_empty()),
            ("records", uses(Free::Records)),
            ("stock", uses(Free::Stock)),
            ("ledger", !asked.debit_caller.is_empty() || !asked.issue.is_empty()),
            ("events", uses(Free::Events)),
            ("people", !asked.people.is_empty()),
            ("outbound", !asked.outbound.is_empty()),
        ];
        wanted.into_iter().filter(|(_, wanted)| *wanted).map(|(name, _)| name).collect()
    }
}

impl Bilingual {
    fn text(&self) -> Text {
        Text { zh: self.zh.clone().into(), en: self.en.clone().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"
        name = "tool-library"
        version = "0.1.0"
        lang = "js"
        provider = "91330106673959654P"
        title = { zh = "工具共享", en = "Tool library" }
        uses = ["events", "records"]
        [permissions]
        people = [{ attributes = ["name", "phone"], purpose = { zh = "送货", en = "to deliver" } }]
        debit-caller = [{ book = "CNY", max-per-call = 20000 }]
        outbound = [{ host = "api.example.com", calls-per-minute = 20 }]
    "#;

    #[test]
    fn a_world_has_what_is_used_and_what_is_asked_for_and_nothing_else() {
        let manifest = Manifest::parse(FULL).unwrap();
        let interfaces = ["context", "records", "ledger", "events", "people", "outbound"];
        assert_eq!(manifest.interfaces(), interfaces);
        let [Permission::People { attributes, .. }, debit, outbound] = &manifest.permissions()[..] else {
            panic!("{:?}", manifest.permissions())
        };
        assert_eq!(attributes, &[Attribute::Name, Attribute::Phone]);
        assert_eq!(*debit, Permission::DebitCaller { book: "CNY".into(), max_per_call: 20_000 });
        let twenty = Permission::Outbound { host: "api.example.com".into(), calls_per_minute: 20 };
        assert_eq!(*outbound, twenty);
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_name() {
        for (from, to, named) in [
            ("tool-library", "Tool Library", "a component name"),
            ("0.1.0", "1", "not a semantic version"),
            ("\"events\"", "\"registry\"", "registry"),
            ("debit-caller", "debit", "debit"),
            ("91330106673959654P", "a b", "`provider`"),
        ] {
            let error = format!("{:#}", Manifest::parse(&FULL.replace(from, to)).unwrap_err());
            assert!(error.contains(named), "{error}");
        }
    }
}
