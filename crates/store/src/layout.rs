//! Where a component's things lie: its spaces, and how documents become index entries.

use serde_json::Value as Json;

use linli_contract::limits::MAX_INDEX_KEY_BYTES;
use linli_contract::{Descriptor, Index};

use crate::encoding::{self, IndexValue};
use crate::key::Space;
use crate::read::StoreError;
use crate::store::Store;

/// A component's place in the store, made once when it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Name of the component.
    pub component: String,
    /// Its own space: stock counters, deliveries.
    pub space: Space,
    /// Its collections.
    pub collections: Vec<CollectionLayout>,
}

/// A collection's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionLayout {
    /// As in the descriptor.
    pub name: String,
    /// Space of its documents.
    pub space: Space,
    /// Its indexes: those it declares, then those that other versions of the component have declared. All of them are
    /// kept up with every write, so that another version can be live beside this one, or again after it.
    pub indexes: Vec<IndexLayout>,
}

/// An index's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexLayout {
    /// As in the descriptor.
    pub name: String,
    /// Space of its entries. The name it is interned under carries the fields, so an index over other fields is
    /// another space, and the entries of a database can be checked without its components.
    pub space: Space,
    /// JSON pointers.
    pub fields: Vec<String>,
    /// Whether this version of the component declares it, and so may read it.
    pub declared: bool,
}

/// A name in the store that is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a name of a component, collection or index")]
pub struct SpaceNameError;

impl Layout {
    /// Interns what a component declares.
    ///
    /// # Errors
    /// When the database fails.
    pub fn open(store: &dyn Store, descriptor: &Descriptor) -> Result<Self, StoreError> {
        let component = descriptor.name.as_str();
        let known = store.spaces()?;
        let collections = descriptor.collections.iter().map(|collection| {
            let space = store.space(&format!("{component}/{}", collection.name))?;
            let declared = collection.indexes.iter().map(|index| {
                let space = store.space(&index_name(component, &collection.name, index))?;
                let (name, fields) = (index.name.clone(), index.fields.clone());
                Ok(IndexLayout { name, space, fields, declared: true })
            });
            let mut indexes = declared.collect::<Result<Vec<_>, StoreError>>()?;
            let start = format!("{component}/{}#", collection.name);
            for (space, name) in &known {
                if let Some(index) = name.strip_prefix(&start)
                    && !indexes.iter().any(|index| index.space == *space)
                {
                    let damaged = |_| StoreError::Damaged("name of a space");
                    indexes.push(IndexLayout::from_name(*space, index).map_err(damaged)?);
                }
            }
            Ok(CollectionLayout { name: collection.name.clone(), space, indexes })
        });
        Ok(Self {
            component: component.to_owned(),
            space: store.space(component)?,
            collections: collections.collect::<Result<_, StoreError>>()?,
        })
    }

    /// All layouts a database has seen, from its names alone.
    ///
    /// # Errors
    /// When a name is none of ours.
    pub fn from_names(names: &[(Space, String)]) -> Result<Vec<Self>, SpaceNameError> {
        let mut layouts: Vec<Self> = Vec::new();
        let plain = names.iter().filter(|(_, name)| !name.contains('/'));
        layouts.extend(plain.map(|(space, name)| Self {
            component: name.clone(),
            space: *space,
            collections: vec![],
        }));
        for (space, name) in names {
            let Some((component, rest)) = name.split_once('/') else { continue };
            if !rest.contains('#') {
                let collection = CollectionLayout { name: rest.to_owned(), space: *space, indexes: vec![] };
                find(&mut layouts, component)?.collections.push(collection);
            }
        }
        for (space, name) in names {
            let Some((component, rest)) = name.split_once('/') else { continue };
            let Some((collection, index)) = rest.split_once('#') else { continue };
            let layout = IndexLayout::from_name(*space, index)?;
            let of = find(&mut layouts, component)?.collections.iter_mut().find(|c| c.name == collection);
            of.ok_or(SpaceNameError)?.indexes.push(layout);
        }
        Ok(layouts)
    }

    /// The collection of that name.
    pub fn collection(&self, name: &str) -> Option<&CollectionLayout> {
        self.collections.iter().find(|c| c.name == name)
    }
}

/// What an index is interned under; see [`IndexLayout::space`].
pub(crate) fn index_name(component: &str, collection: &str, index: &Index) -> String {
    format!("{component}/{collection}#{}:{}", index.name, index.fields.join(","))
}

fn find<'a>(layouts: &'a mut [Layout], component: &str) -> Result<&'a mut Layout, SpaceNameError> {
    layouts.iter_mut().find(|l| l.component == component).ok_or(SpaceNameError)
}

impl CollectionLayout {
    /// The declared index of that name.
    pub fn index(&self, name: &str) -> Option<&IndexLayout> {
        self.indexes.iter().find(|i| i.declared && i.name == name)
    }
}

impl IndexLayout {
    /// From `name:/field,/field`, the end of the name it is interned under.
    fn from_name(space: Space, text: &str) -> Result<Self, SpaceNameError> {
        let (name, fields) = text.split_once(':').ok_or(SpaceNameError)?;
        let fields = fields.split(',').map(str::to_owned).collect();
        Ok(Self { name: name.to_owned(), space, fields, declared: false })
    }

    /// The document's encoded values; none when a field is absent, null, or nothing an index holds, or when the entry
    /// would be longer than [`MAX_INDEX_KEY_BYTES`].
    pub fn values(&self, document: &Json) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(32);
        for field in &self.fields {
            encoding::encode(&IndexValue::of(document.pointer(field)?)?, &mut out);
        }
        (out.len() <= MAX_INDEX_KEY_BYTES).then_some(out)
    }
}
