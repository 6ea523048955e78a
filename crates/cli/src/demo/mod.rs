//! The demo community: made-up people, and activities, meals, points and merchants whose dates lie ahead of today.

mod activities;
pub mod calls;
mod draw;
mod meals;
mod people;
mod points;
mod providers;
mod script;

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use linli_contract::{Community, Timestamp};
use linli_host::{Clock, Platform, SystemClock};

use crate::data_dir::DataDir;

pub use people::{people, resident_id};

/// 杭州市余杭区 and a street and a community whose numbers are free.
pub const COMMUNITY: &str = "330105001001";
/// Marks a data directory as a demo's; holds the time its activities were made.
const MARK: &str = "demo";
/// Age of activities and menus, in seconds, at which new ones are made: a week, since the first of them begins after one.
const FRESH_SECONDS: i64 = 7 * 86_400;

/// The demo of a data directory that has to be loaded, or to be brought up to date.
pub struct Demo {
    mark: PathBuf,
}

/// The demo's community.
pub fn community() -> Community {
    COMMUNITY.parse().expect("it has twelve digits")
}

impl Demo {
    /// Marks a new data directory as the demo's, before anything is written to it. None when no demo is wanted.
    ///
    /// # Errors
    /// The directory holds a database that is not a demo's: made-up people have no place among real ones.
    pub fn prepare(data: &DataDir, wanted: bool) -> Result<Option<Self>> {
        if !wanted {
            return Ok(None);
        }
        let mark = data.file(MARK);
        if !mark.exists() {
            if data.database().exists() {
                bail!("--demo is for new data directories and demos, and this one holds a database already");
            }
            fs::write(&mark, "").with_context(|| format!("cannot write {}", mark.display()))?;
        }
        Ok(Some(Self { mark }))
    }

    /// Loads what is missing. Safe to repeat after a crash in the middle: people are replaced by themselves, and each
    /// activity has an idempotency key of its day.
    ///
    /// # Errors
    /// The platform refuses something.
    pub async fn load(&self, platform: &Platform) -> Result<()> {
        let now = SystemClock.now();
        let made = self.made()?;
        if made.is_some_and(|made| now < made.plus_seconds(FRESH_SECONDS)) {
            return Ok(());
        }
        if made.is_none() {
            let people = people::people(community(), now);
            platform.directory().import(&people, &people::bindings(now)).await?;
            tracing::info!(people = people.len(), "the demo's people are in the directory");
        }
        let activities = activities::create(platform, now).await?;
        let menus = meals::create(platform, now).await?;
        if made.is_none() {
            let rewards = points::create(platform, now).await?;
            let merchants = providers::create(platform, now).await?;
            tracing::info!(rewards, merchants, "the demo's points and merchants are there");
        }
        tracing::info!(activities, menus, "the demo's activities and menus are open");
        fs::write(&self.mark, now.to_string())
            .with_context(|| format!("cannot write {}", self.mark.display()))
    }

    /// When its activities were made; none when never, or never to the end.
    fn made(&self) -> Result<Option<Timestamp>> {
        match fs::read_to_string(&self.mark) {
            Ok(text) => Ok(text.trim().parse().ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.mark.display())),
        }
    }
}
