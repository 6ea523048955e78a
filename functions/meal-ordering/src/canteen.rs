//! Where meals are served, and when: data, so that a city changes it without changing code.

use std::collections::BTreeMap;

use linli_sdk::Text;
use linli_sdk::prelude::*;

use crate::calendar::{Clock, Day};
use crate::text_schema::text_schema;

/// The canteens by their names. The default is one that a community can start with.
pub(crate) const CANTEENS: Setting<BTreeMap<CanteenName, Canteen>> =
    Setting::new("canteens", "食堂", "Canteens").or(include_str!("../canteens.json"));

/// A canteen's name within the community, part of the ids of its menus: `main`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CanteenName(String);

/// A canteen.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Canteen {
    #[schemars(length(min = 1, max = 60))]
    pub title: String,
    /// Where to go.
    #[schemars(length(min = 1, max = 100))]
    pub place: String,
    /// The provider that runs it and is paid for its meals; without one the community runs it itself.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,64}$"))]
    pub provider: Option<String>,
    /// When it serves.
    pub meals: Meals,
}

/// When a canteen serves which meals; one that is left out is not served.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Meals {
    breakfast: Option<Hours>,
    lunch: Option<Hours>,
    dinner: Option<Hours>,
}

/// When one meal is served. A length and not an end, so that it cannot end before it begins.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hours {
    /// In Asia/Shanghai.
    from: Clock,
    /// How long it is served.
    #[schemars(range(min = 10, max = 360))]
    minutes: i64,
    /// How long before the meal ordering and cancelling end, so that the kitchen knows what to buy; two days at most.
    #[schemars(range(min = 0, max = 2_880))]
    cut_off_minutes: i64,
}

/// A meal of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Meal {
    Breakfast,
    Lunch,
    Dinner,
}

/// The moments of a meal on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    pub cut_off: Timestamp,
    pub served_from: Timestamp,
    pub served_until: Timestamp,
}

impl Meal {
    /// As it is called.
    pub fn title(self) -> Text {
        match self {
            Self::Breakfast => Text::new("早餐", "Breakfast"),
            Self::Lunch => Text::new("午餐", "Lunch"),
            Self::Dinner => Text::new("晚餐", "Dinner"),
        }
    }

    /// As in ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breakfast => "breakfast",
            Self::Lunch => "lunch",
            Self::Dinner => "dinner",
        }
    }
}

impl Canteen {
    /// The moments of a meal; none when it is not served here.
    pub fn times(&self, day: &Day, meal: Meal) -> Option<Times> {
        let hours = match meal {
            Meal::Breakfast => self.meals.breakfast,
            Meal::Lunch => self.meals.lunch,
            Meal::Dinner => self.meals.dinner,
        }?;
        let served_from = day.at(hours.from);
        Some(Times {
            cut_off: served_from.plus_seconds(-hours.cut_off_minutes * 60),
            served_from,
            served_until: served_from.plus_seconds(hours.minutes * 60),
        })
    }
}

/// A canteen as everybody sees it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownCanteen {
    name: CanteenName,
    #[serde(flatten)]
    canteen: Canteen,
}

/// The canteens of the community, for everybody to read.
pub(crate) fn list_canteens() -> Result<Page<ShownCanteen>, Problem> {
    let shown = |(name, canteen)| ShownCanteen { name, canteen };
    Ok(Page { items: CANTEENS.get().into_iter().map(shown).collect(), next: None })
}

impl std::fmt::Display for CanteenName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

text_schema!(CanteenName, "^[a-z][a-z0-9-]{0,31}$");
