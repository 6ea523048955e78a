//! The front door of a small neighbourhood: a core function and a plugin with an operation of every sort, callers of
//! every sort, and a fixed moment.

use std::sync::{Arc, LazyLock};

use linli_contract::{
    Community, ComponentName, Descriptor, Method, Operation, OperationKind, Role, Text, Timestamp,
};
use linli_gateway::{Choose, Gateway, Release, Routes, TokenClaims, TokenKeys, TokenSigner, Tokens};
use serde_json::{Value, json};

/// The community of most requests.
pub const HERE: &str = "330105001001";
/// A street, whose communities are asked together.
const STREET: &str = "330105001";
const DIGEST: &str = "00";

/// 2026-05-01T00:30:00Z.
pub fn now() -> Timestamp {
    Timestamp::from_micros(1_777_595_400_000_000)
}

/// Callers, as they stand in braces in an input: nobody can make up a signature.
pub fn callers() -> &'static [(&'static str, String)] {
    static CALLERS: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
        let made = |role: Role, area: &str, provider: Option<&str>, ttl_seconds: u32| {
            signer().sign(&TokenClaims {
                subject: Some("x-0001"),
                roles: &[role],
                area: &area.parse().expect("an area"),
                provider,
                issued_at: now().plus_seconds(-1_800),
                ttl_seconds,
                id: "t-1",
            })
        };
        vec![
            ("{resident}", made(Role::Resident, HERE, None, 3_600)),
            ("{worker}", made(Role::Worker, STREET, None, 3_600)),
            ("{officer}", made(Role::Officer, STREET, None, 3_600)),
            ("{provider}", made(Role::Provider, "33", Some("p-1"), 3_600)),
            ("{operator}", made(Role::Operator, "33", None, 3_600)),
            ("{late}", made(Role::Resident, HERE, None, 60)),
        ]
    });
    &CALLERS
}

/// Routes, tokens, and a plugin for some callers.
pub fn gateway() -> &'static Gateway {
    static GATEWAY: LazyLock<Gateway> = LazyLock::new(|| {
        let release = Release { descriptor: Arc::new(component("bakery")), digest: DIGEST.into() };
        let routes = Routes::build(&[Arc::new(component("activities"))]).expect("routes");
        let routes = routes.with_plugins(&[release]).expect("routes of a plugin");
        Gateway::new(routes, tokens()).choosing(Arc::new(EveryOther))
    });
    &GATEWAY
}

/// Tokens that this neighbourhood knows; verified once, since every input comes with the same.
pub fn tokens() -> Arc<Tokens> {
    static TOKENS: LazyLock<Arc<Tokens>> =
        LazyLock::new(|| Arc::new(Tokens::new(TokenKeys::from_jwks(&signer().jwks()).expect("a key set"))));
    TOKENS.clone()
}

fn signer() -> TokenSigner {
    TokenSigner::from_seed(&[7; 32])
}

/// The plugin is there for callers who have a name.
struct EveryOther;

impl Choose for EveryOther {
    fn choose(&self, _: &ComponentName, _: Community, caller: Option<&str>) -> Option<Arc<str>> {
        caller.map(|_| DIGEST.into())
    }
}

fn operation(name: &str, method: Method, path: &str, roles: &[Role], input: Value) -> Operation {
    let kind = if method == Method::Get { OperationKind::Query } else { OperationKind::Command };
    Operation {
        name: name.into(),
        kind,
        method,
        path: path.into(),
        roles: roles.to_vec(),
        title: Text::new("办理", "Do it"),
        input: input.to_string(),
        output: json!({"type": "object"}).to_string(),
        joined_by: vec![],
    }
}

/// A schema with every sort of member that a form has.
fn form() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "required": ["title", "capacity"],
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

fn component(name: &str) -> Descriptor {
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
    let id = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}});
    let mut list = operation("list", Method::Get, "/activities", &[Role::Resident, Role::Officer], page);
    list.joined_by = vec!["/due_at".into(), "/n".into()];
    let operations = vec![
        list,
        operation("create", Method::Post, "/activities", &[Role::Worker], form()),
        operation("show", Method::Get, "/activities/{id}", &[Role::Resident], id.clone()),
        operation("sign_up", Method::Post, "/activities/{id}/signups", &[Role::Resident], signup),
        operation("verify", Method::Get, "/tickets/{id}", &[Role::Anyone], id),
        operation("report", Method::Post, "/reports", &[Role::Anyone], json!({"type": "object"})),
    ];
    Descriptor {
        name: name.parse().expect("a name"),
        version: "0.1.0".into(),
        title: Text::new("活动", "Activities"),
        operations,
        collections: vec![],
        publishes: vec![],
        subscribes: vec![],
        settings: vec![],
        accounts: vec![],
        permissions: vec![],
    }
}
