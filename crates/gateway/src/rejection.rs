//! Everything the platform itself refuses, on one page: status, stable code, and a sentence in both languages.

use linli_contract::Text;

use crate::limits::{
    RETRY_DRAINING_SECONDS, RETRY_IN_PROGRESS_SECONDS, RETRY_OVERLOADED_SECONDS, RETRY_UNAVAILABLE_SECONDS,
};
use crate::violation::Violation;

/// Where a body stopped making sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Lines, from 1.
    pub line: usize,
    /// Bytes into the line, from 1.
    pub column: usize,
    /// Bytes into the body, from 0.
    pub offset: usize,
}

/// Why a bearer token does not count. The reason is for operators; callers see only whether it is missing, expired or
/// invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// There is none, or one of another scheme than `Bearer`.
    #[error("no bearer token")]
    Missing,
    /// Not a signed JWT of a bearable length, or two of them.
    #[error("not a signed JWT")]
    Malformed,
    /// `kid` names no configured key, or `alg` is not that key's.
    #[error("signed with a key that is not configured")]
    UnknownKey,
    /// The signature is not that of the key.
    #[error("signature does not fit")]
    BadSignature,
    /// A claim is missing or has another shape.
    #[error("claims are not those of this platform")]
    BadClaims,
    /// `iss` or `aud` is not the configured one.
    #[error("issued by or for somebody else")]
    WrongParty,
    /// Past `exp`.
    #[error("expired")]
    Expired,
    /// Before `nbf`.
    #[error("not valid yet")]
    NotYetValid,
}

/// What the platform refuses, at the edge or on behalf of the host. Becomes a response by [`Rejection::respond`].
///
/// None of these is stored under an idempotency key: the same request may be sent again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum Rejection {
    /// No operation has this path: 404.
    UnknownPath,
    /// Not a community code, or none of this platform: 404.
    UnknownCommunity,
    /// The path has operations, none with this method: 405.
    WrongMethod {
        /// For `Allow`: `GET, HEAD, POST`.
        allow: String,
    },
    /// An escape in the address is broken or not UTF-8: 400.
    UrlInvalid,
    /// No token, or one that does not count: 401.
    Unauthorized(TokenFault),
    /// None of the caller's roles may call the operation: 403.
    RoleNotAllowed,
    /// The caller answers for another area: 403.
    OutOfArea,
    /// The area has more communities than [`crate::limits::MAX_JOINED_COMMUNITIES`]: 422.
    AreaTooWide,
    /// What a community answered has not the order it would have to be joined by: 422.
    NotJoinable,
    /// `Acting-For` is not 1 to 128 visible ASCII characters: 400.
    ActingForInvalid,
    /// `Acting-For` names somebody to whom the caller has no binding: 403.
    NotBound,
    /// The caller's provider may not trade, at present or any more: 403.
    ProviderSuspended,
    /// `Idempotency-Key` is not 1 to 128 visible ASCII characters: 400.
    IdempotencyKeyInvalid,
    /// The key was used with another request: 422.
    IdempotencyKeyReused,
    /// The first request with this key is still running: 409.
    RequestInProgress,
    /// The body is not declared to be JSON in UTF-8: 415.
    WrongMediaType,
    /// The body, or the input made of it, is over [`linli_contract::limits::MAX_REQUEST_BYTES`]: 413.
    TooLarge,
    /// The body did not arrive in time: 408.
    BodyTooSlow,
    /// The body is not UTF-8: 400.
    BodyNotUtf8(Place),
    /// The body is not JSON: 400.
    BodyNotJson(Place),
    /// The body nests deeper than [`linli_contract::limits::MAX_JSON_DEPTH`]: 400.
    BodyTooDeep(Place),
    /// A GET has a body: 400.
    BodyNotAllowed,
    /// The schema is not met: 422.
    InputInvalid(Vec<Violation>),
    /// The component trapped, overran a limit or answered against the contract: 500.
    ComponentFailed,
    /// The component used up its time: 500.
    ComponentTimedOut,
    /// The platform itself failed: 500.
    Internal,
    /// The queue is full, or the component is at its concurrency cap: 503.
    Overloaded,
    /// Others kept changing what the command read, to the last try: 503.
    Contended,
    /// The process is stopping: 503.
    Draining,
    /// The store cannot make anything durable, or another need is out of reach: 503.
    Unavailable,
    /// The plugin has had what it may have here for now: 429.
    PluginLimitReached {
        /// Seconds until there is more.
        retry_after: u32,
    },
    /// The plugin kept failing, and rests: 503.
    ServiceResting {
        /// Seconds until it is tried again.
        retry_after: u32,
    },
    /// The plugin would store more than it may: 507.
    PluginStorageFull,
    /// The caller, or the address, has had as much as it may have: 429.
    RateLimited {
        /// Seconds until there is more.
        retry_after: u32,
    },
}

