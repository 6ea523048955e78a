//! What is wrong with an input, place by place, in sentences that residents can act on.
//!
//! The offending value is never repeated: it may be personal, and answers are logged by others.

use std::borrow::Cow;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, JsonTypeSet, ValidationError};
use linli_contract::Text;
use serde_json::Value;

use crate::limits::{MAX_LISTED_OPTIONS, MAX_VIOLATIONS};

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// RFC 6901 pointer into the merged input; of a missing member, where it should be.
    pub pointer: String,
    /// The JSON Schema keyword that is not met, or `duplicate`, `unknown`, `range`: stable, for programs.
    pub code: Cow<'static, str>,
    /// One sentence.
    pub detail: Text,
}

impl Violation {
    fn new(
        pointer: String,
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { pointer, code: code.into(), detail: Text::new(zh, en) }
    }

    /// A name that stands in two of path, query and body, or is repeated without being a list.
    pub(crate) fn duplicate(name: &str) -> Self {
        Self::new(pointer_to(name), "duplicate", "只能给出一次。", "Give this only once.")
    }

    /// A query parameter that the operation does not know.
    pub(crate) fn unknown(name: &str) -> Self {
        Self::new(pointer_to(name), "unknown", "没有这个查询参数。", "There is no such query parameter.")
    }

    /// A cursor that no page of this list gave.
    pub(crate) fn cursor() -> Self {
        let (zh, en) = (
            "这个翻页位置不属于此列表，请从第一页重新开始。",
            "This is no place in this list; start from its first page.",
        );
        Self::new(pointer_to("cursor"), "cursor", zh, en)
    }

    /// An integer that JSON cannot carry exactly.
    pub(crate) fn out_of_range(pointer: String) -> Self {
        let en = "Integers must stay within ±9007199254740991.";
        Self::new(pointer, "range", "整数应在 ±9007199254740991 之间。", en)
    }

    /// A body that is JSON, but not an object.
    pub(crate) fn not_an_object() -> Self {
        Self::new(String::new(), "type", "请求体应为 JSON 对象。", "The body must be a JSON object.")
    }
}

/// The pointer of a member of the root.
pub(crate) fn pointer_to(name: &str) -> String {
    join("", name)
}

fn join(parent: &str, name: &str) -> String {
    format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// All of them, up to [`MAX_VIOLATIONS`].
pub(crate) fn violations_of<'a>(
    input: &Value,
    errors: impl Iterator<Item = ValidationError<'a>>,
) -> Vec<Violation> {
    let mut out = Vec::new();
    for error in errors {
        if out.len() >= MAX_VIOLATIONS {
            break;
        }
        match superfluous(&error).and_then(|place| input.pointer(place)?.as_object()) {
            Some(members) => {
                out.extend(members.keys().map(|name| not_known(error.instance_path().as_str(), name)))
            }
            None => explain(&error, &mut out),
        }
    }
    out.truncate(MAX_VIOLATIONS);
    out
}

/// Where an object is that should be empty: its schema knows no members, so the error names none of those that it has.
fn superfluous<'e>(error: &'e ValidationError<'_>) -> Option<&'e str> {
    let closed = matches!(error.kind(), ValidationErrorKind::FalseSchema)
        && error.schema_path().as_str().ends_with("/additionalProperties");
    closed.then(|| error.instance_path().as_str())
}

fn not_known(place: &str, name: &str) -> Violation {
    let (zh, en) = ("没有这一项，请去掉。", "There is no such member; leave it out.");
    Violation::new(join(place, name), "additionalProperties", zh, en)
}

fn explain(error: &ValidationError<'_>, out: &mut Vec<Violation>) {
    let place = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let pointer = property.as_str().map_or_else(|| place.to_owned(), |name| join(place, name));
            out.push(Violation::new(pointer, "required", "这一项必须填写。", "This is required."));
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let room = MAX_VIOLATIONS.saturating_sub(out.len());
            out.extend(unexpected.iter().take(room).map(|name| not_known(place, name)));
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }
            if let Some(branch) = meant_branch(context, place) =>
        {
            branch.iter().for_each(|error| explain(error, out));
        }
        kind => {
            let (zh, en) = sentence(kind, error.instance());
            out.push(Violation {
                pointer: place.to_owned(),
                code: kind.keyword().to_owned().into(),
                detail: Text { zh, en },
            });
        }
    }
}

/// The one alternative the caller must have meant: the only one whose type fits. For `Option<T>` this is `T`.
fn meant_branch<'c>(
    branches: &'c [Vec<ValidationError<'static>>],
    place: &str,
) -> Option<&'c Vec<ValidationError<'static>>> {
    let wrong_type = |error: &ValidationError<'_>| {
        error.instance_path().as_str() == place && matches!(error.kind(), ValidationErrorKind::Type { .. })
    };
    let mut fitting = branches.iter().filter(|errors| !errors.iter().any(wrong_type));
    fitting.next().filter(|_| fitting.next().is_none())
}

type Sentence = (Cow<'static, str>, Cow<'static, str>);

fn fixed(zh: &'static str, en: &'static str) -> Sentence {
    (zh.into(), en.into())
}

