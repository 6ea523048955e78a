//! What the binary carries for the projects of merchants, as `build.rs` found it: file names and texts.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
