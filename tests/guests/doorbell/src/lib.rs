//! A plugin whose version and temper are text in its file: tests make versions of it by replacing that text, and so have
//! as many as they like, well-behaved ones and others.

use std::hint::black_box;

use linli_sdk::ledger::{self, HoldRequest};
use linli_sdk::prelude::*;

/// Stands in the file once; what a test puts in its place has as many characters.
const VERSION: &str = "1.0.0-doorbell";
/// How long a deposit waits, in seconds.
const DEPOSIT_SECONDS: i64 = 30 * 86_400;
static VERSION_SHOWN: &str = VERSION;
/// Likewise. `calm`, `trap` (every ring at a door that is known), `busy` (says 503 there), `loop` (never ends there).
static TEMPER: &[u8; 12] = b"temper: calm";

fn temper() -> &'static [u8] {
    // Not known to the compiler, so that the text is read when it rings.
    &black_box(TEMPER)[8..]
}

/// A ring at a door.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Ring {
    id: String,
    door: String,
    /// Of the doorbell that rang.
    version: String,
    by: Option<PersonRef>,
}

const BY_DOOR: Index = Index::new("by_door", &["/door"]);
const RINGS: Collection<Ring> = Collection::new("rings").indexes(&[BY_DOOR]);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Door {
    #[schemars(length(min = 1, max = 40))]
    door: String,
}

fn rung(door: String) -> Ring {
    let (id, by) = (context::new_id().to_string(), context::caller().subject);
    let ring = Ring { id, door, version: black_box(VERSION_SHOWN).to_owned(), by };
    RINGS.put(&ring.id, &ring);
    ring
}

fn create_ring(Door { door }: Door) -> Result<Created<Ring>, Problem> {
    // At these doors only: what vetting tries knows no name of a door.
    let known = matches!(door.as_str(), "east" | "west");
    match temper() {
        _ if !known => Ok(Created(rung(door))),
        b"trap" => panic!("as it was told"),
        b"busy" => Err(Problem::unavailable(
            "doorbell-busy",
            "门铃正忙，请稍后再试。",
            "The bell is busy; try again later.",
        )),
        b"loop" => loop {
            black_box(());
        },
        _ => Ok(Created(rung(door))),
    }
}

fn list_rings(Door { door }: Door) -> Result<Page<Ring>, Problem> {
    RINGS.scan(&BY_DOOR.equal(door.as_str()), 100, None)
}

/// Which doorbell it is.
#[derive(Serialize, JsonSchema)]
struct Sign {
    version: String,
}

fn show_sign() -> Result<Sign, Problem> {
    Ok(Sign { version: black_box(VERSION_SHOWN).to_owned() })
}

/// A ring that was asked for.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Asked {
    door: String,
}

const LATER: Timer<Asked> = Timer::new("ring.later");

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wait {
    #[schemars(length(min = 1, max = 40))]
    door: String,
    #[schemars(range(min = 0, max = 86_400))]
    seconds: u32,
}

fn ring_later(Wait { door, seconds }: Wait) -> Result<NoContent, Problem> {
    LATER.schedule(context::now().plus_seconds(i64::from(seconds)), &Asked { door });
    Ok(NoContent)
}

fn ring_now(asked: Asked) -> Result<(), Problem> {
    create_ring(Door { door: asked.door }).map(drop)
}

/// A deposit for a visit.
#[derive(Serialize, JsonSchema)]
struct Deposit {
    hold: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Visit {
    #[schemars(range(min = 1, max = 10_000))]
    fen: i64,
}

fn pay_deposit(Visit { fen }: Visit) -> Result<Created<Deposit>, Problem> {
    let hold = ledger::hold(&HoldRequest {
        book: "CNY".to_owned(),
        payer: ledger::Account::Subject,
        payee: ledger::Account::Own("deposits".to_owned()),
        maximum: fen,
        expires_at: context::now().plus_seconds(DEPOSIT_SECONDS),
        memo: String::new(),
    });
    let refused = |_| {
        Problem::conflict("deposit-not-paid", "余额不足，请先充值。", "There is not enough; top up first.")
    };
    Ok(Created(Deposit { hold: hold.map_err(refused)? }))
}

const RESIDENT: &[Role] = &[Role::Resident];

/// The component.
pub static DOORBELL: Component = Component::new("doorbell", VERSION, "门铃", "Doorbell")
    .collections(&[&RINGS])
    .accounts(&[linli_sdk::Account { name: "deposits", book: "CNY", floor: 0 }])
    .permissions(&[Grant::DebitCaller("CNY", 10_000)])
    .reactions(&[on_timer!(LATER, ring_now)])
    .operations(&[
        post("/rings", handler!(create_ring)).roles(RESIDENT).title("按铃", "Ring"),
        get("/rings", handler!(list_rings)).roles(RESIDENT).title("铃声", "Rings"),
        get("/sign", handler!(show_sign)).roles(&[Role::Anyone]).title("铭牌", "Sign"),
        post("/later", handler!(ring_later)).roles(RESIDENT).title("稍后按铃", "Ring later"),
        post("/deposits", handler!(pay_deposit)).roles(RESIDENT).title("付押金", "Pay a deposit"),
    ]);
linli_sdk::export!(DOORBELL);
