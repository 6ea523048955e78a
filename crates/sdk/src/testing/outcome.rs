//! What a call came to, with the questions tests ask about it.

use linli_contract::{Answer, Content, Problem, Reply, Status};
use serde_json::Value as Json;

/// What a call came to. The questions panic with what happened instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Outcome(Result<Answer, String>);

impl Outcome {
    pub(super) fn answered(answer: Answer) -> Self {
        Self(Ok(answer))
    }

    pub(super) fn refused(problem: Problem) -> Self {
        Self(Ok(Answer::Problem(problem)))
    }

    pub(super) fn trapped(message: String) -> Self {
        Self(Err(message))
    }

    /// The reply.
    ///
    /// # Panics
    /// When it was a problem or a trap.
    pub fn reply(self) -> Reply {
        match self.0 {
            Ok(Answer::Reply(reply)) => reply,
            Ok(Answer::Problem(problem)) => panic!("answered the problem {problem}"),
            Err(message) => panic!("trapped: {message}"),
        }
    }

    /// The JSON of a 200.
    ///
    /// # Panics
    /// When it was anything else.
    pub fn ok(self) -> Json {
        json(self.reply(), Status::Ok)
    }

    /// The JSON of a 201.
    ///
    /// # Panics
    /// When it was anything else.
    pub fn created(self) -> Json {
        json(self.reply(), Status::Created)
    }

    /// That it was a 204.
    ///
    /// # Panics
    /// When it was anything else.
    pub fn no_content(self) {
        let reply = self.reply();
        assert_eq!((reply.status, reply.content), (Status::NoContent, Content::None));
    }

    /// The items of a page, and the cursor of the next one.
    ///
    /// # Panics
    /// When it was anything else.
    pub fn page(self) -> (Vec<Json>, Option<String>) {
        let reply = self.reply();
        let next = reply.next.clone();
        match json(reply, Status::Ok)["items"].take() {
            Json::Array(items) => (items, next),
            other => panic!("answered {other} instead of a page"),
        }
    }

    /// The problem.
    ///
    /// # Panics
    /// When it was a reply or a trap.
    pub fn problem(self) -> Problem {
        match self.0 {
            Ok(Answer::Problem(problem)) => problem,
            Ok(Answer::Reply(reply)) => panic!("answered {reply:?}"),
            Err(message) => panic!("trapped: {message}"),
        }
    }

    /// The code of the problem.
    ///
    /// # Panics
    /// When it was a reply or a trap.
    pub fn code(self) -> String {
        self.problem().code.into_owned()
    }

    /// What it trapped with: a caller would get a 500.
    ///
    /// # Panics
    /// When it answered.
    pub fn trap(self) -> String {
        match self.0 {
            Ok(answer) => panic!("answered {answer:?}"),
            Err(message) => message,
        }
    }
}

fn json(reply: Reply, status: Status) -> Json {
    assert_eq!(reply.status, status);
    match reply.content {
        Content::Json(text) => serde_json::from_str(&text).expect("checked with the reply's schema"),
        other => panic!("answered {other:?} instead of JSON"),
    }
}
