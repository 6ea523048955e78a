//! Schemas of components, moved into one document: their `$defs` become shared schemas, their references follow.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::schema_rules::resolve;

/// `#/components/schemas`, filling up.
#[derive(Default)]
pub(crate) struct Schemas(Map<String, Value>);

impl Schemas {
    pub(crate) fn into_members(self) -> Map<String, Value> {
        self.0
    }

    /// The schema with its references leading into this set. Definitions are shared by name within one component when
    /// they are the same, and bear the operation's name when they are not.
    pub(crate) fn adopt(&mut self, operation: &str, part: &str, text: &str) -> Value {
        let Ok(root) = serde_json::from_str::<Value>(text) else { return Value::Bool(true) };
        let component = operation.split('.').next().unwrap_or_default();
        let targets = targets_of(&root);
        let mut names = named(&targets, component);
        // `#` is another schema in every operation; anything else is tried under its shared name first.
        let clash = names.iter().any(|(target, name)| {
            let known = self.0.get(name);
            *target == "#" || known.is_some_and(|known| *known != moved(&root, target, &names))
        });
        if clash {
            names = named(&targets, &format!("{operation}.{part}"));
        }
        for (target, name) in &names {
            self.0.insert(name.clone(), moved(&root, target, &names));
        }
        relocate(&root, &names, Keys::Keywords)
    }
}

fn moved(root: &Value, target: &str, names: &Names<'_>) -> Value {
    resolve(root, target).map_or(Value::Bool(true), |schema| relocate(schema, names, Keys::Keywords))
}

/// What each target of a reference is called in the document.
type Names<'a> = BTreeMap<&'a str, String>;

/// Names below a prefix, no two alike even where characters had to be replaced.
fn named<'a>(targets: &'a BTreeSet<String>, prefix: &str) -> Names<'a> {
    let mut taken = BTreeSet::new();
    let mut names = Names::new();
    for target in targets {
        let mut name = format!("{prefix}{}", name_of(target));
        while !taken.insert(name.clone()) {
            name.push('-');
        }
        names.insert(target, name);
    }
    names
}

/// Everything that a `$ref` in the document points to.
fn targets_of(root: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, keys: Keys, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) if keys == Keys::Properties => {
                members.values().for_each(|member| walk(member, Keys::Keywords, into));
            }
            Value::Object(members) => {
                for (keyword, value) in members {
                    match (keyword.as_str(), value) {
                        ("$ref", Value::String(target)) => drop(into.insert(target.clone())),
                        (keyword, value) => {
                            if let Some(keys) = Keys::below(keyword) {
                                walk(value, keys, into);
                            }
                        }
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, Keys::Keywords, into)),
            _ => {}
        }
    }
    let mut targets = BTreeSet::new();
    walk(root, Keys::Keywords, &mut targets);
    targets
}

/// `#/$defs/Ages` is `.Ages`; what OpenAPI does not allow in a name becomes `-`.
fn name_of(target: &str) -> String {
    let short = ["#/$defs/", "#/definitions/", "#"].into_iter().find_map(|start| target.strip_prefix(start));
    let short = short.unwrap_or(target);
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    if short.is_empty() {
        String::new()
    } else {
        format!(".{}", short.chars().map(allowed).collect::<String>())
    }
}

/// What the keys of an object mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Of JSON Schema.
    Keywords,
    /// Of properties: one called `definitions` is no keyword.
    Properties,
}

impl Keys {
    /// In the value of that keyword; none when it is a literal, in which nothing is a keyword.
    fn below(keyword: &str) -> Option<Self> {
        match keyword {
            "const" | "default" | "enum" | "examples" => None,
            "$defs" | "definitions" | "dependentSchemas" | "patternProperties" | "properties" => {
                Some(Self::Properties)
            }
            _ => Some(Self::Keywords),
        }
    }
}

/// The schema with references renamed, and without what only a document of its own needs.
fn relocate(schema: &Value, names: &Names<'_>, keys: Keys) -> Value {
    match schema {
        Value::Object(members) if keys == Keys::Properties => {
            let moved =
                members.iter().map(|(name, value)| (name.clone(), relocate(value, names, Keys::Keywords)));
            Value::Object(moved.collect())
        }
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter(|(name, _)| !["$schema", "$defs", "definitions"].contains(&name.as_str()));
            let moved = kept.map(|(keyword, value)| {
                let moved = match (keyword.as_str(), Keys::below(keyword)) {
                    ("$ref", _) => reference(value, names),
                    (_, Some(keys)) => relocate(value, names, keys),
                    (_, None) => value.clone(),
                };
                (keyword.clone(), moved)
            });
            Value::Object(moved.collect())
        }
        Value::Array(items) => items.iter().map(|item| relocate(item, names, Keys::Keywords)).collect(),
        other => other.clone(),
    }
}

fn reference(target: &Value, names: &Names<'_>) -> Value {
    let name = target.as_str().and_then(|target| names.get(target));
    name.map_or_else(|| target.clone(), |name| format!("#/components/schemas/{name}").into())
}

/// The properties at the root of an input, in order: those of the path first. With each its schema, and whether it is
/// required. Properties that only some alternative has are not parameters of their own: OpenAPI has no way to say so.
pub(crate) fn parameter_schemas(input: &Value, in_path: &BTreeSet<&str>) -> Vec<(String, Value, bool)> {
    let required = |name: &str| {
        let names = input.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|n| n == name))
    };
    let properties = input.get("properties").and_then(Value::as_object);
    let declared =
        properties.into_iter().flatten().map(|(name, schema)| (name.clone(), schema.clone(), required(name)));
    let (mut first, rest): (Vec<_>, Vec<_>) =
        declared.partition(|(name, _, _)| in_path.contains(name.as_str()));
    let known: BTreeSet<String> = first.iter().map(|(name, _, _)| name.clone()).collect();
    let undeclared = in_path.iter().filter(|name| !known.contains(**name));
    first.extend(undeclared.map(|name| ((*name).to_owned(), serde_json::json!({ "type": "string" }), true)));
    first.into_iter().chain(rest).collect()
}
