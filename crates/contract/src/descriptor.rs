//! What a component says it is, and the rules a descriptor must meet.
//!
//! The documentation of each field is in `wit/capability.wit`; these are the same records.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::limits::{MAX_COLLECTIONS, MAX_INDEX_FIELDS, MAX_INDEXES, MAX_OPERATIONS};
use crate::{ComponentName, Role, Text};

/// What an operation may do; see `wit/capability.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// Reads one snapshot, writes nothing.
    Query,
    /// Reads one snapshot; writes all or nothing; deterministic.
    Command,
    /// May call granted hosts; no transaction.
    Task,
}

/// HTTP method of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names are HTTP's own")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What may be known of a person, each on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "documented in wit/types.wit")]
pub enum Attribute {
    Name,
    Phone,
    BirthDate,
    Age,
    CitizenNumber,
    Address,
    Grid,
}

impl Attribute {
    /// As in configuration, permissions and access logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Phone => "phone",
            Self::BirthDate => "birth-date",
            Self::Age => "age",
            Self::CitizenNumber => "citizen-number",
            Self::Address => "address",
            Self::Grid => "grid",
        }
    }
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// snake_case, unique within the component.
    pub name: String,
    /// What it may do.
    pub kind: OperationKind,
    /// HTTP method.
    pub method: Method,
    /// Path template below `/v1/{community}/{component}`.
    pub path: String,
    /// Who may call it.
    pub roles: Vec<Role>,
    /// Shown in the reference.
    pub title: Text,
    /// JSON Schema 2020-12 of the input object, as JSON.
    pub input: String,
    /// JSON Schema 2020-12 of the JSON content of the reply; empty when it is not JSON.
    pub output: String,
    /// JSON pointers within an item of the reply's `items`, by whose values lists of several communities are joined;
    /// empty for what answers for one community only.
    pub joined_by: Vec<String>,
}

impl Operation {
    /// The names of the path's parameters, in order.
    pub fn path_parameters(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// A set of JSON documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// Unique within the component.
    pub name: String,
    /// Its ordered indexes.
    pub indexes: Vec<Index>,
    /// JSON pointers of personal fields.
    pub personal: Vec<String>,
    /// Days a document is kept after its last write; none: until deleted.
    pub keep_days: Option<u32>,
}

/// An ordered index over the documents in which all its fields are present and not null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Unique within the collection.
    pub name: String,
    /// JSON pointers, compared in this order.
    pub fields: Vec<String>,
}

/// An event to react to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The component that publishes it.
    pub publisher: String,
    /// The event.
    pub name: String,
}

/// An event that is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDeclaration {
    /// `noun.verb-in-past-tense`.
    pub name: String,
    /// JSON Schema 2020-12 of its content.
    pub schema: String,
}

/// A configured value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Unique within the component.
    pub name: String,
    /// Shown to operators.
    pub title: Text,
    /// JSON Schema 2020-12 of its value.
    pub schema: String,
    /// JSON; none when a value must be configured.
    pub default: Option<String>,
    /// Never shown, never logged.
    pub secret: bool,
}

/// A ledger account of the component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDeclaration {
    /// Unique within the component and book.
    pub name: String,
    /// `points`, or an ISO 4217 code.
    pub book: String,
    /// In minor units; the balance never falls below it.
    pub floor: i64,
}

/// What a component asks for beyond the free interfaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Attributes of people, and why.
    People {
        /// Each on its own.
        attributes: Vec<Attribute>,
        /// To the resident.
        purpose: Text,
    },
    /// Charge the caller.
    DebitCaller {
        /// Which book.
        book: String,
        /// Minor units, for one call.
        max_per_call: i64,
    },
    /// Have an account with a negative floor in this book.
    Issue(String),
    /// Sign for this purpose.
    Sign(String),
    /// Call this host.
    Outbound {
        /// Without scheme, port or path.
        host: String,
        /// The rate.
        calls_per_minute: u32,
    },
    /// Register providers with the platform.
    Registry,
}

/// What a component is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// kebab-case; the `{capability}` of the path.
    pub name: ComponentName,
    /// Semantic version.
    pub version: String,
    /// Shown to people.
    pub title: Text,
    /// What can be called.
    pub operations: Vec<Operation>,
    /// What it stores.
    pub collections: Vec<Collection>,
    /// What it publishes.
    pub publishes: Vec<EventDeclaration>,
    /// What it reacts to.
    pub subscribes: Vec<Subscription>,
    /// What can be configured.
    pub settings: Vec<Setting>,
    /// Its ledger accounts.
    pub accounts: Vec<AccountDeclaration>,
    /// What it asks for.
    pub permissions: Vec<Permission>,
}

/// What is wrong with a descriptor, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct DescriptorError {
    /// `operations[3].path` and the like.
    pub place: String,
    /// In words.
    pub reason: String,
}

impl Descriptor {
    /// The collection of that name.
    pub fn collection(&self, name: &str) -> Option<&Collection> {
        self.collections.iter().find(|c| c.name == name)
    }

