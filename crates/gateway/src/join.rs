//! One list out of the lists of several communities, each of which is asked by itself: a street's queue.
//!
//! No call spans two communities, so every page asks those that have something left, merges what they answer in the
//! order the operation declares ([`Operation::joined_by`](linli_contract::Operation)), and remembers in its cursor how
//! far it got: the last item shown, and for each community the cursor of the page it is in. What was shown is told from
//! what was not by the order alone, so items that come or go in between shift nothing.
//!
//! A community that does not answer is named in `failed`, with why, and hides no other. It is asked again with the next
//! page, and what it missed comes then.

use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use linli_contract::{Answer, Area, Community, Content, Problem, Reply, Status, Text, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::admit::Admitted;
use crate::input::Input;
use crate::limits::{JOINED_PAGE, MAX_JOINED_COMMUNITIES, MAX_JOINED_CURSOR_BYTES};
use crate::rejection::Rejection;
use crate::routes::CURSOR;
use crate::violation::Violation;

/// A page that is being joined.
pub struct Join {
    /// JSON pointers within an item.
    order: Vec<String>,
    limit: usize,
    input: Map<String, Value>,
    after: Option<Mark>,
    sources: Vec<Source>,
    /// What earlier pages know of communities that have nothing more.
    done: BTreeMap<String, Progress>,
}

/// A community with something left.
struct Source {
    community: Community,
    progress: Progress,
}

/// The place of an item among all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Mark(Vec<Value>, String);

/// How far a community's list was shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Progress {
    /// The cursor of the page the next item is on; none for the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    done: bool,
    /// Set for a community that lags behind the others since it did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    lags: Option<Lag>,
}

/// Where a community's list goes on that is behind the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Lag {
    after: Option<Mark>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    after: Option<Mark>,
    /// By community; one that is not here is at its start.
    places: BTreeMap<String, Progress>,
}

/// What a community answered.
struct Answered {
    /// What was not shown yet, in order.
    items: VecDeque<(Mark, Value)>,
    next: Option<String>,
    /// The last of it on this page.
    shown: Option<Mark>,
}

impl Admitted<Area> {
    /// What to ask, of these communities of the area.
    ///
    /// # Errors
    /// 422 for more of them than can be joined, and for a cursor of another list.
    pub fn join(&self, input: &Input, communities: &[Community]) -> Result<Join, Rejection> {
        if communities.len() > MAX_JOINED_COMMUNITIES {
            return Err(Rejection::AreaTooWide);
        }
        let invalid = || Rejection::InputInvalid(vec![Violation::cursor()]);
        let mut input: Map<String, Value> =
            serde_json::from_str(&input.json).expect("an input is a JSON object");
        let Cursor { after, mut places } = match input.remove(CURSOR) {
            Some(Value::String(cursor)) => Cursor::read(&cursor).ok_or_else(invalid)?,
            _ => Cursor { after: None, places: BTreeMap::new() },
        };
        let order = self.operation().joined_by.clone();
        let marks = places.values().filter_map(|progress| progress.lags.as_ref()?.after.as_ref());
        if !marks.chain(&after).all(|mark| mark.0.len() == order.len()) {
            return Err(invalid());
        }
        let source = |community: &Community| {
            let progress = places.remove(&community.to_string()).unwrap_or_default();
            Source { community: *community, progress }
        };
        let (done, sources): (Vec<_>, Vec<_>) =
            communities.iter().map(source).partition(|source| source.progress.done);
        let limit = input.get("limit").and_then(Value::as_u64).and_then(|limit| limit.try_into().ok());
        let done = done.into_iter().map(|source| (source.community.to_string(), source.progress)).collect();
        Ok(Join { order, limit: limit.unwrap_or(JOINED_PAGE), input, after, sources, done })
    }
}

impl Join {
    /// Each community that is to be asked, with the input for it.
    pub fn calls(&self) -> impl Iterator<Item = (Community, String)> {
        self.sources.iter().map(|source| {
            let mut input = self.input.clone();
            if let Some(page) = &source.progress.page {
                input.insert(CURSOR.to_owned(), page.as_str().into());
            }
            (source.community, Value::Object(input).to_string())
        })
    }

