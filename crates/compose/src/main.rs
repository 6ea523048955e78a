//! `linli-compose ADAPTERS (COMPONENT OUT)…`: what the build of this repository composes with. `linli spin export` is the
//! same for operators.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use linli_compose::{Adapters, compose};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("linli-compose: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let (directory, pairs) =
        arguments.split_first().ok_or("usage: linli-compose ADAPTERS (COMPONENT OUT)…")?;
    let adapters = Adapters::read(directory.as_ref())?;
    for pair in pairs.chunks(2) {
        let [component, out] = pair else {
            return Err("each component needs a place for what comes out".into());
        };
        let read = |path: &str| std::fs::read(path).map_err(|error| format!("cannot read {path}: {error}"));
        let composed =
            compose(&read(component)?, &adapters).map_err(|error| format!("{component}: {error}"))?;
        save(out.as_ref(), &composed).map_err(|error| format!("cannot write {out}: {error}"))?;
    }
    Ok(())
}

/// In one piece, and only what changed: Spin watches these files.
fn save(place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if std::fs::read(place).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let unfinished = place.with_extension("wasm.new");
    std::fs::write(&unfinished, bytes)?;
    std::fs::rename(&unfinished, place)
}
