//! What of a form is shown to whom, and how what was covered comes back.

use linli_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::form::Schema;
use crate::format::Format;

/// Why a form is filled in from the directory, in the access log.
const PURPOSE: &str = "填写事项表单 / to fill in the form of an affair";

/// Who looks at a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The person it is about.
    Applicant,
    /// Whoever decides on it.
    Office,
}

/// The form as it is shown: citizen numbers covered for everybody, telephone and card numbers for the office, which needs
/// them not to decide.
pub fn masked(schema: &Schema, form: &Map<String, Value>, reader: Reader) -> Map<String, Value> {
    let mut shown = form.clone();
    schema.leaves(&mut shown, &mut |field, _, value| {
        let covered = match field.format {
            Some(Format::CitizenNumber) => true,
            Some(_) => reader == Reader::Office,
            None => false,
        };
        if covered && let Some(mask) = cover(field, value) {
            *value = Value::String(mask);
        }
    });
    shown
}

/// Puts back what was shown covered and sent again unchanged.
pub fn uncovered(
    schema: &Schema,
    mut form: Map<String, Value>,
    stored: &Map<String, Value>,
) -> Map<String, Value> {
    schema.leaves(&mut form, &mut |field, place, value| {
        let known = crate::facts::field(stored, place);
        if let Some(known) =
            known.filter(|known| cover(field, known).is_some_and(|mask| *value == mask.as_str()))
        {
            *value = known.clone();
        }
    });
    form
}

/// Fills in what was left out and the directory knows: nobody is asked for what the government holds. What the person has
/// not agreed to, or the directory does not hold, is left for the person to fill in.
pub fn prefilled(schema: &Schema, mut form: Map<String, Value>, person: &PersonRef) -> Map<String, Value> {
    let wanted: Vec<_> = schema
        .properties
        .iter()
        .filter(|(name, _)| !form.contains_key(*name))
        .filter_map(|(name, field)| Some((name, field.prefill?)))
        .collect();
    if wanted.is_empty() {
        return form;
    }
    let Some(person) = people::open(person) else { return form };
    for (name, attribute) in wanted {
        if let Ok(value) = person.reveal(attribute, PURPOSE) {
            form.insert(name.clone(), Value::String(value));
        }
    }
    form
}

fn cover(field: &Schema, value: &Value) -> Option<String> {
    field.format?.masked(value.as_str()?)
}
