//! Component files by what is in them: `<sha256>.wasm` in one directory.
//!
//! A file is written under another name, synced, and only then given its own, so that what has the name is whole. What
//! is read is checked against its name.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use linli_contract::Digest;
use sha2::{Digest as _, Sha256};

/// Where the components of plugins are kept.
#[derive(Debug, Clone)]
pub(crate) struct Files(PathBuf);

/// A file that cannot be kept, or not be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No directory was given to keep plugins in.
    #[error("there is no directory for plugins")]
    NoPlace,
    /// The file is not what its name says, or is gone.
    #[error("the file of {0} is damaged")]
    Damaged(String),
    /// The system says why.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The digest of a component.
pub fn digest_of(wasm: &[u8]) -> Digest {
    Digest(Sha256::digest(wasm).into())
}

impl Files {
    /// The directory, made if it is missing. What was left half-written is removed.
    pub(crate) fn open(directory: &Path) -> std::io::Result<Self> {
        fs::create_dir_all(directory)?;
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "new") {
                fs::remove_file(path)?;
            }
        }
        Ok(Self(directory.to_owned()))
    }

    /// The directory as it is, to read from.
    pub(crate) fn at(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.0
    }

    /// Keeps a component, durably. Keeping it twice is keeping it once. Blocks.
    pub(crate) fn keep(&self, wasm: &[u8]) -> Result<Digest, FileError> {
        let digest = digest_of(wasm);
        let path = self.path(&digest.hex());
        if self.read(&digest.hex()).is_ok() {
            return Ok(digest);
        }
        let mut suffix = [0; 8];
        getrandom::fill(&mut suffix).map_err(|error| FileError::Io(std::io::Error::other(error)))?;
        // Two may keep the same at once: each has a name of its own until it is whole.
        let unfinished = self.0.join(format!("{}.{:016x}.new", digest.hex(), u64::from_ne_bytes(suffix)));
        let written = self.write(&unfinished, &path, wasm);
        if written.is_err() {
            // Whatever is left is removed at the next start.
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        Ok(digest)
    }

    fn write(&self, unfinished: &Path, path: &Path, wasm: &[u8]) -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(unfinished)?;
        file.write_all(wasm)?;
        file.sync_all()?;
        fs::rename(unfinished, path)?;
        File::open(&self.0)?.sync_all()
    }

    /// The component with this digest. Blocks.
    pub(crate) fn read(&self, digest: &str) -> Result<Vec<u8>, FileError> {
        let damaged = || FileError::Damaged(digest.to_owned());
        let wasm = fs::read(self.path(digest)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => damaged(),
            _ => error.into(),
        })?;
        if digest_of(&wasm).hex() == digest { Ok(wasm) } else { Err(damaged()) }
    }

    /// Removes what is none of these. Blocks.
    pub(crate) fn sweep(&self, known: impl Fn(&str) -> bool) -> std::io::Result<u32> {
        let mut removed = 0;
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            let digest = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if path.extension().is_some_and(|extension| extension == "wasm") && !known(digest) {
                fs::remove_file(&path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.0.join(format!("{digest}.wasm"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_whole_under_its_digest_or_not_at_all() {
        let place = tempfile::tempdir().unwrap();
        let files = Files::open(place.path()).unwrap();
        let digest = files.keep(b"component").unwrap().hex();
        assert_eq!(files.keep(b"component").unwrap().hex(), digest);
        assert_eq!(files.read(&digest).unwrap(), b"component");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);

        fs::write(files.path(&digest), b"comp").unwrap();
        assert!(matches!(files.read(&digest), Err(FileError::Damaged(_))), "cut off");
        files.keep(b"component").unwrap();
        assert_eq!(files.read(&digest).unwrap(), b"component", "kept again, it is whole again");

        fs::write(place.path().join("half.new"), b"comp").unwrap();
        let other = files.keep(b"another").unwrap().hex();
        let files = Files::open(place.path()).unwrap();
        assert_eq!(files.sweep(|known| known == digest).unwrap(), 1);
        assert!(matches!(files.read(&other), Err(FileError::Damaged(_))), "swept");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }
}
