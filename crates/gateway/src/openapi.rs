//! The live operations as an OpenAPI 3.1 document.

use std::collections::BTreeSet;
use std::sync::Arc;

use linli_contract::{Descriptor, Method, Operation, OperationKind, Role};
use serde_json::{Map, Value, json};

use crate::openapi_schemas::{Schemas, parameter_schemas};

/// The document for a set of components that [`crate::Routes::build`] accepted, reached at `server`
/// (`https://linli.example`, or empty for wherever the document came from).
///
/// Operations are named `component.operation`, so that a new component never renames another's. Next to what OpenAPI
/// knows, each has `x-linli-title` (both languages), `x-linli-kind` and `x-linli-roles`.
pub fn openapi(descriptors: &[Arc<Descriptor>], server: &str) -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    for descriptor in descriptors {
        for operation in &descriptor.operations {
            let path = format!("/v1/{{community}}/{}{}", descriptor.name, operation.path);
            let entry = paths.entry(path).or_insert_with(|| json!({}));
            entry[operation.method.as_str().to_ascii_lowercase()] =
                describe(descriptor, operation, &mut schemas);
        }
    }
    let mut components = shared_components();
    components["schemas"] = Value::Object(schemas.into_members());
    components["schemas"]["Problem"] = problem_schema();
    components["schemas"]["JoinedPage"] = joined_schema();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "邻里 Linli",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "社区服务接口 · Neighbourhood services",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": if server.is_empty() { "/" } else { server } }],
        "tags": descriptors.iter().map(|d| tag(d)).collect::<Vec<_>>(),
        "paths": paths,
        "components": components,
    })
}

fn tag(descriptor: &Descriptor) -> Value {
    json!({
        "name": descriptor.name.as_str(),
        "description": both(&descriptor.title.zh, &descriptor.title.en),
        "x-linli-title": { "zh": descriptor.title.zh, "en": descriptor.title.en },
        "x-linli-version": descriptor.version,
    })
}

fn both(zh: &str, en: &str) -> String {
    format!("{zh} · {en}")
}

fn describe(descriptor: &Descriptor, operation: &Operation, schemas: &mut Schemas) -> Value {
    let name = format!("{}.{}", descriptor.name, operation.name);
    let input = schemas.adopt(&name, "input", &operation.input);
    let in_path: BTreeSet<&str> = operation.path_parameters().collect();
    // RFC 9110 §9.3.5 gives a body of DELETE no meaning, and OpenAPI says to avoid it.
    let in_query = matches!(operation.method, Method::Get | Method::Delete);

    let joined = !operation.joined_by.is_empty();
    let place = if joined { "CommunityOrArea" } else { "Community" };
    let mut parameters = vec![json!({ "$ref": format!("#/components/parameters/{place}") })];
    for (parameter, schema, required) in parameter_schemas(&input, &in_path) {
        let place = if in_path.contains(parameter.as_str()) { "path" } else { "query" };
        if place == "path" || in_query {
            parameters.push(json!({
                "name": parameter, "in": place, "required": required || place == "path", "schema": schema,
            }));
        }
    }
    let public = operation.roles.contains(&Role::Anyone);
    if operation.roles.contains(&Role::Resident) {
        parameters.push(json!({ "$ref": "#/components/parameters/ActingFor" }));
    }
    let named_callers = operation.roles.iter().any(|role| *role != Role::Anyone);
    if operation.kind != OperationKind::Query && named_callers {
        parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
    }
    let mut described = json!({
        "operationId": name,
        "tags": [descriptor.name.as_str()],
        "summary": both(&operation.title.zh, &operation.title.en),
        "x-linli-title": { "zh": operation.title.zh, "en": operation.title.en },
        "x-linli-kind": operation.kind,
        "x-linli-roles": operation.roles,
        "parameters": parameters,
        "security": if public { json!([{}, { "bearer": [] }]) } else { json!([{ "bearer": [] }]) },
        "responses": responses(operation, &name, schemas),
    });
    if joined {
        described["x-linli-joined-by"] = json!(operation.joined_by);
    }
    if !in_query && let Some((body, required)) = body_schema(&input, &in_path) {
        described["requestBody"] =
            json!({ "required": required, "content": { "application/json": { "schema": body } } });
    }
    described
}

/// The input without what the path gives; none when nothing is left. And whether it can be left out.
fn body_schema(input: &Value, in_path: &BTreeSet<&str>) -> Option<(Value, bool)> {
    let mut body = input.clone();
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !in_path.contains(name.as_str()));
    }
    if let Some(required) = body.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !name.as_str().is_some_and(|name| in_path.contains(name)));
    }
    let required = has_some(&body, "required");
    if !required && let Some(members) = body.as_object_mut() {
        members.remove("required");
    }
    let has_some = |keyword: &str| has_some(&body, keyword);
    let anything = ["properties", "allOf", "anyOf", "oneOf", "patternProperties"].into_iter().any(has_some);
    let referred = body.get("$ref").is_some();
    (anything || referred).then_some((body, required))
}

