//! A directory on a disk whose power fails, for programs that run under `linli-powerloss`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::dice::Dice;

/// Bytes that a disk writes as a whole or not at all; smaller than any real one, so that more is torn apart.
const SECTOR: usize = 512;

/// What of the unsynced writes is there after the power failed. A disk may keep any of them.
#[derive(Debug, Clone)]
pub enum Unsynced {
    /// None.
    Lost,
    /// Each sector, by chance, as it was at the last sync or as it was written last.
    Torn(Dice),
}

/// Such a directory. It goes with the value.
#[derive(Debug)]
pub struct Disk {
    place: TempDir,
}

impl Disk {
    /// An empty one.
    ///
    /// # Panics
    /// When there is no place for temporary files.
    pub fn new() -> Self {
        let disk = Self { place: tempfile::tempdir().unwrap() };
        fs::create_dir(disk.data()).unwrap();
        disk
    }

    /// The directory.
    pub fn data(&self) -> PathBuf {
        // As the kernel names it: the layer compares paths.
        self.place.path().canonicalize().unwrap().join("data")
    }

    fn platter(&self) -> PathBuf {
        self.data().with_file_name("platter")
    }

    /// Puts the program on this disk; what is in the directory now is durable. Once per program.
    pub fn under(&self, program: &mut Command) {
        let _ = fs::remove_dir_all(self.platter());
        copy_all(&self.data(), &self.platter().join("names"));
        program.env("LD_PRELOAD", layer());
        program.env("POWERLOSS_DATA", self.data()).env("POWERLOSS_PLATTER", self.platter());
    }

    /// As [`Disk::under`], but the disk says "done" to every sync and does nothing.
    pub fn under_lies(&self, program: &mut Command) {
        self.under(program);
        program.env("POWERLOSS_LIES", "1");
    }

    /// The power fails; the program, which must have ended, finds the directory like this when it starts again.
    ///
    /// # Panics
    /// When no program ran on this disk.
    pub fn fail_power(&self, unsynced: Unsynced) {
        let names = self.platter().join("names");
        assert!(names.is_dir(), "no program ran under the layer");
        if let Unsynced::Torn(mut dice) = unsynced {
            tear(&self.data(), &names, &mut dice);
        }
        fs::remove_dir_all(self.data()).unwrap();
        copy_all(&names, &self.data());
        fs::remove_dir_all(self.platter()).unwrap();
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

/// The layer, which cargo puts beside this test program.
fn layer() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let layer = program.with_file_name("liblinli_powerloss.so");
    assert!(layer.is_file(), "{} was not built", layer.display());
    layer
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_all(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Mixes what was written last into what was synced.
fn tear(written: &Path, synced: &Path, dice: &mut Dice) {
    let mut names: Vec<_> = fs::read_dir(synced).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for name in names {
        let newer = written.join(name.file_name().unwrap());
        if name.is_dir() {
            tear(&newer, &name, dice);
        } else if let Ok(newer) = fs::read(newer) {
            let mut bytes = fs::read(&name).unwrap();
            // A file grows on the disk in the order it was written, and by no more than was written.
            if newer.len() > bytes.len() && dice.flip() {
                let grown = dice.below((newer.len() - bytes.len()) as u64 + 1);
                bytes.resize(bytes.len() + usize::try_from(grown).unwrap(), 0);
            }
            for (old, new) in bytes.chunks_mut(SECTOR).zip(newer.chunks(SECTOR)) {
                let both = old.len().min(new.len());
                if old[..both] != new[..both] && dice.flip() {
                    old[..both].copy_from_slice(&new[..both]);
                }
            }
            fs::write(&name, bytes).unwrap();
        }
    }
}
