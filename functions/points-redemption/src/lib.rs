//! Points: earned by taking part, redeemed for rewards.
//!
//! - **Points** are the book `points` of the ledger. They come from the account `issuer` and end there. A redemption moves
//!   them to `redeemed`; when the voucher is used they go on to the provider who honoured it.
//! - **Lots** say until when points can be spent; the ones that end first are spent first. See `lots` and `purse`.
//! - **Rules** say what events earn: data, in the setting `award_rules`. See `rules` and `award`.
//! - **Rewards** are counters of stock; a **redemption** takes points and pieces in one transaction and gives a voucher,
//!   good once. See `reward`, `redemption`, `voucher`.
//!
//! What different residents do never conflicts: a purse is its own documents, and takes of stock and postings that fit
//! are no reads. What one resident does twice at once does conflict, and is decided one after the other.

mod account;
mod award;
mod lots;
mod problem;
mod purse;
mod redemption;
mod reward;
mod rules;
mod voucher;

use linli_sdk::Account;
use linli_sdk::contract::limits::MAX_INTEGER;
use linli_sdk::prelude::*;

use account::{list_statement, show_balance};
use award::{create_award, revoke_award, take_event};
use lots::LOT_ENDED;
use purse::{BOOK, ISSUER, REDEEMED, end_lots};
use redemption::{VOUCHER_LAPSED, cancel_redemption, create_redemption, lapse_redemption, list_redemptions};
use reward::{MAX_PRICE, MAX_QUANTITY, change_reward, create_reward, list_rewards};
use rules::list_rules;
use voucher::{show_voucher, use_voucher};

/// Who hands rewards out.
const COUNTER: &[Role] = &[Role::Provider, Role::Worker];

/// The component.
pub static POINTS_REDEMPTION: Component =
    Component::new("points-redemption", env!("CARGO_PKG_VERSION"), "积分兑换", "Points and rewards")
        .operations(&[
            get("/rules", handler!(list_rules)).roles(&[Role::Anyone]).title("积分规则", "What earns points"),
            get("/balance", handler!(show_balance)).roles(&[Role::Resident]).title("我的积分", "My points"),
            get("/statement", handler!(list_statement))
                .roles(&[Role::Resident])
                .title("积分明细", "My statement"),
            post("/awards", handler!(create_award)).roles(&[Role::Worker]).title("发放积分", "Give points"),
            delete("/awards/{id}", handler!(revoke_award))
                .roles(&[Role::Worker])
                .title("收回积分", "Take an award back"),
            post("/rewards", handler!(create_reward))
                .roles(&[Role::Worker])
                .title("上架奖品", "Offer a reward"),
            get("/rewards", handler!(list_rewards)).roles(&[Role::Anyone]).title("奖品列表", "Rewards"),
            patch("/rewards/{id}", handler!(change_reward))
                .roles(&[Role::Worker])
                .title("调整奖品", "Change a reward"),
            post("/redemptions", handler!(create_redemption))
                .roles(&[Role::Resident])
                .title("兑换奖品", "Redeem points"),
            get("/redemptions", handler!(list_redemptions))
                .roles(&[Role::Resident])
                .title("我的兑换", "My redemptions"),
            delete("/redemptions/{id}", handler!(cancel_redemption))
                .roles(&[Role::Resident])
                .title("取消兑换", "Cancel a redemption"),
            get("/vouchers/{code}", handler!(show_voucher))
                .roles(COUNTER)
                .title("查验兑换券", "Look at a voucher"),
            post("/vouchers/{code}/use", handler!(use_voucher))
                .roles(COUNTER)
                .title("核销兑换券", "Use a voucher"),
        ])
        .reactions(&[
            on_event!("activity-signup", "activity.checked-in", take_event),
            on_event!("affair-submission", "case.rated", take_event),
            on_event!("meal-ordering", "meal.picked-up", take_event),
            on_event!("meal-ordering", "meal.rated", take_event),
            on_event!("meal-ordering", "meal.refunded", take_event),
            on_event!("recycling-station", "recyclables.weighed", take_event),
            on_event!("recycling-station", "recyclables.rejected", take_event),
            on_timer!(LOT_ENDED, end_lots),
            on_timer!(VOUCHER_LAPSED, lapse_redemption),
        ])
        .collections(&[
            &award::AWARDS,
            &award::DAYS,
            &purse::DEBTS,
            &lots::LOTS,
            &redemption::REDEMPTIONS,
            &reward::REWARDS,
            &redemption::SHARES,
            &redemption::VOUCHERS,
        ])
        .publishes(&[&award::POINTS_AWARDED, &award::POINTS_REVOKED, &redemption::REDEMPTION_CHANGED])
        .settings(&[&rules::RULES, &rules::TERMS])
        .accounts(&[
            Account { name: ISSUER, book: BOOK, floor: -MAX_INTEGER },
            Account { name: REDEEMED, book: BOOK, floor: 0 },
        ])
        .permissions(&[
            Grant::Issue(BOOK),
            Grant::DebitCaller(BOOK, MAX_PRICE * MAX_QUANTITY),
            Grant::People(
                &[Attribute::Name],
                "发放积分时核对姓名（仅显示姓氏）",
                "to check the name, masked, when points are given",
            ),
        ]);
linli_sdk::export!(POINTS_REDEMPTION);
