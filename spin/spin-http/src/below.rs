//! What is below: the function, and the adapter that keeps its call.

use linli_contract::{Answer, Area, Community, Descriptor, Idempotency, Identity, Timestamp};

/// A call, admitted.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which operation.
    pub operation: String,
    /// Where.
    pub community: Community,
    /// Who the token says is calling.
    pub identity: Identity,
    /// The caller's key.
    pub idempotency: Option<Idempotency>,
    /// To find the call in the logs.
    pub request_id: String,
    /// Texts of its input, which name what it is about.
    pub words: Vec<String>,
}

/// How a call begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The function is to handle it.
    Run,
    /// It was answered before, durably.
    Known(Answer),
}

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Durable.
    Answered {
        /// Another answer, when the platform answers in the function's place.
        instead: Option<Answer>,
        /// Whether something is to be delivered in the community.
        due: bool,
    },
    /// What it read has changed: it is to be run again.
    Again,
}

/// Why there is no answer; see `spin/wit/session.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "documented where the interface is")]
pub enum Failure {
    UnknownOperation,
    KeyReused,
    NotBound,
    ProviderSuspended,
    UnknownSubject,
    BrokenAnswer,
    AnswerTooLarge,
    StorageFull,
    Unavailable,
}

/// An event or timer for the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The same at every try.
    pub id: String,
    /// Who published it.
    pub publisher: String,
    /// What it is called.
    pub name: String,
    /// JSON.
    pub content: String,
    /// When it was published.
    pub published_at: Timestamp,
}

/// The function, and the adapter that keeps its call; see `spin/wit/session.wit`. In tests, something that stands for them.
#[allow(missing_docs, clippy::missing_errors_doc, reason = "documented where the interfaces are")]
pub trait Below {
    fn describe(&self) -> Option<Descriptor>;
    fn open(&self, descriptor: &Descriptor) -> Result<(), String>;
    fn is_ready(&self) -> bool;
    fn now(&self) -> Timestamp;
    fn public_keys(&self) -> String;
    fn communities(&self, area: &Area, most: usize) -> Result<Vec<Community>, Failure>;
    fn begin(&self, call: &Call) -> Result<Begun, Failure>;
    fn handle(&self, operation: &str, input: &str) -> Answer;
    fn commit(&self, answer: &Answer) -> Result<Ended, Failure>;
    fn next_delivery(&self, community: Option<Community>) -> Result<Option<Delivery>, Failure>;
    fn react(&self, delivery: &Delivery) -> Answer;
    fn begin_again(&self) -> Result<bool, Failure>;
}
