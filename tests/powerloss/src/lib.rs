//! A disk that keeps only what was synced.
//!
//! Preloaded (`LD_PRELOAD`) into a program, this layer stands between it and the files below one directory. Writes go
//! to the real files, as always. Beside them it keeps a *platter*: what would still be there if the power failed now.
//!
//! - A file's content reaches the platter with `fsync` or `fdatasync` of that file, and only the parts written since.
//! - A name (created, renamed, removed) reaches the platter with `fsync` of its directory. So a new file whose
//!   directory was never synced is gone, however often the file itself was: POSIX promises no more.
//! - Nothing else does, and a sync that a kill interrupts leaves a part behind, as a disk would.
//!
//! | variable | meaning |
//! |---|---|
//! | `POWERLOSS_DATA` | absolute path of the directory; without it the layer does nothing |
//! | `POWERLOSS_PLATTER` | absolute path of the platter, beside it and on the same file system: `names/` is the directory as it would be found again, `contents/` holds the files under their numbers |
//! | `POWERLOSS_LIES` | set: syncs are answered with success and keep nothing, so that tests can show that they would notice |
//!
//! Whoever starts the program has copied the directory to `names/` before. Real syncs are not made: the platter is the
//! disk, and the kernel keeps what was written however the program ends.
//!
//! Not seen, because neither SQLite nor the standard library writes files this way: writes through `mmap` (the `-shm`
//! index of a database is rebuilt, never read, after a crash), `io_uring`, vectored writes, hard links, renamed
//! directories.
#![cfg(target_os = "linux")]

mod libc_names;
mod platter;
