//! Meals from the canteens of a community.
//!
//! | rule | where |
//! |---|---|
//! | which canteens there are, and when they serve | `canteen`, `calendar` |
//! | menus of a day and meal, and until when they can be ordered from | `menu` |
//! | dishes: price, allergens, portions, what one person may have | `dish`, `helping` |
//! | making an order | `ordering`, `order` |
//! | what the community adds, by age | `subsidy` |
//! | money: holds, subsidies, refunds | `payment` |
//! | an order that waits to be paid | `unpaid` |
//! | orders that end before they are eaten | `cancellation` |
//! | the counter | `pickup` |
//! | the end of a meal, who did not come, and meals that are called off | `closing` |
//! | ratings, and refunds by a worker | `rating`, `refund` |
//! | what the kitchen needs to know | `kitchen` |
//! | the meal card | `card` |
//! | the component's own accounts, and settling them | `accounts` |
//! | what a community decides about all this, as data | `terms`, `canteen`, `subsidy` |
//!
//! An order that is paid reads the menu, which nobody writes while orders are taken, and else only what is this order's
//! and this person's own. Portions are takes of stock and money is a hold, both of which are no reads when they fit. So a
//! thousand residents who order at once, the same dish or another, do not stand in each other's way while there are
//! portions.

mod accounts;
mod calendar;
mod cancellation;
mod canteen;
mod card;
mod closing;
mod dish;
mod events;
mod helping;
mod kitchen;
mod menu;
mod order;
mod ordering;
mod payment;
mod pickup;
mod problem;
mod rating;
mod refund;
mod subsidy;
mod terms;
mod text_schema;
mod unpaid;

use linli_sdk::Account;
use linli_sdk::contract::limits::MAX_INTEGER;
use linli_sdk::prelude::*;

use payment::{BOOK, CLAIMS, FLOAT, MAX_ORDER_FEN, SALES, SUBSIDY};

const EVERYBODY: &[Role] = &[Role::Anyone];
const RESIDENT: &[Role] = &[Role::Resident];
const WORKER: &[Role] = &[Role::Worker];
/// The community's workers, and the staff of a canteen that a provider runs.
const CANTEEN: &[Role] = &[Role::Provider, Role::Worker];

/// The component.
pub static MEAL_ORDERING: Component =
    Component::new("meal-ordering", env!("CARGO_PKG_VERSION"), "社区食堂", "Community canteens")
        .operations(&[
            get("/canteens", handler!(canteen::list_canteens)).roles(EVERYBODY).title("食堂列表", "Canteens"),
            get("/subsidy-bands", handler!(subsidy::list_subsidy_bands))
                .roles(EVERYBODY)
                .title("用餐补贴标准", "Meal subsidies"),
            post("/menus", handler!(menu::create_menu)).roles(CANTEEN).title("发布菜单", "Offer a menu"),
            get("/menus", handler!(menu::list_menus)).roles(EVERYBODY).title("菜单列表", "Menus of a day"),
            get("/menus/{id}", handler!(menu::show_menu)).roles(EVERYBODY).title("菜单详情", "Show a menu"),
            patch("/menus/{id}/dishes/{dish}", handler!(menu::change_dish))
                .roles(CANTEEN)
                .title("调整菜品份数", "Change how many portions there are"),
            post("/menus/{id}/cancellation", handler!(closing::call_off_menu))
                .roles(CANTEEN)
                .title("取消供餐", "Call a meal off"),
            get("/menus/{id}/kitchen-sheet", handler!(kitchen::show_kitchen_sheet))
                .roles(CANTEEN)
                .title("后厨备餐单", "Kitchen sheet"),
            get("/menus/{id}/ratings", handler!(rating::list_ratings))
                .roles(CANTEEN)
                .title("用餐评价", "Ratings of a meal"),
            post("/orders", handler!(ordering::create_order)).roles(RESIDENT).title("订餐", "Order a meal"),
            get("/orders", handler!(order::list_orders)).roles(RESIDENT).title("我的订餐", "My orders"),
            get("/orders/{id}", handler!(order::show_order))
                .roles(RESIDENT)
                .title("订单详情", "Show an order"),
            delete("/orders/{id}", handler!(cancellation::cancel_order))
                .roles(RESIDENT)
                .title("取消订餐", "Cancel an order"),
            post("/orders/{id}/payment", handler!(unpaid::pay_order))
                .roles(RESIDENT)
                .title("支付订单", "Pay an order that waits"),
            post("/orders/{id}/rating", handler!(rating::rate_order))
                .roles(RESIDENT)
                .title("评价用餐", "Rate a meal"),
            post("/orders/{id}/refund", handler!(refund::refund_order))
                .roles(WORKER)
                .title("退款", "Give the money back"),
            post("/pickups", handler!(pickup::create_pickup)).roles(CANTEEN).title("取餐", "Hand a meal out"),
            get("/menus/{id}/waiting-meals", handler!(pickup::list_waiting_meals))
                .roles(CANTEEN)
                .title("凭餐卡查找待取餐", "What somebody with a card has ordered"),
            get("/card", handler!(card::show_card)).roles(RESIDENT).title("我的餐卡", "My card"),
            post("/cards/{resident}/top-ups", handler!(card::create_top_up))
                .roles(WORKER)
                .title("餐卡充值", "Top up a card"),
            get("/top-ups", handler!(card::list_top_ups))
                .roles(WORKER)
                .title("我经手的充值", "Top-ups I took"),
            get("/accounts", handler!(accounts::show_accounts))
                .roles(WORKER)
                .title("食堂账户", "The canteens' accounts"),
            post("/settlements", handler!(accounts::create_settlement))
                .roles(WORKER)
                .title("登记结算", "Book a settlement"),
            get("/settlements", handler!(accounts::list_settlements))
                .roles(WORKER)
                .title("结算记录", "Settlements"),
        ])
        .reactions(&[
            on_timer!(unpaid::PAYMENT_OVERDUE, unpaid::lapse_overdue),
            on_timer!(closing::MEAL_ENDED, closing::end_meal),
        ])
        .collections(&[&pickup::CODES, &helping::HELPINGS, &menu::MENUS, &order::ORDERS, &accounts::SETTLEMENTS, &card::TOP_UPS])
        .publishes(&[
            &events::CARD_TOPPED_UP,
            &events::MEAL_CANCELLED,
            &events::MEAL_LAPSED,
            &events::MEAL_MISSED,
            &events::MEAL_ORDERED,
            &events::MEAL_PAID,
            &events::MEAL_PICKED_UP,
            &events::MEAL_RATED,
            &events::MEAL_REFUNDED,
        ])
        .settings(&[&canteen::CANTEENS, &subsidy::SUBSIDY_BANDS, &terms::TERMS])
        .accounts(&[
            Account { name: FLOAT, book: BOOK, floor: -MAX_INTEGER },
            Account { name: SUBSIDY, book: BOOK, floor: -MAX_INTEGER },
            Account { name: SALES, book: BOOK, floor: -MAX_INTEGER },
            Account { name: CLAIMS, book: BOOK, floor: -MAX_INTEGER },
        ])
        .permissions(&[
            Grant::Issue(BOOK),
            Grant::DebitCaller(BOOK, MAX_ORDER_FEN),
            Grant::People(
                &[Attribute::Age, Attribute::Name],
                "按年龄核定用餐补贴，并在取餐和充值时核对姓名（仅显示姓氏）",
                "to find the subsidy by age, and to check the name, masked, when meals are handed out and cards topped up",
            ),
        ]);

linli_sdk::export!(MEAL_ORDERING);
