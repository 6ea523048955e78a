//! What stands behind an instance: its growth, its meter, the people it has open, and the run it is in.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use linli_calls::{Misuse, Person};
use linli_store::Transaction;
use wasmtime::ResourceLimiter;

use crate::meter::Meter;
use crate::service::Service;
use crate::shared::Shared;

/// The data of a wasmtime store.
pub(crate) struct Guest {
    pub(crate) growth: Growth,
    pub(crate) meter: Arc<Meter>,
    /// People the guest holds a handle to, by the handle's number. Numbers are never used twice.
    pub(crate) people: HashMap<u32, Arc<Person>>,
    pub(crate) next_handle: u32,
    /// None outside a call: `describe`, and the start of an instance, may use no import of the platform.
    run: Option<Box<Run>>,
}

impl Guest {
    pub(crate) fn new(growth: Growth, meter: Arc<Meter>) -> Self {
        Self { growth, meter, people: HashMap::new(), next_handle: 1, run: None }
    }

    pub(crate) fn enter(&mut self, run: Box<Run>) {
        self.run = Some(run);
    }

    /// Ends the call: what it did, and nothing of it is left.
    pub(crate) fn leave(&mut self) -> Option<Box<Run>> {
        self.run.take()
    }

    /// The run the guest is in.
    ///
    /// # Errors
    /// Outside a call.
    pub(crate) fn run(&mut self) -> Result<&mut Run, Misuse> {
        self.run.as_deref_mut().ok_or(Misuse("an import of the platform outside a call"))
    }
}

/// What stays the same in all runs of one call: what its rules go by, and what runs it.
pub(crate) struct Scope {
    pub(crate) shared: Arc<Shared>,
    pub(crate) service: Arc<Service>,
    pub(crate) call: Arc<linli_calls::Scope>,
}

impl Deref for Scope {
    type Target = linli_calls::Scope;

    fn deref(&self) -> &linli_calls::Scope {
        &self.call
    }
}

/// One run of a call: a command that conflicts has several.
pub(crate) struct Run {
    pub(crate) scope: Arc<Scope>,
    pub(crate) call: linli_calls::Run,
}

impl Run {
    pub(crate) fn new(scope: Arc<Scope>, transaction: Transaction) -> Box<Self> {
        let call = linli_calls::Run::new(scope.call.clone(), transaction);
        Box::new(Self { scope, call })
    }
}

impl Deref for Run {
    type Target = linli_calls::Run;

    fn deref(&self) -> &linli_calls::Run {
        &self.call
    }
}

impl DerefMut for Run {
    fn deref_mut(&mut self) -> &mut linli_calls::Run {
        &mut self.call
    }
}

/// Counts what an instance has grown to, all its memories and tables together.
pub(crate) struct Growth {
    pub(crate) memory: usize,
    memory_limit: usize,
    elements: usize,
    elements_limit: usize,
}

/// The instance wants more memory than it may have.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the instance wants more memory than it may have")]
pub(crate) struct OverMemory;

impl Growth {
    pub(crate) fn new(memory_limit: usize, elements_limit: usize) -> Self {
        Self { memory: 0, memory_limit, elements: 0, elements_limit }
    }
}

impl ResourceLimiter for Growth {
    /// Ends the call instead of answering -1: guests abort on that anyway, and so the log says why.
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.memory = self.memory.saturating_add(desired.saturating_sub(current));
        if self.memory > self.memory_limit { Err(OverMemory.into()) } else { Ok(true) }
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.elements = self.elements.saturating_add(desired.saturating_sub(current));
        if self.elements > self.elements_limit { Err(OverMemory.into()) } else { Ok(true) }
    }

    fn instances(&self) -> usize {
        crate::limits::MAX_CORE_INSTANCES as usize
    }

    fn tables(&self) -> usize {
        crate::limits::MAX_TABLES as usize
    }

    fn memories(&self) -> usize {
        crate::limits::MAX_MEMORIES as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_count_together() {
        let mut growth = Growth::new(100, 10);
        assert!(growth.memory_growing(0, 60, None).is_ok());
        assert!(growth.memory_growing(0, 40, None).is_ok());
        let error = growth.memory_growing(40, 41, None).unwrap_err();
        assert!(error.is::<OverMemory>());
    }
}
