//! JSON Schemas of texts of one form, for types that a text parses into.

/// `text_schema!(Clock, "^…$")`: the schema of a text that meets the pattern, wherever the type stands; as the name of a
/// member, too.
macro_rules! text_schema {
    ($type:ident, $pattern:literal) => {
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

pub(crate) use text_schema;
