//! One component with an operation of every sort, callers of every sort, and a fixed moment.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use linli_contract::{ComponentName, Descriptor, Method, Operation, OperationKind, Role, Text, Timestamp};
use linli_gateway::{Admitted, Gateway, Rejection, Routes, TokenClaims, TokenKeys, TokenSigner, Tokens};
use serde_json::{Value, json};

/// The community of most requests.
pub const HERE: &str = "330105001001";
/// A community of the same street.
pub const NEXT_DOOR: &str = "330105001002";

/// 2026-05-01T00:30:00Z.
pub fn now() -> Timestamp {
    Timestamp::from_micros(1_777_595_400_000_000)
}

pub fn signer() -> TokenSigner {
    TokenSigner::from_seed(&[7; 32])
}

/// A token of an hour, issued half an hour ago.
pub fn token(role: Role, subject: &str, area: &str) -> String {
    signer().sign(&TokenClaims {
        subject: Some(subject),
        roles: &[role],
        area: &area.parse().unwrap(),
        provider: None,
        issued_at: now().plus_seconds(-1_800),
        ttl_seconds: 3_600,
        id: "t-1",
    })
}

/// The resident whom most requests come from.
pub fn resident() -> String {
    format!("Bearer {}", token(Role::Resident, "r-0001", HERE))
}

pub fn worker() -> String {
    format!("Bearer {}", token(Role::Worker, "w-0001", "330105001"))
}

pub fn operation(name: &str, method: Method, path: &str, roles: &[Role], input: &Value) -> Operation {
    let kind = if method == Method::Get { OperationKind::Query } else { OperationKind::Command };
    Operation {
        name: name.into(),
        kind,
        method,
        path: path.into(),
        roles: roles.to_vec(),
        title: Text::new(format!("办理 {name}"), format!("Do {name}")),
        input: input.to_string(),
        output: json!({"type": "object"}).to_string(),
        joined_by: vec![],
    }
}

pub fn component(name: &str, operations: Vec<Operation>) -> Descriptor {
    Descriptor {
        name: name.parse::<ComponentName>().unwrap(),
        version: "0.1.0".into(),
        title: Text::new("活动报名", "Activity signup"),
        operations,
        collections: vec![],
        publishes: vec![],
        subscribes: vec![],
        settings: vec![],
        accounts: vec![],
        permissions: vec![],
    }
}

pub fn id_schema() -> Value {
    json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}})
}

fn activity_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "required": ["title", "capacity", "starts_at"],
        "properties": {
            "title": {"type": "string", "minLength": 1, "maxLength": 20},
            "capacity": {"type": "integer", "minimum": 1, "maximum": 10000},
            "starts_at": {"type": "string", "format": "date-time"},
            "mode": {"enum": ["first-come", "lottery"]},
            "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2, "uniqueItems": true},
            "terms": {"const": "accepted"},
            "ages": {"anyOf": [{"$ref": "#/$defs/Ages"}, {"type": "null"}]},
            "price": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 100, "multipleOf": 0.5},
            "contact": {"type": ["string", "null"], "format": "email"},
            "notes": {},
        },
        "$defs": {"Ages": {"type": "object", "required": ["from"], "properties": {"from": {"type": "integer", "minimum": 0}}}},
    })
}

/// The component of most tests.
pub fn activities() -> Descriptor {
    let page = json!({
        "type": "object",
        "properties": {
            "status": {"type": "string"},
            "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": 100},
            "open": {"type": "boolean"},
            "tag": {"type": "array", "items": {"type": "integer"}},
            "cursor": {"type": "string"},
        },
    });
    let signup = json!({
        "type": "object",
        "required": ["id", "party_size"],
        "properties": {
            "id": {"type": "string"},
            "party_size": {"type": "integer", "minimum": 1},
            "note": {"type": "string"},
            "notify": {"type": "boolean"},
        },
    });
    component(
        "activity-signup",
        vec![
            operation("list_activities", Method::Get, "/activities", &[Role::Resident, Role::Worker], &page),
            operation("create_activity", Method::Post, "/activities", &[Role::Worker], &activity_schema()),
            operation("get_activity", Method::Get, "/activities/{id}", &[Role::Resident], &id_schema()),
            operation("create_signup", Method::Post, "/activities/{id}/signups", &[Role::Resident], &signup),
            operation("verify_ticket", Method::Get, "/tickets/{id}", &[Role::Anyone], &id_schema()),
            operation("report", Method::Post, "/reports", &[Role::Anyone], &json!({"type": "object"})),
        ],
    )
}

pub fn gateway() -> &'static Gateway {
    static GATEWAY: LazyLock<Gateway> = LazyLock::new(|| {
        let routes = Routes::build(&[Arc::new(activities())]).unwrap();
        let keys = TokenKeys::from_jwks(&signer().jwks()).unwrap();
        Gateway::new(routes, Arc::new(Tokens::new(keys)))
    });
    &GATEWAY
}

/// `GET /activities`, with headers given as `name: value`.
pub fn request(line: &str, headers: &[&str]) -> Parts {
    let (method, path) = line.split_once(' ').unwrap();
    let uri =
        if path.starts_with("/v1/") { path.to_owned() } else { format!("/v1/{HERE}/activity-signup{path}") };
    let mut builder = Request::builder().method(method).uri(uri);
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        builder = builder.header(name, value);
    }
    builder.body(()).unwrap().into_parts().0
}

pub fn admit(line: &str, headers: &[&str]) -> Result<Admitted, Rejection> {
    gateway().admit(&request(line, headers), now())
}

/// What a worker's `POST /activities`, or another line, is refused with, or the input it makes.
pub fn input(line: &str, body: impl AsRef<[u8]>) -> Result<String, Rejection> {
    let who = if line.starts_with("POST /activities?") || line == "POST /activities" {
        worker()
    } else {
        resident()
    };
    let authorization = format!("Authorization: {who}");
    let admitted = admit(line, &[&authorization, "Content-Type: application/json"])?;
    admitted.input(body.as_ref()).map(|input| input.json)
}

/// A response as text: status, headers in order, body.
pub fn shown(response: &Response<Bytes>) -> String {
    let mut out = format!("{}\n", response.status().as_u16());
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
        .collect();
    headers.sort();
    out.extend(headers);
    if !response.body().is_empty() {
        out.push('\n');
        match serde_json::from_slice::<Value>(response.body()) {
            Ok(_) => out.push_str(std::str::from_utf8(response.body()).unwrap()),
            Err(_) => out.push_str(&String::from_utf8_lossy(response.body())),
        }
        out.push('\n');
    }
    out
}