    /// The operation of that name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.iter().find(|o| o.name == name)
    }

    /// Every rule of the contract that a descriptor can break by itself. Schemas are checked by the gateway, which
    /// compiles them.
    ///
    /// # Errors
    /// All violations, each with its place.
    pub fn validate(&self) -> Result<(), Vec<DescriptorError>> {
        let mut check = Check::default();
        check.that(self.name.as_str() != ComponentName::PLATFORM, "name", "is reserved for the host");
        check.that(is_semver(&self.version), "version", "is not a semantic version (1.2.3)");
        check.text("title", &self.title);
        check.that(self.operations.len() <= MAX_OPERATIONS, "operations", "are too many");
        check.that(self.collections.len() <= MAX_COLLECTIONS, "collections", "are too many");
        self.check_operations(&mut check);
        self.check_collections(&mut check);
        self.check_events(&mut check);
        check.unique("settings", self.settings.iter().map(|s| s.name.as_str()));
        for (i, setting) in self.settings.iter().enumerate() {
            check.text(&format!("settings[{i}].title"), &setting.title);
        }
        check.unique_owned("accounts", self.accounts.iter().map(|a| format!("{}/{}", a.book, a.name)));
        for (i, account) in self.accounts.iter().enumerate() {
            let place = format!("accounts[{i}]");
            check.that(is_name(&account.name, b"-"), &format!("{place}.name"), "is not kebab-case");
            check.that(
                account.floor <= 0,
                &format!("{place}.floor"),
                "is above zero: a new account would break it",
            );
            let granted = self
                .permissions
                .iter()
                .any(|p| matches!(p, Permission::Issue(book) if *book == account.book));
            check.that(
                account.floor == 0 || granted,
                &format!("{place}.floor"),
                "is negative without permission `issue`",
            );
        }
        check.done()
    }

    fn check_operations(&self, check: &mut Check) {
        check.unique("operations", self.operations.iter().map(|o| o.name.as_str()));
        let shape = |o: &Operation| {
            let steps = o.path.split('/').map(|s| if s.starts_with('{') { "{}" } else { s });
            format!("{} {}", o.method.as_str(), steps.collect::<Vec<_>>().join("/"))
        };
        check.unique_owned("operations", self.operations.iter().map(shape));
        for (i, operation) in self.operations.iter().enumerate() {
            let place = format!("operations[{i}]");
            check.that(is_name(&operation.name, b"_"), &format!("{place}.name"), "is not snake_case");
            check.that(
                is_path(&operation.path),
                &format!("{place}.path"),
                "is not a path template (/a-b/{c}/d)",
            );
            check.that(
                !operation.roles.is_empty(),
                &format!("{place}.roles"),
                "are none: nobody could call it",
            );
            check.that(
                !operation.roles.contains(&Role::System),
                &format!("{place}.roles"),
                "contain `system`: use an event",
            );
            let reads = operation.kind == OperationKind::Query;
            let gets = operation.method == Method::Get;
            check.that(
                reads == gets,
                &format!("{place}.method"),
                "must be GET for queries, and only for them",
            );
            check.that(
                operation.joined_by.is_empty() || reads,
                &format!("{place}.joined_by"),
                "is for queries alone",
            );
            check.that(
                operation.joined_by.iter().all(|pointer| pointer.starts_with('/')),
                &format!("{place}.joined_by"),
                "must be JSON pointers (/due_at)",
            );
            let parameters: Vec<_> = operation.path_parameters().collect();
            check.unique(&format!("{place}.path"), parameters.into_iter());
            check.text(&format!("{place}.title"), &operation.title);
        }
    }

    fn check_collections(&self, check: &mut Check) {
        check.unique("collections", self.collections.iter().map(|c| c.name.as_str()));
        for (i, collection) in self.collections.iter().enumerate() {
            let place = format!("collections[{i}]");
            check.that(
                is_name(&collection.name, b"_-"),
                &format!("{place}.name"),
                "is not a lower-case name",
            );
            check.that(collection.indexes.len() <= MAX_INDEXES, &format!("{place}.indexes"), "are too many");
            check.unique(&format!("{place}.indexes"), collection.indexes.iter().map(|x| x.name.as_str()));
            for (j, index) in collection.indexes.iter().enumerate() {
                let place = format!("{place}.indexes[{j}]");
                check.that(is_name(&index.name, b"_-"), &format!("{place}.name"), "is not a lower-case name");
                let count = (1..=MAX_INDEX_FIELDS).contains(&index.fields.len());
                check.that(count, &format!("{place}.fields"), "must be one to four");
                let pointers = index.fields.iter().all(|f| f.starts_with('/'));
                check.that(pointers, &format!("{place}.fields"), "must be JSON pointers (/starts_at)");
            }
            let pointers = collection.personal.iter().all(|f| f.starts_with('/'));
            check.that(pointers, &format!("{place}.personal"), "must be JSON pointers (/phone)");
        }
    }

    fn check_events(&self, check: &mut Check) {
        check.unique("publishes", self.publishes.iter().map(|e| e.name.as_str()));
        for (i, event) in self.publishes.iter().enumerate() {
            let place = format!("publishes[{i}].name");
            let parts: Vec<_> = event.name.split('.').collect();
            let shaped = parts.len() == 2 && parts.iter().all(|p| is_name(p, b"-"));
            check.that(shaped, &place, "is not of the form noun.verb-in-past-tense");
            check.that(
                parts.first() != Some(&"order"),
                &place,
                "is in `order.*`, which the host alone publishes",
            );
        }
        let wanted = self.subscribes.iter().map(|s| format!("{}/{}", s.publisher, s.name));
        check.unique_owned("subscribes", wanted);
    }
}

