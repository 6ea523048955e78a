//! The names of libc that the layer takes the place of. Each calls the real one and tells the disk.
//!
//! The variadic ones (`open`) are defined with their third argument always there: on the platforms Linli runs on
//! (x86-64 and AArch64 Linux) it is passed as a named one would be, and is ignored when the flags do not ask for it.

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use libc::{c_char, c_int, c_uint, c_void, mode_t, off_t, off64_t, size_t, ssize_t};

use crate::platter::with_disk;

/// Looks at the directory before the program can change anything in it.
extern "C" fn begin() {
    with_disk(|_| Ok(()));
}

// SAFETY: the dynamic linker calls what stands in this section once, after libc is ready; `begin` takes nothing, and
// the arguments it is given are ignored by the C calling convention.
#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;

/// The real function of that name: the next one in the order of libraries. Stops the program when there is none.
macro_rules! real {
    ($name:ident: fn($($signature:tt)*) -> $result:ty) => {{
        use std::sync::OnceLock;
        type Real = unsafe extern "C" fn($($signature)*) -> $result;
        static REAL: OnceLock<Real> = OnceLock::new();
        *REAL.get_or_init(|| {
            let name = concat!(stringify!($name), "\0");
            // SAFETY: the name ends in a zero byte.
            let found = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr().cast()) };
            assert!(!found.is_null(), "libc has no {}", stringify!($name));
            // SAFETY: libc's function of this name has this signature (POSIX, Linux manual pages).
            unsafe { std::mem::transmute::<*mut c_void, Real>(found) }
        })
    }};
}

/// `errno` as the real call left it, whatever the layer does afterwards.
fn keeping_errno<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: libc gives a valid pointer to this thread's own number.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: as above; no other thread touches it.
    let errno = unsafe { *place };
    let done = work();
    // SAFETY: as above.
    unsafe { *place = errno };
    done
}

fn opened(fd: c_int, flags: c_int) -> c_int {
    let tell = |disk: &crate::platter::Disk| {
        disk.opened(fd)?;
        if flags & libc::O_TRUNC != 0 { disk.changed(fd) } else { Ok(()) }
    };
    if fd >= 0 {
        keeping_errno(|| with_disk(tell));
    }
    fd
}

fn changed(fd: c_int, result: c_int) -> c_int {
    if result == 0 {
        keeping_errno(|| with_disk(|disk| disk.changed(fd)));
    }
    result
}

fn written(fd: c_int, offset: u64, result: ssize_t) -> ssize_t {
    if let Ok(length @ 1..) = u64::try_from(result) {
        keeping_errno(|| with_disk(|disk| disk.written(fd, offset, length)));
    }
    result
}

/// A path the caller gave, made absolute.
///
/// # Safety
/// `path` is null or ends in a zero byte.
unsafe fn absolute(at: c_int, path: *const c_char) -> PathBuf {
    if path.is_null() {
        return PathBuf::new();
    }
    // SAFETY: the caller promises it.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes()));
    if path.is_absolute() || at == libc::AT_FDCWD {
        return path.to_owned();
    }
    Path::new("/proc/self/fd").join(at.to_string()).join(path)
}