    /// The page made of their answers, in the order of [`Join::calls`].
    ///
    /// # Errors
    /// What the first was refused with, when none answered. When that is a problem of the component, it is the answer.
    pub fn page(self, answers: Vec<Result<Answer, Rejection>>) -> Result<Answer, Rejection> {
        let (mut read, mut failed) = (Vec::new(), Vec::new());
        for (source, answer) in self.sources.iter().zip(answers) {
            match self.read(source, answer) {
                Ok(answered) => read.push((source, Some(answered))),
                Err(failure) => {
                    failed.push((source.community, failure));
                    read.push((source, None));
                }
            }
        }
        if !failed.is_empty() && failed.len() == read.len() {
            return failed.swap_remove(0).1.alone();
        }
        let items = merge(&mut read, self.limit);
        let last = items.last().map(|(mark, _)| mark.clone());
        let after = match (last, self.after.clone()) {
            (Some(last), Some(before)) if compare(&last, &before).is_lt() => Some(before),
            (last, before) => last.or(before),
        };
        let next = self.next(&read, after)?;
        let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
        let failed: Vec<Value> = failed.iter().map(|(community, why)| why.told(*community)).collect();
        let content = Content::Json(json!({ "items": items, "failed": failed }).to_string());
        Ok(Answer::Reply(Reply { status: Status::Ok, content, next }))
    }

    /// The items of a community that were not shown yet.
    fn read(&self, source: &Source, answer: Result<Answer, Rejection>) -> Result<Answered, Failure> {
        let reply = match answer {
            Ok(Answer::Reply(reply)) => reply,
            Ok(Answer::Problem(problem)) => return Err(Failure::Problem(problem)),
            Err(rejection) => return Err(Failure::Rejection(rejection)),
        };
        let Content::Json(text) = reply.content else { return Err(Rejection::ComponentFailed.into()) };
        let mut content: Value = serde_json::from_str(&text).map_err(|_| Rejection::ComponentFailed)?;
        let Some(Value::Array(list)) = content.get_mut("items").map(Value::take) else {
            return Err(Rejection::ComponentFailed.into());
        };
        let community = source.community.to_string();
        let mut items = VecDeque::with_capacity(list.len());
        for mut item in list {
            let key = |pointer: &String| item.pointer(pointer).cloned().unwrap_or(Value::Null);
            let mark = Mark(self.order.iter().map(key).collect(), community.clone());
            if items.back().is_some_and(|(before, _)| compare(before, &mark).is_ge()) {
                return Err(Rejection::NotJoinable.into());
            }
            item.as_object_mut()
                .ok_or(Rejection::ComponentFailed)?
                .insert("community".into(), community.clone().into());
            items.push_back((mark, item));
        }
        let shown = self.shown(source);
        items.retain(|(mark, _)| shown.as_ref().is_none_or(|shown| compare(mark, shown).is_gt()));
        Ok(Answered { items, next: reply.next, shown: None })
    }

    /// The cursor of the page after this one; none when only communities that did not answer could be on it.
    fn next(
        &self,
        read: &[(&Source, Option<Answered>)],
        after: Option<Mark>,
    ) -> Result<Option<String>, Rejection> {
        let mut places = self.done.clone();
        let mut more = false;
        for (source, answered) in read {
            let progress = self.progress(source, answered.as_ref(), after.as_ref());
            more |= answered.is_some() && !progress.done;
            if progress != Progress::default() {
                places.insert(source.community.to_string(), progress);
            }
        }
        if !more {
            return Ok(None);
        }
        let cursor = Cursor { after, places }.write();
        // Only a component whose own cursors are long can come to this.
        if cursor.len() > MAX_JOINED_CURSOR_BYTES { Err(Rejection::AreaTooWide) } else { Ok(Some(cursor)) }
    }

