//! What a core function must pass before it goes live, and what `linli inspect` shows.
//!
//! In order, so that a damaged file costs little before it is refused:
//! 1. [`screen`]: its size; that it is a component, exports the contract's `capability`, and imports nothing but the
//!    contract's interfaces and the inert WASI set. Read from the file, before anything is compiled.
//! 2. The host compiles it and lets it describe itself, within its limits.
//! 3. [`judge`]: its descriptor keeps the rules of the contract, and its schemas compile.
//! 4. [`judge_settings`]: what it is configured with meets the schemas it declares for it.

use std::sync::Arc;

use linli_contract::{Descriptor, DescriptorError};
use linli_gateway::{RoutesError, check_schemas, check_setting};
use linli_host::{HostLimits, Inspection, LoadError};

use crate::interfaces::{Interfaces, InterfacesError};

/// Why a component does not pass.
#[derive(Debug, thiserror::Error)]
pub enum VettingError {
    /// Over [`HostLimits::component_bytes`].
    #[error("the file has {bytes} bytes, {most} is the most")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// See [`InterfacesError`].
    #[error(transparent)]
    Interfaces(#[from] InterfacesError),
    /// The descriptor breaks rules of the contract.
    #[error("the descriptor breaks the contract: {}", join(.0))]
    Descriptor(Vec<DescriptorError>),
    /// Its schemas or routes cannot be used.
    #[error("the descriptor's schemas cannot be used: {}", join(.0))]
    Schemas(Vec<RoutesError>),
    /// Values of its settings do not meet the schemas it declares for them.
    #[error("the settings do not fit: {}", join(.0))]
    Settings(Vec<SettingFault>),
}

/// What is wrong with the value of a setting; the value itself may be a secret and is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`settings.{component}.{setting}`{}: {reason}", place(.pointer))]
pub struct SettingFault {
    /// Whose setting.
    pub component: String,
    /// Its name.
    pub setting: String,
    /// RFC 6901 pointer into the value; empty for all of it.
    pub pointer: String,
    /// One sentence.
    pub reason: String,
}

fn place(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!(" at `{pointer}`") }
}

fn join<T: std::fmt::Display>(faults: &[T]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Checks what can be checked without compiling.
///
/// # Errors
/// Too large, no component, no capability, or an import that no component is given.
pub fn screen(wasm: &[u8], limits: &HostLimits) -> Result<Interfaces, VettingError> {
    if wasm.len() > limits.component_bytes {
        return Err(VettingError::TooLarge { bytes: wasm.len(), most: limits.component_bytes });
    }
    let interfaces = Interfaces::read(wasm)?;
    interfaces.check()?;
    Ok(interfaces)
}

/// Checks what a component says it is.
///
/// # Errors
/// Everything that is wrong with it.
pub fn judge(descriptor: &Arc<Descriptor>) -> Result<(), VettingError> {
    descriptor.validate().map_err(VettingError::Descriptor)?;
    check_schemas(descriptor).map_err(VettingError::Schemas)
}

/// Checks the values a component is to be given for its settings, configured or its own defaults: better at start than
/// in the middle of somebody's call.
///
/// # Errors
/// Everything that does not fit.
pub fn judge_settings<'v>(
    descriptor: &Descriptor,
    value_of: impl Fn(&str) -> Option<&'v str>,
) -> Result<(), VettingError> {
    let mut faults = Vec::new();
    for setting in &descriptor.settings {
        let Some(value) = value_of(&setting.name).and_then(|text| serde_json::from_str(text).ok()) else {
            continue;
        };
        let violations = check_setting(&setting.schema, &value).err().unwrap_or_default();
        faults.extend(violations.into_iter().map(|violation| SettingFault {
            component: descriptor.name.to_string(),
            setting: setting.name.clone(),
            pointer: violation.pointer,
            reason: violation.detail.en.into_owned(),
        }));
    }
    if faults.is_empty() { Ok(()) } else { Err(VettingError::Settings(faults)) }
}

/// All that is known of a component, whether it passes or not.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the host found.
    pub inspection: Inspection,
    /// Why it would not go live; empty when it would.
    pub faults: Vec<String>,
}

/// Compiles a component with the platform's own limits, asks what it is, and checks it. Blocks while it does.
///
/// # Errors
/// When the file is not a component the engine takes; any other fault is in the report.
pub fn inspect(wasm: &[u8]) -> Result<Report, LoadError> {
    let screened = screen(wasm, &HostLimits::default());
    let inspection = linli_host::inspect(wasm)?;
    let judged = match (&inspection.descriptor, inspection.faults.as_slice()) {
        (Some(descriptor), []) => judge(&Arc::new(descriptor.clone())),
        _ => Ok(()),
    };
    let found = [screened.err(), judged.err()].into_iter().flatten();
    let faults = inspection.faults.iter().cloned().chain(found.map(|error| error.to_string())).collect();
    Ok(Report { inspection, faults })
}
