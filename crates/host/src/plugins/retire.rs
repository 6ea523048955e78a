//! The end of a plugin: nobody is answered any more, its holds are released, its timers cancelled, its data exported.
//!
//! The record comes first, so that a process that ends in the middle goes on at its next start.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use linli_contract::{ComponentName, Timestamp};
use linli_store::{
    CommitError, Delivery, Hold, Layout, Mode, Partition, Range, ScanError, StoreError, Transaction,
};
use serde_json::json;

use super::life;
use super::record::Plugin;
use super::{Act, FileError, NotNow, PluginError};
use crate::platform::Platform;
use crate::plugins::ready::finished;
use crate::shared::Shared;

/// Timers and holds ended in one commit: it shares its community's time with residents' commands.
const CLEAR_PAGE: usize = 200;
/// Tries of one such commit.
const CLEAR_TRIES: u32 = 50;
/// Documents exported at a time.
const EXPORT_PAGE: u32 = 1_000;

/// What was left of a plugin, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cleared {
    /// Holds that were released.
    pub holds: u64,
    /// Timers and events that will not be delivered.
    pub deliveries: u64,
    /// Documents in the export.
    pub documents: u64,
    /// Name of the export below the directory of plugins: JSON lines of community, collection, id and document.
    pub export: String,
}

impl Platform {
    /// Takes a plugin off for good: from now on nobody is answered. See [`Platform::clear_plugin`] for the rest.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn retire_plugin(&self, name: &ComponentName, act: &Act) -> Result<Arc<Plugin>, PluginError> {
        let decide =
            |plugin: Option<_>, _: Option<_>, now| life::retire(plugin.ok_or(NotNow::UnknownPlugin)?, now);
        self.shared.change_and_place(name, None, act, decide).await
    }

    /// Ends what a retired plugin left behind: waits for its calls, releases its holds, cancels its timers, exports its
    /// data. What it stored stays where it is. Done again, it does what is left.
    ///
    /// # Errors
    /// See [`PluginError`]; it is tried again at the next start.
    pub async fn clear_plugin(&self, name: &ComponentName) -> Result<Cleared, PluginError> {
        self.shared.clear(name).await
    }
}

impl Shared {
    pub(super) async fn clear(&self, name: &ComponentName) -> Result<Cleared, PluginError> {
        let plugin = self.plugins.get(name).ok_or(NotNow::UnknownPlugin)?;
        if plugin.retired_at.is_none() {
            return Err(NotNow::NotRetired.into());
        }
        for version in self.live.leaving(name) {
            finished(&version).await;
        }
        let mut cleared = Cleared::default();
        let layouts = Layout::from_names(&self.store.spaces()?);
        let layouts = layouts.map_err(|_| StoreError::Damaged("name of a space"))?;
        let layout = layouts.into_iter().find(|layout| layout.component == name.as_str()).map(Arc::new);
        if let Some(layout) = &layout {
            for partition in self.communities()? {
                while self.clear_page(partition, layout, &mut cleared).await? {}
            }
        }
        cleared.export = format!("{name}.jsonl");
        cleared.documents = self.export(&cleared.export, layout.as_deref())?;
        let act = Act { role: "system", by: None, reason: None, request_id: format!("{name}:clear") };
        let decide =
            |plugin: Option<_>, _: Option<_>, now| life::clear(plugin.ok_or(NotNow::UnknownPlugin)?, now);
        self.plugins.change(name, None, &act, None, decide).await?;
        Ok(cleared)
    }

    fn communities(&self) -> Result<Vec<Partition>, StoreError> {
        let mut partitions = self.store.partitions()?;
        partitions.retain(|partition| *partition != Partition::Platform);
        Ok(partitions)
    }

