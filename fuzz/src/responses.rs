//! What every response of the gateway promises.

use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use linli_contract::limits::MAX_INTEGER;
use serde_json::Value;

/// A refusal: its status is one, and its body a problem document that says the same.
pub fn refusal(response: &Response<Bytes>) {
    let status = response.status().as_u16();
    assert!((400..600).contains(&status), "a refusal with {status}");
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    let document: Value = serde_json::from_slice(response.body()).expect("a problem is JSON");
    assert_eq!(document["status"], status);
    for member in ["code", "title", "detail"] {
        assert!(document[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {document}");
    }
}

/// Any other answer.
pub fn answer(response: &Response<Bytes>) {
    if response.status().as_u16() >= 400 {
        return refusal(response);
    }
    assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
}

/// What a component is given: an object whose numbers JavaScript carries.
pub fn input(json: &str) {
    let value: Value = serde_json::from_str(json).expect("an input is JSON");
    assert!(value.is_object() && in_range(&value), "{json}");
}

fn in_range(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().map_or_else(
            || number.as_f64().is_some_and(|float| float.fract() != 0.0),
            |integer| (-MAX_INTEGER..=MAX_INTEGER).contains(&integer),
        ),
        Value::Array(items) => items.iter().all(in_range),
        Value::Object(members) => members.values().all(in_range),
        _ => true,
    }
}
