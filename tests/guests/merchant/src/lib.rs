//! A merchant's plugin that does one thing at a time and as much of it as it is told: looks at people, charges, stores,
//! computes, calls out. What it is stopped from is what the guard rails are for.

mod money;
mod work;

use linli_sdk::outbound::{self, Request};
use linli_sdk::people::{Denial, Person};
use linli_sdk::prelude::*;

/// What it asks residents for, and why.
const WANTED: Grant =
    Grant::People(&[Attribute::Name, Attribute::Phone], "用于送货上门", "to deliver the order");

fn caller() -> Result<Person, Problem> {
    Ok(people::open(&context::subject()?).expect("the caller is in the directory"))
}

/// What was seen, or why nothing was.
fn look(person: &Person, attribute: Attribute) -> String {
    match person.reveal(attribute, "delivery") {
        Ok(value) => value,
        Err(denial) => format!("{denial:?}"),
    }
}

fn denied(denial: Denial) -> Problem {
    Problem::conflict("not-shown", "看不到您的信息。", format!("It was not shown: {denial:?}."))
}

/// What was seen of the caller.
#[derive(Serialize, JsonSchema)]
struct Seen {
    name: String,
    phone: String,
    masked: String,
}

/// Gives up when it sees nothing.
fn deliver() -> Result<NoContent, Problem> {
    let person = caller()?;
    person.reveal(Attribute::Name, "delivery").map_err(denied)?;
    person.reveal(Attribute::Phone, "delivery").map_err(denied)?;
    work::leave("delivered", 100);
    Ok(NoContent)
}

/// Takes what it sees.
fn look_around() -> Result<Seen, Problem> {
    let person = caller()?;
    let masked = person.masked(Attribute::Name);
    Ok(Seen {
        name: look(&person, Attribute::Name),
        phone: look(&person, Attribute::Phone),
        masked: masked.unwrap_or_else(|denial| format!("{denial:?}")),
    })
}

/// Says what only the host says.
fn pretend() -> Result<NoContent, Problem> {
    Err(Problem::forbidden("consent-needed", "请在别处同意。", "Agree to it elsewhere."))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Journey {
    url: String,
}

/// What was seen before and after.
#[derive(Serialize, JsonSchema)]
struct Journal {
    before: String,
    outside: String,
    after: String,
}

/// Looks, goes out, and looks again: in one call, with one handle.
fn travel(Journey { url }: Journey) -> Result<Journal, Problem> {
    let person = caller()?;
    let before = look(&person, Attribute::Name);
    let request = Request { method: "GET".to_owned(), url, headers: vec![], body: vec![], timeout: 30_000 };
    let outside = match outbound::send(&request) {
        Ok(response) => response.status.to_string(),
        Err(failure) => format!("{failure:?}"),
    };
    Ok(Journal { before, outside, after: look(&person, Attribute::Name) })
}

/// Something was sold.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Sale {
    to: PersonRef,
    note: String,
}

const SOLD: Event<Sale> = Event::new("sale.made");

/// Tells whoever listens.
fn sell() -> Result<PersonRef, Problem> {
    let to = context::subject()?;
    SOLD.publish(&Sale { note: format!("for {to}"), to: to.clone() });
    Ok(to)
}

const RESIDENT: &[Role] = &[Role::Resident];

/// The component.
pub static MERCHANT: Component = Component::new("merchant", "0.1.0", "送货", "Merchant")
    .collections(&[&work::THINGS])
    .publishes(&[&SOLD])
    .accounts(&[money::TILL])
    .permissions(&[
        WANTED,
        Grant::DebitCaller("CNY", 20_000),
        Grant::DebitCaller("points", 500),
        Grant::Issue("CNY"),
        Grant::Outbound("localhost", 60),
    ])
    .reactions(&[on_timer!(work::DUE, work::come_due)])
    .operations(&[
        post("/deliveries", handler!(deliver)).roles(RESIDENT).title("送货", "Deliver"),
        get("/seen", handler!(look_around)).roles(RESIDENT).title("查看", "Look"),
        post("/pretences", handler!(pretend)).roles(RESIDENT).title("冒充", "Pretend"),
        post("/journeys", handler!(travel)).task().roles(RESIDENT).title("外出", "Travel"),
        post("/sales", handler!(sell)).roles(RESIDENT).title("卖", "Sell"),
        post("/gifts", handler!(money::fund)).roles(RESIDENT).title("充值", "Fund"),
        post("/charges", handler!(money::charge)).roles(RESIDENT).title("扣款", "Charge"),
        post("/deposits", handler!(money::deposit)).roles(RESIDENT).title("押金", "Take a deposit"),
        post("/deposits/{deposit}/settlement", handler!(money::settle))
            .roles(RESIDENT)
            .title("结清", "Settle a deposit"),
        put("/things/{id}", handler!(work::put_thing)).roles(RESIDENT).title("存", "Keep a thing"),
        delete("/things/{id}", handler!(work::delete_thing)).roles(RESIDENT).title("删", "Delete a thing"),
        post("/timers", handler!(work::set_timer)).roles(RESIDENT).title("定时", "Set a timer"),
        post("/work", handler!(work::labour)).roles(RESIDENT).title("做事", "Work"),
        get("/page", handler!(work::show_page)).roles(RESIDENT).title("网页", "Page"),
    ]);
linli_sdk::export!(MERCHANT);
