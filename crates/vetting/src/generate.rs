//! Values that meet a schema: drawn from it, and checked by the gateway's own validator, so that what is not understood
//! here costs a try and not correctness.

use std::collections::BTreeMap;

use linli_contract::limits::MAX_INTEGER;
use serde_json::{Map, Value, json};

use crate::dice::Dice;
use crate::pattern;

/// Levels of a schema that are followed; below it everything is as plain as it may be.
const MOST_DEPTH: usize = 12;
/// Items and extra characters that are drawn beyond what must be.
const MOST_EXTRA: u64 = 3;
/// 2026-05-01 in days since 1970: dates are drawn around the rehearsal's own day.
const DAY_ZERO: i64 = 20_574;

/// Values that stood in replies, by the name of their member: what one operation made, the next can be asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen(BTreeMap<String, Vec<Value>>);

/// Values remembered of one name.
const MOST_SEEN: usize = 8;

impl Seen {
    /// Remembers the texts and numbers of a reply.
    pub(crate) fn learn(&mut self, reply: &Value) {
        match reply {
            Value::Object(members) => {
                for (name, value) in members {
                    if value.is_string() || value.is_i64() {
                        let known = self.0.entry(name.clone()).or_default();
                        if known.len() < MOST_SEEN && !known.contains(value) {
                            known.push(value.clone());
                        }
                    }
                    self.learn(value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            _ => {}
        }
    }

    /// One that stood under this name, or, for `thing_id`, under `id`.
    fn recall(&self, name: &str, dice: &mut Dice) -> Option<Value> {
        let known = self.0.get(name).or_else(|| name.ends_with("id").then(|| self.0.get("id"))?)?;
        dice.pick(known).cloned()
    }
}

/// Draws values from one schema.
pub(crate) struct Generator<'s> {
    root: &'s Value,
    seen: &'s Seen,
}

impl<'s> Generator<'s> {
    pub(crate) fn new(root: &'s Value, seen: &'s Seen) -> Self {
        Self { root, seen }
    }

    pub(crate) fn draw(&self, dice: &mut Dice) -> Value {
        self.value(self.root, MOST_DEPTH, dice)
    }

    fn value(&self, schema: &Value, depth: usize, dice: &mut Dice) -> Value {
        let Some(members) = schema.as_object() else { return Value::Null };
        let Some(depth) = depth.checked_sub(1) else { return Value::Null };
        if let Some(constant) = members.get("const") {
            return constant.clone();
        }
        if let Some(options) = members.get("enum").and_then(Value::as_array) {
            return dice.pick(options).cloned().unwrap_or(Value::Null);
        }
        if let Some(target) = members.get("$ref").and_then(Value::as_str).and_then(|r| self.resolve(r)) {
            return self.value(target, depth, dice);
        }
        for alternatives in ["oneOf", "anyOf"] {
            if let Some(branch) =
                members.get(alternatives).and_then(Value::as_array).and_then(|b| dice.pick(b))
            {
                return self.beside(members, self.value(branch, depth, dice), depth, dice);
            }
        }
        let drawn = match type_of(members, dice) {
            "object" => self.object(members, depth, dice),
            "array" => self.array(members, depth, dice),
            "string" => Value::String(text(members, dice)),
            "integer" => integer(members, dice),
            "number" => number(members, dice),
            "boolean" => Value::Bool(dice.one_in(2)),
            _ => Value::Null,
        };
        self.all_of(members, drawn, depth, dice)
    }

    fn resolve(&self, reference: &str) -> Option<&'s Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }

    /// What a schema says beside its alternatives.
    fn beside(&self, members: &Map<String, Value>, drawn: Value, depth: usize, dice: &mut Dice) -> Value {
        let drawn = match drawn {
            Value::Object(mut object) => {
                if let Value::Object(more) = self.object(members, depth, dice) {
                    for (name, value) in more {
                        object.entry(name).or_insert(value);
                    }
                }
                Value::Object(object)
            }
            other => other,
        };
        self.all_of(members, drawn, depth, dice)
    }

    fn all_of(&self, members: &Map<String, Value>, drawn: Value, depth: usize, dice: &mut Dice) -> Value {
        let Some(parts) = members.get("allOf").and_then(Value::as_array) else { return drawn };
        parts.iter().fold(drawn, |drawn, part| match (drawn, self.value(part, depth, dice)) {
            (Value::Object(mut object), Value::Object(more)) => {
                object.extend(more);
                Value::Object(object)
            }
            (Value::Object(object), _) if !object.is_empty() => Value::Object(object),
            (_, other) => other,
        })
    }

    fn object(&self, members: &Map<String, Value>, depth: usize, dice: &mut Dice) -> Value {
        let mut object = Map::new();
        let required: Vec<&str> = names(members, "required");
        if let Some(properties) = members.get("properties").and_then(Value::as_object) {
            for (name, schema) in properties {
                if required.contains(&name.as_str()) || dice.one_in(2) {
                    let known = if dice.one_in(3) { None } else { self.seen.recall(name, dice) };
                    object.insert(name.clone(), known.unwrap_or_else(|| self.value(schema, depth, dice)));
                }
            }
        }
        let least = bound(members, "minProperties").unwrap_or(0);
        let open = members.get("additionalProperties").filter(|schema| schema.is_object());
        let mut missing: Vec<String> = required.iter().map(|name| (*name).to_owned()).collect();
        missing.extend((object.len() as u64..least).map(|n| format!("key{n}")));
        for name in missing {
            if !object.contains_key(&name) {
                object.insert(name, open.map_or(json!("x"), |schema| self.value(schema, depth, dice)));
            }
        }
        Value::Object(object)
    }

    fn array(&self, members: &Map<String, Value>, depth: usize, dice: &mut Dice) -> Value {
        let least = bound(members, "minItems").unwrap_or(0);
        let most = bound(members, "maxItems").unwrap_or(least + MOST_EXTRA).min(least + MOST_EXTRA);
        let length = least + dice.below(most.saturating_sub(least) + 1);
        let fixed = members.get("prefixItems").and_then(Value::as_array);
        let items = members.get("items").cloned().unwrap_or(json!({}));
        let each = |n: u64| {
            let at = usize::try_from(n).unwrap_or(usize::MAX);
            fixed.and_then(|fixed| fixed.get(at)).unwrap_or(&items).clone()
        };
        // Bounded, since the schema may ask for any number.
        let length = length.min(1_000);
        Value::Array((0..length).map(|n| self.value(&each(n), depth, dice)).collect())
    }
}

fn names<'a>(members: &'a Map<String, Value>, keyword: &str) -> Vec<&'a str> {
    members.get(keyword).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn bound(members: &Map<String, Value>, keyword: &str) -> Option<u64> {
    members.get(keyword).and_then(Value::as_u64)
}

/// The type to draw: one of those named, else the one that the other keywords speak of.
fn type_of<'a>(members: &'a Map<String, Value>, dice: &mut Dice) -> &'a str {
    match members.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(types)) => dice.pick(types).and_then(Value::as_str).unwrap_or("null"),
        _ if ["properties", "required", "additionalProperties"].iter().any(|k| members.contains_key(*k)) => {
            "object"
        }
        _ if ["items", "prefixItems", "minItems"].iter().any(|k| members.contains_key(*k)) => "array",
        _ if ["pattern", "format", "minLength", "maxLength"].iter().any(|k| members.contains_key(*k)) => {
            "string"
        }
        _ if ["minimum", "maximum", "multipleOf"].iter().any(|k| members.contains_key(*k)) => "integer",
        _ => "object",
    }
}