/// Collects violations, each with its place.
#[derive(Default)]
struct Check(Vec<DescriptorError>);

impl Check {
    fn that(&mut self, holds: bool, place: &str, reason: &str) {
        if !holds {
            self.0.push(DescriptorError { place: place.into(), reason: reason.into() });
        }
    }

    fn text(&mut self, place: &str, text: &Text) {
        self.that(!text.zh.trim().is_empty() && !text.en.trim().is_empty(), place, "needs both zh and en");
    }

    fn unique<'a>(&mut self, place: &str, names: impl Iterator<Item = &'a str>) {
        self.unique_owned(place, names.map(str::to_owned));
    }

    fn unique_owned(&mut self, place: &str, names: impl Iterator<Item = String>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if seen.contains(&name) {
                self.that(false, place, &format!("has `{name}` twice"));
            }
            seen.insert(name);
        }
    }

    fn done(self) -> Result<(), Vec<DescriptorError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

fn is_name(text: &str, separators: &[u8]) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || separators.contains(&b))
}

fn is_path(path: &str) -> bool {
    let step = |s: &str| match s.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
        Some(parameter) => is_name(parameter, b"_"),
        None => is_name(s, b"-"),
    };
    path.len() <= 200 && path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(step))
}

fn is_semver(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let number = |p: &str| !p.is_empty() && p.len() < 10 && p.bytes().all(|b| b.is_ascii_digit());
    core.split('.').count() == 3 && core.split('.').all(number) && text.len() <= 64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor() -> Descriptor {
        let operation = Operation {
            name: "get_thing".into(),
            kind: OperationKind::Query,
            method: Method::Get,
            path: "/things/{id}".into(),
            roles: vec![Role::Resident],
            title: Text::new("看", "Look"),
            input: "{}".into(),
            output: "{}".into(),
            joined_by: vec![],
        };
        Descriptor {
            name: "things".parse().unwrap(),
            version: "0.1.0".into(),
            title: Text::new("东西", "Things"),
            operations: vec![operation],
            collections: vec![],
            publishes: vec![],
            subscribes: vec![],
            settings: vec![],
            accounts: vec![],
            permissions: vec![],
        }
    }

    fn places(descriptor: &Descriptor) -> Vec<String> {
        descriptor.validate().unwrap_err().into_iter().map(|e| e.place).collect()
    }

    #[test]
    fn a_plain_descriptor_is_valid() {
        assert_eq!(descriptor().validate(), Ok(()));
    }

    #[test]
    fn each_broken_rule_is_named_with_its_place() {
        let mut d = descriptor();
        d.version = "1".into();
        d.title = Text::new("", "Things");
        assert_eq!(places(&d), ["version", "title"]);

        let mut d = descriptor();
        let mut twin = d.operations[0].clone();
        twin.name = "other".into();
        twin.path = "/things/{other}".into();
        d.operations.push(twin);
        assert_eq!(places(&d), ["operations"], "two operations answer one route");

        let mut d = descriptor();
        d.operations[0].method = Method::Post;
        d.operations[0].roles = vec![Role::System];
        d.operations[0].path = "things/{}".into();
        assert_eq!(places(&d), ["operations[0].path", "operations[0].roles", "operations[0].method"]);

        let mut d = descriptor();
        d.operations[0].joined_by = vec!["due_at".into()];
        assert_eq!(places(&d), ["operations[0].joined_by"]);
        d.operations[0].joined_by = vec!["/due_at".into()];
        assert_eq!(d.validate(), Ok(()));

        let mut d = descriptor();
        d.accounts.push(AccountDeclaration { name: "mint".into(), book: "points".into(), floor: -5 });
        assert_eq!(places(&d), ["accounts[0].floor"]);
        d.permissions.push(Permission::Issue("points".into()));
        assert_eq!(d.validate(), Ok(()));

        let mut d = descriptor();
        d.publishes.push(EventDeclaration { name: "order.created".into(), schema: "{}".into() });
        d.publishes.push(EventDeclaration { name: "no-dot".into(), schema: "{}".into() });
        assert_eq!(places(&d), ["publishes[0].name", "publishes[1].name"]);
    }
}
