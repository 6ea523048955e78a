//! The number rule of the contract: integers that JavaScript carries exactly, or none.

use serde_json::Value;

use crate::limits::MAX_INTEGER;

/// Where an integer beyond ±(2^53-1) stands, as an RFC 6901 pointer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("integers stay within ±(2^53-1)")]
pub struct IntegerOutOfRange {
    /// RFC 6901 pointer to the number.
    pub pointer: String,
}

/// Refuses integers beyond ±(2^53-1) anywhere in the value.
///
/// # Errors
/// The first one found, by pointer.
pub fn check_integers(value: &Value) -> Result<(), IntegerOutOfRange> {
    fn walk(value: &Value, path: &mut Vec<String>) -> Result<(), IntegerOutOfRange> {
        match value {
            Value::Number(n) => {
                let fits = match (n.as_i64(), n.as_u64()) {
                    (Some(i), _) => (-MAX_INTEGER..=MAX_INTEGER).contains(&i),
                    (None, Some(_)) => false,
                    (None, None) => true,
                };
                if fits { Ok(()) } else { Err(IntegerOutOfRange { pointer: pointer(path) }) }
            }
            Value::Array(items) => items.iter().enumerate().try_for_each(|(i, item)| {
                if matches!(item, Value::Number(_) | Value::Array(_) | Value::Object(_)) {
                    path.push(i.to_string());
                    walk(item, path)?;
                    path.pop();
                }
                Ok(())
            }),
            Value::Object(members) => members.iter().try_for_each(|(name, member)| {
                if matches!(member, Value::Number(_) | Value::Array(_) | Value::Object(_)) {
                    path.push(name.clone());
                    walk(member, path)?;
                    path.pop();
                }
                Ok(())
            }),
            Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        }
    }
    walk(value, &mut Vec::new())
}

fn pointer(path: &[String]) -> String {
    path.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_beyond_two_to_the_53_are_found_where_they_stand() {
        assert_eq!(check_integers(&json!({"a": [1, -9007199254740991_i64, 1.5e300]})), Ok(()));
        let found = check_integers(&json!({"a/b": [0, {"c": 9007199254740992_i64}]})).unwrap_err();
        assert_eq!(found.pointer, "/a~1b/1/c");
        assert!(check_integers(&json!(18446744073709551615_u64)).is_err());
    }
}