/// Runs what may take the last name of a file away.
fn unnaming(path: &Path, run: impl FnOnce() -> c_int) -> c_int {
    let inode = keeping_errno(|| with_disk(|disk| disk.last_name(path)));
    let result = run();
    if let (0, Some(inode)) = (result, inode) {
        keeping_errno(|| {
            with_disk(|disk| {
                disk.forget(inode);
                Ok(())
            });
        });
    }
    result
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    let real = real!(open: fn(*const c_char, c_int, ...) -> c_int);
    // SAFETY: handed on as it came.
    opened(unsafe { real(path, flags, mode) }, flags)
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    let real = real!(open64: fn(*const c_char, c_int, ...) -> c_int);
    // SAFETY: handed on as it came.
    opened(unsafe { real(path, flags, mode) }, flags)
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    let real = real!(openat: fn(c_int, *const c_char, c_int, ...) -> c_int);
    // SAFETY: handed on as it came.
    opened(unsafe { real(at, path, flags, mode) }, flags)
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat64(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    let real = real!(openat64: fn(c_int, *const c_char, c_int, ...) -> c_int);
    // SAFETY: handed on as it came.
    opened(unsafe { real(at, path, flags, mode) }, flags)
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, length: size_t) -> ssize_t {
    let real = real!(write: fn(c_int, *const c_void, size_t) -> ssize_t);
    // SAFETY: handed on as it came.
    let result = unsafe { real(fd, bytes, length) };
    if let Ok(length @ 1..) = u64::try_from(result) {
        keeping_errno(|| with_disk(|disk| disk.appended(fd, length)));
    }
    result
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(fd: c_int, bytes: *const c_void, length: size_t, offset: off_t) -> ssize_t {
    let real = real!(pwrite: fn(c_int, *const c_void, size_t, off_t) -> ssize_t);
    // SAFETY: handed on as it came.
    let result = unsafe { real(fd, bytes, length, offset) };
    written(fd, offset.unsigned_abs(), result)
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    fd: c_int,
    bytes: *const c_void,
    length: size_t,
    offset: off64_t,
) -> ssize_t {
    let real = real!(pwrite64: fn(c_int, *const c_void, size_t, off64_t) -> ssize_t);
    // SAFETY: handed on as it came.
    let result = unsafe { real(fd, bytes, length, offset) };
    written(fd, offset.unsigned_abs(), result)
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(fd: c_int, length: off_t) -> c_int {
    let real = real!(ftruncate: fn(c_int, off_t) -> c_int);
    // SAFETY: handed on as it came.
    changed(fd, unsafe { real(fd, length) })
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(fd: c_int, length: off64_t) -> c_int {
    let real = real!(ftruncate64: fn(c_int, off64_t) -> c_int);
    // SAFETY: handed on as it came.
    changed(fd, unsafe { real(fd, length) })
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_fallocate(fd: c_int, offset: off_t, length: off_t) -> c_int {
    let real = real!(posix_fallocate: fn(c_int, off_t, off_t) -> c_int);
    // SAFETY: handed on as it came.
    changed(fd, unsafe { real(fd, offset, length) })
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn copy_file_range(
    from: c_int,
    from_offset: *mut off64_t,
    to: c_int,
    to_offset: *mut off64_t,
    length: size_t,
    flags: c_uint,
) -> ssize_t {
    let real =
        real!(copy_file_range: fn(c_int, *mut off64_t, c_int, *mut off64_t, size_t, c_uint) -> ssize_t);
    // SAFETY: handed on as it came.
    let result = unsafe { real(from, from_offset, to, to_offset, length, flags) };
    if result > 0 {
        changed(to, 0);
    }
    result
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    let real = real!(fsync: fn(c_int) -> c_int);
    if keeping_errno(|| with_disk(|disk| disk.sync(fd))) {
        return 0;
    }
    // SAFETY: handed on as it came.
    unsafe { real(fd) }
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    let real = real!(fdatasync: fn(c_int) -> c_int);
    if keeping_errno(|| with_disk(|disk| disk.sync(fd))) {
        return 0;
    }
    // SAFETY: handed on as it came.
    unsafe { real(fd) }
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    let real = real!(unlink: fn(*const c_char) -> c_int);
    // SAFETY: as libc's own, it ends in a zero byte.
    let named = unsafe { absolute(libc::AT_FDCWD, path) };
    // SAFETY: handed on as it came.
    unnaming(&named, || unsafe { real(path) })
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlinkat(at: c_int, path: *const c_char, flags: c_int) -> c_int {
    let real = real!(unlinkat: fn(c_int, *const c_char, c_int) -> c_int);
    // SAFETY: as libc's own, it ends in a zero byte.
    let named = unsafe { absolute(at, path) };
    // SAFETY: handed on as it came.
    unnaming(&named, || unsafe { real(at, path, flags) })
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    let real = real!(rename: fn(*const c_char, *const c_char) -> c_int);
    // SAFETY: as libc's own, it ends in a zero byte.
    let replaced = unsafe { absolute(libc::AT_FDCWD, to) };
    // SAFETY: handed on as it came.
    unnaming(&replaced, || unsafe { real(from, to) })
}

/// # Safety
/// As libc's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn renameat(
    from_at: c_int,
    from: *const c_char,
    to_at: c_int,
    to: *const c_char,
) -> c_int {
    let real = real!(renameat: fn(c_int, *const c_char, c_int, *const c_char) -> c_int);
    // SAFETY: as libc's own, it ends in a zero byte.
    let replaced = unsafe { absolute(to_at, to) };
    // SAFETY: handed on as it came.
    unnaming(&replaced, || unsafe { real(from_at, from, to_at, to) })
}
