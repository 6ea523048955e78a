//! `linli spin export`: a directory that `spin up` serves and `spin registry push` packs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use linli_compose::{Adapters, compose};
use linli_contract::{ComponentName, Descriptor, Grant};
use linli_host::approved_plugins;
use linli_store_sqlite::{SqliteOptions, SqliteStore};

use super::manifest::{Entry, Place, write};
use crate::data_dir::DataDir;

#[derive(Args)]
pub struct Arguments {
    /// The functions, as `cargo xtask build` leaves them
    #[arg(long, value_name = "DIR")]
    components: PathBuf,
    /// This function and no other that is not named; several times for several
    #[arg(long = "function", value_name = "NAME")]
    functions: Vec<ComponentName>,
    /// The adapters, as `cargo xtask build-spin` leaves them
    #[arg(long, value_name = "DIR", required_unless_present = "in_repository")]
    adapters: Option<PathBuf>,
    /// The data directory of a server on which plugins were approved
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// This approved plugin, in its stable version; several times for several
    #[arg(long = "plugin", value_name = "NAME", requires = "data")]
    plugins: Vec<ComponentName>,
    /// Where to write spin.toml and the composed files
    #[arg(long, value_name = "DIR", required_unless_present = "in_repository")]
    out: Option<PathBuf>,
    /// Print the manifest of the source repository instead, with its build commands
    #[arg(long, hide = true, conflicts_with_all = ["out", "data"])]
    in_repository: bool,
}

/// What becomes one component of Spin.
struct Chosen {
    wasm: Vec<u8>,
    descriptor: Descriptor,
    /// None for a function of the platform.
    grant: Option<Grant>,
}

/// Writes the directory, or prints the repository's manifest.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut chosen = functions(&arguments.components, &arguments.functions)?;
    if let Some(data) = &arguments.data {
        chosen.extend(plugins(&DataDir::open(data)?, &arguments.plugins)?);
    }
    let entries = chosen.iter().map(|chosen| Entry::new(&chosen.descriptor, chosen.grant.as_ref()));
    let entries: Vec<Entry> = entries.collect::<Result<_>>()?;
    if arguments.in_repository {
        print!("{}", write(&entries, Place::Repository));
        return Ok(ExitCode::SUCCESS);
    }
    let (out, adapters) = (arguments.out.as_deref(), arguments.adapters.as_deref());
    let out = out.context("there is no place to write to")?;
    let adapters =
        Adapters::read(adapters.context("there are no adapters")?).context("cannot read the adapters")?;
    let files = out.join("components");
    fs::create_dir_all(&files).with_context(|| format!("cannot make {}", files.display()))?;
    for (chosen, entry) in chosen.iter().zip(&entries) {
        let composed = compose(&chosen.wasm, &adapters).with_context(|| entry.name.clone())?;
        save(&files.join(format!("{}.wasm", entry.name)), &composed)?;
    }
    save(&out.join("spin.toml"), write(&entries, Place::Export).as_bytes())?;
    println!("{} components, {}", entries.len(), out.join("spin.toml").display());
    Ok(ExitCode::SUCCESS)
}

/// The functions of a directory that are wanted; without a wish, all.
fn functions(directory: &Path, wanted: &[ComponentName]) -> Result<Vec<Chosen>> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    paths.sort();
    let mut chosen = Vec::new();
    for path in paths {
        let wasm = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let report = linli_vetting::inspect(&wasm).with_context(|| path.display().to_string())?;
        if let Some(fault) = report.faults.first() {
            bail!("{}: {fault}", path.display());
        }
        let descriptor = report.inspection.descriptor.context("a component describes itself")?;
        if wanted.is_empty() || wanted.contains(&descriptor.name) {
            chosen.push(Chosen { wasm, descriptor, grant: None });
        }
    }
    for name in wanted {
        ensure!(
            chosen.iter().any(|chosen| chosen.descriptor.name == *name),
            "there is no function {name} in {}",
            directory.display()
        );
    }
    Ok(chosen)
}

/// The approved plugins that are wanted; without a wish, none.
fn plugins(data: &DataDir, wanted: &[ComponentName]) -> Result<Vec<Chosen>> {
    let database = data.database();
    let store = SqliteStore::open_read_only(&database, SqliteOptions::default())
        .with_context(|| format!("cannot open {}", database.display()))?;
    let wanted: BTreeSet<_> = wanted.iter().cloned().collect();
    let approved = approved_plugins(store, &data.plugins(), &wanted)?;
    let chosen = approved.into_iter().map(|plugin| {
        let report = linli_vetting::inspect(&plugin.wasm).with_context(|| plugin.name.to_string())?;
        let descriptor = report.inspection.descriptor.context("a component describes itself")?;
        Ok(Chosen { wasm: plugin.wasm, descriptor, grant: Some(plugin.grant) })
    });
    let chosen: Vec<Chosen> = chosen.collect::<Result<_>>()?;
    for name in &wanted {
        ensure!(
            chosen.iter().any(|chosen| chosen.descriptor.name == *name),
            "{name} has no stable version that is approved and not suspended"
        );
    }
    Ok(chosen)
}

fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
