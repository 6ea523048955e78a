//! From a typed function to something a table can hold.

use linli_contract::{Problem, Reply};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::component::Delivered;
use crate::pointer;
use crate::reply::IntoReply;
use crate::schema;

/// A typed function behind an untyped door. Made by [`handler!`](crate::handler).
#[derive(Clone, Copy)]
pub struct Handler {
    name: &'static str,
    run: fn(&str) -> Result<Reply, Problem>,
    schemas: fn() -> (String, String),
}

impl Handler {
    #[doc(hidden)]
    pub const fn __new(
        path: &'static str,
        run: fn(&str) -> Result<Reply, Problem>,
        schemas: fn() -> (String, String),
    ) -> Self {
        Self { name: last_segment(path), run, schemas }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn run(&self, input: &str) -> Result<Reply, Problem> {
        (self.run)(input)
    }

    /// Schemas of input and output.
    pub(crate) fn schemas(&self) -> (String, String) {
        (self.schemas)()
    }
}

/// Makes a [`Handler`] of a function `fn(Input) -> Result<Output, Problem>` or `fn() -> Result<Output, Problem>`; the
/// operation has the name of the function.
#[macro_export]
macro_rules! handler {
    ($function:path) => {
        $crate::__private::Handler::__new(
            stringify!($function),
            |input| $crate::__private::run($function, input),
            || $crate::__private::schemas($function),
        )
    };
}

/// A function that can be an operation.
pub trait HandlerFn<Args> {
    /// What it takes: path parameters, query parameters and members of the body side by side.
    type Input: DeserializeOwned + JsonSchema;
    /// What it gives.
    type Output: IntoReply;

    /// Runs it.
    ///
    /// # Errors
    /// The function's own.
    fn call(&self, input: Self::Input) -> Result<Self::Output, Problem>;
}

/// The input of an operation that takes none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoInput {}

impl<F, I, O> HandlerFn<(I,)> for F
where
    F: Fn(I) -> Result<O, Problem>,
    I: DeserializeOwned + JsonSchema,
    O: IntoReply,
{
    type Input = I;
    type Output = O;

    fn call(&self, input: I) -> Result<O, Problem> {
        self(input)
    }
}

impl<F, O> HandlerFn<()> for F
where
    F: Fn() -> Result<O, Problem>,
    O: IntoReply,
{
    type Input = NoInput;
    type Output = O;

    fn call(&self, _: NoInput) -> Result<O, Problem> {
        self()
    }
}

#[doc(hidden)]
pub fn run<Args, F: HandlerFn<Args>>(function: F, input: &str) -> Result<Reply, Problem> {
    let input = serde_json::from_str(input).map_err(|error| unreadable(input, &error))?;
    function.call(input).map(IntoReply::into_reply)
}

#[doc(hidden)]
pub fn schemas<Args, F: HandlerFn<Args>>(_: F) -> (String, String) {
    (schema::input::<F::Input>(), F::Output::schema())
}

/// The host has validated the input by the schema; what a schema cannot say (such as a date that does not exist) ends
/// here. It names the field, which is where reading stopped.
fn unreadable(input: &str, error: &serde_json::Error) -> Problem {
    let problem = Problem::invalid(
        "input-unreadable",
        "提交的内容有一项无法识别，请检查日期和选项后重新提交。",
        "One of the values cannot be understood; check dates and choices, then send it again.",
    );
    match pointer::to_value_at(input, error) {
        Some(pointer) => problem.at(pointer),
        None => problem,
    }
}

/// What a component does about one event or timer. Made by [`on_event!`](crate::on_event) and
/// [`on_timer!`](crate::on_timer).
#[derive(Clone, Copy)]
pub struct Reaction {
    publisher: Option<&'static str>,
    event: &'static str,
    run: fn(&Delivered, &str) -> Result<(), Problem>,
}

impl Reaction {
    #[doc(hidden)]
    pub const fn __new(
        publisher: Option<&'static str>,
        event: &'static str,
        run: fn(&Delivered, &str) -> Result<(), Problem>,
    ) -> Self {
        Self { publisher, event, run }
    }

    /// None for the component's own timers.
    pub(crate) fn publisher(&self) -> Option<&'static str> {
        self.publisher
    }

    pub(crate) fn event(&self) -> &'static str {
        self.event
    }

    pub(crate) fn run(&self, event: &Delivered, content: &str) -> Result<(), Problem> {
        (self.run)(event, content)
    }
}

/// Reacts to an event of another component, or of the `platform`: `on_event!("meal-ordering", "meal.served", thank)`.
/// The function is `fn(Content) -> Result<(), Problem>`, or takes `&Delivered` besides.
#[macro_export]
macro_rules! on_event {
    ($publisher:literal, $event:literal, $function:path) => {
        $crate::__private::Reaction::__new(Some($publisher), $event, |event, content| {
            $crate::__private::react($function, event, content)
        })
    };
}

/// Reacts to a [`Timer`](crate::Timer) of the component itself: `on_timer!(OFFER_LAPSED, lapse_offer)`. The
/// function takes the timer's content.
#[macro_export]
macro_rules! on_timer {
    ($timer:path, $function:path) => {
        $crate::__private::Reaction::__new(None, $timer.name(), |event, content| {
            $crate::__private::react_to_timer(&$timer, $function, event, content)
        })
    };
}

/// A function that can be a reaction.
pub trait ReactionFn<Args> {
    /// The content of the event.
    type Content: DeserializeOwned;

    /// Runs it.
    ///
    /// # Errors
    /// The function's own.
    fn call(&self, content: Self::Content, event: &Delivered) -> Result<(), Problem>;
}

impl<F, C> ReactionFn<(C,)> for F
where
    F: Fn(C) -> Result<(), Problem>,
    C: DeserializeOwned,
{
    type Content = C;

    fn call(&self, content: C, _: &Delivered) -> Result<(), Problem> {
        self(content)
    }
}

impl<F, C> ReactionFn<(C, &Delivered)> for F
where
    F: Fn(C, &Delivered) -> Result<(), Problem>,
    C: DeserializeOwned,
{
    type Content = C;

    fn call(&self, content: C, event: &Delivered) -> Result<(), Problem> {
        self(content, event)
    }
}

#[doc(hidden)]
pub fn react<Args, F: ReactionFn<Args>>(
    function: F,
    event: &Delivered,
    content: &str,
) -> Result<(), Problem> {
    let content = serde_json::from_str(content).map_err(|error| unreadable(content, &error))?;
    function.call(content, event)
}

/// As [`react`]; that the function takes what the timer carries is checked by the compiler.
#[doc(hidden)]
pub fn react_to_timer<C, Args, F>(
    _: &crate::events::Timer<C>,
    function: F,
    event: &Delivered,
    content: &str,
) -> Result<(), Problem>
where
    F: ReactionFn<Args, Content = C>,
{
    react(function, event, content)
}

/// `signup::create_signup` → `create_signup`.
const fn last_segment(path: &'static str) -> &'static str {
    let bytes = path.as_bytes();
    let mut start = bytes.len();
    while start > 0 && bytes[start - 1] != b':' && bytes[start - 1] != b' ' {
        start -= 1;
    }
    path.split_at(start).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_has_the_name_of_its_function() {
        assert_eq!(last_segment("create_signup"), "create_signup");
        assert_eq!(last_segment("crate::signup::create_signup"), "create_signup");
        assert_eq!(last_segment("signup :: create_signup"), "create_signup");
    }
}
