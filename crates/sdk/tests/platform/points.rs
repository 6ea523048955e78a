//! Points: who may move what.

use linli_sdk::Account as OwnAccount;
use linli_sdk::ledger::{self, Account, HoldRequest, HoldStatus, Refusal, Transfer};

use super::*;

fn transfer(debit: Account, credit: Account, amount: i64) -> Transfer {
    Transfer { debit, credit, amount, memo: "测试".to_owned() }
}

fn fund() -> Account {
    Account::Own("fund".to_owned())
}

fn till() -> Account {
    Account::Own("till".to_owned())
}

fn refused(refusal: Refusal) -> Problem {
    Problem::conflict("refused", "不行。", format!("{refusal:?}"))
}

fn award(told: Told) -> Result<String, Problem> {
    ledger::post("points", &[transfer(fund(), Account::Subject, told.number)]).map_err(refused)
}

fn spend(told: Told) -> Result<i64, Problem> {
    let half = told.number / 2;
    let pay = |amount| ledger::post("points", &[transfer(Account::Subject, till(), amount)]);
    pay(half).and_then(|_| pay(told.number - half)).map_err(refused)?;
    Ok(ledger::balance("points", &Account::Subject))
}

fn recall(told: Told) -> Result<String, Problem> {
    let holder = Account::Person(told.what.parse().unwrap());
    ledger::post("points", &[transfer(holder, fund(), told.number)]).map_err(refused)
}

fn rob(told: Told) -> Result<String, Problem> {
    let victim = Account::Person(told.what.parse().unwrap());
    ledger::post("points", &[transfer(victim, Account::Subject, told.number)]).map_err(refused)
}

fn reserve(told: Told) -> Result<String, Problem> {
    let request = HoldRequest {
        book: "points".to_owned(),
        payer: Account::Subject,
        payee: till(),
        maximum: told.number,
        expires_at: context::now().plus_seconds(3_600),
        memo: "预留".to_owned(),
    };
    ledger::hold(&request).map_err(refused)
}

fn collect(told: Told) -> Result<String, Problem> {
    ledger::capture(&told.what, told.number).map_err(refused)
}

fn free(told: Told) -> Result<bool, Problem> {
    ledger::release(&told.what).map(|()| true).map_err(refused)
}

fn look(told: Told) -> Result<String, Problem> {
    let state = ledger::hold_of(&told.what);
    Ok(state.map_or("none".to_owned(), |state| match state.status {
        HoldStatus::Open => "open".to_owned(),
        HoldStatus::Captured => format!("captured {}", state.captured),
        HoldStatus::Released => "released".to_owned(),
        HoldStatus::Expired => "expired".to_owned(),
    }))
}

fn statement() -> Result<Vec<i64>, Problem> {
    let page = ledger::entries("points", &Account::Subject, 10, None);
    Ok(page.items.iter().map(|entry| entry.amount).collect())
}

const RESIDENT: &[Role] = &[Role::Resident];

static POINTS: Component = Component::new("points", "1.0.0", "积分", "Points")
    .accounts(&[
        OwnAccount { name: "fund", book: "points", floor: -1_000 },
        OwnAccount { name: "till", book: "points", floor: 0 },
    ])
    .permissions(&[Grant::Issue("points"), Grant::DebitCaller("points", 100)])
    .operations(&[
        post("/awards", handler!(award)).roles(RESIDENT).title("奖励", "Award"),
        post("/payments", handler!(spend)).roles(RESIDENT).title("支付", "Spend"),
        post("/recalls", handler!(recall)).roles(&[Role::Worker]).title("收回", "Recall"),
        post("/robberies", handler!(rob)).roles(RESIDENT).title("抢", "Rob"),
        post("/holds", handler!(reserve)).roles(RESIDENT).title("预留", "Reserve"),
        post("/captures", handler!(collect)).roles(RESIDENT).title("收取", "Collect"),
        post("/releases", handler!(free)).roles(RESIDENT).title("释放", "Free"),
        get("/holds", handler!(look)).roles(RESIDENT).title("看", "Look"),
        get("/statement", handler!(statement)).roles(RESIDENT).title("明细", "Statement"),
    ]);