    /// The last of a community's items that was shown, or of all items.
    fn shown<'a>(&'a self, source: &'a Source) -> &'a Option<Mark> {
        source.progress.lags.as_ref().map_or(&self.after, |lag| &lag.after)
    }

    fn progress(&self, source: &Source, answered: Option<&Answered>, after: Option<&Mark>) -> Progress {
        let before = self.shown(source);
        let Some(answered) = answered else {
            let lags = (before.as_ref() != after).then(|| Lag { after: before.clone() });
            return Progress { lags, ..source.progress.clone() };
        };
        let left = answered.items.front();
        let shown = Lag { after: answered.shown.clone().or_else(|| before.clone()) };
        let page = if left.is_none() { answered.next.clone() } else { source.progress.page.clone() };
        let done = left.is_none() && page.is_none();
        // Whoever caught up with the others is told from them no longer.
        let caught_up =
            left.map_or(done, |(mark, _)| after.is_some_and(|after| compare(mark, after).is_gt()));
        let lags = (source.progress.lags.is_some() && !caught_up).then_some(shown);
        Progress { page, done, lags }
    }
}

/// Takes the first items of all, in order. Where a community's page ends and it has another, nobody knows what comes
/// next, so the joined page ends there, too.
fn merge(read: &mut [(&Source, Option<Answered>)], limit: usize) -> Vec<(Mark, Value)> {
    let mut items = Vec::new();
    while items.len() < limit {
        let answered = || read.iter().filter_map(|(_, answered)| answered.as_ref());
        if answered().any(|answered| answered.items.is_empty() && answered.next.is_some()) {
            break;
        }
        let heads = read.iter_mut().filter_map(|(_, answered)| answered.as_mut());
        let first = heads
            .filter(|answered| !answered.items.is_empty())
            .min_by(|a, b| compare(&a.items[0].0, &b.items[0].0));
        let Some(first) = first else { break };
        let Some((mark, item)) = first.items.pop_front() else { break };
        first.shown = Some(mark.clone());
        items.push((mark, item));
    }
    items
}

/// Why a community has no part in a page.
enum Failure {
    /// Of the component.
    Problem(Problem),
    Rejection(Rejection),
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejection(rejection)
    }
}

impl Failure {
    fn alone(self) -> Result<Answer, Rejection> {
        match self {
            Self::Problem(problem) => Ok(Answer::Problem(problem)),
            Self::Rejection(rejection) => Err(rejection),
        }
    }

    fn told(&self, community: Community) -> Value {
        let (status, code, Text { zh, en }) = match self {
            Self::Rejection(rejection) => {
                (rejection.status(), rejection.code().to_owned(), rejection.detail())
            }
            Self::Problem(problem) => {
                (problem.kind.status(), problem.code.to_string(), problem.detail.clone())
            }
        };
        json!({
            "community": community.to_string(), "status": status, "code": code, "detail_zh": zh, "detail_en": en,
        })
    }
}

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        let fits = text.len() <= MAX_JOINED_CURSOR_BYTES;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok().filter(|_| fits)?).ok()
    }

    fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).expect("texts and JSON values always serialize"))
    }
}

fn compare(a: &Mark, b: &Mark) -> Ordering {
    let keys = a.0.iter().zip(&b.0).map(|(a, b)| compare_values(a, b));
    keys.fold(Ordering::Equal, Ordering::then).then_with(|| a.1.cmp(&b.1))
}

/// Of one sort, as they are; of two, in the order of the sorts; absent and null last.
fn compare_values(a: &Value, b: &Value) -> Ordering {
    let sort = |value: &Value| match value {
        Value::Bool(_) => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        Value::Array(_) | Value::Object(_) => 3,
        Value::Null => 4,
    };
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.as_i64().cmp(&b.as_i64()),
        // Times have a fraction of a second only where they need one, which their texts do not sort by.
        (Value::String(a), Value::String(b)) => match (a.parse::<Timestamp>(), b.parse::<Timestamp>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => a.cmp(b),
        },
        _ => sort(a).cmp(&sort(b)),
    }
}
