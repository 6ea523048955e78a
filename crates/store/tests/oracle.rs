//! The oracle passes the suite it is the measure of.

use std::sync::Arc;

use linli_store::{Oracle, Store};

linli_store::conformance_suite!(|| Arc::new(Oracle::new()) as Arc<dyn Store>);

#[test]
fn what_nobody_wrote_stands() {
    linli_store::conformance::what_nobody_wrote_stands(&linli_store::conformance::World::new(Arc::new(
        Oracle::new(),
    )));
}
