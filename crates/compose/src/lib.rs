//! Composes a function or plugin with the adapters of `spin/` into one component that Spin can serve.
//!
//! ```text
//!            wasi:http/handler                    spin:sqlite, variables, outgoing HTTP, …
//!                   ▲                                            │
//!              spin-http ── session ──────────────────────▶ spin-store
//!                   └── capability ──▶ function ── platform/* ──┘
//!                                          └────── wasi:* ──▶ spin-wasi (inert)
//! ```
//!
//! Each import of the function is given to it by `spin-store` or `spin-wasi`, so nothing of the world around reaches it:
//! what neither has is an error, never passed on. What the adapters import themselves becomes an import of the whole, and
//! only what [`may_import`] names.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use linli_compose::{Adapters, compose};
//!
//! let adapters = Adapters::read("target/spin/adapters".as_ref())?;
//! let composed = compose(&std::fs::read("target/components/activity-signup.wasm")?, &adapters)?;
//! std::fs::write("target/spin/activity-signup.wasm", composed)?;
//! # Ok(())
//! # }
//! ```

mod graph;
mod interfaces;

use std::path::Path;
use std::{fs, io};

pub use interfaces::{Interfaces, may_import};

/// The adapters, each a component: the files of `spin/`, compiled.
pub struct Adapters {
    /// `spin-http`: HTTP in, the function's `capability` out.
    pub http: Vec<u8>,
    /// `spin-store`: the platform's interfaces over Spin's.
    pub store: Vec<u8>,
    /// `spin-wasi`: WASI with nothing behind it, for the function. A component, or the core module one is made of.
    pub wasi: Vec<u8>,
}

impl Adapters {
    /// Reads the three files of a directory.
    ///
    /// # Errors
    /// What cannot be read, with its name.
    pub fn read(directory: &Path) -> io::Result<Self> {
        let read = |name: &str| {
            let path = directory.join(name);
            let named =
                |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            fs::read(&path).map_err(named)
        };
        Ok(Self {
            http: read("spin-http.wasm")?,
            store: read("spin-store.wasm")?,
            wasi: read("spin-wasi.wasm")?,
        })
    }
}

/// Which of the four files something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The function or plugin.
    Function,
    /// `spin-http`.
    Http,
    /// `spin-store`.
    Store,
    /// `spin-wasi`.
    Wasi,
    /// What came out.
    Composed,
}

/// Why there is no composed file.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The bytes are no component.
    #[error("{part} is no component: {reason}")]
    NotAComponent {
        /// Which.
        part: Part,
        /// What the reader says.
        reason: String,
    },
    /// An interface that must come from another part, and does not.
    #[error("{part} imports {interface}, which no part of the composition offers")]
    Unsatisfied {
        /// Who imports it.
        part: Part,
        /// Its name.
        interface: String,
    },
    /// An interface both have, but not the same.
    #[error("{part} imports {interface}, which is another than the one offered: {reason}")]
    Mismatched {
        /// Who imports it.
        part: Part,
        /// Its name.
        interface: String,
        /// Where they differ.
        reason: String,
    },
    /// An adapter asks Spin for what it must not use.
    #[error("{part} imports {interface}, which adapters do not get")]
    Foreign {
        /// Who imports it.
        part: Part,
        /// Its name.
        interface: String,
    },
    /// The front has no HTTP handler.
    #[error("spin-http exports no wasi:http handler")]
    NoHandler,
    /// The parts do not fit into one valid component.
    #[error("the composition is not valid: {0}")]
    Invalid(String),
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Function => "the function",
            Self::Http => "spin-http",
            Self::Store => "spin-store",
            Self::Wasi => "spin-wasi",
            Self::Composed => "the composed file",
        })
    }
}

/// The composed component.
///
/// # Errors
/// See [`ComposeError`].
pub fn compose(function: &[u8], adapters: &Adapters) -> Result<Vec<u8>, ComposeError> {
    let composed = graph::compose(function, adapters)?;
    let interfaces = Interfaces::read(&composed)
        .map_err(|reason| ComposeError::NotAComponent { part: Part::Composed, reason })?;
    match interfaces.imports.into_iter().find(|(name, functions)| *functions && !may_import(name)) {
        Some((interface, _)) => Err(ComposeError::Foreign { part: Part::Composed, interface }),
        None => Ok(composed),
    }
}
