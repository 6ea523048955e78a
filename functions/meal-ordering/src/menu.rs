//! Menus: what a canteen serves at one meal of one day.

use linli_sdk::contract::Caller;
use linli_sdk::prelude::*;

use crate::calendar::Day;
use crate::canteen::{CANTEENS, CanteenName, Meal, Times};
use crate::closing::{MEAL_ENDED, MealEnded};
use crate::dish::{Dish, MAX_DISHES, MAX_PORTIONS, NewDish, ShownDish, counter};
use crate::problem;

/// How far ahead a menu may lie, in days: within the 90 days a hold reaches, with room for what comes after the meal.
const MAX_DAYS_AHEAD: i64 = 60;
/// Menus on one page, when the caller does not say.
const MENUS_SHOWN: u32 = 20;
/// In seconds: days begin with an hour.
const HOUR: u32 = 3_600;
/// Days a menu is kept after its last change: three years, as long as the receipts of its orders.
pub(crate) const KEEP_DAYS: u32 = 1_095;

/// What the id of a menu looks like: `2026-05-02.main.lunch`.
pub(crate) const MENU_ID: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\.[a-z][a-z0-9-]{0,31}\.[a-z]{5,9}$";

/// A menu as stored. Written when it is made, when it is called off and when the meal is over, so that ordering never conflicts on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Menu {
    /// `{date}.{canteen}.{meal}`: there is one for each.
    pub id: String,
    pub canteen: CanteenName,
    /// As the canteen was then.
    pub title: String,
    pub place: String,
    pub provider: Option<String>,
    pub date: Day,
    pub meal: Meal,
    /// Orders are taken, and cancelled, before this moment.
    #[serde(with = "linli_sdk::micros")]
    pub cut_off: Timestamp,
    #[serde(with = "linli_sdk::micros")]
    pub served_from: Timestamp,
    #[serde(with = "linli_sdk::micros")]
    pub served_until: Timestamp,
    pub dishes: Vec<Dish>,
    /// Why it was called off, if it was.
    pub called_off: Option<String>,
}

/// The meals of a day in the order in which they are served.
const BY_DAY: Index = Index::new("by_day", &["/date", "/served_from"]);

/// All menus.
pub(crate) const MENUS: Collection<Menu> = Collection::new("menus").indexes(&[BY_DAY]).keep_days(KEEP_DAYS);

/// A menu to offer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMenu {
    canteen: CanteenName,
    date: Day,
    meal: Meal,
    /// Until when orders are taken and cancelled; as the canteen's hours say when left out. At most the end of the meal:
    /// what is left may be sold while it is served.
    order_until: Option<Timestamp>,
    #[schemars(length(min = 1, max = MAX_DISHES))]
    dishes: Vec<NewDish>,
}

/// A menu as everybody sees it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownMenu {
    id: String,
    canteen: CanteenName,
    title: String,
    place: String,
    date: Day,
    meal: Meal,
    order_until: Timestamp,
    served_from: Timestamp,
    served_until: Timestamp,
    /// Whether orders are taken at this moment.
    open: bool,
    /// Why the meal was called off, if it was.
    called_off: Option<String>,
    dishes: Vec<ShownDish>,
}

/// A worker, or the provider that runs the canteen, offers a menu.
pub(crate) fn create_menu(new: NewMenu) -> Result<Created<ShownMenu>, Problem> {
    let canteens = CANTEENS.get();
    let canteen = canteens.get(&new.canteen).ok_or_else(problem::canteen_unknown)?;
    serves_here(&context::caller(), canteen.provider.as_deref())?;
    let times = canteen.times(&new.date, new.meal).ok_or_else(problem::meal_not_served)?;
    let times = check_times(times, new.order_until)?;
    check_names(&new.dishes)?;
    let id = format!("{}.{}.{}", new.date, new.canteen, new.meal.name());
    if MENUS.get(&id).is_some() {
        return Err(problem::menu_exists(&id));
    }
    let dishes = (1..).zip(new.dishes).map(|(number, dish)| Dish::open(number, dish, &id)).collect();
    let menu = Menu {
        id,
        canteen: new.canteen,
        title: canteen.title.clone(),
        place: canteen.place.clone(),
        provider: canteen.provider.clone(),
        date: new.date,
        meal: new.meal,
        cut_off: times.cut_off,
        served_from: times.served_from,
        served_until: times.served_until,
        dishes,
        called_off: None,
    };
    MENUS.put(&menu.id, &menu);
    MEAL_ENDED.schedule(menu.served_until, &MealEnded { menu: menu.id.clone() });
    Ok(Created(menu.show()))
}

fn check_times(mut times: Times, order_until: Option<Timestamp>) -> Result<Times, Problem> {
    let now = context::now();
    if let Some(order_until) = order_until {
        if order_until > times.served_until {
            return Err(problem::cut_off_after_meal());
        }
        times.cut_off = order_until;
    }
    if times.cut_off <= now {
        return Err(problem::menu_too_late(times.cut_off));
    }
    if times.served_until > now.plus_seconds(MAX_DAYS_AHEAD * 86_400) {
        return Err(problem::menu_too_far_ahead(MAX_DAYS_AHEAD));
    }
    Ok(times)
}

