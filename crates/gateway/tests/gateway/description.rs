//! What the gateway says of itself: the OpenAPI document and the reference page.

use std::collections::BTreeSet;
use std::sync::Arc;

use expect_test::expect_file;
use linli_contract::{Descriptor, Method, Role, Text};
use linli_gateway::{Routes, openapi, reference_page};
use serde_json::{Value, json};

use crate::fixture::{activities, component, operation};

fn two_components() -> Vec<Arc<Descriptor>> {
    let shared = |kind: &str| {
        json!({
            "type": "object", "required": ["id"],
            "properties": {"id": {"type": "string"}, "slot": {"$ref": "#/$defs/Slot"}, "definitions": {"const": {"$ref": "#"}}},
            "$defs": {"Slot": {"type": kind}},
        })
    };
    let tree =
        json!({"type": "object", "properties": {"replies": {"type": "array", "items": {"$ref": "#"}}}});
    let mut dining = component(
        "dining",
        vec![
            operation("get_meal", Method::Get, "/meals/{id}", &[Role::Anyone], &shared("string")),
            operation("put_meal", Method::Put, "/meals/{id}", &[Role::Worker], &shared("string")),
            operation("drop_meal", Method::Delete, "/meals/{id}", &[Role::Worker], &shared("integer")),
        ],
    );
    dining.operations[1].output = tree.to_string();
    dining.operations[2].output = String::new();
    vec![Arc::new(activities()), Arc::new(dining)]
}

fn document() -> Value {
    let descriptors = two_components();
    Routes::build(&descriptors).unwrap();
    openapi(&descriptors, "https://linli.example")
}

fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(target) if name == "$ref" => drop(into.insert(target.clone())),
                    _ if name == "const" => {}
                    _ => references(member, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

#[test]
fn the_document_is_this_one() {
    expect_file!["golden/openapi.json"].assert_eq(&format!("{:#}\n", document()));
}

#[test]
fn every_reference_leads_somewhere_and_every_path_parameter_is_described() {
    let document = document();
    let mut targets = BTreeSet::new();
    references(&document, &mut targets);
    assert!(targets.len() > 5);
    for target in targets {
        assert!(document.pointer(target.strip_prefix('#').unwrap()).is_some(), "{target}");
    }
    let mut names = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "named twice");
            let described: BTreeSet<_> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|p| p["name"].as_str())
                .collect();
            let in_template: Vec<_> =
                path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')).skip(1).collect();
            assert!(in_template.iter().all(|name| described.contains(name)), "{path}");
        }
    }
    assert_eq!(names.len(), 9);
}

#[test]
fn the_schemas_are_valid_2020_12() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}");
    }
}

#[test]
fn the_page_needs_nothing_else_and_shows_every_operation() {
    let page = reference_page(&document());
    for outside in ["<script", "<link", "<img", "src=", "url(", "@import", "http:", "https:"] {
        assert_eq!(page.find(outside).map(|at| &page[at - 40..at + 40]), None, "{outside}");
    }
    for operation in
        ["activity-signup.create_signup", "dining.get_meal", "dining.put_meal", "dining.drop_meal"]
    {
        assert!(page.contains(&format!("<details id=\"{operation}\">")), "{operation}");
    }
    assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
    assert!(page.contains("dining.Slot") && page.contains("dining.drop_meal.input.Slot"));
}

#[test]
fn titles_of_strangers_stay_text() {
    let mut descriptor = component("x", vec![operation("a", Method::Get, "/a", &[Role::Anyone], &json!({}))]);
    descriptor.title = Text::new("<script>坏</script>", "\"><b>bad</b>");
    descriptor.operations[0].title = Text::new("<i>", "&amp;'");
    let page = reference_page(&openapi(&[Arc::new(descriptor)], ""));
    assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("<i>"));
    assert!(page.contains("&lt;script&gt;坏") && page.contains("&amp;amp;&#39;"));
}

/// WCAG 2.2, relative luminance of `#rrggbb` or `#rgb`.
fn luminance(color: &str) -> f64 {
    let hex = color.trim_start_matches('#');
    let hex = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex.to_owned() };
    let channel = |i: usize| {
        let c = f64::from(u8::from_str_radix(&hex[i..i + 2], 16).unwrap()) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

#[test]
fn text_stands_out_from_its_ground() {
    let page = reference_page(&openapi(&[], ""));
    for (text, ground) in [
        ("#1a1a1a", "#fff"),
        ("#4a4a4a", "#fff"),
        ("#0b4f9e", "#fff"),
        ("#1a1a1a", "#f4f4f4"),
        ("#f2f2f2", "#161616"),
        ("#c8c8c8", "#161616"),
        ("#8ec2ff", "#161616"),
        ("#f2f2f2", "#262626"),
    ] {
        assert!(page.contains(text) && page.contains(ground), "{text} on {ground} is not in the page");
        let (a, b) = (luminance(text), luminance(ground));
        assert!((a.max(b) + 0.05) / (a.min(b) + 0.05) >= 4.5, "{text} on {ground}");
    }
    assert!(page.contains("font:1.125rem/1.6"), "18 px, and line spacing above 1.3");
}
