//! A compiled input schema: validates, and knows which type a parameter is to become.

use std::collections::HashMap;
use std::sync::OnceLock;

use jsonschema::{Draft, JsonType, JsonTypeSet, PatternOptions, ValidationOptions, Validator};
use serde_json::{Map, Number, Value};

use crate::limits::{MAX_PATTERN_BYTES, MAX_PATTERN_CACHE_BYTES};
use crate::schema_rules::{Purpose, read, resolve};
use crate::violation::{Violation, violations_of};

/// The schema of an operation's input.
pub(crate) struct InputSchema {
    /// What it is compiled of when it is first used, if it is not compiled yet.
    deferred: Option<Value>,
    validator: OnceLock<Validator>,
    properties: HashMap<String, Shape>,
}

/// The types a parameter may become. None known: text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    types: JsonTypeSet,
    /// Of the items, when it is an array.
    items: JsonTypeSet,
}

impl InputSchema {
    /// # Errors
    /// Why it cannot be compiled, in words.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        let mut schema = Self::defer(text)?;
        if let Some(root) = schema.deferred.take() {
            schema.validator = options().build(&root).map_err(|e| e.to_string())?.into();
        }
        Ok(schema)
    }

    /// One that is compiled when it is first used. If it cannot be then, it admits no input.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub(crate) fn defer(text: &str) -> Result<Self, String> {
        let root = read(text, Purpose::Validating)?;
        let mut properties = HashMap::new();
        collect_properties(&root, &root, &mut properties);
        Ok(Self { deferred: Some(root), validator: OnceLock::new(), properties })
    }

    fn validator(&self) -> Option<&Validator> {
        if let Some(validator) = self.validator.get() {
            return Some(validator);
        }
        let compiled = options().build(self.deferred.as_ref()?).ok()?;
        Some(self.validator.get_or_init(|| compiled))
    }

    /// What the property of that name may be; none when there is no such property.
    pub(crate) fn property(&self, name: &str) -> Option<Shape> {
        self.properties.get(name).copied()
    }

    /// Whether it names any property at all.
    pub(crate) fn names_properties(&self) -> bool {
        !self.properties.is_empty()
    }

    /// # Errors
    /// Every violation, up to the limit.
    pub(crate) fn validate(&self, input: &Value) -> Result<(), Vec<Violation>> {
        let validator = self.validator().ok_or_else(Vec::new)?;
        // Almost all input is valid, and telling is faster than explaining.
        if validator.is_valid(input) {
            Ok(())
        } else {
            Err(violations_of(input, validator.iter_errors(input)))
        }
    }
}

fn options() -> ValidationOptions<'static> {
    // The engine that needs no backtracking: patterns come from strangers. Its time is linear in the text.
    let patterns =
        PatternOptions::regex().size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_CACHE_BYTES);
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(patterns)
        .should_validate_formats(true)
        .offline()
}

/// Checks the value an operator configured, or a component has as its default, by the setting's own schema. The values
/// themselves are never repeated: they may be secrets.
///
/// # Errors
/// Every violation, up to the limit. A schema that cannot be compiled has none: [`crate::check_schemas`] refuses it.
pub fn check_setting(schema: &str, value: &Value) -> Result<(), Vec<Violation>> {
    let compiled = read(schema, Purpose::Describing)
        .and_then(|root| options().build(&root).map_err(|error| error.to_string()));
    match compiled {
        Ok(validator) if !validator.is_valid(value) => {
            Err(violations_of(value, validator.iter_errors(value)))
        }
        _ => Ok(()),
    }
}

/// A schema that values can be checked against outside a call: by vetting, which makes inputs for an operation and
/// looks at what it replies.
pub struct ValueSchema(Validator);

impl ValueSchema {
    /// Of an operation's input.
    ///
    /// # Errors
    /// Why it cannot be compiled, in words.
    pub fn of_input(text: &str) -> Result<Self, String> {
        Self::compile(text, Purpose::Validating)
    }

    /// Of a reply, an event or a setting; it may be recursive.
    ///
    /// # Errors
    /// Why it cannot be compiled, in words.
    pub fn published(text: &str) -> Result<Self, String> {
        Self::compile(text, Purpose::Describing)
    }

    fn compile(text: &str, purpose: Purpose) -> Result<Self, String> {
        let root = read(text, purpose)?;
        options().build(&root).map(Self).map_err(|error| error.to_string())
    }

