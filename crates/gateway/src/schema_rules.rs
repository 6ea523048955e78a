//! What a component's JSON Schema must be like before anything is compiled from it.
//!
//! Schemas come from strangers and are applied to strangers' input inside the host, so the work of one validation has
//! to be bounded before the first one runs: local references only, no recursion, and a limit on what the schema amounts
//! to when every reference is written out.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::limits::{MAX_PATTERNS, MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH, MAX_SCHEMA_WEIGHT};
use crate::url;

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Keywords whose value is a schema.
const ONE: [&str; 11] = [
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords whose value is a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value is an object of schemas.
const MAPS: [&str; 3] = ["dependentSchemas", "patternProperties", "properties"];
/// Keywords whose schemas apply only where something refers to them.
const SHELVES: [&str; 2] = ["$defs", "definitions"];
/// Keywords that give a schema another name than its place, or look one up at validation.
const FORBIDDEN: [&str; 7] =
    ["$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$recursiveAnchor", "$recursiveRef", "$vocabulary"];

/// What a schema is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Applied to input: its work must be bounded.
    Validating,
    /// Published only; it may be recursive (a tree of comments).
    Describing,
}

/// Parses a schema and checks the rules above.
///
/// # Errors
/// The first rule it breaks, in words.
pub(crate) fn read(text: &str, purpose: Purpose) -> Result<Value, String> {
    if text.len() > MAX_SCHEMA_BYTES {
        return Err(format!("is over {MAX_SCHEMA_BYTES} bytes"));
    }
    let root: Value = serde_json::from_str(text).map_err(|e| format!("is not JSON: {e}"))?;
    let mut walk = Walk { root: &root, purpose, seen: HashMap::new() };
    let extent = walk.measure(&root, 0)?;
    if purpose == Purpose::Validating && extent.weight > MAX_SCHEMA_WEIGHT {
        return Err(format!(
            "amounts to more than {MAX_SCHEMA_WEIGHT} subschemas with its references written out"
        ));
    }
    if purpose == Purpose::Validating && extent.patterns > MAX_PATTERNS {
        return Err(format!("has more than {MAX_PATTERNS} patterns with its references written out"));
    }
    Ok(root)
}

/// What a `$ref` of this platform refers to: `#`, or `#` and a JSON pointer.
pub(crate) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    let fragment = reference.strip_prefix('#')?;
    root.pointer(&url::decode_step(fragment).ok()?)
}

/// A schema with its references written out.
#[derive(Debug, Clone, Copy)]
struct Extent {
    /// Subschemas, itself included.
    weight: u64,
    /// The longest way down.
    depth: usize,
    /// Regular expressions.
    patterns: u64,
}

impl Extent {
    const LEAF: Self = Self { weight: 1, depth: 1, patterns: 0 };

    fn with_child(self, child: Self) -> Self {
        Self {
            weight: self.weight.saturating_add(child.weight),
            depth: self.depth.max(child.depth + 1),
            patterns: self.patterns.saturating_add(child.patterns),
        }
    }
}

struct Walk<'a> {
    root: &'a Value,
    purpose: Purpose,
    /// By address in the document; none while its inside is being measured.
    seen: HashMap<usize, Option<Extent>>,
}

impl<'a> Walk<'a> {
    fn measure(&mut self, schema: &'a Value, level: usize) -> Result<Extent, String> {
        let members = match schema {
            Value::Object(members) => members,
            Value::Bool(_) => return Ok(Extent::LEAF),
            _ => return Err("has something that is not a schema where a schema belongs".into()),
        };
        let address = std::ptr::from_ref(schema) as usize;
        let extent = match (self.seen.get(&address), self.purpose) {
            (Some(Some(extent)), _) => *extent,
            (Some(None), Purpose::Describing) => return Ok(Extent::LEAF),
            (Some(None), Purpose::Validating) => {
                return Err("refers to itself: input cannot be recursive".into());
            }
            (None, _) => {
                self.seen.insert(address, None);
                let extent = self.measure_members(members, level)?;
                self.seen.insert(address, Some(extent));
                extent
            }
        };
        if level + extent.depth > MAX_SCHEMA_DEPTH {
            return Err(format!("nests deeper than {MAX_SCHEMA_DEPTH} levels"));
        }
        Ok(extent)
    }

