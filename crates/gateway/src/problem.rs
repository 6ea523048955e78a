//! Refusals on the wire: RFC 9457 `application/problem+json`, in both languages.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, VARY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};
use linli_contract::{Problem, ProblemKind, Text};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::language::Language;
use crate::limits::RETRY_COMPONENT_SECONDS;
use crate::rejection::{Place, Rejection};
use crate::respond::set_request_id;
use crate::violation::Violation;

/// The media type of RFC 9457.
pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The document, its members in the order people read them.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    detail_zh: &'a str,
    detail_en: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Fault<'a>],
    request_id: &'a str,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// One violation in the document.
#[derive(Serialize)]
struct Fault<'a> {
    pointer: &'a str,
    code: &'a str,
    detail: &'a str,
    detail_zh: &'a str,
    detail_en: &'a str,
}

/// Members of a document that a component's own data cannot replace.
const RESERVED: [&str; 12] = [
    "type",
    "title",
    "status",
    "code",
    "detail",
    "detail_zh",
    "detail_en",
    "pointer",
    "errors",
    "request_id",
    "instance",
    "help",
];

/// What either sort of refusal has.
struct Facts<'a> {
    status: u16,
    code: &'a str,
    detail: &'a Text,
    pointer: Option<&'a str>,
    violations: &'a [Violation],
    extra: Map<String, Value>,
}

impl Rejection {
    /// The response that says so: status, headers (`Allow`, `WWW-Authenticate`, `Retry-After`) and a problem document in
    /// the language of `headers`, which are the request's.
    pub fn respond(&self, headers: &HeaderMap, request_id: &str) -> Response<Bytes> {
        let violations: &[Violation] =
            if let Self::InputInvalid(violations) = self { violations } else { &[] };
        let facts = Facts {
            status: self.status(),
            code: self.code(),
            detail: &self.detail(),
            pointer: None,
            violations,
            extra: self.place().map(members_of_place).unwrap_or_default(),
        };
        let mut response = render(facts, headers, request_id);
        let out = response.headers_mut();
        if let Some(seconds) = self.retry_after() {
            out.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = self.challenge() {
            out.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Self::WrongMethod { allow } = self
            && let Ok(allow) = HeaderValue::from_str(allow)
        {
            out.insert(ALLOW, allow);
        }
        response
    }

    fn place(&self) -> Option<&Place> {
        match self {
            Self::BodyNotUtf8(place) | Self::BodyNotJson(place) | Self::BodyTooDeep(place) => Some(place),
            _ => None,
        }
    }
}

fn members_of_place(place: &Place) -> Map<String, Value> {
    let members = [("line", place.line), ("column", place.column), ("offset", place.offset)];
    members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// The response for a component's own refusal.
pub(crate) fn respond_problem(problem: &Problem, headers: &HeaderMap, request_id: &str) -> Response<Bytes> {
    let data = problem.data.as_deref().and_then(|data| serde_json::from_str(data).ok());
    let mut extra: Map<String, Value> = data.unwrap_or_default();
    extra.retain(|name, _| !RESERVED.contains(&name.as_str()));
    let facts = Facts {
        status: problem.kind.status(),
        code: &problem.code,
        detail: &problem.detail,
        pointer: problem.pointer.as_deref(),
        violations: &[],
        extra,
    };
    let mut response = render(facts, headers, request_id);
    if matches!(problem.kind, ProblemKind::TooMany | ProblemKind::Unavailable) {
        response.headers_mut().insert(RETRY_AFTER, RETRY_COMPONENT_SECONDS.into());
    }
    response
}

fn render(facts: Facts<'_>, request: &HeaderMap, request_id: &str) -> Response<Bytes> {
    let language = Language::of(request);
    let errors: Vec<_> = facts
        .violations
        .iter()
        .map(|v| Fault {
            pointer: &v.pointer,
            code: &v.code,
            detail: language.of_text(&v.detail),
            detail_zh: &v.detail.zh,
            detail_en: &v.detail.en,
        })
        .collect();
    let document = Document {
        r#type: format!("/problems/{}", facts.code),
        title: title(facts.status, language),
        status: facts.status,
        code: facts.code,
        detail: language.of_text(facts.detail),
        detail_zh: &facts.detail.zh,
        detail_en: &facts.detail.en,
        pointer: facts.pointer,
        errors: &errors,
        request_id,
        extra: facts.extra,
    };
    let body = serde_json::to_vec(&document).expect("texts and JSON values always serialize");
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(facts.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, PROBLEM_JSON);
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.insert(VARY, HeaderValue::from_static("accept-language"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    set_request_id(headers, request_id);
    response
}

/// The status in words, the same for every occurrence (RFC 9457 §3.1.3).
fn title(status: u16, language: Language) -> &'static str {
    let (zh, en) = match status {
        400 => ("请求有误", "Bad request"),
        401 => ("需要登录", "Sign-in needed"),
        403 => ("没有权限", "Not allowed"),
        404 => ("未找到", "Not found"),
        405 => ("请求方法不支持", "Method not allowed"),
        408 => ("请求超时", "Request too slow"),
        409 => ("当前状态不允许", "Conflict"),
        410 => ("已不存在", "Gone"),
        413 => ("内容过大", "Content too large"),
        415 => ("内容类型不支持", "Media type not supported"),
        422 => ("内容无法受理", "Input not acceptable"),
        429 => ("请求过于频繁", "Too many requests"),
        503 => ("暂时不可用", "Unavailable for now"),
        507 => ("存储已满", "Storage full"),
        _ => ("服务出错", "Service failed"),
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}
