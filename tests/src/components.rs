//! The compiled components and programs under test; `cargo xtask` builds them.

use std::path::{Path, PathBuf};

/// Where components are: `LINLI_COMPONENTS`, or below the workspace's own target directory.
pub fn directory() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components");
    std::env::var_os("LINLI_COMPONENTS").map_or_else(default, PathBuf::from)
}

/// The file of a core function, or else of a guest of the tests.
///
/// # Panics
/// When it was not built.
pub fn file(name: &str) -> PathBuf {
    let core = directory().join(format!("{name}.wasm"));
    let path = if core.is_file() { core } else { directory().join("tests").join(format!("{name}.wasm")) };
    assert!(path.is_file(), "{}: not there; `cargo xtask build` compiles the components", path.display());
    path
}

/// Its bytes.
///
/// # Panics
/// When it was not built.
pub fn wasm(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).unwrap()
}

/// The file of a plugin of `plugins/`.
///
/// # Panics
/// When it was not built.
pub fn plugin(name: &str) -> PathBuf {
    let path = directory().join("plugins").join(format!("{name}.wasm"));
    assert!(path.is_file(), "{}: not there; `cargo xtask build` compiles the plugins", path.display());
    path
}

/// Names of the plugins, in order: every directory of `plugins/`.
///
/// # Panics
/// When the sources are not there.
pub fn plugins() -> Vec<String> {
    names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins"), |path| {
        path.is_dir().then(|| path.file_name().unwrap().to_str().unwrap().to_owned())
    })
}

/// Names of the core functions, in order.
///
/// # Panics
/// When nothing was built.
pub fn core() -> Vec<String> {
    let names = names(&directory(), |path| {
        let wasm = path.extension().is_some_and(|extension| extension == "wasm");
        wasm.then(|| path.file_stem().unwrap().to_str().unwrap().to_owned())
    });
    assert!(!names.is_empty(), "{}: no component; `cargo xtask build`", directory().display());
    names
}

/// Names of the guests of the tests, in order: every directory of `tests/guests`.
///
/// # Panics
/// When the sources are not there.
pub fn guests() -> Vec<String> {
    names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("guests"), |path| {
        path.is_dir().then(|| path.file_name().unwrap().to_str().unwrap().to_owned())
    })
}

fn names(directory: &Path, name: impl Fn(&Path) -> Option<String>) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.filter_map(|entry| name(&entry.unwrap().path())).collect();
    names.sort();
    names
}

/// The `linli` program: `LINLI_BIN`, or beside the directory this test program runs in.
///
/// # Panics
/// When it was not built.
pub fn linli() -> PathBuf {
    let beside = || std::env::current_exe().unwrap().parent().unwrap().with_file_name("linli");
    let program = std::env::var_os("LINLI_BIN").map_or_else(beside, PathBuf::from);
    assert!(program.is_file(), "{}: not there; `cargo build --release -p linli-cli`", program.display());
    program
}
