//! Compiled components on disk, so that a restart does not compile again.
//!
//! A file is named `<SHA-256 of the component>-<engine>-<MAC>.cwasm`. The MAC is over the file's bytes under a key of
//! this platform, and is checked before the bytes are run: what another program wrote, or a disk damaged, is compiled
//! again.

use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use linli_calls::{MasterKey, hex, mac};
use wasmtime::Engine;
use wasmtime::component::Component;

/// The directory and the key.
pub(crate) struct CompiledCache {
    directory: PathBuf,
    key: [u8; 32],
    engine: String,
}

impl CompiledCache {
    /// Makes the directory if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(directory: &Path, master: &MasterKey, engine: &Engine) -> std::io::Result<Self> {
        fs::create_dir_all(directory)?;
        // Only has to differ between incompatible engines; another Rust's hasher only costs a compilation.
        let mut hasher = std::hash::DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            directory: directory.to_owned(),
            key: master.derive("linli-compiled-cache"),
            engine: format!("{:016x}", hasher.finish()),
        })
    }

    /// The compiled component, if it was kept whole.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let prefix = format!("{digest}-{}-", self.engine);
        for entry in fs::read_dir(&self.directory).ok()?.flatten() {
            let name = entry.file_name();
            let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(&prefix)) else { continue };
            let Ok(bytes) = fs::read(entry.path()) else { continue };
            if rest.strip_suffix(".cwasm") == Some(self.mac(digest, &bytes).as_str()) {
                return deserialize(engine, &bytes);
            }
            tracing::warn!(component = digest, "a kept compiled component is damaged; compiling again");
            // If it cannot be removed it is found damaged again, and nothing worse.
            let _ = fs::remove_file(entry.path());
        }
        None
    }

    /// Keeps it; a full disk only costs a compilation at the next start.
    pub(crate) fn keep(&self, component: &Component, digest: &str) {
        let kept = component.serialize().map_err(std::io::Error::other).and_then(|bytes| {
            let name = format!("{digest}-{}-{}.cwasm", self.engine, self.mac(digest, &bytes));
            let part = self.directory.join(format!("{name}.part"));
            fs::write(&part, &bytes)?;
            fs::rename(&part, self.directory.join(name))
        });
        if let Err(error) = kept {
            tracing::warn!(component = digest, %error, "the compiled component was not kept");
        }
    }

    fn mac(&self, digest: &str, bytes: &[u8]) -> String {
        hex(&mac(&self.key, &[digest.as_bytes(), self.engine.as_bytes(), bytes]))
    }
}

#[allow(unsafe_code, reason = "the only way to run what was compiled before; see SAFETY")]
fn deserialize(engine: &Engine, bytes: &[u8]) -> Option<Component> {
    // SAFETY: `deserialize` runs the bytes as machine code, so they must come from `Component::serialize` of a
    // compatible engine. The caller has just checked, over exactly these bytes in memory, a MAC under a key that never
    // leaves this program and is used for nothing else than what `keep` serialized; the MAC also covers the component's
    // digest and the engine's compatibility hash. A file changed afterwards is not read again.
    match unsafe { Component::deserialize(engine, bytes) } {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::warn!(%error, "a kept compiled component does not load; compiling again");
            None
        }
    }
}
