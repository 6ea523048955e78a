//! Why a platform does not start, and why a component does not go live.

use linli_calls::{SettingError, UnknownPurpose};
use linli_contract::{DescriptorError, IdError};
use linli_store::StoreError;

/// Why a platform cannot start.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The engine cannot be made: too little address space, or a processor that is not supported.
    #[error("the engine cannot start: {0}")]
    Engine(String),
    /// The directory for compiled components, or that for plugins, cannot be used.
    #[error("a directory for components cannot be used: {0}")]
    Cache(#[from] std::io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a component cannot be made live.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Longer than [`HostLimits::component_bytes`].
    #[error("the file is larger than {0} bytes")]
    TooLarge(usize),
    /// Not a component, or one that uses what is switched off.
    #[error("the file cannot be compiled: {0}")]
    Compile(String),
    /// It imports what no component is given.
    #[error("the component imports `{0}`, which no component is given")]
    Import(String),
    /// It does not fit the world: an import or export has another type, or is missing.
    #[error("the component does not fit the world `linli:platform/service`: {0}")]
    World(String),
    /// It trapped, or took too long, while it was asked what it is.
    #[error("the component does not describe itself: {0}")]
    Describe(String),
    /// Its name is not a name.
    #[error(transparent)]
    Name(#[from] IdError),
    /// Its name is one of the platform's own.
    #[error("the name `{0}` is reserved")]
    Reserved(String),
    /// Its descriptor breaks rules.
    #[error("the descriptor breaks {} rules, the first: {}", .0.len(), .0[0])]
    Descriptor(Vec<DescriptorError>),
    /// Its settings do not fit.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// It is configured how it signs for something, and it never does.
    #[error(transparent)]
    Purpose(#[from] UnknownPurpose),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
