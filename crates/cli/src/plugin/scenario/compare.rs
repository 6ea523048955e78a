//! What was expected against what came, in words that say where they part.

use serde_json::Value as Json;

/// Stands for any value.
const ANY: &str = "<any>";

/// Every place in which `got` is not what is expected. Objects may hold more than is expected of them, lists may not.
pub fn differences(expected: &Json, got: &Json) -> Vec<String> {
    let mut found = Vec::new();
    compare(expected, got, "", &mut found);
    found
}

fn compare(expected: &Json, got: &Json, place: &str, found: &mut Vec<String>) {
    let shown = if place.is_empty() { "the answer" } else { place };
    match (expected, got) {
        (Json::String(any), _) if any == ANY => {}
        (Json::Object(wanted), Json::Object(members)) => {
            for (name, value) in wanted {
                let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
                match members.get(name) {
                    Some(member) => compare(value, member, &place, found),
                    None => found.push(format!("{place}: expected {value}, and there is nothing")),
                }
            }
        }
        (Json::Array(wanted), Json::Array(items)) if wanted.len() == items.len() => {
            for (number, (value, item)) in wanted.iter().zip(items).enumerate() {
                compare(value, item, &format!("{place}/{number}"), found);
            }
        }
        (Json::Array(wanted), Json::Array(items)) => {
            found.push(format!("{shown}: expected {} items, got {}", wanted.len(), items.len()));
        }
        _ if expected == got => {}
        _ => found.push(format!("{shown}: expected {expected}, got {got}")),
    }
}

/// Puts what was saved where its name stands: `"$note"` becomes the value itself, `"/notes/${note}"` text with it in.
///
/// # Errors
/// A name that nothing was saved under.
pub fn filled(value: &Json, saved: &dyn Fn(&str) -> Option<Json>) -> Result<Json, String> {
    let unknown = |name: &str| format!("nothing was saved as `{name}`");
    Ok(match value {
        Json::String(text) => match text.strip_prefix('$') {
            Some(name) if !name.starts_with('{') => saved(name).ok_or_else(|| unknown(name))?,
            _ => {
                let mut out = String::new();
                let mut rest = text.as_str();
                while let Some((before, after)) = rest.split_once("${") {
                    let (name, after) =
                        after.split_once('}').ok_or_else(|| format!("`{text}` does not close"))?;
                    out.push_str(before);
                    match saved(name).ok_or_else(|| unknown(name))? {
                        Json::String(value) => out.push_str(&value),
                        value => out.push_str(&value.to_string()),
                    }
                    rest = after;
                }
                Json::String(out + rest)
            }
        },
        Json::Array(items) => {
            Json::Array(items.iter().map(|item| filled(item, saved)).collect::<Result<_, _>>()?)
        }
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| Ok((name.clone(), filled(value, saved)?));
            Json::Object(members.iter().map(member).collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_are_named_with_their_place() {
        let got = json!({ "id": "x", "items": [{ "n": 1, "more": true }], "state": "held" });
        assert_eq!(differences(&json!({ "id": "<any>", "items": [{ "n": 1 }] }), &got), Vec::<String>::new());
        let expected = json!({ "state": "released", "items": [{ "n": 2 }], "lost": 1 });
        assert_eq!(
            differences(&expected, &got),
            [
                "/items/0/n: expected 2, got 1",
                "/lost: expected 1, and there is nothing",
                "/state: expected \"released\", got \"held\"",
            ]
        );
        assert_eq!(differences(&json!({ "items": [] }), &got), ["/items: expected 0 items, got 1"]);
    }

    #[test]
    fn saved_values_keep_their_type_alone_and_become_text_in_texts() {
        let saved = |name: &str| (name == "n").then(|| json!(7));
        let value = json!({ "a": "$n", "b": ["x${n}y${n}"], "c": "5 $" });
        assert_eq!(filled(&value, &saved), Ok(json!({ "a": 7, "b": ["x7y7"], "c": "5 $" })));
        assert_eq!(filled(&json!("$m"), &saved), Err("nothing was saved as `m`".to_owned()));
    }
}
