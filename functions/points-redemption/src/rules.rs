//! What points are given for: data, so that a city changes it without changing code.

use linli_sdk::prelude::*;
use linli_sdk::{Delivered, Text};
use serde_json::Value;

use crate::award::MAX_AWARD;

/// What earns points, and for how much. The default is a list a community can start with.
pub(crate) const RULES: Setting<Vec<AwardRule>> =
    Setting::new("award_rules", "积分规则", "What earns points").or(include_str!("../award-rules.json"));

/// How long points last and what a worker may give.
pub(crate) const TERMS: Setting<Terms> = Setting::new("terms", "积分条款", "Terms of the points")
    .or(r#"{ "validity_months": 24, "worker_max": 200, "worker_daily_cap": 500 }"#);

/// One way to earn points.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AwardRule {
    /// Stable name, kept with every award.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,31}$"))]
    pub id: String,
    /// Shown on statements and in the list of rules.
    pub title: Text,
    /// The event that earns the points.
    pub on: Source,
    /// Where in its content the person stands.
    #[serde(default = "person")]
    #[schemars(regex(pattern = r"^(/[^/]+)+$"))]
    pub person: String,
    /// How many.
    pub points: Worth,
    /// Most points this rule gives one person on one day of Asia/Shanghai; an award is cut to what is left of it.
    #[schemars(range(min = 1, max = 100_000))]
    pub daily_cap: i64,
    /// Where in the content stands what can earn only once, however many events tell of it.
    #[schemars(regex(pattern = r"^(/[^/]+)+$"))]
    pub once_per: Option<String>,
    /// The event upon which the points are taken back; only with `once_per`.
    pub clawback: Option<Clawback>,
}

/// When the points of a rule are taken back.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clawback {
    /// The event.
    pub on: Source,
    /// Where in its content stands what stood at the rule's `once_per`.
    #[schemars(regex(pattern = r"^(/[^/]+)+$"))]
    pub reference: String,
}

/// How many points an event is worth.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Worth {
    /// Always as many.
    Fixed(#[schemars(range(min = 1, max = 10_000))] i64),
    /// As many as the field at this JSON pointer says.
    Field(#[schemars(regex(pattern = r"^(/[^/]+)+$"))] String),
    /// `points` for every full `per` of the field.
    Rate {
        /// JSON pointer to an integer.
        #[schemars(regex(pattern = r"^(/[^/]+)+$"))]
        field: String,
        /// In the unit of the field.
        #[schemars(range(min = 1))]
        per: i64,
        /// For each full `per`.
        #[schemars(range(min = 1, max = 10_000))]
        points: i64,
    },
}

/// The events that can be heard, as `publisher/event`: subscriptions are part of what a component is, so a rule chooses
/// among them, and one about any other event is refused when the settings are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Source {
    #[serde(rename = "activity-signup/activity.checked-in")]
    ActivityCheckedIn,
    #[serde(rename = "affair-submission/case.rated")]
    CaseRated,
    #[serde(rename = "meal-ordering/meal.picked-up")]
    MealPickedUp,
    #[serde(rename = "meal-ordering/meal.rated")]
    MealRated,
    #[serde(rename = "meal-ordering/meal.refunded")]
    MealRefunded,
    #[serde(rename = "recycling-station/recyclables.weighed")]
    RecyclablesWeighed,
    #[serde(rename = "recycling-station/recyclables.rejected")]
    RecyclablesRejected,
}

/// How long points last and what a worker may give.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    /// Points earned in a month end together, so many months after that month. At most 35: a durable timer reaches
    /// 1,100 days.
    #[schemars(range(min = 1, max = 35))]
    pub validity_months: u32,
    /// Most points in one award by a worker.
    #[schemars(range(min = 1, max = 10_000))]
    pub worker_max: i64,
    /// Most points workers together may give one person on one day of Asia/Shanghai.
    #[schemars(range(min = 1, max = 100_000))]
    pub worker_daily_cap: i64,
}

fn person() -> String {
    "/person".to_owned()
}

impl Source {
    /// What an event is called here; none when no rule can be about it.
    pub fn of(event: &Delivered) -> Option<Self> {
        serde_json::from_value(Value::String(format!("{}/{}", event.publisher, event.name))).ok()
    }
}

impl Worth {
    /// What the content is worth: from 0 to [`MAX_AWARD`], whatever it says.
    pub fn of(&self, content: &Value) -> i64 {
        let integer = |pointer: &str| content.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
        let points = match self {
            Self::Fixed(points) => *points,
            Self::Field(field) => integer(field),
            Self::Rate { field, per, points } => (integer(field) / per).saturating_mul(*points),
        };
        points.clamp(0, MAX_AWARD)
    }
}

impl AwardRule {
    /// Whom the event is about.
    pub fn person_in(&self, content: &Value) -> Option<PersonRef> {
        content.pointer(&self.person)?.as_str()?.parse().ok()
    }

    /// What can earn only once by this rule, if the rule says so and the event names it.
    pub fn reference_in(&self, content: &Value) -> Option<String> {
        reference(content, self.once_per.as_deref()?)
    }
}

/// A text of 1 to 128 bytes in an event's content.
pub(crate) fn reference(content: &Value, pointer: &str) -> Option<String> {
    content.pointer(pointer)?.as_str().filter(|text| (1..=128).contains(&text.len())).map(str::to_owned)
}

/// A rule as residents see it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownRule {
    id: String,
    title: Text,
    points: Worth,
    daily_cap: i64,
}

/// What earns points here, for everybody to read.
pub(crate) fn list_rules() -> Result<linli_sdk::Page<ShownRule>, Problem> {
    let shown = |rule: AwardRule| ShownRule {
        id: rule.id,
        title: rule.title,
        points: rule.points,
        daily_cap: rule.daily_cap,
    };
    Ok(linli_sdk::Page { items: RULES.get().into_iter().map(shown).collect(), next: None })
}
