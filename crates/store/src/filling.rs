//! Filling an index that a new version of a component declares with the documents that were there before.
//!
//! From the moment its name is interned, every write keeps it up; what was written earlier is added in batches, partition
//! after partition, and nobody reads the index before that is done. That it is not done yet stands in a row of the
//! platform's partition, written before the name: whatever ends a process in between, the next start goes on where the
//! row says.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use linli_contract::{Community, Descriptor};
use serde::{Deserialize, Serialize};

use crate::commit::{ReadSet, Row};
use crate::key::{self, Key, Kind, Partition, Value};
use crate::layout::{CollectionLayout, index_name};
use crate::read::{Read, StoreError};
use crate::store::Store;

/// An index that is being filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filling {
    /// The name it is interned under.
    pub index: String,
    /// The last community whose documents are all in it: communities are filled in their order.
    pub done: Option<u64>,
}

/// Entries that are missing, and what they were made of.
#[derive(Debug, Default)]
pub struct FillBatch {
    /// Entries to write.
    pub writes: Vec<Row>,
    /// The documents they are of: one that was written meanwhile has its entries.
    pub reads: ReadSet,
    /// Where the next batch goes on; none when this is the last one.
    pub next: Option<Key>,
}

impl Filling {
    /// Those that are not filled yet, of all components.
    ///
    /// # Errors
    /// When the store fails, or a row is damaged.
    pub fn all(platform: &dyn Read) -> Result<Vec<Self>, StoreError> {
        let (start, end) = Kind::Filling.stretch();
        let mut found = Vec::new();
        platform.range(&start, &end, false, &mut |_, _, value| {
            found.push(serde_json::from_slice(value).map_err(|_| StoreError::Damaged("index being filled")));
            ControlFlow::Continue(())
        })?;
        found.into_iter().collect()
    }

    /// The indexes of a component that have to be filled before this version of it can be live: those left from an earlier
    /// start, and those that a collection gains which is there already.
    ///
    /// # Errors
    /// When the store fails.
    pub fn needed(store: &dyn Store, descriptor: &Descriptor) -> Result<Vec<Self>, StoreError> {
        let names: BTreeSet<String> = store.spaces()?.into_iter().map(|(_, name)| name).collect();
        let left = Self::all(&*store.snapshot(Partition::Platform)?)?;
        let component = descriptor.name.as_str();
        let mut needed = Vec::new();
        for collection in &descriptor.collections {
            for index in &collection.indexes {
                let index = index_name(component, &collection.name, index);
                if let Some(left) = left.iter().find(|left| left.index == index) {
                    needed.push(left.clone());
                } else if !names.contains(&index)
                    && names.contains(&format!("{component}/{}", collection.name))
                {
                    needed.push(Self { index, done: None });
                }
            }
        }
        Ok(needed)
    }

    /// The row that says so, or its deletion.
    ///
    /// # Errors
    /// None that can be expected: it always serializes.
    pub fn row(&self, filled: bool) -> Result<Row, StoreError> {
        let value = serde_json::to_vec(self).map_err(|_| StoreError::Damaged("index being filled"))?;
        Ok((key::filling(&self.index), (!filled).then(|| value.into())))
    }

    /// Whether a community's documents are in it already.
    pub fn is_done(&self, community: Community) -> bool {
        self.done.is_some_and(|done| community.code() <= done)
    }
}

impl FillBatch {
    /// The entries that `limit` documents after a place are missing in indexes of their collection.
    ///
    /// # Errors
    /// When the store fails, or a document is damaged.
    pub fn read(
        read: &dyn Read,
        collection: &CollectionLayout,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Self, StoreError> {
        let prefix = key::prefix(Kind::Record, collection.space, &[]);
        let start = after.map_or_else(|| prefix.clone(), |after| [after, [0].as_slice()].concat());
        let mut documents: Vec<(Key, u64, Value)> = Vec::new();
        read.range(&start, &key::after(&prefix), false, &mut |key, version, value| {
            documents.push((key.into(), version, value.into()));
            if documents.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let mut batch = Self::default();
        if documents.len() >= limit {
            batch.next = documents.last().map(|(key, _, _)| key.clone());
        }
        for (key, version, value) in documents {
            let damaged = || StoreError::Damaged("document");
            let document = serde_json::from_slice(&value).map_err(|_| damaged())?;
            let id = std::str::from_utf8(&key[prefix.len()..]).map_err(|_| damaged())?;
            let before = batch.writes.len();
            for index in &collection.indexes {
                let Some(values) = index.values(&document) else { continue };
                let entry = key::index(index.space, &values, id);
                if read.get(&entry)?.is_none() {
                    batch.writes.push((entry, Some(Value::from([]))));
                }
            }
            if batch.writes.len() > before {
                batch.reads.keys.push((key, version));
            }
        }
        Ok(batch)
    }
}
