//! The data directory: what lies where, and the secrets made at first start.
//!
//! | file | what it is |
//! |---|---|
//! | `linli.db` | the database, with its `-wal` and `-shm` |
//! | `master.key` | 32 random bytes in hex; everything secret is derived from it. Lost, references to people and signatures are lost |
//! | `dev.key` | 32 bytes in hex, the Ed25519 seed tokens are signed with; made by `--dev` only |
//! | `plugins/` | component files of uploaded plugins, by digest; the database says which is live |
//! | `compiled/` | machine code of components, by digest; may be deleted at any time |

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Of secrets: read and written by the owner alone.
const SECRET_MODE: u32 = 0o600;
/// Of the directory: entered by the owner alone.
const DIRECTORY_MODE: u32 = 0o700;

/// A directory that exists.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The directory, made if it is missing.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(DIRECTORY_MODE)
            .create(path)
            .with_context(|| format!("cannot make the data directory {}", path.display()))?;
        Self::open(path)
    }

    /// The directory, which must be there.
    ///
    /// # Errors
    /// It is not.
    pub fn open(path: &Path) -> Result<Self> {
        if path.is_dir() { Ok(Self(path.to_owned())) } else { bail!("{} is not a directory", path.display()) }
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.0.join("linli.db")
    }

    /// A file of that name in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Where the files of plugins are kept.
    pub fn plugins(&self) -> PathBuf {
        self.0.join("plugins")
    }

    /// Where compiled components are kept.
    pub fn compiled(&self) -> PathBuf {
        self.0.join("compiled")
    }

    /// The master key, made at first use. A database without its key is not given a new one: the references to people
    /// in it could never be read again.
    ///
    /// # Errors
    /// It cannot be read or made, or is readable by others.
    pub fn master_key(&self) -> Result<[u8; 32]> {
        self.master_key_of(self.database().exists())
    }

    /// The same, for a database that lies elsewhere: whether there is something in it.
    ///
    /// # Errors
    /// As [`DataDir::master_key`].
    pub fn master_key_of(&self, has_database: bool) -> Result<[u8; 32]> {
        if !has_database {
            return self.secret_or_new("master.key");
        }
        self.secret("master.key")?.with_context(|| {
            format!(
                "{} has no master.key, but there is a database; restore the key it was made with",
                self.0.display()
            )
        })
    }

    /// The seed of the development key, made at first use.
    ///
    /// # Errors
    /// It cannot be read or made, or is readable by others.
    pub fn dev_key(&self) -> Result<[u8; 32]> {
        self.secret_or_new("dev.key")
    }

    /// The seed of the development key; none when the directory was never served with `--dev`.
    ///
    /// # Errors
    /// It cannot be read, or is readable by others.
    pub fn existing_dev_key(&self) -> Result<Option<[u8; 32]>> {
        self.secret("dev.key")
    }

    fn secret_or_new(&self, name: &str) -> Result<[u8; 32]> {
        if let Some(secret) = self.secret(name)? {
            return Ok(secret);
        }
        new_secret(&self.0.join(name))
    }

    fn secret(&self, name: &str) -> Result<Option<[u8; 32]>> {
        read_secret(&self.0.join(name))
    }
}

/// Makes a secret and writes it to a file for the owner alone.
///
/// # Errors
/// The system gives no random numbers, or the file cannot be written.
pub fn new_secret(path: &Path) -> Result<[u8; 32]> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).context("the system gives no random numbers")?;
    write_secret(path, &secret).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(secret)
}

/// Under another name first, so that no crash leaves half a key.
fn write_secret(path: &Path, secret: &[u8; 32]) -> std::io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(SECRET_MODE).open(&unfinished)?;
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    file.write_all(format!("{hex}\n").as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    fs::File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Reads a secret; none when there is no such file.
///
/// # Errors
/// It cannot be read, is readable by others, or is no secret.
pub fn read_secret(path: &Path) -> Result<Option<[u8; 32]>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{} can be read by others (mode {:o}): chmod 600", path.display(), mode & 0o777);
    }
    let secret = from_hex(text.trim()).with_context(|| format!("{} is not 64 hex digits", path.display()))?;
    Ok(Some(secret))
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut secret = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in secret.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once_and_for_the_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let data = DataDir::create(&directory.path().join("a/b")).unwrap();
        assert!(data.existing_dev_key().unwrap().is_none());
        let (master, dev) = (data.master_key().unwrap(), data.dev_key().unwrap());
        assert_ne!(master, dev);
        assert_eq!(data.master_key().unwrap(), master);
        assert_eq!(data.existing_dev_key().unwrap(), Some(dev));
        for name in ["master.key", "dev.key"] {
            let mode = fs::metadata(data.0.join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, SECRET_MODE, "{name}");
        }
    }

    #[test]
    fn a_secret_others_can_read_or_that_is_cut_off_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let data = DataDir::create(directory.path()).unwrap();
        data.dev_key().unwrap();
        let path = directory.path().join("dev.key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(data.dev_key().unwrap_err().to_string().contains("can be read by others"));
        fs::set_permissions(&path, fs::Permissions::from_mode(SECRET_MODE)).unwrap();
        fs::write(&path, "00ff").unwrap();
        assert!(data.dev_key().unwrap_err().to_string().contains("64 hex digits"));
    }

    #[test]
    fn a_database_without_its_master_key_gets_no_new_one() {
        let directory = tempfile::tempdir().unwrap();
        let data = DataDir::create(directory.path()).unwrap();
        fs::write(data.database(), "").unwrap();
        assert!(data.master_key().unwrap_err().to_string().contains("restore the key"));
    }
}
