//! Inputs that mean harm, as far as an operation's own schema lets them through: whatever a component does with them,
//! it must not fail.

use linli_contract::check_integers;
use linli_contract::limits::{MAX_INTEGER, MAX_JSON_DEPTH, MAX_REQUEST_BYTES};
use linli_gateway::ValueSchema;
use serde_json::{Value, json};

use crate::dice::Dice;

/// Lengths at which long texts are tried, longest first: the first that the schema takes counts.
const LENGTHS: [usize; 9] = [100_000, 16_384, 4_096, 1_000, 500, 200, 100, 64, 30];
/// Places of one input that are looked at.
const MOST_PLACES: usize = 200;

/// One way to spoil a value; none when it does not apply.
type Spoil = fn(&Value) -> Option<Value>;

/// Ways in which a value is replaced.
const SPOILS: [Spoil; 20] = [
    |_| Some(Value::Null),
    |_| Some(json!(true)),
    |_| Some(json!([])),
    |_| Some(json!({})),
    |_| Some(json!("")),
    |_| Some(json!(0)),
    |_| Some(json!(-1)),
    |_| Some(json!(MAX_INTEGER)),
    |_| Some(json!(-MAX_INTEGER)),
    |_| Some(json!(i64::from(i32::MAX) + 1)),
    |_| Some(json!(1e308)),
    |_| Some(json!("\u{0}\u{7f}\u{200b}\u{202e}\u{feff}\u{ffff}")),
    |_| Some(json!("👨‍👩‍👧‍👦é̴̡̢̛̲𝒳ﷺ")),
    |_| Some(json!("../../../etc/passwd%00?x=1#/")),
    |_| Some(json!("'\"\\;--<script>{{7*7}}${x}\r\n\t")),
    |_| Some(json!("__proto__")),
    |_| Some(json!("9007199254740993")),
    |_| Some(json!("2026-02-30")),
    |value| value.as_array().and_then(|items| items.first()).map(|item| json!(vec![item; 1_000])),
    |_| Some((0..MAX_JSON_DEPTH - 8).fold(json!(1), |inner, _| json!([inner]))),
];

/// Spoilt copies of a valid input that are still valid, each with what was done to it.
pub(crate) fn spoil(valid: &Value, schema: &ValueSchema, dice: &mut Dice, most: usize) -> Vec<Value> {
    let mut places = Vec::new();
    collect(valid, String::new(), &mut places);
    let mut spoilt: Vec<Value> = Vec::new();
    let mut keep = |candidate: Value| {
        let fits = passes(&candidate, schema) && candidate != *valid && !spoilt.contains(&candidate);
        if fits && spoilt.len() < most {
            spoilt.push(candidate);
        }
        fits
    };
    for place in &places {
        keep(without(valid, place));
    }
    keep(crowded(valid));
    keep(with(valid, "/__proto__", &json!({"constructor": {"prototype": 1}})));
    // Each way once, at the first place from a drawn one on where the schema takes it.
    let mut anywhere = |change: &dyn Fn(&Value) -> Vec<Value>| {
        let first = usize::try_from(dice.below(places.len() as u64)).unwrap_or(0);
        let order = places.iter().cycle().skip(first).take(places.len());
        for place in order {
            let Some(value) = valid.pointer(place) else { continue };
            if change(value).iter().any(|changed| keep(with(valid, place, changed))) {
                return;
            }
        }
    };
    for letter in ["x", "界", "😀"] {
        anywhere(&|value| {
            let long = |length: &usize| json!(letter.repeat(*length));
            if value.is_string() { LENGTHS.iter().map(long).collect() } else { vec![] }
        });
    }
    for spoil in SPOILS {
        anywhere(&|value| spoil(value).into_iter().collect());
    }
    spoilt
}

/// What the gateway would hand to the component.
pub(crate) fn passes(input: &Value, schema: &ValueSchema) -> bool {
    input.is_object()
        && check_integers(input).is_ok()
        && depth(input) <= MAX_JSON_DEPTH
        && input.to_string().len() <= MAX_REQUEST_BYTES
        && schema.is_met_by(input)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Pointers of everything in a value but itself.
fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    let mut add = |step: String, inner: &Value| {
        if places.len() < MOST_PLACES {
            let place = format!("{at}/{step}");
            places.push(place.clone());
            collect(inner, place, places);
        }
    };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, inner)| add(name.replace('~', "~0").replace('/', "~1"), inner));
        }
        Value::Array(items) => {
            items.iter().take(2).enumerate().for_each(|(i, inner)| add(i.to_string(), inner));
        }
        _ => {}
    }
}

fn with(valid: &Value, place: &str, changed: &Value) -> Value {
    let mut copy = valid.clone();
    if let Some(value) = copy.pointer_mut(place) {
        *value = changed.clone();
    } else if let (Some(name), Some(members)) = (place.strip_prefix('/'), copy.as_object_mut()) {
        members.insert(name.to_owned(), changed.clone());
    }
    copy
}

fn without(valid: &Value, place: &str) -> Value {
    let mut copy = valid.clone();
    if let Some((parent, name)) = place.rsplit_once('/')
        && let Some(Value::Object(members)) = copy.pointer_mut(parent)
    {
        members.remove(&name.replace("~1", "/").replace("~0", "~"));
    }
    copy
}

/// With members nobody asked for.
fn crowded(valid: &Value) -> Value {
    let mut copy = valid.clone();
    if let Some(members) = copy.as_object_mut() {
        members.extend((0..500).map(|n| (format!("extra{n}"), json!(n))));
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_schema_lets_through_is_tried() {
        let strict = json!({"type": "object", "required": ["a"], "additionalProperties": false, "properties": {
            "a": {"type": "integer", "minimum": 1, "maximum": 3}}});
        let schema = ValueSchema::of_input(&strict.to_string()).unwrap();
        let spoilt = spoil(&json!({"a": 2}), &schema, &mut Dice::new(1), 100);
        assert_eq!(spoilt, Vec::<Value>::new(), "1 and 3 are no harm");

        let loose =
            json!({"type": "object", "properties": {"text": {"type": "string", "maxLength": 200}, "n": {}}});
        let schema = ValueSchema::of_input(&loose.to_string()).unwrap();
        let spoilt = spoil(&json!({"text": "x", "n": 1}), &schema, &mut Dice::new(1), 100);
        let has = |wanted: &dyn Fn(&Value) -> bool| spoilt.iter().any(wanted);
        assert!(has(&|v| v.get("text").is_none()), "missing");
        assert!(has(&|v| v["text"].as_str().is_some_and(|t| t.chars().count() == 200)), "as long as may be");
        assert!(has(&|v| v["n"] == json!(MAX_INTEGER)), "large");
        assert!(has(&|v| depth(&v["n"]) > 50 || depth(&v["text"]) > 50), "deep");
        assert!(has(&|v| v.get("extra499").is_some()), "crowded");
        assert!(spoilt.iter().all(|v| passes(v, &schema)));
    }
}
