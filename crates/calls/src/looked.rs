//! What of its call a run looked at: where all of that is the same, another run would answer the same.

use linli_contract::Timestamp;

/// What of the call a run looked at, besides the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// Who calls.
    pub caller: bool,
    /// What is registered of providers.
    pub registry: bool,
    /// Something that another call does not share, or that must happen in each.
    pub own: bool,
    /// `now` was found to be at or after this.
    since: Timestamp,
    /// `now` was found to be before this.
    before: Timestamp,
}

/// At nothing yet.
impl Default for Looked {
    fn default() -> Self {
        let (since, before) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
        Self { caller: false, registry: false, own: false, since, before }
    }
}

impl Looked {
    /// `now` was compared with a moment, and nothing else of it shown.
    pub fn compared(&mut self, moment: Timestamp, passed: bool) {
        if passed {
            self.since = self.since.max(moment);
        } else {
            self.before = self.before.min(moment);
        }
    }

    /// Whether every comparison would come out the same at any time from `earliest` to `latest`.
    pub fn holds(&self, earliest: Timestamp, latest: Timestamp) -> bool {
        self.since <= earliest && latest < self.before
    }
}