fn sentence(kind: &ValidationErrorKind, instance: &Value) -> Sentence {
    match kind {
        ValidationErrorKind::Type { kind } => type_sentence(kind),
        ValidationErrorKind::Minimum { limit } => {
            (format!("不能小于 {limit}。").into(), format!("Must be at least {limit}.").into())
        }
        ValidationErrorKind::Maximum { limit } => {
            (format!("不能大于 {limit}。").into(), format!("Must be at most {limit}.").into())
        }
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            (format!("应大于 {limit}。").into(), format!("Must be more than {limit}.").into())
        }
        ValidationErrorKind::ExclusiveMaximum { limit } => {
            (format!("应小于 {limit}。").into(), format!("Must be less than {limit}.").into())
        }
        ValidationErrorKind::MultipleOf { multiple_of } => (
            format!("应为 {multiple_of} 的倍数。").into(),
            format!("Must be a multiple of {multiple_of}.").into(),
        ),
        ValidationErrorKind::MinLength { limit: 1 } if instance.as_str() == Some("") => {
            fixed("不能为空。", "Must not be empty.")
        }
        ValidationErrorKind::MinLength { limit } => {
            (format!("至少 {limit} 个字符。").into(), counted("Must have at least", *limit, "character"))
        }
        ValidationErrorKind::MaxLength { limit } => {
            (format!("最多 {limit} 个字符。").into(), counted("Must have at most", *limit, "character"))
        }
        ValidationErrorKind::MinItems { limit } => {
            (format!("至少 {limit} 项。").into(), counted("Must have at least", *limit, "item"))
        }
        ValidationErrorKind::MaxItems { limit } => {
            (format!("最多 {limit} 项。").into(), counted("Must have at most", *limit, "item"))
        }
        ValidationErrorKind::MinProperties { limit } => {
            (format!("至少 {limit} 个成员。").into(), counted("Must have at least", *limit, "member"))
        }
        ValidationErrorKind::MaxProperties { limit } => {
            (format!("最多 {limit} 个成员。").into(), counted("Must have at most", *limit, "member"))
        }
        ValidationErrorKind::Constant { expected_value } => {
            (format!("只能是 {expected_value}。").into(), format!("Must be {expected_value}.").into())
        }
        ValidationErrorKind::Enum { options } => enum_sentence(options),
        ValidationErrorKind::Format { format } => format_sentence(format),
        ValidationErrorKind::Pattern { .. } => fixed("格式不正确。", "Does not have the required form."),
        ValidationErrorKind::UniqueItems => fixed("各项不能重复。", "The items must all differ."),
        ValidationErrorKind::AdditionalItems { .. } | ValidationErrorKind::UnevaluatedItems { .. } => {
            fixed("项数过多。", "Has more items than are known here.")
        }
        ValidationErrorKind::Contains => fixed("缺少必需的一项。", "Lacks an item that must be in it."),
        ValidationErrorKind::PropertyNames { .. } => {
            fixed("成员名称不正确。", "Has a member whose name is not allowed.")
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => fixed(
            "同时符合多种形式，只能符合一种。",
            "Fits several of the allowed forms; it must fit exactly one.",
        ),
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            fixed("不符合任何一种允许的形式。", "Fits none of the allowed forms.")
        }
        _ => fixed("内容不被允许。", "Is not allowed here."),
    }
}

fn counted(start: &str, limit: u64, noun: &str) -> Cow<'static, str> {
    format!("{start} {limit} {noun}{}.", if limit == 1 { "" } else { "s" }).into()
}

fn type_sentence(kind: &TypeKind) -> Sentence {
    let types = match kind {
        TypeKind::Single(one) => JsonTypeSet::from(*one),
        TypeKind::Multiple(several) => *several,
    };
    let names: Vec<_> = types.iter().map(type_name).collect();
    let join = |pick: fn(&(&'static str, &'static str)) -> &'static str, or: &str| {
        names.iter().map(pick).collect::<Vec<_>>().join(or)
    };
    (format!("应为{}。", join(|n| n.0, "或")).into(), format!("Must be {}.", join(|n| n.1, " or ")).into())
}

fn type_name(json_type: JsonType) -> (&'static str, &'static str) {
    match json_type {
        JsonType::Null => ("空值（null）", "null"),
        JsonType::Boolean => ("是或否（true 或 false）", "true or false"),
        JsonType::Integer => ("整数", "a whole number"),
        JsonType::Number => ("数字", "a number"),
        JsonType::String => ("文本", "text"),
        JsonType::Array => ("列表", "a list"),
        JsonType::Object => ("对象", "an object"),
    }
}

/// The options are the schema's, so they may be shown.
fn enum_sentence(options: &Value) -> Sentence {
    match options.as_array() {
        Some(options) if options.len() <= MAX_LISTED_OPTIONS => {
            let shown: Vec<_> =
                options.iter().map(|o| o.as_str().map_or_else(|| o.to_string(), str::to_owned)).collect();
            (
                format!("只能是：{}。", shown.join("、")).into(),
                format!("Must be one of: {}.", shown.join(", ")).into(),
            )
        }
        _ => fixed("不在允许的选项中。", "Is not one of the allowed options."),
    }
}

fn format_sentence(format: &str) -> Sentence {
    match format {
        "date-time" => fixed(
            "应为带时区的日期时间，如 2026-05-01T09:30:00+08:00。",
            "Must be a date and time with its offset, like 2026-05-01T09:30:00+08:00.",
        ),
        "date" => fixed("应为日期，如 2026-05-01。", "Must be a date, like 2026-05-01."),
        "time" => fixed(
            "应为带时区的时间，如 09:30:00+08:00。",
            "Must be a time with its offset, like 09:30:00+08:00.",
        ),
        "duration" => fixed("应为时长，如 PT90M。", "Must be a duration, like PT90M."),
        "email" | "idn-email" => fixed("应为电子邮件地址。", "Must be an e-mail address."),
        "uri" | "iri" | "uri-reference" | "iri-reference" => fixed("应为网址。", "Must be a web address."),
        "uuid" => fixed("应为 UUID。", "Must be a UUID."),
        other => (format!("应符合 {other} 格式。").into(), format!("Must have the format {other}.").into()),
    }
}
