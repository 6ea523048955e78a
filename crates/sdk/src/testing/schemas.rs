//! What the gateway does with schemas, and a little more.

use std::collections::BTreeMap;

use jsonschema::Validator;
use linli_contract::{Content, Descriptor, Reply};
use serde_json::Value as Json;

/// Compiled schemas of every operation.
pub(super) struct Schemas {
    inputs: BTreeMap<String, Validator>,
    outputs: BTreeMap<String, Option<Validator>>,
}

impl Schemas {
    /// # Panics
    /// When one of them is not a schema, or the default of a setting does not meet its own.
    pub(super) fn compile(descriptor: &Descriptor) -> Self {
        for event in &descriptor.publishes {
            compile(&event.schema);
        }
        for setting in &descriptor.settings {
            compile(&setting.schema);
            if let Some(default) = &setting.default {
                let value = serde_json::from_str(default).expect("the default of a setting is JSON");
                check(&setting.schema, &value).expect("the default of a setting meets its schema");
            }
        }
        let operations = descriptor.operations.iter();
        let inputs = operations.clone().map(|o| (o.name.clone(), compile(&o.input))).collect();
        let output = |schema: &str| (!schema.is_empty()).then(|| compile(schema));
        let outputs = operations.map(|o| (o.name.clone(), output(&o.output))).collect();
        Self { inputs, outputs }
    }

    /// Every violation, with its place.
    pub(super) fn check_input(&self, operation: &str, input: &Json) -> Result<(), String> {
        let errors: Vec<_> = self.inputs[operation].iter_errors(input).map(|e| violation(&e)).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }

    /// # Panics
    /// When the reply is not what the descriptor says.
    pub(super) fn check_reply(&self, operation: &str, reply: &Reply) {
        match (&self.outputs[operation], &reply.content) {
            (Some(schema), Content::Json(text)) => {
                let json: Json = serde_json::from_str(text).expect("a reply says JSON and is not");
                linli_contract::check_integers(&json).expect("a reply has integers within ±(2^53-1)");
                let errors: Vec<_> = schema.iter_errors(&json).map(|e| violation(&e)).collect();
                assert!(errors.is_empty(), "`{operation}` breaks its output schema: {errors:?}");
            }
            (None, Content::Json(_)) | (Some(_), _) => {
                panic!("`{operation}` answers what it does not declare")
            }
            (None, _) => {}
        }
    }
}

/// Where and how a value breaks a schema.
pub(super) fn check(schema: &str, value: &Json) -> Result<(), String> {
    let errors: Vec<_> = compile(schema).iter_errors(value).map(|e| violation(&e)).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
}

fn compile(schema: &str) -> Validator {
    let json: Json = serde_json::from_str(schema).expect("a schema is JSON");
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&json).expect("a schema is a JSON Schema 2020-12")
}

fn violation(error: &jsonschema::ValidationError<'_>) -> String {
    format!("{}: {error}", error.instance_path())
}