    fn measure_members(&mut self, members: &'a Map<String, Value>, level: usize) -> Result<Extent, String> {
        if level > MAX_SCHEMA_DEPTH {
            return Err(format!("nests deeper than {MAX_SCHEMA_DEPTH} levels"));
        }
        if let Some(keyword) = FORBIDDEN.iter().find(|keyword| members.contains_key(**keyword)) {
            return Err(format!("uses `{keyword}`, which this platform does not take"));
        }
        if members.get("$schema").is_some_and(|draft| draft != DRAFT) {
            return Err(format!("is not of draft 2020-12 ({DRAFT})"));
        }
        let names = members.get("patternProperties").and_then(Value::as_object).map_or(0, Map::len);
        let patterns = usize::from(members.contains_key("pattern")) + names;
        let mut sum = Extent { patterns: patterns as u64, ..Extent::LEAF };
        for child in self.children(members)? {
            sum = sum.with_child(self.measure(child, level + 1)?);
        }
        for shelf in SHELVES.iter().filter_map(|keyword| members.get(*keyword)?.as_object()) {
            shelf.values().try_for_each(|schema| self.measure(schema, level + 1).map(drop))?;
        }
        Ok(sum)
    }

    /// The schemas that apply when this one does, the target of `$ref` among them.
    fn children(&self, members: &'a Map<String, Value>) -> Result<Vec<&'a Value>, String> {
        let mut children: Vec<&Value> = ONE.iter().filter_map(|k| members.get(*k)).collect();
        children.extend(LISTS.iter().filter_map(|k| members.get(*k)?.as_array()).flatten());
        children.extend(MAPS.iter().filter_map(|k| members.get(*k)?.as_object()).flat_map(Map::values));
        if let Some(reference) = members.get("$ref") {
            let target = reference.as_str().and_then(|r| resolve(self.root, r));
            children
                .push(target.ok_or("has a `$ref` that is not the pointer of a schema in the same document")?);
        }
        Ok(children)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fault(schema: &Value) -> String {
        read(&schema.to_string(), Purpose::Validating).unwrap_err()
    }

    #[test]
    fn plain_schemas_and_local_references_pass() {
        let schema = json!({
            "$schema": DRAFT, "type": "object", "properties": {"$id": {"$ref": "#/$defs/a"}, "b": true},
            "$defs": {"a": {"type": "string"}},
        });
        assert!(read(&schema.to_string(), Purpose::Validating).is_ok());
    }

    #[test]
    fn whatever_could_cost_without_bound_is_refused() {
        assert_eq!(fault(&json!({"allOf": [{"$ref": "#"}]})), "refers to itself: input cannot be recursive");
        assert_eq!(
            fault(&json!({"properties": {"a": {"$ref": "#"}}})),
            "refers to itself: input cannot be recursive"
        );
        assert!(fault(&json!({"$ref": "https://example.org/a"})).contains("`$ref`"));
        assert!(fault(&json!({"$ref": "#/$defs/none"})).contains("`$ref`"));
        assert!(fault(&json!({"$defs": {"a": {"$id": "x"}}})).contains("`$id`"));
        assert!(fault(&json!({"$schema": "http://json-schema.org/draft-07/schema#"})).contains("2020-12"));
        assert!(fault(&json!({"properties": {"a": 1}})).contains("not a schema"));
        assert!(fault(&json!([])).contains("not a schema"));

        // Every level doubles the work of the next.
        let level =
            |n: u32| json!({"allOf": [{"$ref": format!("#/$defs/{n}")}, {"$ref": format!("#/$defs/{n}")}]});
        let mut defs: Map<String, Value> = (0..20).map(|n| (n.to_string(), level(n + 1))).collect();
        defs.insert("20".into(), json!(true));
        assert!(fault(&json!({"$ref": "#/$defs/0", "$defs": defs})).contains("written out"));

        let many: Map<String, Value> = (0..100).map(|n| (n.to_string(), json!({"pattern": "a"}))).collect();
        assert!(fault(&json!({"properties": many})).contains("patterns"));

        let mut deep = json!({"type": "string"});
        for _ in 0..MAX_SCHEMA_DEPTH {
            deep = json!({"items": deep});
        }
        assert!(fault(&deep).contains("deeper"));
        let chain: Map<String, Value> =
            (0..100).map(|n| (n.to_string(), json!({"$ref": format!("#/$defs/{}", n + 1)}))).collect();
        let mut chain = json!({"$ref": "#/$defs/0", "$defs": chain});
        chain["$defs"]["100"] = json!(true);
        assert!(fault(&chain).contains("deeper"));
    }

    #[test]
    fn what_is_only_published_may_be_recursive() {
        let tree = json!({"properties": {"replies": {"items": {"$ref": "#"}}}}).to_string();
        assert!(read(&tree, Purpose::Describing).is_ok());
        assert!(read(&tree, Purpose::Validating).is_err());
    }
}
