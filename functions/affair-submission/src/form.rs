//! Forms: JSON Schema 2020-12, in the part of it that a form needs.
//!
//! A whole validator with its regular expressions would be the larger part of this component, and be paid for at every
//! start. So a form is written in these keywords and no others, which is checked when it is loaded: `type` (`object`,
//! `array`, `string`, `integer`, `boolean`), `properties`, `required`, `additionalProperties: false`, `allOf` of
//! `if`/`then` (one field is required when another has a value), `items`, `minItems`, `maxItems`, `minLength`,
//! `maxLength`, `minimum`, `maximum`, `const`, `oneOf` of `const` (a choice), and `format` in place of `pattern`: see
//! [`Format`]. Any validator of the draft agrees with this one, but for the formats it may not know.
//!
//! `label`, `help`, `order` and `prefill` are annotations, for whoever shows the form.

use std::collections::BTreeMap;

use linli_sdk::Attribute;
use linli_sdk::contract::Text;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::format::Format;

/// Violations listed for one form: no form has as many fields on one page.
pub const MAX_VIOLATIONS: usize = 50;

/// A form, or a field of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Schema {
    /// What sort of value.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What the field is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Text>,
    /// What to fill in, when the label does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Text>,
    /// What the directory already knows: filled in from there when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefill: Option<Attribute>,
    /// Of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<usize>,
    /// Characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Smallest integer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// Largest integer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
    /// The only value: a declaration to be agreed to.
    #[serde(default, rename = "const", skip_serializing_if = "Option::is_none")]
    pub constant: Option<Value>,
    /// The values of a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Choice>>,
    /// Members of an object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Schema>,
    /// In which order they are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
    /// Members that must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// Always false, of objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<bool>,
    /// Members that must be there when another has a certain value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<Implication>,
    /// What a list holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Schema>>,
    /// Fewest items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<usize>,
    /// Most items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<usize>,
}

/// Sorts of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are JSON Schema's own")]
pub enum Kind {
    Object,
    Array,
    String,
    Integer,
    Boolean,
}

/// One value of a choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The value.
    #[serde(rename = "const")]
    pub value: String,
    /// What it is called.
    pub label: Text,
}

/// `{"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Implication {
    /// The other field.
    #[serde(rename = "if")]
    pub premise: Premise,
    /// What is required then.
    pub then: Conclusion,
}

/// See [`Implication`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Premise {
    /// Each of these members has this value.
    pub properties: BTreeMap<String, Exactly>,
    /// The same members: without this, an absent one would count as equal.
    pub required: Vec<String>,
}

/// See [`Implication`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exactly {
    /// The value.
    #[serde(rename = "const")]
    pub value: Value,
}

/// See [`Implication`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conclusion {
    /// Members that must be there.
    pub required: Vec<String>,
}

/// Shown to callers as the JSON Schema it is.
impl schemars::JsonSchema for Schema {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Form".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "object", "description": "A JSON Schema 2020-12" })
    }
}

/// One thing that is wrong with a form. Never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct Violation {
    /// RFC 6901 pointer into the form.
    pub pointer: String,
    /// The keyword that is not met; for a format, its name.
    pub code: &'static str,
    /// What to do.
    pub detail: Text,
}

impl Schema {
    /// Everything that is wrong, in the order of the form, up to [`MAX_VIOLATIONS`].
    pub fn violations(&self, form: &Map<String, Value>) -> Vec<Violation> {
        let mut check = Check { found: vec![] };
        check.object(self, form, "");
        check.found.truncate(MAX_VIOLATIONS);
        check.found
    }

    /// The field at a JSON pointer; `items` stand for every number.
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        let mut steps = pointer.split('/');
        steps.next().filter(|first| first.is_empty())?;
        steps.try_fold(self, |schema, step| match schema.kind {
            Kind::Object => schema.properties.get(step),
            Kind::Array => schema.items.as_deref(),
            _ => None,
        })
    }

    /// Calls `visit` with every field that is no object or list, its pointer, and the place its value has in `form`.
    pub fn leaves<'s>(
        &'s self,
        form: &mut Map<String, Value>,
        visit: &mut impl FnMut(&'s Self, &str, &mut Value),
    ) {
        self.object_leaves(form, "", visit);
    }

    fn object_leaves<'s>(
        &'s self,
        members: &mut Map<String, Value>,
        place: &str,
        visit: &mut impl FnMut(&'s Self, &str, &mut Value),
    ) {
        for (name, schema) in &self.properties {
            if let Some(value) = members.get_mut(name) {
                schema.value_leaves(value, &format!("{place}/{name}"), visit);
            }
        }
    }

    fn value_leaves<'s>(
        &'s self,
        value: &mut Value,
        place: &str,
        visit: &mut impl FnMut(&'s Self, &str, &mut Value),
    ) {
        match (self.kind, value) {
            (Kind::Object, Value::Object(members)) => self.object_leaves(members, place, visit),
            (Kind::Array, Value::Array(items)) => {
                let Some(schema) = &self.items else { return };
                for (index, item) in items.iter_mut().enumerate() {
                    schema.value_leaves(item, &format!("{place}/{index}"), visit);
                }
            }
            (Kind::Object | Kind::Array, _) => {}
            (_, value) => visit(self, place, value),
        }
    }

    /// Members in the order in which they are shown.
    fn names(&self) -> impl Iterator<Item = (&String, &Self)> {
        let listed = self.order.iter().filter_map(|name| self.properties.get_key_value(name));
        listed.chain(self.properties.iter().filter(|(name, _)| !self.order.contains(name)))
    }
}

