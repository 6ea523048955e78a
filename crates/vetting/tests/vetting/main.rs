//! What vetting finds, in the words it finds it in.

mod components;
mod descriptors;
mod files;
mod probes;
