//! What became of a run: the answer its caller gets, the commit it wants, and its line in the audit log.

use std::sync::Arc;

use linli_contract::Answer;
use linli_store::audit::{Access, AuditEntry};
use linli_store::{Commit, LedgerChanges, Partition, ReadSet, Transaction};

use crate::command::Intent;
use crate::consents::{self, Ask};
use crate::guest::Scope;
use crate::pool::Failure;

/// What a run wants done, with its line in the audit log.
pub(crate) fn commit(
    scope: &Scope,
    intent: &Intent,
    transaction: Transaction,
    answer: &Answer,
    accesses: Vec<Access>,
) -> Commit {
    let audit = vec![entry(scope, said(answer), accesses)];
    // Whoever agrees and sends the request again is not told the same again.
    let kept = intent.idempotency.filter(|_| !asks_for_consent(answer));
    let kept = kept.map(|idempotency| (idempotency, answer.clone()));
    transaction.into_commit(kept, matches!(answer, Answer::Problem(_)), audit)
}

/// What a guest answered; but when it refused, and had been denied something of the caller's for want of consent, the
/// host says so in its place: what is asked for, and why. No plugin says that by itself.
pub(crate) fn answered(
    scope: &Scope,
    outcome: Result<Answer, Failure>,
    unconsented: &[Ask],
) -> Result<Answer, Failure> {
    match outcome {
        Ok(Answer::Problem(_)) if !unconsented.is_empty() => {
            Ok(Answer::Problem(consents::needed(scope.service.descriptor(), unconsented)))
        }
        Ok(answer) if scope.service.rails().is_some() && asks_for_consent(&answer) => Err(Failure::Trapped),
        outcome => outcome,
    }
}

fn asks_for_consent(answer: &Answer) -> bool {
    matches!(answer, Answer::Problem(problem) if problem.code == consents::CONSENT_NEEDED)
}

pub(crate) fn is_reply(answer: &Answer) -> bool {
    matches!(answer, Answer::Reply(_))
}

/// A commit that only adds lines to the audit log.
pub(crate) fn empty(partition: Partition, now: linli_contract::Timestamp, audit: Vec<AuditEntry>) -> Commit {
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

pub(crate) fn entry(scope: &Scope, outcome: &str, accesses: Vec<Access>) -> AuditEntry {
    let id = |person: &Arc<crate::directory::Person>| person.record.id.clone();
    let acting = scope.acted_by.is_some();
    AuditEntry {
        actor: scope.acted_by.as_ref().or(scope.subject.as_ref()).map(id),
        acted_for: scope.subject.as_ref().filter(|_| acting).map(id),
        component: scope.service.descriptor().name.to_string(),
        operation: scope.operation.clone(),
        outcome: outcome.to_owned(),
        request_id: scope.request_id.clone(),
        accesses,
    }
}

pub(crate) fn said(answer: &Answer) -> &str {
    match answer {
        Answer::Reply(_) => "ok",
        Answer::Problem(problem) => &problem.code,
    }
}
