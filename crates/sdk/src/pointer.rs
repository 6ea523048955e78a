//! From the place at which reading a JSON text stopped to the value that could not be read.

/// The containers around a place in a text, from the outside in.
enum Step {
    /// An object, and the member whose value comes or came last; none before the first.
    Member(Option<String>),
    /// An array, and which of its items comes or came last.
    Item(usize),
}

/// The RFC 6901 pointer of the value at whose end the error lies; none for the whole text, and for errors without a place
/// (of values that were read before they were taken apart).
pub(crate) fn to_value_at(text: &str, error: &serde_json::Error) -> Option<String> {
    let line_start =
        text.split_inclusive('\n').take(error.line().checked_sub(1)?).map(str::len).sum::<usize>();
    let end = (line_start + error.column()).min(text.len());
    let mut steps = Vec::new();
    let (bytes, mut at) = (text.as_bytes(), 0);
    let mut key_next = false;
    while at < end {
        match bytes[at] {
            b'{' => {
                steps.push(Step::Member(None));
                key_next = true;
            }
            b'[' => {
                steps.push(Step::Item(0));
                key_next = false;
            }
            // What is wrong with a value may be told only when what it is the last of has been read to its end.
            b'}' | b']' if at + 1 == end => break,
            b'}' | b']' => {
                steps.pop();
                key_next = false;
            }
            b',' => match steps.last_mut() {
                Some(Step::Item(number)) => *number += 1,
                _ => key_next = true,
            },
            b'"' => {
                let length = length_of_string(&bytes[at..]);
                if key_next && let Some(Step::Member(name)) = steps.last_mut() {
                    *name = serde_json::from_str(&text[at..at + length]).ok();
                    key_next = false;
                }
                at += length;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    let pointer: String = steps.iter().filter_map(Step::pointer).collect();
    (!pointer.is_empty()).then_some(pointer)
}

impl Step {
    fn pointer(&self) -> Option<String> {
        match self {
            Self::Member(name) => {
                name.as_ref().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1")))
            }
            Self::Item(number) => Some(format!("/{number}")),
        }
    }
}

/// Bytes of the string a text begins with, its quotes included.
fn length_of_string(bytes: &[u8]) -> usize {
    let mut escaped = false;
    let end = bytes.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(bytes.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use linli_contract::Timestamp;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Input {
        title: String,
        #[serde(default)]
        on: Option<Timestamp>,
        #[serde(default)]
        days: Vec<Day>,
        #[serde(default, rename = "a/b~c")]
        odd: Option<Timestamp>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Day {
        from: Timestamp,
    }

    #[test]
    fn the_value_that_cannot_be_read_is_named() {
        const NONE: &str = r#""2026-02-30T00:00:00Z""#;
        const GOOD: &str = r#""2026-02-28T00:00:00Z""#;
        for (text, expected) in [
            (format!(r#"{{"on":{NONE},"title":"x"}}"#), Some("/on")),
            (format!(r#"{{"title":"a \"{{[ \\", "on" : {NONE} }}"#), Some("/on")),
            (
                format!(r#"{{"title":"x","days":[{{"from":{GOOD}}},{{"from":{NONE}}}],"on":null}}"#),
                Some("/days/1/from"),
            ),
            (format!("{{\n\"title\": \"邻里\",\n\"on\": {NONE}}}"), Some("/on")),
            (format!(r#"{{"title":"x","a/b~c":{NONE}}}"#), Some("/a~1b~0c")),
            (r#"{"days":{}}"#.to_owned(), Some("/days")),
        ] {
            let error = serde_json::from_str::<Input>(&text).unwrap_err();
            assert_eq!(to_value_at(&text, &error).as_deref(), expected, "{text}: {error}");
        }
    }
}