    /// # Errors
    /// Every violation, up to the limit.
    pub fn check(&self, value: &Value) -> Result<(), Vec<Violation>> {
        if self.0.is_valid(value) { Ok(()) } else { Err(violations_of(value, self.0.iter_errors(value))) }
    }

    /// Whether the value meets it.
    pub fn is_met_by(&self, value: &Value) -> bool {
        self.0.is_valid(value)
    }
}

/// Checks a schema that is only published: of a reply, an event, a setting.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn check_published(text: &str) -> Result<(), String> {
    let root = read(text, Purpose::Describing)?;
    jsonschema::draft202012::meta::validate(&root).map_err(|e| e.to_string())
}

/// The properties an object may have by this schema and those that apply beside it. When two speak of one property,
/// their types are united.
fn collect_properties(root: &Value, schema: &Value, into: &mut HashMap<String, Shape>) {
    for (name, property) in members(schema, "properties") {
        let found = into.entry(name.clone()).or_default();
        let shape = Shape::of(root, property);
        found.types = found.types.union(shape.types);
        found.items = found.items.union(shape.items);
    }
    for beside in
        ["allOf", "anyOf", "oneOf"].iter().flat_map(|k| list(schema, k)).chain(reference(root, schema))
    {
        collect_properties(root, beside, into);
    }
}

fn members<'a>(schema: &'a Value, keyword: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    schema.get(keyword).and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn list<'a>(schema: &'a Value, keyword: &str) -> impl Iterator<Item = &'a Value> {
    schema.get(keyword).and_then(Value::as_array).into_iter().flatten()
}

fn reference<'a>(root: &'a Value, schema: &Value) -> Option<&'a Value> {
    resolve(root, schema.get("$ref")?.as_str()?)
}

impl Shape {
    fn of(root: &Value, schema: &Value) -> Self {
        let mut shape = Self::default();
        shape.add(root, schema);
        shape
    }

    fn add(&mut self, root: &Value, schema: &Value) {
        match schema.get("type") {
            Some(Value::String(name)) => self.add_type(name),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).for_each(|name| self.add_type(name))
            }
            _ => {
                let constants = list(schema, "enum").chain(schema.get("const"));
                constants.for_each(|constant| self.types = self.types.insert(JsonType::from(constant)));
            }
        }
        if let Some(items) = schema.get("items") {
            self.items = self.items.union(Self::of(root, items).types);
        }
        for beside in
            ["allOf", "anyOf", "oneOf"].iter().flat_map(|k| list(schema, k)).chain(reference(root, schema))
        {
            self.add(root, beside);
        }
    }

    fn add_type(&mut self, name: &str) {
        if let Ok(json_type) = name.parse::<JsonType>() {
            self.types = self.types.insert(json_type);
        }
    }

    /// Whether the name may be repeated.
    pub(crate) fn is_list(self) -> bool {
        self.types.contains(JsonType::Array)
    }

    /// What the text of a parameter becomes. Text that fits no declared type stays text, for the schema to refuse.
    pub(crate) fn coerce(self, text: &str) -> Value {
        coerce(self.types, text)
    }

    /// What the text of one item of a list becomes.
    pub(crate) fn coerce_item(self, text: &str) -> Value {
        coerce(self.items, text)
    }
}

fn coerce(types: JsonTypeSet, text: &str) -> Value {
    let numeric = types.contains(JsonType::Integer) || types.contains(JsonType::Number);
    if types.contains(JsonType::String) {
        Value::String(text.to_owned())
    } else if numeric && let Some(number) = json_number(text) {
        Value::Number(number)
    } else if types.contains(JsonType::Boolean) && (text == "true" || text == "false") {
        Value::Bool(text == "true")
    } else {
        Value::String(text.to_owned())
    }
}

