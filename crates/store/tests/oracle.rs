//! The oracle passes the suite it is the measure of.

use std::sync::Arc;

use linli_store::{Oracle, Store};

linli_store::conformance_suite!(|| Arc::new(Oracle::new()) as Arc<dyn Store>);
