//! What the fuzz targets share: a neighbourhood whose front door is knocked at, and descriptors of any shape.
//!
//! A target panics when the platform does, and when something it promises does not hold; see `docs/fuzzing.md`.

pub mod door;
pub mod read;
pub mod responses;
pub mod shapes;
