//! Against what was granted: others' records, signatures, money, people, the outside.

use linli_sdk::contract::limits::MAX_GET_MANY;
use linli_sdk::ledger::{self, Account, Transfer};
use linli_sdk::{keys, outbound};

use linli_sdk::prelude::*;

use crate::leave_trace;

/// A collection that the caller names.
#[derive(Deserialize, JsonSchema)]
pub struct Foreign {
    collection: String,
}

/// Names are constants in honest components.
fn collection(Foreign { collection }: Foreign) -> Collection<serde_json::Value> {
    Collection::new(String::leak(collection))
}

/// Reads a collection it did not declare.
pub fn read_foreign_records(foreign: Foreign) -> Result<Page<serde_json::Value>, Problem> {
    collection(foreign).scan(&Stretch::ids(""), 1_000, None)
}

/// Writes into a collection it did not declare.
pub fn write_foreign_records(foreign: Foreign) -> Result<NoContent, Problem> {
    collection(foreign).put("stolen", &json!({ "stolen": true }));
    Ok(NoContent)
}

/// Writes in a query.
pub fn write_in_query() -> Result<NoContent, Problem> {
    leave_trace("query");
    Ok(NoContent)
}

/// Signs for a purpose it was not granted.
pub fn sign_without_grant() -> Result<NoContent, Problem> {
    leave_trace("signature");
    keys::sign("ticket", b"let me in");
    Ok(NoContent)
}

/// What the ledger said.
#[derive(Serialize, JsonSchema)]
pub struct Refused {
    refused: String,
}

/// Takes money from the caller without a grant.
pub fn debit_without_grant() -> Result<Refused, Problem> {
    let transfer = Transfer {
        debit: Account::Subject,
        credit: Account::Provider("hostile".to_owned()),
        amount: 1,
        memo: String::new(),
    };
    match ledger::post("points", &[transfer]) {
        Ok(_) => panic!("the ledger let it"),
        Err(refusal) => Ok(Refused { refused: format!("{refusal:?}") }),
    }
}

/// Asks for every attribute of the caller without a grant.
pub fn look_without_grant() -> Result<Refused, Problem> {
    let person = people::open(&context::subject()?).expect("the caller is known");
    let attributes = [
        Attribute::Name,
        Attribute::Phone,
        Attribute::BirthDate,
        Attribute::Age,
        Attribute::CitizenNumber,
        Attribute::Address,
        Attribute::Grid,
    ];
    let mut refused = Vec::new();
    for attribute in attributes {
        refused.push(format!("{:?}", person.reveal(attribute, "curiosity").err()));
        refused.push(format!("{:?}", person.masked(attribute).err()));
    }
    refused.sort();
    refused.dedup();
    Ok(Refused { refused: refused.join(", ") })
}

/// Keeps the handles of people when the call is over.
pub fn keep_handles() -> Result<NoContent, Problem> {
    let subject = context::subject()?;
    for _ in 0..MAX_GET_MANY {
        std::mem::forget(people::open(&subject));
    }
    Ok(NoContent)
}

/// Calls a host in a command.
pub fn call_outside() -> Result<NoContent, Problem> {
    leave_trace("outside");
    let _ = outbound::send(&outbound::Request {
        method: "GET".to_owned(),
        url: "https://example.com/".to_owned(),
        headers: vec![],
        body: vec![],
        timeout: 1_000,
    });
    Ok(NoContent)
}

/// Reads a setting it did not declare.
pub fn read_undeclared_setting() -> Result<NoContent, Problem> {
    const SECRET: Setting<String> = Setting::new("secret", "秘密", "Secret");
    SECRET.get();
    Ok(NoContent)
}

/// Gives back what was never taken.
pub fn break_stock() -> Result<NoContent, Problem> {
    leave_trace("stock");
    stock::open("full", 1);
    stock::give("full", 1);
    Ok(NoContent)
}
