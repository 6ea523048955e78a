//! No code. The crate's manifest asks for the features that any crate of the workspace asks of what others stand on, so
//! that `cargo test --package` of one crate and a build of all of them compile wasmtime, tokio and what stands on them
//! once, not once each.