fn has_some(schema: &Value, keyword: &str) -> bool {
    match schema.get(keyword) {
        Some(Value::Object(members)) => !members.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        _ => false,
    }
}

fn responses(operation: &Operation, name: &str, schemas: &mut Schemas) -> Value {
    let success = if operation.kind == OperationKind::Query { "200" } else { "2XX" };
    let mut reply = json!({ "description": both("已办理", "Done") });
    if !operation.output.is_empty() {
        let mut schema = schemas.adopt(name, "output", &operation.output);
        if !operation.joined_by.is_empty() {
            schema = json!({ "anyOf": [schema, { "$ref": "#/components/schemas/JoinedPage" }] });
        }
        reply["content"] = json!({ "application/json": { "schema": schema } });
    }
    let mut responses = Map::from_iter([(success.to_owned(), reply)]);
    if operation.kind == OperationKind::Query {
        let unchanged =
            both("自 If-None-Match 所示版本后未变", "Unchanged since the version of If-None-Match");
        responses.insert("304".into(), json!({ "description": unchanged }));
        responses["200"]["headers"] = json!({
            "ETag": { "schema": { "type": "string" } },
            "Link": { "schema": { "type": "string" }, "description": both("下一页", "The next page, rel=\"next\"") },
        });
    }
    responses.insert("default".into(), json!({ "$ref": "#/components/responses/Problem" }));
    Value::Object(responses)
}

fn shared_components() -> Value {
    let header = |name: &str, zh: &str, en: &str| {
        json!({
            "name": name, "in": "header", "required": false, "description": both(zh, en),
            "schema": { "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" },
        })
    };
    json!({
        "securitySchemes": { "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": both("登录后取得的凭证", "The token of a signed-in caller"),
        }},
        "parameters": {
            "Community": {
                "name": "community", "in": "path", "required": true,
                "description": both("社区的 12 位区划代码", "The 12-digit division code of the community"),
                "schema": { "type": "string", "pattern": "^[1-9][0-9]{11}$" },
            },
            "CommunityOrArea": {
                "name": "community", "in": "path", "required": true,
                "description": both(
                    "社区的 12 位区划代码；或街道及以上 9、6、4、2 位代码，合并其各社区的列表（须由您负责整个区域）",
                    "The 12-digit division code of a community; or the 9, 6, 4 or 2 digits of a street or more, for the lists \
                     of all its communities joined (to whom all of it is entrusted)",
                ),
                "schema": { "type": "string", "pattern": "^([1-9][0-9]{11}|[1-9][0-9]{8}|[1-9][0-9]{5}|[1-9][0-9]{3}|[1-9][0-9])$" },
            },
            "ActingFor": header("Acting-For", "代办对象的编号（须有亲情绑定）", "Id of the relative you act for (needs a binding)"),
            "IdempotencyKey": header(
                "Idempotency-Key",
                "同一请求重发时使用同一个键，只办理一次",
                "Send the same key when repeating a request: it is carried out once",
            ),
        },
        "responses": { "Problem": {
            "description": both("未办理，原因见内容", "Not done; the content says why"),
            "headers": { "Retry-After": { "schema": { "type": "integer" } } },
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        }},
    })
}

/// Of a list that was joined over an area.
fn joined_schema() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "description": both("多个社区合并的列表", "A list joined over communities"),
        "required": ["items", "failed"],
        "properties": {
            "items": { "type": "array", "items": {
                "type": "object", "required": ["community"], "properties": { "community": text },
            }},
            "failed": {
                "type": "array",
                "description": both("未能答复的社区", "The communities that did not answer"),
                "items": {
                    "type": "object",
                    "required": ["community", "status", "code", "detail_zh", "detail_en"],
                    "properties": {
                        "community": text, "status": { "type": "integer" }, "code": text, "detail_zh": text,
                        "detail_en": text,
                    },
                },
            },
        },
    })
}

/// RFC 9457, with the members of this platform.
fn problem_schema() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "detail", "detail_zh", "detail_en", "request_id"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference" }, "title": text, "status": { "type": "integer" },
            "code": text, "detail": text, "detail_zh": text, "detail_en": text,
            "pointer": { "type": "string", "format": "json-pointer" },
            "errors": { "type": "array", "items": {
                "type": "object",
                "required": ["pointer", "code", "detail", "detail_zh", "detail_en"],
                "properties": {
                    "pointer": { "type": "string", "format": "json-pointer" },
                    "code": text, "detail": text, "detail_zh": text, "detail_en": text,
                },
            }},
            "request_id": text,
        },
    })
}
