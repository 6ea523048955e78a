//! What would be found after the power failed, kept beside the real files.

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::RawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Bytes copied at a time when a sync carries content to the platter.
const COPIED_AT_ONCE: usize = 256 * 1024;

/// A file, whatever it is called: device and inode.
type Inode = (u64, u64);

/// What of a file is not on the platter yet.
enum Dirty {
    /// These stretches: offset, length.
    Stretches(Vec<(u64, u64)>),
    /// All of it.
    Whole,
}

struct Tracked {
    /// Its name below `contents/`.
    number: u64,
    dirty: Dirty,
}

/// The disk under one directory.
pub struct Disk {
    data: PathBuf,
    platter: PathBuf,
    lies: bool,
    files: Mutex<Files>,
}

#[derive(Default)]
struct Files {
    by_inode: HashMap<Inode, Tracked>,
    used: u64,
}

thread_local! {
    /// Set while the layer does its own work, which goes through the same names of libc.
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

/// Does the layer's work (the first call takes the directory over), unless this call is part of that work or there is no disk to simulate. Whatever goes wrong
/// in here ends the program: a simulated disk that is silently wrong proves nothing.
pub fn with_disk<T: Default>(work: impl FnOnce(&Disk) -> io::Result<T>) -> T {
    static DISK: OnceLock<Option<Disk>> = OnceLock::new();
    let entered = WITHIN.try_with(|within| !within.replace(true)).unwrap_or(false);
    if !entered {
        return T::default();
    }
    let done = match DISK.get_or_init(|| Disk::from_environment().unwrap_or_else(|error| broken(&error))) {
        Some(disk) => work(disk).unwrap_or_else(|error| broken(&error)),
        None => T::default(),
    };
    WITHIN.with(|within| within.set(false));
    done
}

fn broken(error: &io::Error) -> ! {
    eprintln!("powerloss: {error}");
    std::process::abort()
}

impl Disk {
    fn from_environment() -> io::Result<Option<Self>> {
        let (Some(data), Some(platter)) =
            (std::env::var_os("POWERLOSS_DATA"), std::env::var_os("POWERLOSS_PLATTER"))
        else {
            return Ok(None);
        };
        let lies = std::env::var_os("POWERLOSS_LIES").is_some();
        let disk =
            Self { data: data.into(), platter: platter.into(), lies, files: Mutex::new(Files::default()) };
        fs::create_dir_all(disk.platter.join("contents"))?;
        disk.adopt(Path::new(""))?;
        Ok(Some(disk))
    }

    /// Takes over what is there already: all of it is durable, since it was copied to the platter.
    fn adopt(&self, below: &Path) -> io::Result<()> {
        for entry in fs::read_dir(self.data.join(below))? {
            let entry = entry?;
            let name = below.join(entry.file_name());
            let meta = entry.metadata()?;
            if meta.is_dir() {
                self.adopt(&name)?;
            } else {
                let mut files = self.files();
                let number = files.next();
                fs::hard_link(self.name(&name), self.content(number))?;
                let dirty = Dirty::Stretches(Vec::new());
                files.by_inode.insert((meta.dev(), meta.ino()), Tracked { number, dirty });
            }
        }
        Ok(())
    }

    fn files(&self) -> std::sync::MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, below: &Path) -> PathBuf {
        self.platter.join("names").join(below)
    }

    fn content(&self, number: u64) -> PathBuf {
        self.platter.join("contents").join(number.to_string())
    }

    /// A file was opened: one below the directory that was not known is new, and not on the platter.
    pub fn opened(&self, fd: RawFd) -> io::Result<()> {
        let Some(path) = path_of(fd) else { return Ok(()) };
        let meta = fs::metadata(described(fd))?;
        if !path.starts_with(&self.data) || !meta.is_file() {
            return Ok(());
        }
        let mut files = self.files();
        if !files.by_inode.contains_key(&(meta.dev(), meta.ino())) {
            let number = files.next();
            File::create(self.content(number))?.set_permissions(meta.permissions())?;
            files.by_inode.insert((meta.dev(), meta.ino()), Tracked { number, dirty: Dirty::Whole });
        }
        Ok(())
    }

    /// The file whose last name is about to go. Its number may soon be another file's.
    pub fn last_name(&self, path: &Path) -> io::Result<Option<Inode>> {
        match fs::symlink_metadata(path) {
            Ok(meta) if meta.is_file() && meta.nlink() == 1 => Ok(Some((meta.dev(), meta.ino()))),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file has no name any more.
    pub fn forget(&self, inode: Inode) {
        self.files().by_inode.remove(&inode);
    }

    /// Bytes were written.
    pub fn written(&self, fd: RawFd, offset: u64, length: u64) -> io::Result<()> {
        self.change(fd, |dirty| match dirty {
            Dirty::Whole => {}
            Dirty::Stretches(stretches) => match stretches.last_mut() {
                // Most writes go on where the one before ended.
                Some((start, so_far)) if *start + *so_far == offset => *so_far += length,
                _ => stretches.push((offset, length)),
            },
        })
    }

    /// It was cut, lengthened or filled in a way that is not followed in detail.
    pub fn changed(&self, fd: RawFd) -> io::Result<()> {
        self.change(fd, |dirty| *dirty = Dirty::Whole)
    }

    fn change(&self, fd: RawFd, change: impl FnOnce(&mut Dirty)) -> io::Result<()> {
        let Some(inode) = inode_of(fd)? else { return Ok(()) };
        if let Some(tracked) = self.files().by_inode.get_mut(&inode) {
            change(&mut tracked.dirty);
        }
        Ok(())
    }

    /// Bytes were written at the descriptor's position, which is behind them now, also when it appends.
    pub fn appended(&self, fd: RawFd, length: u64) -> io::Result<()> {
        if !self.follows(fd)? {
            return Ok(());
        }
        // SAFETY: `lseek` takes no pointers, and moving by nothing changes nothing.
        let behind = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) };
        let behind = u64::try_from(behind).map_err(|_| io::Error::last_os_error())?;
        self.written(fd, behind.saturating_sub(length), length)
    }

    /// Whether this descriptor is a file that is followed.
    fn follows(&self, fd: RawFd) -> io::Result<bool> {
        Ok(inode_of(fd)?.is_some_and(|inode| self.files().by_inode.contains_key(&inode)))
    }

    /// A sync: carries what was written, or the names of a directory, to the platter. Whether it was for us.
    pub fn sync(&self, fd: RawFd) -> io::Result<bool> {
        if self.follows(fd)? {
            if !self.lies {
                self.sync_content(fd)?;
            }
            return Ok(true);
        }
        let Some(path) = path_of(fd) else { return Ok(false) };
        let Ok(below) = path.strip_prefix(&self.data) else { return Ok(false) };
        if !self.lies {
            self.sync_names(below)?;
        }
        Ok(true)
    }

    fn sync_content(&self, fd: RawFd) -> io::Result<()> {
        let Some(inode) = inode_of(fd)? else { return Ok(()) };
        // What is written from here on is dirty again; it may reach the platter now, as it may reach a disk.
        let (number, dirty) = match self.files().by_inode.get_mut(&inode) {
            Some(tracked) => {
                (tracked.number, std::mem::replace(&mut tracked.dirty, Dirty::Stretches(Vec::new())))
            }
            None => return Ok(()),
        };
        let from = File::open(described(fd))?;
        let to = OpenOptions::new().write(true).open(self.content(number))?;
        match dirty {
            Dirty::Stretches(stretches) => {
                for (offset, length) in stretches {
                    copy(&from, &to, offset, offset + length)?;
                }
            }
            Dirty::Whole => {
                let length = from.metadata()?.len();
                copy(&from, &to, 0, length)?;
                to.set_len(length)?;
            }
        }
        Ok(())
    }

    fn sync_names(&self, below: &Path) -> io::Result<()> {
        // A directory whose own name is not durable has nowhere to keep names; that of the data is.
        let there = self.name(below);
        if !there.is_dir() {
            return Ok(());
        }
        let mut now: Vec<OsString> = Vec::new();
        for entry in fs::read_dir(self.data.join(below))? {
            let entry = entry?;
            let Ok(meta) = entry.metadata() else { continue };
            let name = there.join(entry.file_name());
            if meta.is_dir() {
                fs::create_dir_all(&name)?;
            } else if let Some(tracked) = self.files().by_inode.get(&(meta.dev(), meta.ino())) {
                // Renamed into place: a name stands for the old file or for the new one, never for none.
                let unfinished = self.platter.join("contents").join("name");
                match fs::remove_file(&unfinished) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => fs::hard_link(self.content(tracked.number), &unfinished)?,
                }
                fs::rename(&unfinished, &name)?;
                // Between two names of one file `rename` does nothing and leaves both.
                let _ = fs::remove_file(&unfinished);
            }
            now.push(entry.file_name());
        }
        for entry in fs::read_dir(&there)? {
            let entry = entry?;
            if !now.contains(&entry.file_name()) {
                let gone = entry.path();
                if entry.file_type()?.is_dir() { fs::remove_dir_all(gone)? } else { fs::remove_file(gone)? }
            }
        }
        Ok(())
    }
}

