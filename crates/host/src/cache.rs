//! Compiled components on disk, so that a restart does not compile again, and so that of a component only those pages
//! of machine code take memory that run: they are mapped from the file, and the system may drop and read them again.
//!
//! A file is named `<SHA-256 of the component>-<engine>-<MAC>.cwasm`. The MAC is over the file's bytes under a key of
//! this platform, and is checked before the bytes are run: what another program wrote, or a disk damaged, is compiled
//! again.

use std::fs::{self, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

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
            let Some(mac) = rest.strip_suffix(".cwasm") else { continue };
            let mut bytes = Vec::new();
            let Ok(mut file) = File::open(entry.path()) else { continue };
            if file.read_to_end(&mut bytes).is_ok() && mac == self.mac(digest, &bytes) {
                drop(bytes);
                return deserialize(engine, &file);
            }
            tracing::warn!(component = digest, "a kept compiled component is damaged; compiling again");
            // If it cannot be removed it is found damaged again, and nothing worse.
            let _ = fs::remove_file(entry.path());
        }
        None
    }

    /// Keeps it, and gives it as it is kept; a full disk only costs memory, and a compilation at the next start.
    pub(crate) fn keep(&self, engine: &Engine, component: Component, digest: &str) -> Component {
        let kept = component.serialize().map_err(std::io::Error::other).and_then(|bytes| {
            let name = format!("{digest}-{}-{}.cwasm", self.engine, self.mac(digest, &bytes));
            write(&self.directory, &name, &bytes)
        });
        if let Err(error) = kept {
            tracing::warn!(component = digest, %error, "the compiled component was not kept");
            return component;
        }
        self.load(engine, digest).unwrap_or(component)
    }

    fn mac(&self, digest: &str, bytes: &[u8]) -> String {
        hex(&mac(&self.key, &[digest.as_bytes(), self.engine.as_bytes(), bytes]))
    }
}

/// A file that comes whole or not at all, and is never written again: by its own temporary name, so that nobody else has
/// it open for writing when it is there.
fn write(directory: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    static PARTS: AtomicU64 = AtomicU64::new(0);
    let number = PARTS.fetch_add(1, Ordering::Relaxed);
    let part = directory.join(format!("{name}.{}-{number}.part", std::process::id()));
    // What a process of the same number left behind when it was killed.
    let _ = fs::remove_file(&part);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o400).open(&part);
    let written = written.and_then(|mut file| file.write_all(bytes));
    written.and_then(|()| fs::rename(&part, directory.join(name))).inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })
}

#[allow(unsafe_code, reason = "the only way to run what was compiled before; see SAFETY")]
fn deserialize(engine: &Engine, file: &File) -> Option<Component> {
    // The very file that was read, whatever has its name by now.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: `deserialize_file` maps the file and runs it as machine code, so it must hold what `Component::serialize`
    // of a compatible engine gave, and must not change while it is mapped. The caller has just checked a MAC over the
    // bytes of this open file, under a key that never leaves this program and is used for nothing else than what `keep`
    // serialized; the MAC also covers the component's digest and the engine's compatibility hash. `write` makes each
    // file under a name of its own, read-only, and gives it its last name when it is whole; nothing here writes to it
    // afterwards, and removing it leaves mapped pages as they are. Who else may write to it is this program's own user,
    // who may write to this program's memory, too: it is trusted as far as the program's own file.
    match unsafe { Component::deserialize_file(engine, path) } {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::warn!(%error, "a kept compiled component does not load; compiling again");
            None
        }
    }
}