/// A number in JSON's own grammar: no `+1`, no `007`, no blanks.
fn json_number(text: &str) -> Option<Number> {
    let bare = text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit());
    if bare { serde_json::from_str(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_become_what_the_schema_declares() {
        let schema = json!({
            "properties": {
                "int": {"type": "integer"}, "num": {"type": ["number", "null"]}, "flag": {"$ref": "#/$defs/flag"},
                "text": {"type": "string"}, "any": {}, "maybe": {"anyOf": [{"$ref": "#/$defs/int"}, {"type": "null"}]},
                "list": {"type": "array", "items": {"type": "integer"}}, "kind": {"enum": [1, 2]},
                "both": {"type": ["integer", "string"]}, "wide": {"type": "integer", "format": "uint32"},
            },
            "allOf": [{"properties": {"beside": {"type": "boolean"}}}],
            "$defs": {"flag": {"type": "boolean"}, "int": {"type": "integer"}},
        });
        let schema = InputSchema::compile(&schema.to_string()).unwrap();
        for (name, text, value) in [
            ("int", "12", json!(12)),
            ("int", "-0", json!(-0.0)),
            ("int", "+12", json!("+12")),
            ("int", " 12", json!(" 12")),
            ("int", "012", json!("012")),
            ("int", "", json!("")),
            ("num", "1.5e3", json!(1500.0)),
            ("num", "null", json!("null")),
            ("flag", "true", json!(true)),
            ("flag", "TRUE", json!("TRUE")),
            ("text", "12", json!("12")),
            ("any", "12", json!("12")),
            ("maybe", "7", json!(7)),
            ("kind", "1", json!(1)),
            ("wide", "4294967296", json!(4_294_967_296_u64)),
            ("both", "1", json!("1")),
            ("beside", "false", json!(false)),
        ] {
            assert_eq!(schema.property(name).unwrap().coerce(text), value, "{name}={text}");
        }
        let list = schema.property("list").unwrap();
        assert!(list.is_list());
        assert_eq!(list.coerce_item("3"), json!(3));
        assert_eq!(schema.property("unknown"), None);
    }

    #[test]
    fn schemas_that_cannot_be_compiled_say_why() {
        for (schema, why) in [
            (json!({"type": "integr"}), "integr"),
            (json!({"pattern": "(?=a)b"}), "regex"),
            (json!({"pattern": r"\p{L}{100}"}), "regex"),
            (json!({"minimum": "1"}), "number"),
        ] {
            let fault = InputSchema::compile(&schema.to_string()).err().unwrap();
            assert!(fault.contains(why), "{schema}: {fault}");
        }
        assert!(check_published(r#"{"type":"integr"}"#).is_err());
        assert!(
            check_published(r##"{"$defs":{"a":{"items":{"$ref":"#/$defs/a"}}},"$ref":"#/$defs/a"}"##).is_ok()
        );
    }

    #[test]
    fn a_schema_that_waits_judges_as_one_that_does_not() {
        let text = json!({"type": "object", "properties": {"n": {"minimum": 1}}}).to_string();
        let (deferred, compiled) = (InputSchema::defer(&text).unwrap(), InputSchema::compile(&text).unwrap());
        assert_eq!(deferred.property("n"), compiled.property("n"));
        for input in [json!({"n": 1}), json!({"n": 0}), json!([])] {
            assert_eq!(deferred.validate(&input), compiled.validate(&input));
        }
        let broken = InputSchema::defer(r#"{"minimum":"1"}"#).unwrap();
        assert_eq!(broken.validate(&json!({})), Err(vec![]), "nothing meets it");
    }

    #[test]
    fn a_member_nobody_knows_is_named_where_none_is_known() {
        let closed = json!({"type": "object", "additionalProperties": false});
        let around = json!({"type": "object", "properties": {"at": closed}});
        for (schema, input, pointers) in [
            (&closed, json!({"one": 1, "other": [2]}), vec!["/one", "/other"]),
            (&around, json!({"at": {"a/b": 1}}), vec!["/at/a~1b"]),
        ] {
            let violations = InputSchema::compile(&schema.to_string()).unwrap().validate(&input).unwrap_err();
            assert!(violations.iter().all(|violation| violation.code == "additionalProperties"));
            assert_eq!(violations.into_iter().map(|v| v.pointer).collect::<Vec<_>>(), pointers);
        }
    }

    #[test]
    fn a_setting_is_told_where_it_does_not_fit_and_not_what_it_was() {
        let schema = r#"{"type":"array","items":{"type":"object","properties":{"key":{"maxLength":3}}}}"#;
        assert_eq!(check_setting(schema, &json!([{ "key": "abc" }])), Ok(()));
        let violations = check_setting(schema, &json!([{ "key": "secret" }])).unwrap_err();
        assert_eq!(violations[0].pointer, "/0/key");
        assert!(!format!("{violations:?}").contains("secret"));
    }
}
