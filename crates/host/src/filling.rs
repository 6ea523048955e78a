//! Gives a component its place in the store while another version of it may be live: see [`Placing`].

use std::sync::Arc;
use std::time::Duration;

use linli_calls::Placing;
use linli_contract::Descriptor;
use linli_store::{Layout, StoreError};

use crate::shared::Shared;

/// Between two looks whether the calls with the old layout have ended.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

impl Shared {
    /// Gives a component its layout, its new indexes filled. Blocks; for threads that may.
    ///
    /// # Errors
    /// When the store fails; the next call goes on where this one ended.
    pub(crate) fn place(&self, descriptor: &Descriptor) -> Result<Layout, StoreError> {
        self.placing().place(descriptor, |indexes| {
            for live in self.live.under(&descriptor.name) {
                let refreshed = Layout::open(&*self.store, live.descriptor())?;
                let old = live.replace_layout(refreshed);
                // Every call keeps its layout until its commit is decided, and every call ends.
                while Arc::strong_count(&old) > 1 {
                    std::thread::sleep(LOOK_AGAIN);
                }
            }
            tracing::info!(component = descriptor.name.as_str(), indexes, "new indexes are being filled");
            Ok(())
        })
    }

    pub(crate) fn placing(&self) -> Placing<'_> {
        Placing { store: &*self.store, clock: &*self.clock }
    }
}