    /// Ends some timers and holds; whether there were any.
    async fn clear_page(
        &self,
        partition: Partition,
        layout: &Arc<Layout>,
        cleared: &mut Cleared,
    ) -> Result<bool, StoreError> {
        for _ in 0..CLEAR_TRIES {
            let snapshot = self.store.pending(partition)?;
            let component = layout.component.as_str();
            let now = self.clock.now().max(snapshot.head()?.at);
            let holds = Hold::open_of(&*snapshot, component, now, CLEAR_PAGE)?;
            let deliveries = Delivery::waiting_for(&*snapshot, component, CLEAR_PAGE)?;
            if holds.is_empty() && deliveries.is_empty() {
                return Ok(false);
            }
            let mut transaction =
                Transaction::begin(partition, layout.clone(), snapshot, now, Mode::Write)?.unbounded();
            self.end(&mut transaction, &holds, &deliveries)?;
            match self.store.commit(transaction.into_commit(None, false, vec![])) {
                Ok(pending) => {
                    pending.durable.await?;
                    if let Some(due) = pending.due {
                        self.schedule.wake(partition, due);
                    }
                    cleared.holds += holds.len() as u64;
                    cleared.deliveries += deliveries.len() as u64;
                    return Ok(true);
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
        Err(StoreError::Overloaded)
    }

    fn end(
        &self,
        transaction: &mut Transaction,
        holds: &[Hold],
        deliveries: &[(linli_store::Key, Delivery)],
    ) -> Result<(), StoreError> {
        let failed = super::failed;
        for (key, _) in deliveries {
            transaction.acknowledge(key).map_err(failed)?;
        }
        for hold in holds {
            let released = transaction.release(&hold.id).map_err(failed)?;
            let freed = transaction.hold_of(&hold.id).map_err(failed)?;
            if let (Ok(()), Some(freed)) = (released, freed) {
                linli_calls::publish_order(self, transaction, &freed).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Writes everything a component stored into a file, whole or not at all; the number of documents.
    fn export(&self, file: &str, layout: Option<&Layout>) -> Result<u64, PluginError> {
        let directory = self.plugins.directory().ok_or(FileError::NoPlace)?;
        let unfinished: PathBuf = directory.join(format!("{file}.new"));
        let documents = self.write_export(&unfinished, layout)?;
        std::fs::rename(&unfinished, directory.join(file)).map_err(FileError::from)?;
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(FileError::from)?;
        Ok(documents)
    }

    fn write_export(&self, path: &std::path::Path, layout: Option<&Layout>) -> Result<u64, PluginError> {
        let mut out = BufWriter::new(File::create(path).map_err(FileError::from)?);
        let mut documents = 0;
        for (partition, layout) in self.communities()?.into_iter().zip(std::iter::repeat(layout)) {
            let (Partition::Community(community), Some(layout)) = (partition, layout) else { continue };
            for collection in &layout.collections {
                let mut cursor = None;
                loop {
                    let page = self.page(partition, layout, &collection.name, cursor.as_deref())?;
                    for (id, content) in &page.documents {
                        let document: BTreeMap<String, serde_json::Value> =
                            serde_json::from_str(content).map_err(|_| StoreError::Damaged("document"))?;
                        let line = json!({
                            "community": community.to_string(), "collection": collection.name,
                            "id": id, "document": document,
                        });
                        writeln!(out, "{line}").map_err(FileError::from)?;
                        documents += 1;
                    }
                    match page.next {
                        Some(next) => cursor = Some(next),
                        None => break,
                    }
                }
            }
        }
        let file = out.into_inner().map_err(|error| FileError::from(error.into_error()))?;
        file.sync_all().map_err(FileError::from)?;
        Ok(documents)
    }

    fn page(
        &self,
        partition: Partition,
        layout: &Layout,
        collection: &str,
        cursor: Option<&str>,
    ) -> Result<linli_store::Page, StoreError> {
        let (snapshot, layout) = (self.store.snapshot(partition)?, Arc::new(layout.clone()));
        let now: Timestamp = self.clock.now();
        let mut transaction = Transaction::begin(partition, layout, snapshot, now, Mode::Read)?.unbounded();
        transaction.scan(collection, None, &Range::default(), EXPORT_PAGE, cursor).map_err(
            |error| match error {
                ScanError::Fault(fault) => super::failed(fault),
                ScanError::CursorInvalid => StoreError::Damaged("cursor"),
            },
        )
    }
}
