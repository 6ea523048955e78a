//! Every refusal: its stable code, and one sentence that says what to do now.

mod money;

use linli_sdk::prelude::*;

pub(crate) use money::*;

use crate::order::Line;

pub(crate) fn canteen_unknown() -> Problem {
    Problem::invalid(
        "canteen-unknown",
        "没有这个食堂，请从食堂列表中选择。",
        "There is no such canteen; choose one from the list.",
    )
    .at("/canteen")
}

pub(crate) fn canteen_of_another() -> Problem {
    Problem::forbidden(
        "canteen-of-another",
        "这不是您负责的食堂，请由该食堂的人员或社区工作人员办理。",
        "This canteen is run by somebody else; its staff or the community's workers can do this.",
    )
}

pub(crate) fn meal_not_served() -> Problem {
    Problem::invalid(
        "meal-not-served",
        "该食堂不供应这一餐，请选择其他餐次。",
        "This canteen does not serve that meal; choose another.",
    )
    .at("/meal")
}

pub(crate) fn cut_off_after_meal() -> Problem {
    Problem::invalid(
        "cut-off-after-meal",
        "截止时间不能晚于供餐结束，请选择更早的时间。",
        "Orders cannot be taken after the meal is over; choose an earlier time.",
    )
    .at("/order_until")
}

pub(crate) fn menu_too_late(cut_off: Timestamp) -> Problem {
    Problem::invalid(
        "menu-too-late",
        "这一餐的订餐时间已过，请为以后的餐次发布菜单。",
        "Orders for this meal have closed already; offer a menu for a later one.",
    )
    .at("/date")
    .with_member("order_until", cut_off.to_string())
}

pub(crate) fn menu_too_far_ahead(days: i64) -> Problem {
    Problem::invalid(
        "menu-too-far-ahead",
        format!("菜单最多可提前 {days} 天发布，请选择更近的日期。"),
        format!("A menu can be offered {days} days ahead at most; choose an earlier date."),
    )
    .at("/date")
    .with_member("days", days)
}

pub(crate) fn menu_exists(id: &str) -> Problem {
    Problem::conflict(
        "menu-exists",
        "这一餐的菜单已发布，请调整已有菜单的份数。",
        "There is a menu for this meal already; change the portions of that one.",
    )
    .with_member("menu", id)
}

pub(crate) fn dish_twice(place: usize) -> Problem {
    Problem::invalid(
        "dish-twice",
        "同一菜单中有两道同名的菜，请改名或合并。",
        "Two dishes of this menu have the same name; rename one or put them together.",
    )
    .at(format!("/dishes/{place}/name"))
}

pub(crate) fn menu_unknown() -> Problem {
    Problem::not_found(
        "menu-unknown",
        "没有这份菜单，请从菜单列表中选择。",
        "There is no such menu; choose one from the list.",
    )
}

pub(crate) fn dish_unknown(pointer: String) -> Problem {
    Problem::invalid(
        "dish-unknown",
        "菜单中没有这道菜，请按菜单上的序号选择。",
        "There is no such dish on the menu; choose by the numbers on it.",
    )
    .at(pointer)
}

pub(crate) fn meal_over() -> Problem {
    Problem::conflict(
        "meal-over",
        "这一餐已结束，不能再调整。",
        "This meal is over; nothing can be changed any more.",
    )
}

pub(crate) fn meal_called_off(reason: &str) -> Problem {
    Problem::gone(
        "meal-called-off",
        format!("这一餐已取消（{reason}），已付款项会退回餐卡，请选择其他餐次。"),
        format!("This meal was called off ({reason}) and what was paid goes back; choose another."),
    )
}

pub(crate) fn portions_below_ordered(ordered: i64) -> Problem {
    Problem::conflict(
        "portions-below-ordered",
        format!("已订出 {ordered} 份，请填写不小于此数的份数。"),
        format!("{ordered} portions are ordered already; give at least as many."),
    )
    .at("/portions")
    .with_member("ordered", ordered)
}

pub(crate) fn orders_closed(cut_off: Timestamp) -> Problem {
    let shown = cut_off.shown();
    Problem::conflict(
        "orders-closed",
        format!("订餐已于 {shown} 截止，请选择其他餐次。"),
        format!("Orders closed at {shown} (Beijing time); choose another meal."),
    )
    .with_member("order_until", cut_off.to_string())
}

pub(crate) fn dish_short(line: &Line, left: i64) -> Problem {
    let name = &line.name;
    Problem::conflict(
        "dish-short",
        format!("“{name}”仅剩 {left} 份，请减少份数或选择其他菜品。"),
        format!("There are {left} portions of {name} left; take fewer, or choose another dish."),
    )
    .at("/lines")
    .with_member("dish", line.dish)
    .with_member("left", left)
}