fn text(members: &Map<String, Value>, dice: &mut Dice) -> String {
    if let Some(pattern) = members.get("pattern").and_then(Value::as_str)
        && let Some(text) = pattern::draw(pattern, dice)
    {
        return text;
    }
    if let Some(format) = members.get("format").and_then(Value::as_str)
        && let Some(text) = formatted(format, dice)
    {
        return text;
    }
    let least = bound(members, "minLength").unwrap_or(0);
    let most = bound(members, "maxLength").unwrap_or(least.max(1) + 12).min(least.max(1) + 12);
    let length = least.max(1.min(most)) + dice.below(most.saturating_sub(least.max(1)) + 1);
    let letters: Vec<char> = "abcdefghij0123456789买米修理家电".chars().collect();
    (0..length.min(100_000)).filter_map(|_| dice.pick(&letters)).collect()
}

fn formatted(format: &str, dice: &mut Dice) -> Option<String> {
    let (year, month, day) = civil(DAY_ZERO + dice.below(60).cast_signed());
    let date = format!("{year:04}-{month:02}-{day:02}");
    Some(match format {
        "date" => date,
        "date-time" => format!("{date}T{:02}:30:00+08:00", dice.below(24)),
        "time" => format!("{:02}:30:00+08:00", dice.below(24)),
        "duration" => format!("PT{}M", 1 + dice.below(120)),
        "email" | "idn-email" => format!("a{}@example.org", dice.below(1_000)),
        "uri" | "iri" | "uri-reference" | "iri-reference" => {
            format!("https://example.org/{}", dice.below(1_000))
        }
        "uuid" => format!("018f0000-0000-7000-8000-{:012x}", dice.below(1 << 40)),
        "hostname" => "example.org".to_owned(),
        "ipv4" => "192.0.2.1".to_owned(),
        "ipv6" => "2001:db8::1".to_owned(),
        _ => return None,
    })
}

