//! A refusal a resident can act on.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A text in both languages of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct Text {
    /// Chinese.
    pub zh: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Text {
    /// Both languages, Chinese first.
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// What sort of refusal it is; decides the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// Well-formed input that cannot be accepted: 422.
    Invalid,
    /// The caller may not: 403.
    Forbidden,
    /// No such thing, or not for this caller: 404.
    NotFound,
    /// The state of things does not allow it: 409.
    Conflict,
    /// It was there and is gone for good: 410.
    Gone,
    /// The caller has had as much as it may for now: 429.
    TooMany,
    /// Something it needs cannot be reached: 503.
    Unavailable,
}

impl ProblemKind {
    /// The HTTP status it becomes.
    pub fn status(self) -> u16 {
        match self {
            Self::Invalid => 422,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Gone => 410,
            Self::TooMany => 429,
            Self::Unavailable => 503,
        }
    }
}

/// What a component answers instead of a reply. The gateway makes RFC 9457 `application/problem+json` of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Decides the status.
    pub kind: ProblemKind,
    /// Stable, kebab-case, for programs.
    pub code: Cow<'static, str>,
    /// One sentence a resident can act on; never an inner detail or a personal value.
    pub detail: Text,
    /// RFC 6901 pointer into the input.
    pub pointer: Option<Cow<'static, str>>,
    /// A JSON object with further members for programs.
    pub data: Option<Box<str>>,
}

impl Problem {
    /// A problem without pointer or data.
    pub fn new(
        kind: ProblemKind,
        code: impl Into<Cow<'static, str>>,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { kind, code: code.into(), detail: Text::new(zh, en), pointer: None, data: None }
    }

    /// 422: the input is well-formed but cannot be accepted.
    pub fn invalid(
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(ProblemKind::Invalid, code, zh, en)
    }

    /// 403: the caller may not.
    pub fn forbidden(
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(ProblemKind::Forbidden, code, zh, en)
    }

    /// 404: no such thing, or not for this caller.
    pub fn not_found(
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(ProblemKind::NotFound, code, zh, en)
    }

    /// 409: the state of things does not allow it.
    pub fn conflict(
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(ProblemKind::Conflict, code, zh, en)
    }

    /// 410: it was there and is gone for good.
    pub fn gone(
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(ProblemKind::Gone, code, zh, en)
    }

    /// 429: the caller has had as much as it may for now.
    pub fn too_many(
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(ProblemKind::TooMany, code, zh, en)
    }

    /// 503: something it needs cannot be reached for now.
    pub fn unavailable(
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(ProblemKind::Unavailable, code, zh, en)
    }

    /// Names the field that is to blame.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<Cow<'static, str>>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Adds one member for programs, such as the id of the case already open.
    #[must_use]
    pub fn with_member(self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        let known = self.data.as_deref().and_then(|data| serde_json::from_str(data).ok());
        let mut members: serde_json::Map<_, _> = known.unwrap_or_default();
        members.insert(name.to_owned(), value.into());
        self.with(&members)
    }

    /// Adds members for programs.
    #[must_use]
    pub fn with(mut self, data: &serde_json::Map<String, serde_json::Value>) -> Self {
        // A map of JSON values always serializes.
        self.data = serde_json::to_string(data).ok().map(Into::into);
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail.en)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_add_up() {
        let problem = Problem::conflict("taken", "已被占用。", "It is taken.")
            .with_member("by", "x")
            .with_member("n", 2);
        assert_eq!(problem.data.as_deref(), Some(r#"{"by":"x","n":2}"#));
        assert_eq!(problem.kind.status(), 409);
    }
}