impl Files {
    fn next(&mut self) -> u64 {
        self.used += 1;
        self.used
    }
}

/// Copies a stretch; what the file does not have any more (it was cut meanwhile) is left out.
fn copy(from: &File, to: &File, mut offset: u64, end: u64) -> io::Result<()> {
    let mut buffer = vec![0; COPIED_AT_ONCE];
    while offset < end {
        let wanted = buffer.len().min(usize::try_from(end - offset).unwrap_or(usize::MAX));
        let read = from.read_at(&mut buffer[..wanted], offset)?;
        if read == 0 {
            break;
        }
        to.write_all_at(&buffer[..read], offset)?;
        offset += read as u64;
    }
    Ok(())
}

fn described(fd: RawFd) -> PathBuf {
    format!("/proc/self/fd/{fd}").into()
}

/// Where a descriptor leads; none for what has no path.
fn path_of(fd: RawFd) -> Option<PathBuf> {
    fs::read_link(described(fd)).ok().filter(|path| path.is_absolute())
}

/// The regular file behind a descriptor.
fn inode_of(fd: RawFd) -> io::Result<Option<Inode>> {
    // SAFETY: `stat` is plain data, for which all zeroes is a value.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a `stat` that lives through the call.
    if unsafe { libc::fstat(fd, &raw mut stat) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((stat.st_mode & libc::S_IFMT == libc::S_IFREG).then_some((stat.st_dev, stat.st_ino)))
}
