//! Forms that are right, made from their own schemas, so that every affair can be handed in.

use linli_affair_submission::affair::Affair;
use linli_affair_submission::catalogue::{FILES, read};
use linli_affair_submission::form::{Kind, Schema};
use linli_affair_submission::format::Format;

use super::*;

/// The definition of that name.
pub fn affair(name: &str) -> Affair {
    let (_, text) = FILES.iter().find(|(file, _)| *file == name).unwrap();
    read(name, text).unwrap()
}

/// Every field filled in, such that nothing speaks against it.
pub fn form(name: &str) -> Value {
    let mut form = value(&affair(name).form);
    let better: &[(&str, Value)] = &match name {
        "disability-subsidy" => vec![("low_income", json!(true))],
        "maternity-benefit" => vec![("insured", json!(true))],
        "newborn" => vec![("benefit", json!(true)), ("insured", json!(true))],
        _ => vec![],
    };
    for (field, value) in better {
        form[field] = value.clone();
    }
    form
}

/// Every piece the resident can give.
pub fn evidence(name: &str, form: &Value) -> Value {
    let holds = |condition: &linli_affair_submission::affair::Condition| {
        form.pointer(&condition.fact) == condition.equals.as_ref()
    };
    let affair = affair(name);
    let wanted = affair.evidence.iter().filter(|piece| piece.when.as_ref().is_none_or(holds));
    wanted.map(|piece| (piece.id.clone(), json!({ "reference": format!("store/{}", piece.id) }))).collect()
}

fn value(schema: &Schema) -> Value {
    if let Some(constant) = &schema.constant {
        return constant.clone();
    }
    if let Some(choices) = &schema.one_of {
        return json!(choices[0].value);
    }
    match (schema.kind, schema.format) {
        (Kind::Object, _) => {
            schema.properties.iter().map(|(name, field)| (name.clone(), value(field))).collect()
        }
        (Kind::Array, _) => json!([value(schema.items.as_deref().unwrap())]),
        (Kind::Integer, _) => json!(schema.minimum.unwrap()),
        (Kind::Boolean, _) => json!(false),
        (Kind::String, Some(Format::CitizenNumber)) => json!(CITIZEN),
        (Kind::String, Some(Format::MobilePhone)) => json!("13800000000"),
        (Kind::String, Some(Format::BankCard)) => json!("6222020000000000000"),
        // 30 days before the clock of the test platform.
        (Kind::String, Some(Format::Date)) => json!("2026-04-01"),
        (Kind::String, None) => json!("甲".repeat(schema.min_length.unwrap_or(1))),
    }
}
