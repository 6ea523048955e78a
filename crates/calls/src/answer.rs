//! What types do not tell about an answer: sizes, and that what is called JSON is JSON that everybody can read.

use std::fmt;

use linli_contract::limits::{MAX_INTEGER, MAX_JSON_DEPTH};
use linli_contract::{Answer, Content, Problem, Reply, Status};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Bytes of a media type, of a problem's code and of its pointer: longer ones are not written by people.
const MAX_WORD_BYTES: usize = 256;

/// Why an answer is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// More bytes than it may have.
    #[error("the answer is too large")]
    TooLarge,
    /// It breaks this rule.
    #[error("the answer breaks the contract: {0}")]
    Broken(&'static str),
}

/// `most` bytes are allowed.
///
/// # Errors
/// See [`Unfit`].
pub fn check(answer: &Answer, most: usize) -> Result<(), Unfit> {
    match answer {
        Answer::Reply(reply) => check_reply(reply, most),
        Answer::Problem(problem) => check_problem(problem, most),
    }
}

fn check_reply(reply: &Reply, most: usize) -> Result<(), Unfit> {
    if reply.content.len() + reply.next.as_ref().map_or(0, String::len) > most {
        return Err(Unfit::TooLarge);
    }
    if reply.status == Status::NoContent && reply.content != Content::None {
        return Err(Unfit::Broken("status no-content with content"));
    }
    match &reply.content {
        Content::Json(text) if !is_json(text) => Err(Unfit::Broken("JSON content that is not")),
        Content::Media { content_type, .. } if !is_word(content_type) => {
            Err(Unfit::Broken("not a media type"))
        }
        _ => Ok(()),
    }
}

fn check_problem(problem: &Problem, most: usize) -> Result<(), Unfit> {
    let data = problem.data.as_deref();
    if problem.detail.zh.len() + problem.detail.en.len() + data.map_or(0, str::len) > most {
        return Err(Unfit::TooLarge);
    }
    let kebab = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !is_word(&problem.code) || !problem.code.bytes().all(kebab) {
        return Err(Unfit::Broken("the code of a problem is kebab-case"));
    }
    if data.is_some_and(|data| !data.trim_start().starts_with('{') || !is_json(data)) {
        return Err(Unfit::Broken("the data of a problem is a JSON object"));
    }
    Ok(())
}

/// Printable ASCII that fits in a header.
fn is_word(text: &str) -> bool {
    (1..=MAX_WORD_BYTES).contains(&text.len()) && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}

/// Well-formed, not too deep, integers within ±(2^53-1). Reads through it without building anything.
fn is_json(text: &str) -> bool {
    let mut json = serde_json::Deserializer::from_str(text);
    Walk(MAX_JSON_DEPTH).deserialize(&mut json).is_ok() && json.end().is_ok()
}

/// Levels that may follow.
#[derive(Clone, Copy)]
struct Walk(usize);

impl<'de> DeserializeSeed<'de> for Walk {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl Walk {
    fn down<E: Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom("too deep"))
    }
}

impl<'de> Visitor<'de> for Walk {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON with integers within ±(2^53-1)")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<(), E> {
        if n >= -MAX_INTEGER { Ok(()) } else { Err(E::custom("an integer out of range")) }
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<(), E> {
        if n <= MAX_INTEGER.unsigned_abs() { Ok(()) } else { Err(E::custom("an integer out of range")) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.down()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.down()?;
        while members.next_key::<IgnoredAny>()?.is_some() {
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_contract::ProblemKind;
    use linli_contract::limits::MAX_REPLY_BYTES;

    #[test]
    fn json_is_well_formed_shallow_and_readable_by_javascript() {
        for good in ["1", "{}", r#"{"a":[1,-9007199254740991,1.5,null,true,"x"]}"#, " [] "] {
            assert!(is_json(good), "{good}");
        }
        let deep = |n| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(is_json(&deep(MAX_JSON_DEPTH)));
        for bad in [
            "",
            "{\"broken\":",
            "1 2",
            "9007199254740992",
            "[-9007199254740992]",
            &deep(MAX_JSON_DEPTH + 1),
            &deep(100_000),
        ] {
            assert!(!is_json(bad));
        }
    }

    #[test]
    fn what_a_reply_may_not_be() {
        let reply = |status, content| check_reply(&Reply { status, content, next: None }, MAX_REPLY_BYTES);
        assert_eq!(reply(Status::Ok, Content::Json("[]".into())), Ok(()));
        assert_eq!(reply(Status::NoContent, Content::None), Ok(()));
        assert!(matches!(reply(Status::NoContent, Content::Json("1".into())), Err(Unfit::Broken(_))));
        let media = |content_type: &str| Content::Media { content_type: content_type.into(), bytes: vec![] };
        assert_eq!(reply(Status::Ok, media("image/png; q=1")), Ok(()));
        assert!(matches!(reply(Status::Ok, media("text/html\r\nset-cookie: a=b")), Err(Unfit::Broken(_))));
        let large = "x".repeat(MAX_REPLY_BYTES + 1);
        assert_eq!(reply(Status::Ok, Content::Html(large)), Err(Unfit::TooLarge));
    }

    #[test]
    fn a_problem_has_a_code_for_programs() {
        let problem = |code: &'static str| Problem::new(ProblemKind::Conflict, code, "不行", "no");
        assert_eq!(check_problem(&problem("signup-closed"), MAX_REPLY_BYTES), Ok(()));
        assert!(check_problem(&problem("Signup closed"), MAX_REPLY_BYTES).is_err());
        let with = |data: &str| Problem { data: Some(data.into()), ..problem("x") };
        assert_eq!(check_problem(&with(r#"{"id":"1"}"#), MAX_REPLY_BYTES), Ok(()));
        assert!(
            check_problem(&with("[1]"), MAX_REPLY_BYTES).is_err()
                && check_problem(&with("{"), MAX_REPLY_BYTES).is_err()
        );
    }
}
