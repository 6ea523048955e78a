//! `linli plugin test`: scenario files, played against the component on a platform in this process.
//!
//! Each is played twice: as it stands, and with conflicts drawn from a seed, so that commands run again. Both must end
//! as the file says.

mod compare;
mod faults;
mod file;
mod play;
mod stage;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::project::Project;

use file::Scenario;
pub use stage::{credit, granted};

/// Plays scenarios; whether all went as they say.
///
/// # Errors
/// A file does not read, or the platform does not start.
pub async fn test(project: &Project, component: &Path, files: &[PathBuf], seed: u64) -> Result<bool> {
    let wasm = std::fs::read(component).with_context(|| format!("cannot read {}", component.display()))?;
    let cache = component.with_file_name("compiled");
    let (mut passed, mut failed) = (0_u32, 0_u32);
    for file in files {
        let scenario = Scenario::read(file)?;
        println!("{}: {}", file.file_name().unwrap_or_default().to_string_lossy(), scenario.title);
        let mut went_well =
            play::play(&scenario, &project.manifest, &wasm, &cache, play::Telling::Steps).await?;
        if went_well && seed != 0 {
            went_well =
                play::play(&scenario, &project.manifest, &wasm, &cache, play::Telling::Conflicts(seed))
                    .await?;
        }
        *if went_well { &mut passed } else { &mut failed } += 1;
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}