fn why(outcome: linli_sdk::testing::Outcome) -> String {
    outcome.problem().detail.en.into_owned()
}

#[test]
fn what_is_awarded_can_be_spent_and_no_more() {
    let platform = Platform::new(&POINTS);
    let resident = platform.resident(30);
    platform.call(&resident, "award", json!({ "number": 60 })).ok();
    assert_eq!(platform.call(&resident, "spend", json!({ "number": 40 })).ok(), 20);
    // Half of it would fit; nothing is taken all the same.
    assert_eq!(why(platform.call(&resident, "spend", json!({ "number": 30 }))), "Insufficient");
    assert_eq!(platform.balance(&resident, "points"), 20);
    assert_eq!(platform.call(&resident, "statement", json!({})).ok(), json!([-20, -20, 60]));
    platform.verify();
}

#[test]
fn an_issuer_issues_down_to_its_floor() {
    let platform = Platform::new(&POINTS);
    let resident = platform.resident(30);
    platform.call(&resident, "award", json!({ "number": 1_000 })).ok();
    assert_eq!(why(platform.call(&resident, "award", json!({ "number": 1 }))), "Insufficient");
}

#[test]
fn an_issuer_takes_back_what_it_issued_without_the_holder_and_no_more() {
    let platform = Platform::new(&POINTS);
    let (resident, worker) = (platform.resident(30), platform.worker());
    platform.call(&resident, "award", json!({ "number": 300 })).ok();
    let recall = |n: i64| platform.call(&worker, "recall", json!({ "what": resident.person(), "number": n }));
    recall(200).ok();
    assert_eq!(why(recall(101)), "Insufficient");
    assert_eq!(platform.balance(&resident, "points"), 100);
}

#[test]
fn a_call_charges_its_caller_up_to_the_grant_and_nobody_else() {
    let platform = Platform::new(&POINTS);
    let (resident, neighbour) = (platform.resident(30), platform.resident(31));
    platform.fund(&resident, "points", 500);
    platform.fund(&neighbour, "points", 500);
    assert_eq!(platform.call(&resident, "spend", json!({ "number": 100 })).ok(), 400);
    assert_eq!(why(platform.call(&resident, "spend", json!({ "number": 101 }))), "NotAllowed");
    let robbery = json!({ "what": neighbour.person(), "number": 1 });
    assert_eq!(why(platform.call(&resident, "rob", robbery)), "NotAllowed");
    assert_eq!(platform.balance(&resident, "points"), 400);
}

#[test]
fn a_hold_keeps_points_until_it_is_captured_released_or_expired() {
    let platform = Platform::new(&POINTS);
    let resident = platform.resident(30);
    platform.fund(&resident, "points", 100);
    let hold = || platform.call(&resident, "reserve", json!({ "number": 40 })).ok();
    let state = |hold: &serde_json::Value| platform.call(&resident, "look", json!({ "what": hold })).ok();
    let (captured, released, expired) = (hold(), hold(), hold_expiring(&platform, &resident));
    assert_eq!(platform.balance(&resident, "points"), 10);
    let collect = |n: i64| platform.call(&resident, "collect", json!({ "what": captured, "number": n }));
    assert_eq!(why(collect(41)), "AboveMaximum");
    collect(25).ok();
    assert_eq!(why(collect(25)), "HoldClosed");
    platform.call(&resident, "free", json!({ "what": released })).ok();
    assert_eq!(platform.balance(&resident, "points"), 65);
    platform.advance(3_600);
    assert_eq!(
        why(platform.call(&resident, "collect", json!({ "what": expired, "number": 1 }))),
        "HoldClosed"
    );
    assert_eq!(
        (state(&captured), state(&released), state(&expired)),
        (json!("captured 25"), json!("released"), json!("expired"))
    );
    assert_eq!(state(&json!("nothing")), "none");
    assert_eq!(platform.balance(&resident, "points"), 75);
    platform.verify();
}

fn hold_expiring(platform: &Platform, resident: &linli_sdk::testing::Actor) -> serde_json::Value {
    platform.call(resident, "reserve", json!({ "number": 10 })).ok()
}