/// Year, month and day of a day since 1970 (Howard Hinnant, `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

fn integer(members: &Map<String, Value>, dice: &mut Dice) -> Value {
    let limit = |keyword: &str| members.get(keyword).and_then(Value::as_f64).map(|n| n as i64);
    let low = limit("minimum").or(limit("exclusiveMinimum").map(|n| n + 1));
    let high = limit("maximum").or(limit("exclusiveMaximum").map(|n| n - 1));
    let low = low.unwrap_or_else(|| high.map_or(0, |high| high.min(0))).clamp(-MAX_INTEGER, MAX_INTEGER);
    let high = high.unwrap_or_else(|| low.saturating_add(100)).clamp(low, MAX_INTEGER);
    let span = u64::try_from(high - low).unwrap_or(0);
    // Small numbers are likelier to be of use: a party of two, not of four thousand.
    let span = if dice.one_in(3) { span } else { span.min(10) };
    let drawn = low + dice.below(span + 1).cast_signed();
    match members.get("multipleOf").and_then(Value::as_i64).filter(|step| *step > 0) {
        Some(step) => {
            let below = drawn.div_euclid(step) * step;
            json!(if below < low { below.saturating_add(step) } else { below })
        }
        None => json!(drawn),
    }
}

fn number(members: &Map<String, Value>, dice: &mut Dice) -> Value {
    match integer(members, dice) {
        Value::Number(whole) if dice.one_in(2) => json!(whole.as_f64().unwrap_or(0.0)),
        whole => whole,
    }
}

#[cfg(test)]
mod tests {
    use linli_gateway::ValueSchema;

    use super::*;

    #[track_caller]
    fn meets(schema: &Value) {
        let compiled = ValueSchema::of_input(&schema.to_string()).unwrap();
        let seen = Seen::default();
        let generator = Generator::new(schema, &seen);
        let mut dice = Dice::new(1);
        let drawn: Vec<_> = (0..50).map(|_| generator.draw(&mut dice)).collect();
        let met = drawn.iter().filter(|value| compiled.is_met_by(value)).count();
        assert!(met >= 25, "{met} of 50: {:?}", drawn.iter().find(|value| !compiled.is_met_by(value)));
    }

    #[test]
    fn most_of_what_is_drawn_meets_its_schema() {
        meets(
            &json!({"type": "object", "required": ["a", "b"], "additionalProperties": false, "properties": {
            "a": {"type": "string", "minLength": 3, "maxLength": 5},
            "b": {"type": "integer", "minimum": 1, "maximum": 20},
            "c": {"type": "array", "items": {"$ref": "#/$defs/d"}, "minItems": 1, "maxItems": 4},
        }, "$defs": {"d": {"enum": ["x", "y"]}}}),
        );
        meets(&json!({"type": "object", "required": ["day", "at", "who"], "properties": {
            "day": {"type": "string", "format": "date"}, "at": {"type": "string", "format": "date-time"},
            "who": {"type": "string", "pattern": "^[a-z2-7]{26}$"},
        }}));
        meets(&json!({"anyOf": [{"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}},
            {"type": "object", "required": ["b"], "properties": {"b": {"type": "boolean"}}}]}));
        meets(
            &json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "multipleOf": 5,
            "minimum": 5}}}),
        );
        meets(
            &json!({"type": "object", "required": ["maybe"], "properties": {"maybe": {"type": ["string", "null"]}}}),
        );
    }

    #[test]
    fn what_an_operation_made_is_asked_for_again() {
        let schema =
            json!({"type": "object", "required": ["note_id"], "properties": {"note_id": {"type": "string"}}});
        let mut seen = Seen::default();
        seen.learn(&json!({"items": [{"id": "n-1", "text": "x"}]}));
        let mut dice = Dice::new(3);
        let drawn: Vec<_> = (0..20).map(|_| Generator::new(&schema, &seen).draw(&mut dice)).collect();
        assert!(drawn.contains(&json!({"note_id": "n-1"})), "{drawn:?}");
    }
}
