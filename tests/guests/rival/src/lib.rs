//! Another merchant's plugin: it hears what it can, and writes all of it down.

use linli_sdk::Delivered;
use linli_sdk::prelude::*;
use linli_sdk::registry::Order;

/// Something it heard.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Heard {
    publisher: String,
    content: serde_json::Value,
}

const HEARD: Collection<Heard> = Collection::new("heard");

fn hear(content: serde_json::Value, event: &Delivered) -> Result<(), Problem> {
    HEARD.put(&event.id, &Heard { publisher: event.publisher.clone(), content });
    Ok(())
}

fn hear_order(order: Order, event: &Delivered) -> Result<(), Problem> {
    let content = json!({ "person": order.person, "provider": order.provider });
    HEARD.put(&event.id, &Heard { publisher: event.publisher.clone(), content });
    Ok(())
}

fn list_heard() -> Result<Page<Heard>, Problem> {
    HEARD.scan(&Stretch::ids(""), 100, None)
}

fn show_caller() -> Result<PersonRef, Problem> {
    context::subject()
}

const RESIDENT: &[Role] = &[Role::Resident];

/// The component.
pub static RIVAL: Component = Component::new("rival", "0.1.0", "对手", "Rival")
    .collections(&[&HEARD])
    .reactions(&[on_event!("merchant", "sale.made", hear), on_event!("platform", "order.placed", hear_order)])
    .operations(&[
        get("/heard", handler!(list_heard)).roles(RESIDENT).title("听到的", "Heard"),
        get("/caller", handler!(show_caller)).roles(RESIDENT).title("来者", "Caller"),
    ]);
linli_sdk::export!(RIVAL);
