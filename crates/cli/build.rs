//! Puts into the binary what `linli plugin` writes into a merchant's project: the contract, the SDKs, the templates.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Each constant, the directory of the repository it holds, and the endings of the files that belong to it.
const HELD: [(&str, &str, &[&str]); 7] = [
    ("WIT", "wit", &["wit"]),
    ("CONTRACT", "crates/contract", &["toml", "rs"]),
    ("SDK", "crates/sdk", &["toml", "rs"]),
    ("STORE", "crates/store", &["toml", "rs"]),
    ("SDK_JS", "crates/sdk/js", &["js", "ts"]),
    ("TEMPLATE_RUST", "crates/cli/templates/rust", &["toml", "rs", "md"]),
    ("TEMPLATE_JS", "crates/cli/templates/js", &["toml", "js", "json", "md"]),
];
/// Directories whose files are for this repository alone: tests, and versions of the contract that are frozen.
const LEFT_OUT: [&str; 4] = ["tests", "conformance", "released", "node_modules"];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let mut code = String::new();
    for (name, directory, endings) in HELD {
        let directory = root.join(directory);
        println!("cargo::rerun-if-changed={}", directory.display());
        let mut files = Vec::new();
        gather(&directory, endings, &mut files)?;
        files.sort();
        let _ = writeln!(code, "pub const {name}: &[(&str, &str)] = &[");
        for file in files {
            let shown = file.strip_prefix(&directory).map_err(io::Error::other)?.display();
            let _ = writeln!(
                code,
                "    ({:?}, include_str!({:?})),",
                shown.to_string(),
                file.display().to_string()
            );
        }
        code.push_str("];\n");
    }
    let manifest = root.join("Cargo.toml");
    println!("cargo::rerun-if-changed={}", manifest.display());
    let _ = writeln!(code, "pub const WORKSPACE: &str = include_str!({:?});", manifest.display().to_string());
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    fs::write(out.join("embedded.rs"), code)
}

fn gather(directory: &Path, endings: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !LEFT_OUT.contains(&&*name) {
                gather(&path, endings, files)?;
            }
        } else if path.extension().is_some_and(|e| endings.iter().any(|wanted| e == *wanted)) {
            files.push(path);
        }
    }
    Ok(())
}
