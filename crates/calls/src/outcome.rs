//! What became of a run: the answer its caller gets, the commit it wants, and its line in the audit log.

use std::sync::Arc;

use linli_contract::Answer;
use linli_store::audit::{Access, AuditEntry};
use linli_store::{Commit, Key, Kind, LedgerChanges, Partition, ReadSet, Transaction, is_platform_counter};

use crate::component::Trust;
use crate::consents::{self, Ask};
use crate::directory::Person;
use crate::scope::Scope;
use crate::trap::{Misuse, Trap};

/// What a run wants done, with its line in the audit log.
pub fn commit(scope: &Scope, transaction: Transaction, answer: &Answer, accesses: Vec<Access>) -> Commit {
    let audit = vec![entry(scope, said(answer), accesses)];
    // Whoever agrees and sends the request again is not told the same again.
    let kept = scope.idempotency.filter(|_| !asks_for_consent(answer));
    let kept = kept.map(|idempotency| (idempotency, answer.clone()));
    transaction.into_commit(kept, matches!(answer, Answer::Problem(_)), audit)
}

/// What a guest answered; but when it refused, and had been denied something of the caller's for want of consent, the
/// host says so in its place: what is asked for, and why.
///
/// # Errors
/// A plugin said that by itself.
pub fn answered(scope: &Scope, answer: Answer, unconsented: &[Ask]) -> Result<Answer, Trap> {
    match answer {
        Answer::Problem(_) if !unconsented.is_empty() => {
            Ok(Answer::Problem(consents::needed(scope.component.descriptor(), unconsented)))
        }
        answer if scope.component.trust() == Trust::Plugin && asks_for_consent(&answer) => {
            Err(Misuse("a plugin asked for consent by itself").into())
        }
        answer => Ok(answer),
    }
}

/// What a task wants done. It is run once, since what it did outside cannot be taken back, so only its key is validated at
/// commit, and a counter of the platform's that it made, which must not have been made by another meanwhile.
pub fn commit_of_task(
    scope: &Scope,
    transaction: Transaction,
    answer: &Answer,
    accesses: Vec<Access>,
) -> Commit {
    let mut commit = commit(scope, transaction, answer, accesses);
    commit.reads.ranges.clear();
    let kept = Kind::Idempotency as u8;
    let made: Vec<Key> =
        commit.writes.iter().map(|(key, _)| key.clone()).filter(|key| is_platform_counter(key)).collect();
    commit.reads.keys.retain(|(key, _)| key.first() == Some(&kept) || made.contains(key));
    commit
}

fn asks_for_consent(answer: &Answer) -> bool {
    matches!(answer, Answer::Problem(problem) if problem.code == consents::CONSENT_NEEDED)
}

/// Whether it did what was asked.
pub fn is_reply(answer: &Answer) -> bool {
    matches!(answer, Answer::Reply(_))
}

/// A commit that only adds lines to the audit log.
pub fn empty(partition: Partition, now: linli_contract::Timestamp, audit: Vec<AuditEntry>) -> Commit {
    Commit {
        partition,
        base: 0,
        now,
        reads: ReadSet::default(),
        writes: vec![],
        stock: std::collections::BTreeMap::new(),
        ledger: LedgerChanges::default(),
        answer: None,
        audit,
    }
}

/// The call's line in the audit log.
pub fn entry(scope: &Scope, outcome: &str, accesses: Vec<Access>) -> AuditEntry {
    let id = |person: &Arc<Person>| person.record.id.clone();
    let acting = scope.acted_by.is_some();
    AuditEntry {
        actor: scope.acted_by.as_ref().or(scope.subject.as_ref()).map(id),
        acted_for: scope.subject.as_ref().filter(|_| acting).map(id),
        component: scope.component.descriptor().name.to_string(),
        operation: scope.operation.clone(),
        outcome: outcome.to_owned(),
        request_id: scope.request_id.clone(),
        accesses,
    }
}

/// `ok`, or the code of the problem, as in the audit log.
pub fn said(answer: &Answer) -> &str {
    match answer {
        Answer::Reply(_) => "ok",
        Answer::Problem(problem) => &problem.code,
    }
}
