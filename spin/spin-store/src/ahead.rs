//! What a call is about, told to the store before it is looked at: on Spin each read is a change of threads, so what calls
//! like it have read is read at once.

use std::collections::HashMap;

use linli_calls::expected_row;
use linli_contract::{Caller, Identity, OperationKind, PersonRef};
use linli_store::{About, Partition, Snapshot, StoreError};

use crate::instance::{CallRequest, Instance, lock};

/// References of people by their ids: the expected ones, which are computed once, or those that calls have shown instead.
pub(crate) type Met = HashMap<String, PersonRef>;
/// People whose references are remembered: a megabyte and a half.
const MET: usize = 16_384;

impl Instance {
    /// A partition, with what is expected to be read of it and of the platform's.
    pub(crate) fn ahead(
        &self,
        request: &CallRequest,
        partition: Partition,
    ) -> Result<Box<dyn Snapshot>, StoreError> {
        let Identity { subject, acting_for, provider, .. } = &request.identity;
        let references = [subject, acting_for].map(|id| id.as_deref().map(|id| self.reference(id)));
        let references = references.iter().map(|found| found.as_ref().map_or("", PersonRef::as_str));
        let key = request.idempotency.as_ref().map_or(&[][..], |idempotency| &idempotency.key);
        let who = [subject, acting_for, provider].map(|id| id.as_deref().unwrap_or_default());
        let texts = who.into_iter().chain(references).chain(request.words.iter().map(String::as_str));
        let words: Vec<&[u8]> = [key].into_iter().chain(texts.map(str::as_bytes)).collect();
        let here = Partition::Community(request.community);
        let kind = request.operation.as_str();
        // What a task has sent to the outside cannot be taken back.
        let may_run_again = self.component.operation(kind).is_some_and(|kind| kind != OperationKind::Task);
        self.store.snapshot_about(partition, &About { kind, partition: here, words: &words, may_run_again })
    }

    /// By which reference somebody is known, or will be as a rule.
    fn reference(&self, id: &str) -> PersonRef {
        if let Some(known) = lock(&self.met).get(id) {
            return known.clone();
        }
        let expected = self.component.refs().seal(expected_row(id));
        self.remember(id, &expected);
        expected
    }

    /// Remembers by which references people are known.
    pub(crate) fn meet(&self, identity: &Identity, caller: &Caller) {
        let about = identity.acting_for.as_ref().or(identity.subject.as_ref());
        let by = identity.acting_for.as_ref().and(identity.subject.as_ref());
        for (id, reference) in [(about, &caller.subject), (by, &caller.acted_by)] {
            if let (Some(id), Some(reference)) = (id, reference) {
                self.remember(id, reference);
            }
        }
    }

    fn remember(&self, id: &str, reference: &PersonRef) {
        let mut met = lock(&self.met);
        if met.get(id) == Some(reference) {
            return;
        }
        if met.len() >= MET {
            // Emptied as a whole: simpler than choosing, and filled again in no time.
            met.clear();
        }
        met.insert(id.to_owned(), reference.clone());
    }
}
