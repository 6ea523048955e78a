//! What a component must pass before it serves anybody.
//!
//! A plugin that a merchant uploads is vetted by [`Vetter`], in a child process with little priority and limits on time
//! and memory; the answer is a [`VetReport`]. In order, so that a hostile file costs little before it is refused:
//! 1. [`vet_file`]: its size, how much of everything is in it, that it is valid with what the engine has on and nothing
//!    else, that it exports the contract's `capability`, and imports nothing that no component is given. Nothing is
//!    compiled, and nothing here knows wasmtime.
//! 2. It is compiled, and asked twice what it is.
//! 3. [`vet_descriptor`]: the rules of the contract, its schemas, its name and version, what it imports against what it
//!    declares, and whether it may run beside the version before.
//! 4. Each of its operations is tried in memory, with made-up residents, inputs made from its schema, and hostile ones.
//!
//! A core function comes with the platform, so [`screen`], [`judge`] and [`judge_settings`] are enough for it.

pub mod bounds;
mod compare;
mod counts;
mod descriptor;
#[cfg(feature = "probes")]
mod dice;
mod file;
mod finding;
#[cfg(feature = "probes")]
mod generate;
#[cfg(feature = "probes")]
mod hostile;
mod interfaces;
#[cfg(feature = "probes")]
mod live;
#[cfg(feature = "probes")]
mod pattern;
#[cfg(feature = "probes")]
mod probe;
mod report;
mod vet;
#[cfg(feature = "probes")]
mod vetter;

pub use counts::Counts;
pub use file::FEATURES;
pub use finding::Finding;
pub use interfaces::{Interfaces, InterfacesError};
#[cfg(feature = "probes")]
pub use live::{Report, SettingFault, VettingError, inspect, judge, judge_settings, screen};
pub use report::{Expected, PermissionLine, ProbeLine, VetReport};
#[cfg(feature = "probes")]
pub use vet::vet;
pub use vet::{vet_descriptor, vet_file};
#[cfg(feature = "probes")]
pub use vetter::{Vetter, VettingBounds, serve_one};
