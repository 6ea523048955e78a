//! A component that says it is the platform.

use linli_sdk::prelude::*;

fn do_nothing() -> Result<NoContent, Problem> {
    Ok(NoContent)
}

/// The component; nobody ever gets to see it.
pub static FALSE_NAME: Component = Component::new("platform", "0.1.0", "冒名", "False name")
    .operations(&[get("/nothing", handler!(do_nothing)).roles(&[Role::Anyone]).title("无", "Nothing")]);
linli_sdk::export!(FALSE_NAME);
