//! A component that never finishes saying what it is.

use linli_sdk::DeclaresCollection;
use linli_sdk::contract::Collection;
use linli_sdk::prelude::{Component, NoContent, Problem, Role, get, handler};

fn do_nothing() -> Result<NoContent, Problem> {
    Ok(NoContent)
}

struct Endless;

impl DeclaresCollection for Endless {
    fn declaration(&self) -> Collection {
        let mut n = 0_u64;
        loop {
            n = std::hint::black_box(n.wrapping_add(1));
        }
    }
}

/// The component; nobody ever gets to see it.
pub static ENDLESS_DESCRIBE: Component =
    Component::new("endless-describe", "0.1.0", "说不完", "Never says what it is")
        .collections(&[&Endless])
        .operations(&[get("/nothing", handler!(do_nothing)).roles(&[Role::Anyone]).title("无", "Nothing")]);
linli_sdk::export!(ENDLESS_DESCRIBE);
