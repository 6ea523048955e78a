//! No bytes from outside make the gateway panic, and what it accepts keeps its promises.

use std::sync::Arc;

use http::Request;
use linli_contract::limits::MAX_INTEGER;
use linli_contract::{Method, Role};
use linli_gateway::{Gateway, Routes, TokenKeys, Tokens, openapi, reference_page};
use proptest::prelude::*;
use serde_json::Value;

use crate::fixture::{HERE, component, gateway, input, now, operation, request, resident, signer};

fn in_range(value: &Value) -> bool {
    match value {
        Value::Number(n) => n.as_i64().map_or_else(
            || n.as_f64().is_some_and(|f| f.fract() != 0.0),
            |i| (-MAX_INTEGER..=MAX_INTEGER).contains(&i),
        ),
        Value::Array(items) => items.iter().all(in_range),
        Value::Object(members) => members.values().all(in_range),
        _ => true,
    }
}

/// JSON of any shape, leaning towards what the schemas know.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let name = prop_oneof![
            Just("id".to_owned()),
            Just("party_size".to_owned()),
            Just("note".to_owned()),
            ".{0,4}"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Something like a schema: known keywords, seldom with a value they should have.
fn schema() -> impl Strategy<Value = Value> {
    let keyword = prop::sample::select(vec![
        "type",
        "properties",
        "required",
        "items",
        "$ref",
        "$defs",
        "anyOf",
        "allOf",
        "not",
        "enum",
        "const",
        "pattern",
        "minimum",
        "maxLength",
        "format",
        "patternProperties",
        "additionalProperties",
        "prefixItems",
        "if",
        "then",
        "$id",
        "dependentSchemas",
        "multipleOf",
        "uniqueItems",
        "contains",
        "unevaluatedProperties",
    ]);
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "object",
            "string",
            "#",
            "#/$defs/id",
            "#/properties/id",
            "(",
            "a*",
            "date"
        ])
        .prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 4, move |inner| {
        let name = prop_oneof![4 => keyword.clone().prop_map(str::to_owned), 1 => Just("id".to_owned())];
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            3 => prop::collection::vec((name, inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_schema_compiles_or_is_refused(schema in schema(), body in json()) {
        let operation = operation("a", Method::Post, "/a/{id}", &[Role::Anyone], &schema);
        let descriptor = Arc::new(component("x", vec![operation]));
        if let Ok(routes) = Routes::build(std::slice::from_ref(&descriptor)) {
            let page = reference_page(&openapi(&[descriptor], ""));
            prop_assert!(page.ends_with("</html>"));
            let keys = TokenKeys::from_jwks(&signer().jwks()).unwrap();
            let gateway = Gateway::new(routes, Arc::new(Tokens::new(keys)));
            let line = format!("POST /v1/{HERE}/x/a/1?id=2&type=3");
            let admitted = gateway.admit(&request(&line, &["Content-Type: application/json"]), now()).unwrap();
            let _ = admitted.input(body.to_string().as_bytes());
        }
    }

    #[test]
    fn any_target_and_headers(path in prop::collection::vec(any::<u8>(), 0..60), value in prop::collection::vec(any::<u8>(), 0..40)) {
        for prefix in ["/", &format!("/v1/{HERE}/activity-signup/activities/"), &format!("/v1/{HERE}/activity-signup/activities?")] {
            let target = [prefix.as_bytes(), &path].concat();
            let Ok(uri) = http::Uri::try_from(target) else { continue };
            for name in ["authorization", "acting-for", "idempotency-key", "content-type", "content-length"] {
                let Ok(value) = http::HeaderValue::from_bytes(&value) else { continue };
                let request = Request::builder().uri(uri.clone()).header(name, value).header("authorization", resident());
                let parts = request.body(()).unwrap().into_parts().0;
                if let Ok(admitted) = gateway().admit(&parts, now()) {
                    let _ = admitted.input(b"");
                }
            }
        }
    }

    #[test]
    fn any_bearer_token(token in "[A-Za-z0-9_.-]{0,80}") {
        let request = Request::builder().uri(format!("/v1/{HERE}/activity-signup/activities"));
        let parts = request.header("authorization", format!("Bearer {token}")).body(()).unwrap().into_parts().0;
        prop_assert!(gateway().admit(&parts, now()).is_err());
    }

    #[test]
    fn any_body_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = input("POST /activities/a1/signups", body);
    }

    #[test]
    fn any_json_body_is_refused_or_becomes_an_object_in_range(body in json()) {
        if let Ok(made) = input("POST /activities/a1/signups?notify=true", body.to_string()) {
            let made: Value = serde_json::from_str(&made).unwrap();
            prop_assert_eq!(&made["id"], "a1");
            prop_assert_eq!(&made["notify"], true);
            prop_assert!(in_range(&made));
        }
    }
}
