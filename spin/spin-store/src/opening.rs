//! A function opened on a database: its place there, its keys and settings, and the books of the platform.

use std::sync::{Arc, Mutex};

use linli_calls::{
    Allowed, Clock, Component, Consents, Directory, Placing, Providers, SettingError, UnknownPurpose,
    check_purposes, settings,
};
use linli_contract::{Descriptor, DescriptorError};
use linli_store::{Partition, Store, StoreError};

use crate::compositions::{self, Composition, Compositions};
use crate::configuration::Configuration;
use crate::instance::{Instance, Seen};
use crate::retention::{self, Retention};

/// People and providers are not kept in memory: others may write them at any time.
const NO_PEOPLE: usize = 0;
/// Providers that can be registered.
const MAX_PROVIDERS: usize = 100_000;

/// Why a function cannot be opened: for operators.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// What it says it is breaks the contract.
    #[error("the function's descriptor: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Descriptor(Vec<DescriptorError>),
    /// A setting is missing, or is none of its own.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A way to sign is configured for what it does not sign.
    #[error(transparent)]
    Purpose(#[from] UnknownPurpose),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Instance {
    /// Gives the function its place, writes down for the others what it declares, and reads what they declare.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        configuration: Configuration,
        descriptor: Descriptor,
    ) -> Result<Arc<Self>, OpenError> {
        let Configuration { master, settings: configured, signatures, outbound, grant } = configuration;
        descriptor.validate().map_err(OpenError::Descriptor)?;
        let settings = settings(&descriptor, Some(&configured))?;
        check_purposes(&descriptor, Some(&signatures))?;
        let keeps_for_a_time = descriptor.collections.iter().any(|collection| collection.keep_days.is_some());
        let own = Composition::of(&descriptor, grant.clone());
        // As long as it is open, whatever is read is read in the same transaction of the database: Spin opens instances all
        // the time, and each statement is a change of threads. Not while something is written, which takes another
        // connection: of those there are so many, and all instances that are opened at once would wait for one more.
        let mut one_state = Some(store.snapshot(Partition::Platform)?);
        let names = store.spaces()?;
        let is_placed = |book: &str| {
            let has = |name: &str| names.iter().any(|(_, known)| known == name);
            has(book) && has(&format!("{book}/{book}"))
        };
        if !is_placed(compositions::COMPONENT) || (keeps_for_a_time && !is_placed(retention::COMPONENT)) {
            one_state = None;
        }
        let compositions = Compositions::open(store.clone())?;
        let is_known = compositions.has(&own, clock.now())?;
        if !is_known {
            one_state = None;
        }
        let retention = Retention::open(&*store, keeps_for_a_time)?;
        let placing = Placing { store: &*store, clock: &*clock };
        let layout = placing.place(&descriptor, |_| {
            one_state = None;
            Ok(())
        })?;
        let (descriptor, grant) = (Arc::new(descriptor), grant.map(Arc::new));
        let component = Component::new(descriptor, grant, layout.space, settings, Some(&signatures), &master);
        let outbound = Allowed::new(Some(&outbound), component.granted(), component.trust());
        let instance = Self {
            outbound,
            directory: Directory::open(store.clone(), clock.clone(), NO_PEOPLE)?,
            consents: Consents::open(store.clone(), clock.clone())?,
            providers: Providers::open(store.clone(), clock.clone(), MAX_PROVIDERS)?,
            compositions,
            seen: Mutex::new(Seen::default()),
            met: Mutex::default(),
            retention,
            component: Arc::new(component),
            layout: Arc::new(layout),
            master,
            store,
            clock,
            call: Mutex::default(),
        };
        // Whoever is written down has opened all of these once.
        if !is_known {
            instance.compositions.put(&own, instance.clock.now())?;
        }
        instance.look()?;
        drop(one_state);
        Ok(Arc::new(instance))
    }
}