impl Rejection {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.facts().0
    }

    /// Stable, kebab-case, for programs and counters.
    pub fn code(&self) -> &'static str {
        self.facts().1
    }

    /// One sentence that says what to do, in both languages.
    pub fn detail(&self) -> Text {
        let (_, _, zh, en) = self.facts();
        match self {
            Self::BodyNotUtf8(place) | Self::BodyNotJson(place) | Self::BodyTooDeep(place) => {
                let Place { line, column, offset } = place;
                Text::new(
                    format!("{zh}（第 {line} 行第 {column} 列，字节偏移 {offset}）。"),
                    format!("{en} (line {line}, column {column}, byte offset {offset})."),
                )
            }
            _ => Text::new(zh, en),
        }
    }

    /// Seconds for `Retry-After`.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::RequestInProgress => Some(RETRY_IN_PROGRESS_SECONDS),
            Self::Overloaded | Self::Contended => Some(RETRY_OVERLOADED_SECONDS),
            Self::Draining => Some(RETRY_DRAINING_SECONDS),
            Self::Unavailable => Some(RETRY_UNAVAILABLE_SECONDS),
            Self::RateLimited { retry_after }
            | Self::PluginLimitReached { retry_after }
            | Self::ServiceResting { retry_after } => Some(*retry_after),
            _ => None,
        }
    }

    /// `WWW-Authenticate` (RFC 6750 §3).
    pub(crate) fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::Unauthorized(TokenFault::Missing) => Some("Bearer realm=\"linli\""),
            Self::Unauthorized(TokenFault::Expired) => Some(
                "Bearer realm=\"linli\", error=\"invalid_token\", error_description=\"the token has expired\"",
            ),
            Self::Unauthorized(_) => Some("Bearer realm=\"linli\", error=\"invalid_token\""),
            _ => None,
        }
    }

    /// Status, code, Chinese, English.
    fn facts(&self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::Unauthorized(fault) => fault.facts(),
            _ => self.facts_of_request(),
        }
    }

    /// Of what is wrong with the request.
    #[rustfmt::skip] // One row each, to be read and compared as a table.
    fn facts_of_request(&self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::UnknownPath => (404, "unknown-path", "没有这个地址，请核对路径。", "There is nothing at this address; check the path."),
            Self::UnknownCommunity => (404, "unknown-community", "地址中的社区代码不正确，应为本平台社区的 12 位区划代码。", "The community in the address is not the 12-digit code of a community on this platform."),
            Self::WrongMethod { .. } => (405, "method-not-allowed", "这个地址不支持该请求方法，可用的方法见 Allow 头。", "This address does not take that method; see the Allow header."),
            Self::UrlInvalid => (400, "url-invalid", "地址中的百分号编码不正确，应为 UTF-8。", "The address holds a percent-escape that is broken or not UTF-8."),
            Self::RoleNotAllowed => (403, "role-not-allowed", "您的身份不能办理此事项。", "Your role may not do this."),
            Self::OutOfArea => (403, "out-of-area", "此社区不在您的负责范围内。", "This community is outside your area."),
            Self::AreaTooWide => (422, "area-too-wide", "这个区域的社区太多，请按街道分别查询。", "This area has too many communities for one list; ask street by street."),
            Self::NotJoinable => (422, "not-joinable", "这个列表不能合并多个社区，请按社区分别查询。", "This list cannot be joined over communities; ask each community by itself."),
            Self::ActingForInvalid => (400, "acting-for-invalid", "Acting-For 头应为 1 至 128 个可见 ASCII 字符，且只出现一次。", "The Acting-For header must be 1 to 128 visible ASCII characters, given once."),
            Self::NotBound => (403, "not-bound", "您没有为此人代办的亲情绑定，或绑定已失效。", "You have no valid binding that lets you act for this person."),
            Self::ProviderSuspended => (403, "provider-suspended", "您所属的服务商已暂停或终止服务；申诉或续期请由申请人以居民身份办理。", "Your provider is suspended or removed; to appeal or renew, sign in as the person who applied for it."),
            Self::IdempotencyKeyInvalid => (400, "idempotency-key-invalid", "Idempotency-Key 头应为 1 至 128 个可见 ASCII 字符，且只出现一次。", "The Idempotency-Key header must be 1 to 128 visible ASCII characters, given once."),
            Self::IdempotencyKeyReused => (422, "idempotency-key-reused", "此 Idempotency-Key 已用于另一个请求，请换一个新的。", "This Idempotency-Key was used with a different request; use a new one."),
            Self::RequestInProgress => (409, "request-in-progress", "相同的请求正在办理，请稍候再试。", "The same request is still being worked on; try again shortly."),
            Self::WrongMediaType => (415, "media-type-not-supported", "请求体应为 application/json（UTF-8）。", "The body must be application/json in UTF-8."),
            Self::TooLarge => (413, "body-too-large", "请求内容过大，最多 256 KiB。", "The request is too large; 256 KiB is the most."),
            Self::BodyTooSlow => (408, "body-too-slow", "请求内容没有按时传完，请重试。", "The body did not arrive in time; try again."),
            Self::BodyNotUtf8(_) => (400, "body-not-json", "请求体不是 UTF-8 文本", "The body is not UTF-8"),
            Self::BodyNotJson(_) => (400, "body-not-json", "请求体不是有效的 JSON", "The body is not valid JSON"),
            Self::BodyTooDeep(_) => (400, "body-too-deep", "请求体嵌套过深，最多 64 层", "The body nests too deep; 64 levels is the most"),
            Self::BodyNotAllowed => (400, "body-not-allowed", "GET 请求不能带请求体，请用查询参数。", "A GET takes no body; use query parameters."),
            Self::InputInvalid(_) => (422, "input-invalid", "填写的内容有误，请按提示修改。", "The input does not meet the rules; see the list of errors."),
            _ => self.facts_of_running(),
        }
    }

    /// Of what went wrong while the request was worked on; says nothing of the inside.
    #[rustfmt::skip]
    fn facts_of_running(&self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::ComponentFailed => (500, "component-failed", "此项服务出错，您的请求没有完成。请稍后重试，或凭请求编号联系工作人员。", "This service failed and your request was not completed. Try again later, or give the request id to the staff."),
            Self::ComponentTimedOut => (500, "component-timed-out", "此项服务超时，您的请求没有完成。请稍后重试，或凭请求编号联系工作人员。", "This service took too long and your request was not completed. Try again later, or give the request id to the staff."),
            Self::Overloaded => (503, "overloaded", "当前办理的人太多，请稍后再试。", "Too many requests right now; try again shortly."),
            Self::Contended => (503, "contended", "此项目正被多人同时办理，请稍后再试。", "Many are changing the same thing right now; try again shortly."),
            Self::Draining => (503, "draining", "服务正在重启，请稍后再试。", "The service is restarting; try again shortly."),
            Self::Unavailable => (503, "unavailable", "服务暂时不可用，请稍后再试。", "The service is unavailable for now; try again later."),
            Self::PluginLimitReached { .. } => (429, "plugin-limit-reached", "使用这项服务的人太多，已到平台给它的上限，请稍后再试。", "Too many are using this service: it has reached what the platform allows it. Try again later."),
            Self::ServiceResting { .. } => (503, "service-resting", "这项服务接连出错，平台已让它暂歇，请稍后再试。", "This service kept failing and is resting; try again later."),
            Self::PluginStorageFull => (507, "plugin-storage-full", "这项服务的存储空间已满，您的请求没有完成，请联系服务商。", "This service has used up its storage and your request was not completed; tell the provider."),
            Self::RateLimited { .. } => (429, "rate-limited", "请求过于频繁，请稍后再试。", "Too many requests from you; wait before the next."),
            _ => (500, "internal", "平台出错。请稍后重试，或凭请求编号联系工作人员。", "The platform failed. Try again later, or give the request id to the staff."),
        }
    }
}

impl TokenFault {
    fn facts(self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::Missing => (401, "token-missing", "请先登录。", "Sign in first."),
            Self::Expired => {
                (401, "token-expired", "登录已过期，请重新登录。", "Your sign-in has expired; sign in again.")
            }
            _ => (
                401,
                "token-invalid",
                "登录凭证无效，请重新登录。",
                "Your token is not valid; sign in again.",
            ),
        }
    }
}
