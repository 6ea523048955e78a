//! JSON Schemas 2020-12 out of types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

/// Of an operation's input.
///
/// # Panics
/// When the type is not an object: an input is one object with all parameters side by side.
pub(crate) fn input<T: JsonSchema>() -> String {
    let schema = settings().for_deserialize().into_generator().into_root_schema_for::<T>();
    let object = schema.get("type").is_some_and(|t| t == "object");
    assert!(object, "the input of an operation is one object");
    text(&schema)
}

/// Of a setting: what somebody writes, so a member with a default may be left out.
pub(crate) fn setting<T: JsonSchema>() -> String {
    text(&settings().for_deserialize().into_generator().into_root_schema_for::<T>())
}

/// Of an operation's output, or an event.
pub(crate) fn output<T: JsonSchema>() -> String {
    text(&settings().for_serialize().into_generator().into_root_schema_for::<T>())
}

/// Everything inlined that is not recursive, so that a schema can be read and moved without its neighbours.
fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    })
}

fn text(schema: &Schema) -> String {
    schema.as_value().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    enum Size {
        Small,
        VeryLarge,
    }

    /// What to make.
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[schemars(range(min = 1, max = 9))]
        pieces: u32,
        size: Size,
        by: Option<linli_contract::Timestamp>,
        #[serde(default)]
        gift: bool,
    }

    #[test]
    fn an_input_is_a_closed_inlined_object() {
        let schema: serde_json::Value = serde_json::from_str(&input::<Order>()).unwrap();
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["pieces"]["maximum"], 9);
        assert_eq!(schema["properties"]["size"]["enum"], serde_json::json!(["small", "very-large"]));
        assert_eq!(schema["required"], serde_json::json!(["pieces", "size"]));
        assert!(schema.get("$defs").is_none() && schema.get("$schema").is_none());
    }

    #[test]
    #[should_panic(expected = "one object")]
    fn an_input_that_is_no_object_is_refused() {
        input::<Vec<u32>>();
    }
}
