//! What residents let plugins see of them, as operations: look, agree, withdraw.

use linli_contract::{Attribute, Method, Operation, Role};
use serde_json::{Value, json};

use super::{Row, name, object};

/// Things a plugin asks for at once: more purposes than anybody reads.
const MAX_ASKS: u32 = 32;
/// Characters of a purpose: a sentence or two.
const MAX_PURPOSE: u32 = 500;

const RESIDENT: &[Role] = &[Role::Resident];

const ROWS: [Row; 3] = [
    Row(Method::Get, "/consents", "list_consents", RESIDENT, ("我的授权", "My consents"), list),
    Row(
        Method::Put,
        "/consents/{plugin}",
        "give_consent",
        RESIDENT,
        ("同意授权", "Agree to what a plugin asks for"),
        given,
    ),
    Row(
        Method::Delete,
        "/consents/{plugin}",
        "withdraw_consent",
        RESIDENT,
        ("撤回授权", "Withdraw a consent"),
        named,
    ),
];

pub(super) fn operations() -> Vec<Operation> {
    ROWS.iter().map(Row::operation).collect()
}

fn list() -> Value {
    object(&json!({}), &[])
}

fn named() -> Value {
    object(&json!({ "plugin": name() }), &["plugin"])
}

/// What is agreed to comes back as it was shown: attributes, and what for.
fn given() -> Value {
    let attributes = [
        Attribute::Name,
        Attribute::Phone,
        Attribute::BirthDate,
        Attribute::Age,
        Attribute::CitizenNumber,
        Attribute::Address,
        Attribute::Grid,
    ];
    let attributes = json!({
        "type": "array", "items": { "enum": attributes }, "minItems": 1, "maxItems": attributes.len(),
    });
    let text = json!({ "type": "string", "minLength": 1, "maxLength": MAX_PURPOSE });
    let purpose = object(&json!({ "zh": text, "en": text }), &["zh", "en"]);
    let ask = object(&json!({ "attributes": attributes, "purpose": purpose }), &["attributes", "purpose"]);
    let agreed = json!({ "type": "array", "items": ask, "minItems": 1, "maxItems": MAX_ASKS });
    object(&json!({ "plugin": name(), "agreed": agreed }), &["plugin", "agreed"])
}