struct Check {
    found: Vec<Violation>,
}

impl Check {
    fn add(&mut self, pointer: &str, code: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        if self.found.len() < MAX_VIOLATIONS {
            let detail = Text::new(zh.into(), en.into());
            self.found.push(Violation { pointer: pointer.to_owned(), code, detail });
        }
    }

    fn object(&mut self, schema: &Schema, members: &Map<String, Value>, place: &str) {
        let implied = schema.all_of.iter().filter(|implication| implication.premise.holds(members));
        let required: Vec<&String> = schema
            .required
            .iter()
            .chain(implied.flat_map(|implication| &implication.then.required))
            .collect();
        for (name, field) in schema.names() {
            let place = format!("{place}/{name}");
            match members.get(name) {
                Some(value) => self.value(field, value, &place),
                None if required.contains(&name) => {
                    self.add(&place, "required", "这一项必须填写。", "This is required.");
                }
                None => {}
            }
        }
        for name in members.keys().filter(|name| !schema.properties.contains_key(*name)) {
            let place = format!("{place}/{}", escaped(name));
            let (zh, en) = ("没有这一项，请去掉。", "There is no such field; leave it out.");
            self.add(&place, "additionalProperties", zh, en);
        }
    }

    fn value(&mut self, schema: &Schema, value: &Value, place: &str) {
        match (schema.kind, value) {
            (Kind::Object, Value::Object(members)) => self.object(schema, members, place),
            (Kind::Array, Value::Array(items)) => self.array(schema, items, place),
            (Kind::String, Value::String(text)) => self.text(schema, text, place),
            (Kind::Integer, Value::Number(number)) if number.is_i64() => {
                self.integer(schema, number.as_i64().unwrap_or_default(), place);
            }
            (Kind::Boolean, Value::Bool(_)) => {}
            (kind, _) => {
                let (zh, en) = kind.wanted();
                return self.add(place, "type", format!("请填写{zh}。"), format!("Give {en}."));
            }
        }
        if schema.constant.as_ref().is_some_and(|constant| constant != value) {
            self.add(place, "const", "须同意此项才能提交。", "This has to be agreed to.");
        }
    }

    fn array(&mut self, schema: &Schema, items: &[Value], place: &str) {
        if let Some(most) = schema.max_items.filter(|most| items.len() > *most) {
            return self.add(
                place,
                "maxItems",
                format!("最多 {most} 项。"),
                format!("At most {most} entries."),
            );
        }
        if let Some(fewest) = schema.min_items.filter(|fewest| items.len() < *fewest) {
            self.add(place, "minItems", format!("至少 {fewest} 项。"), format!("At least {fewest} entries."));
        }
        let Some(schema) = &schema.items else { return };
        for (index, item) in items.iter().enumerate() {
            self.value(schema, item, &format!("{place}/{index}"));
        }
    }

    fn text(&mut self, schema: &Schema, text: &str, place: &str) {
        let length = text.chars().count();
        if let Some(most) = schema.max_length.filter(|most| length > *most) {
            return self.add(
                place,
                "maxLength",
                format!("最多 {most} 个字。"),
                format!("At most {most} characters."),
            );
        }
        if let Some(fewest) = schema.min_length.filter(|fewest| length < *fewest) {
            let en = format!("At least {fewest} characters.");
            self.add(place, "minLength", format!("至少 {fewest} 个字。"), en);
        }
        let chosen = |choices: &&Vec<Choice>| !choices.iter().any(|choice| choice.value == text);
        if schema.one_of.as_ref().filter(chosen).is_some() {
            self.add(place, "oneOf", "请从选项中选择。", "Choose one of the options.");
        }
        if let Some(format) = schema.format
            && let Err(Text { zh, en }) = format.check(text)
        {
            self.add(place, format.as_str(), zh, en);
        }
    }

    fn integer(&mut self, schema: &Schema, number: i64, place: &str) {
        if let Some(least) = schema.minimum.filter(|least| number < *least) {
            self.add(place, "minimum", format!("不能小于 {least}。"), format!("At least {least}."));
        }
        if let Some(most) = schema.maximum.filter(|most| number > *most) {
            self.add(place, "maximum", format!("不能大于 {most}。"), format!("At most {most}."));
        }
    }
}

impl Premise {
    fn holds(&self, members: &Map<String, Value>) -> bool {
        self.properties.iter().all(|(name, exactly)| members.get(name) == Some(&exactly.value))
    }
}

impl Kind {
    fn wanted(self) -> (&'static str, &'static str) {
        match self {
            Self::Object => ("一组内容", "a group of fields"),
            Self::Array => ("一个列表", "a list"),
            Self::String => ("文字", "a text"),
            Self::Integer => ("整数", "a whole number"),
            Self::Boolean => ("是或否", "yes or no"),
        }
    }
}

/// A name as a step of an RFC 6901 pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
