//! The life of plugins as operations: upload, decisions, roll-out, roll-back, suspension, retirement.

use linli_contract::limits::BASIS_POINTS;
use linli_contract::{Method, Operation, Role};
use serde_json::{Value, json};

use super::{Row, UPLOAD, name, object};

/// Characters of a reason: a paragraph, for the merchant to act on.
const MAX_REASON: u32 = 1_000;
/// Prefixes of one roll-out: every street of a city.
const MAX_AREAS: u32 = 256;

const SEEN_BY: &[Role] = &[Role::Provider, Role::Reviewer, Role::Operator];
const PROVIDER: &[Role] = &[Role::Provider];
const REVIEWER: &[Role] = &[Role::Reviewer];
const OPERATOR: &[Role] = &[Role::Operator];

const ROWS: [Row; 13] = [
    Row(Method::Get, "/plugins", "list_plugins", SEEN_BY, ("插件列表", "List plugins"), list),
    Row(Method::Get, "/plugins/{name}", "get_plugin", SEEN_BY, ("查看插件", "Show a plugin"), named),
    Row(
        Method::Put,
        "/plugins/{name}/versions/{version}",
        UPLOAD,
        PROVIDER,
        ("上传插件版本", "Upload a version"),
        upload,
    ),
    Row(
        Method::Get,
        "/plugins/{name}/versions/{version}",
        "get_version",
        SEEN_BY,
        ("查看插件版本", "Show a version"),
        versioned,
    ),
    Row(
        Method::Post,
        "/plugins/{name}/versions/{version}/decisions",
        "decide_version",
        REVIEWER,
        ("审核插件版本", "Decide about a version"),
        decision,
    ),
    Row(
        Method::Put,
        "/plugins/{name}/rollout",
        "roll_out",
        OPERATOR,
        ("发布插件", "Roll a version out"),
        rollout,
    ),
    Row(Method::Post, "/plugins/{name}/rollback", "roll_back", OPERATOR, ("回退插件", "Roll back"), reasoned),
    Row(
        Method::Put,
        "/plugins/{name}/suspension",
        "suspend_plugin",
        OPERATOR,
        ("暂停插件", "Suspend a plugin"),
        with_reason,
    ),
    Row(
        Method::Delete,
        "/plugins/{name}/suspension",
        "resume_plugin",
        OPERATOR,
        ("恢复插件", "Resume a plugin"),
        named,
    ),
    Row(
        Method::Post,
        "/plugins/{name}/retirement",
        "retire_plugin",
        OPERATOR,
        ("下架插件", "Retire a plugin"),
        with_reason,
    ),
    Row(
        Method::Get,
        "/plugins/{name}/limits",
        "get_limits",
        SEEN_BY,
        ("查看插件限额", "Show a plugin's limits"),
        named,
    ),
    Row(
        Method::Put,
        "/plugins/{name}/limits",
        "put_limits",
        OPERATOR,
        ("设置插件限额", "Set a plugin's limits"),
        limits,
    ),
    Row(
        Method::Get,
        "/plugins/{name}/usage",
        "get_usage",
        &[Role::Provider, Role::Operator],
        ("插件用量", "What a plugin used"),
        named,
    ),
];

pub(super) fn operations() -> Vec<Operation> {
    ROWS.iter().map(Row::operation).collect()
}

fn version() -> Value {
    json!({ "type": "string", "minLength": 5, "maxLength": 32, "pattern": "^[0-9A-Za-z.-]+$" })
}

fn reason() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": MAX_REASON })
}

fn list() -> Value {
    object(&json!({}), &[])
}

fn named() -> Value {
    object(&json!({ "name": name() }), &["name"])
}

fn versioned() -> Value {
    object(&json!({ "name": name(), "version": version() }), &["name", "version"])
}

fn upload() -> Value {
    let source = json!({ "type": "string", "minLength": 1, "maxLength": 512 });
    let signature = json!({ "type": "string", "minLength": 1, "maxLength": 128 });
    let properties = json!({ "name": name(), "version": version(), "oci": source, "signature": signature });
    object(&properties, &["name", "version"])
}

fn decision() -> Value {
    let decision = json!({ "enum": ["approve", "reject"] });
    let properties =
        json!({ "name": name(), "version": version(), "decision": decision, "reason": reason() });
    object(&properties, &["name", "version", "decision", "reason"])
}

fn rollout() -> Value {
    let area = json!({ "type": "string", "pattern": "^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$" });
    let areas = json!({ "type": "array", "items": area, "minItems": 1, "maxItems": MAX_AREAS });
    let share = json!({ "type": "integer", "minimum": 1, "maximum": BASIS_POINTS });
    let properties = json!({ "name": name(), "version": version(), "areas": areas, "share": share });
    object(&properties, &["name", "version", "areas", "share"])
}

fn reasoned() -> Value {
    object(&json!({ "name": name(), "reason": reason() }), &["name"])
}

fn with_reason() -> Value {
    object(&json!({ "name": name(), "reason": reason() }), &["name", "reason"])
}

fn limits() -> Value {
    let amount = json!({ "type": "integer", "minimum": 0 });
    let names = [
        "cpu_millis_per_call",
        "cpu_millis_per_day",
        "wall_millis_per_call",
        "memory_bytes",
        "reply_bytes",
        "storage_bytes",
        "calls_per_minute",
        "concurrency",
        "money_per_call",
        "money_per_day",
    ];
    let mut properties = json!({ "name": name() });
    for name in names {
        properties[name] = amount.clone();
    }
    object(&properties, &["name"])
}