pub(crate) fn dish_limit(name: &str, limit: i64) -> Problem {
    Problem::conflict(
        "dish-limit",
        format!("“{name}”每人限订 {limit} 份，请减少份数。"),
        format!("There are at most {limit} portions of {name} for each person; take fewer."),
    )
    .at("/lines")
    .with_member("limit", limit)
}

pub(crate) fn codes_short() -> Problem {
    Problem::unavailable(
        "codes-short",
        "暂时无法生成取餐码，请稍后再试。",
        "No pick-up code can be made just now; try again soon.",
    )
}

pub(crate) fn order_unknown() -> Problem {
    Problem::not_found(
        "order-unknown",
        "没有这笔订单，请在“我的订餐”中选择。",
        "There is no such order; choose one from your list.",
    )
}

pub(crate) fn order_unpaid(order: &Id) -> Problem {
    Problem::conflict(
        "order-unpaid",
        "有一笔订单尚未支付，请先支付或取消该订单。",
        "An order waits to be paid; pay or cancel it first.",
    )
    .with_member("order", order.to_string())
}

pub(crate) fn order_paid() -> Problem {
    Problem::conflict(
        "order-paid",
        "订单已支付，凭取餐码取餐即可。",
        "This order is paid already; come for the meal with its code.",
    )
}

pub(crate) fn order_lapsed() -> Problem {
    Problem::gone(
        "order-lapsed",
        "订单未按时支付，已自动取消，请重新下单。",
        "This order was not paid in time and has ended; order again.",
    )
}

pub(crate) fn order_cancelled() -> Problem {
    Problem::gone(
        "order-cancelled",
        "订单已取消，款项已退回，如需用餐请重新下单。",
        "This order was cancelled and its money is free again; order again to eat.",
    )
}

pub(crate) fn order_picked_up(at: Option<Timestamp>) -> Problem {
    Problem::conflict(
        "order-picked-up",
        "这份餐已取走，如有疑问请联系食堂人员。",
        "This meal was picked up already; if that is wrong, talk to the staff.",
    )
    .with_member("picked_up_at", at.map(|at| at.to_string()))
}

pub(crate) fn order_missed() -> Problem {
    Problem::gone(
        "order-missed",
        "供餐时间已过，这份餐未取，如有疑问请联系社区工作人员。",
        "The meal is over and nobody came for this order; if that is wrong, talk to the community's workers.",
    )
}

pub(crate) fn order_refunded() -> Problem {
    Problem::conflict(
        "order-refunded",
        "这笔订单已退款，无需再次操作。",
        "The money for this order was given back already; there is nothing left to do.",
    )
}

pub(crate) fn order_not_picked_up() -> Problem {
    Problem::conflict(
        "order-not-picked-up",
        "这份餐尚未取走，请取餐后再操作。",
        "This meal was not picked up yet; come back after it.",
    )
}

pub(crate) fn cancel_too_late(cut_off: Timestamp) -> Problem {
    let shown = cut_off.shown();
    Problem::conflict(
        "cancel-too-late",
        format!("取消已于 {shown} 截止，食堂已开始备餐，请按时取餐或联系食堂人员。"),
        format!(
            "Cancelling closed at {shown} (Beijing time) and the kitchen is at work; come, or talk to the staff."
        ),
    )
    .with_member("order_until", cut_off.to_string())
}

pub(crate) fn code_mistyped() -> Problem {
    Problem::invalid(
        "code-mistyped",
        "取餐码有误，请核对后重新输入。",
        "The code has a mistake in it; check it and type it again.",
    )
    .at("/pickup_code")
}

pub(crate) fn code_unknown() -> Problem {
    Problem::not_found(
        "code-unknown",
        "没有这个取餐码，请核对后重新输入。",
        "There is no such code; check it and type it again.",
    )
    .at("/pickup_code")
}

pub(crate) fn pickup_too_early(from: Timestamp) -> Problem {
    let shown = from.shown();
    Problem::conflict(
        "pickup-too-early",
        format!("{shown} 开始供餐，请届时再来。"),
        format!("The meal is served from {shown} (Beijing time); come back then."),
    )
    .with_member("served_from", from.to_string())
}

pub(crate) fn order_rated() -> Problem {
    Problem::conflict(
        "order-rated",
        "您已评价过这份餐，感谢您的意见。",
        "You have rated this meal already; thank you.",
    )
}

pub(crate) fn rating_too_late(days: i64) -> Problem {
    Problem::conflict(
        "rating-too-late",
        format!("用餐后 {days} 天内可以评价，请在下次用餐后及时评价。"),
        format!("A meal can be rated within {days} days; rate the next one in time."),
    )
}