/// Two dishes of one name could not be told apart when they are asked for.
fn check_names(dishes: &[NewDish]) -> Result<(), Problem> {
    let twice = |(place, dish): (usize, &NewDish)| {
        dishes[..place].iter().any(|earlier| earlier.name == dish.name).then_some(place)
    };
    dishes.iter().enumerate().find_map(twice).map_or(Ok(()), |place| Err(problem::dish_twice(place)))
}

/// How many portions there are.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DishChange {
    #[schemars(regex(pattern = MENU_ID))]
    id: String,
    /// The number of the dish on the menu.
    #[schemars(range(min = 1, max = MAX_DISHES))]
    dish: u32,
    /// In all, those ordered included.
    #[schemars(range(min = 0, max = MAX_PORTIONS))]
    portions: i64,
}

/// The kitchen can cook more than it thought, or less.
pub(crate) fn change_dish(change: DishChange) -> Result<ShownDish, Problem> {
    let menu = Menu::find(&change.id)?;
    serves_here(&context::caller(), menu.provider.as_deref())?;
    let dish = menu.dish(change.dish).ok_or_else(|| problem::dish_unknown("/dish".to_owned()))?;
    menu.check_called_off()?;
    if menu.is_over() {
        return Err(problem::meal_over());
    }
    if !stock::resize(&counter(&menu.id, dish.number), change.portions) {
        return Err(problem::portions_below_ordered(dish.portions(&menu.id).ordered));
    }
    Ok(dish.show(&menu.id))
}

/// Which day.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MenuPage {
    /// Today, when it is left out.
    date: Option<Day>,
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    #[schemars(length(max = 400))]
    cursor: Option<String>,
}

/// The menus of a day, with what is left of each dish.
pub(crate) fn list_menus(MenuPage { date, limit, cursor }: MenuPage) -> Result<Page<ShownMenu>, Problem> {
    let day = date.unwrap_or_else(|| Day::of(context::now_rounded(HOUR)));
    let of_day = BY_DAY.equal(day.to_string());
    let page = MENUS.scan(&of_day, limit.unwrap_or(MENUS_SHOWN), cursor.as_deref())?;
    Ok(page.map(|menu| menu.show()))
}

/// Which menu.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MenuId {
    #[schemars(regex(pattern = MENU_ID))]
    pub id: String,
}

/// One menu, with what is left of each dish.
pub(crate) fn show_menu(MenuId { id }: MenuId) -> Result<ShownMenu, Problem> {
    Menu::find(&id).map(|menu| menu.show())
}

/// Whether the caller works where meals of this provider are served: its own staff, and the community's workers.
///
/// # Errors
/// 403 for another provider.
pub(crate) fn serves_here(caller: &Caller, provider: Option<&str>) -> Result<(), Problem> {
    let own = provider.is_some() && caller.provider.as_deref() == provider;
    if own || caller.has(Role::Worker) { Ok(()) } else { Err(problem::canteen_of_another()) }
}

impl Menu {
    /// # Errors
    /// 404 `menu-unknown`.
    pub fn find(id: &str) -> Result<Self, Problem> {
        MENUS.get(id).ok_or_else(problem::menu_unknown)
    }

    /// The dish of that number.
    pub fn dish(&self, number: u32) -> Option<&Dish> {
        self.dishes.iter().find(|dish| dish.number == number)
    }

    /// Whether orders are taken. Besides the cut-off, the counters must still be there: a call keeps its `now` when it is
    /// run again, so one that came just in time may find that the meal was closed before it.
    pub fn takes_orders(&self) -> bool {
        !context::has_passed(self.cut_off) && self.called_off.is_none() && !self.is_closed()
    }

    /// Whether the meal is over.
    pub fn is_over(&self) -> bool {
        context::has_passed(self.served_until) || self.is_closed()
    }

    /// That the meal takes place.
    ///
    /// # Errors
    /// 410 `meal-called-off`.
    pub fn check_called_off(&self) -> Result<(), Problem> {
        self.called_off.as_deref().map_or(Ok(()), |reason| Err(problem::meal_called_off(reason)))
    }

    /// Writes down what the counters hold, and removes them: all orders are closed.
    pub fn close(&mut self) {
        for dish in &mut self.dishes {
            dish.close(&self.id);
        }
        MENUS.put(&self.id, self);
    }

    /// Whether all orders are closed, and the counters gone.
    pub fn is_closed(&self) -> bool {
        self.dishes.iter().any(|dish| dish.counted.is_some())
    }

    /// As everybody sees it.
    pub fn show(self) -> ShownMenu {
        let dishes = self.dishes.iter().map(|dish| dish.show(&self.id)).collect();
        ShownMenu {
            open: self.takes_orders(),
            id: self.id,
            canteen: self.canteen,
            title: self.title,
            place: self.place,
            date: self.date,
            meal: self.meal,
            order_until: self.cut_off,
            served_from: self.served_from,
            served_until: self.served_until,
            called_off: self.called_off,
            dishes,
        }
    }
}
