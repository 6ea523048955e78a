//! Runs and their commits: queries, tasks, and commands with their reruns.

use std::sync::Arc;

use linli_calls::outcome::{answered, commit, commit_of_task, empty, entry, is_reply, said};
use linli_calls::{Looked, Trap};
use linli_contract::limits::MAX_INTEGER;
use linli_contract::{Answer, Idempotency};
use linli_store::audit::Access;
use linli_store::{
    CommitError, Fault, Key, Layout, Mode, Partition, Pending, StoreError, Stored, Transaction,
};
use tokio::sync::OwnedSemaphorePermit;

use crate::admission::Full;
use crate::call::{CallError, Called};
use crate::guest::{Run, Scope};
use crate::kept::{Asked, Grounds};
use crate::limits::{CallBudget, RETRY_AFTER_SECONDS};
use crate::metrics::count;
use crate::pool::{Failure, Pool, Question, Ran};
use crate::rails::Spent;
use crate::shared::Shared;

/// What a guest is run for.
pub(crate) struct Intent {
    pub(crate) question: Arc<Question>,
    pub(crate) idempotency: Option<Idempotency>,
    /// Queue row of the delivery; it goes with the command's commit.
    pub(crate) delivery: Option<Key>,
    pub(crate) budget: CallBudget,
}

/// How one run of a command ended, other than by failing.
enum Attempt {
    /// Accepted by the store, but not durable yet.
    Accepted(Answer, Pending),
    /// Answered before, so nothing was run. With the commit that makes sure the first answer is durable, if that is
    /// not known.
    Known(Answer, Option<Pending>),
    /// The idempotency key belongs to another request.
    KeyReused,
    /// The delivery was taken before, so nothing was run.
    Taken,
    /// The delivery was refused with a problem.
    Refused,
    /// What it read has changed.
    Conflict,
}

/// What became of a command.
pub(crate) enum Done {
    /// It has an answer, and that is durable.
    Answered(Called),
    /// The delivery was taken before.
    Taken,
    /// The component did not want the delivery: a problem, nothing written.
    Refused,
}

/// What came of a run.
struct Ended {
    outcome: Result<Answer, Failure>,
    /// None when no instance could be started.
    transaction: Option<Transaction>,
    /// Whose data was seen.
    accesses: Vec<Access>,
    looked: Looked,
}

/// The right to run a guest: a turn of the plugin's, if it is one, one of the component's, and one of the platform's.
struct Turn(
    #[allow(dead_code, reason = "held for their drop")] Option<OwnedSemaphorePermit>,
    #[allow(dead_code, reason = "held for their drop")] OwnedSemaphorePermit,
    #[allow(dead_code, reason = "held for their drop")] OwnedSemaphorePermit,
);

impl Shared {
    pub(crate) async fn query(&self, scope: &Arc<Scope>, intent: &Intent) -> Result<Called, CallError> {
        let turn = self.turn(scope).await?;
        let transaction = self.begin(scope, scope.service.layout(), Mode::Read, false)?;
        let Ended { outcome, transaction, accesses, looked } = self.run(scope, intent, transaction).await;
        drop(turn);
        if let (Ok(answer), Some(transaction), Question::Handle(request)) =
            (&outcome, transaction, &*intent.question)
            && accesses.is_empty()
        {
            let (base, reads) = transaction.into_reads();
            let grounds = Grounds { looked, registry: scope.registry.change, base, reads };
            let asked =
                Asked { operation: &request.operation, community: scope.community, input: &request.input };
            scope.service.kept.keep(asked, &scope.caller, grounds, answer);
        }
        self.look(scope, &outcome, accesses).await?;
        Ok(Called { answer: outcome?, replayed: false })
    }

    /// A task is run once: what it did outside cannot be taken back, so only its key is validated at commit.
    pub(crate) async fn task(&self, scope: &Arc<Scope>, intent: &Intent) -> Result<Called, CallError> {
        let partition = Partition::Community(scope.community);
        let turn = self.turn(scope).await?;
        let layout = scope.service.layout();
        let mut transaction = self.begin(scope, layout.clone(), Mode::Publish, false)?;
        if let Some(known) = self.known(intent, &mut transaction, false)? {
            return self.replay(partition, known).await;
        }
        let Ended { outcome, transaction, accesses, .. } = self.run(scope, intent, transaction).await;
        drop(turn);
        let (Ok(answer), Some(transaction)) = (&outcome, transaction) else {
            self.look(scope, &outcome, accesses).await?;
            return Err(outcome.err().unwrap_or(Failure::Trapped).into());
        };
        let commit = commit_of_task(scope, transaction, answer, accesses);
        match self.store.commit(commit) {
            Ok(pending) => {
                self.durable(partition, pending).await?;
                Ok(Called { answer: outcome?, replayed: false })
            }
            Err(CommitError::Conflict) => {
                // Another process answered under this key meanwhile: its answer counts.
                let mut transaction = self.begin(scope, layout, Mode::Publish, true)?;
                let known = self.known(intent, &mut transaction, true)?.ok_or(CallError::Unavailable)?;
                self.replay(partition, known).await
            }
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Runs until it wins: first at once, then in its community's lane. `now` and seed stay the same.
    pub(crate) async fn command(&self, scope: &Arc<Scope>, intent: &Intent) -> Result<Done, CallError> {
        let partition = Partition::Community(scope.community);
        let most = self.limits.lane_waiting;
        let hot = self.lanes.is_hot(partition);
        let mut lane = if hot { Some(self.lanes.enter(partition, most).await?) } else { None };
        let mut accesses = Vec::new();
        for _ in 0..self.limits.command_tries {
            let turn = self.turn(scope).await?;
            let attempt = self.attempt(scope, intent, lane.is_some(), &mut accesses).await;
            drop(turn);
            if matches!(attempt, Ok(Attempt::Conflict)) {
                count(&scope.service.metrics.conflict_reruns);
                if lane.is_none() {
                    self.lanes.conflicted(partition);
                    lane = Some(self.lanes.enter(partition, most).await?);
                }
                continue;
            }
            drop(lane);
            return self.finish(scope, attempt, accesses).await;
        }
        drop(lane);
        tracing::warn!(
            component = scope.service.descriptor().name.as_str(),
            operation = scope.operation,
            request = scope.request_id,
            "a command lost too often and was given up"
        );
        self.look(scope, &Err(Failure::Store(StoreError::Overloaded)), accesses).await?;
        Err(CallError::Unavailable)
    }

    /// Waits until what was decided is durable.
    async fn finish(
        &self,
        scope: &Arc<Scope>,
        attempt: Result<Attempt, Failure>,
        accesses: Vec<Access>,
    ) -> Result<Done, CallError> {
        let partition = Partition::Community(scope.community);
        match attempt {
            Ok(Attempt::Accepted(answer, pending)) => {
                self.durable(partition, pending).await?;
                Ok(Done::Answered(Called { answer, replayed: false }))
            }
            Ok(known @ (Attempt::Known(..) | Attempt::KeyReused)) => {
                self.replay(partition, known).await.map(Done::Answered)
            }
            Ok(Attempt::Taken) => Ok(Done::Taken),
            Ok(Attempt::Refused) => {
                self.look(scope, &Err(Failure::Trapped), accesses).await?;
                Ok(Done::Refused)
            }
            // The caller goes round again on a conflict.
            Ok(Attempt::Conflict) => Err(CallError::Unavailable),
            Err(failure) => {
                let outcome = Err(failure);
                self.look(scope, &outcome, accesses).await?;
                Err(outcome.err().unwrap_or(Failure::Trapped).into())
            }
        }
    }

    async fn attempt(
        &self,
        scope: &Arc<Scope>,
        intent: &Intent,
        in_lane: bool,
        accesses: &mut Vec<Access>,
    ) -> Result<Attempt, Failure> {
        let layout = scope.service.layout();
        let mut transaction = self.begin(scope, layout.clone(), Mode::Write, in_lane)?;
        if let Some(delivery) = &intent.delivery
            && !transaction.acknowledge(delivery)?
        {
            return Ok(Attempt::Taken);
        }
        if let Some(known) = self.known(intent, &mut transaction, in_lane)? {
            return Ok(known);
        }
        let Ended { outcome, transaction, accesses: seen, .. } = self.run(scope, intent, transaction).await;
        // What a run that lost had looked at was seen all the same.
        accesses.extend(seen.into_iter().filter(|access| !accesses.contains(access)).collect::<Vec<_>>());
        let (answer, Some(transaction)) = (outcome?, transaction) else { return Err(Failure::Trapped) };
        if intent.delivery.is_some() && matches!(answer, Answer::Problem(_)) {
            return Ok(Attempt::Refused);
        }
        let spent = transaction.spent();
        let commit = commit(scope, transaction, &answer, accesses.clone());
        let committed = self.store.commit(commit);
        // Until here, whoever changes the layout waits for this call.
        drop(layout);
        match committed {
            Ok(pending) => {
                if let Some(rails) = scope.service.rails().filter(|_| spent != 0 && is_reply(&answer)) {
                    rails.used(scope.community, scope.now, Spent { money: spent, ..Spent::default() });
                }
                Ok(Attempt::Accepted(answer, pending))
            }
            Err(CommitError::Conflict) => Ok(Attempt::Conflict),
            Err(CommitError::Store(error)) => Err(Failure::Store(error)),
        }
    }

    /// What was answered before under the intent's key.
    fn known(
        &self,
        intent: &Intent,
        transaction: &mut Transaction,
        pending: bool,
    ) -> Result<Option<Attempt>, Failure> {
        let Some(idempotency) = &intent.idempotency else { return Ok(None) };
        let answer = match transaction.idempotent(idempotency)? {
            Stored::Fresh => return Ok(None),
            Stored::OtherRequest => return Ok(Some(Attempt::KeyReused)),
            Stored::Answered(answer) => answer,
        };
        if !pending {
            return Ok(Some(Attempt::Known(answer, None)));
        }
        // Read from a state that may not be durable: an empty commit behind it is durable only when that is.
        let barrier = empty(transaction.partition(), transaction.now(), vec![]);
        match self.store.commit(barrier) {
            Ok(durable) => Ok(Some(Attempt::Known(answer, Some(durable)))),
            Err(CommitError::Conflict) => Ok(Some(Attempt::Conflict)),
            Err(CommitError::Store(error)) => Err(Failure::Store(error)),
        }
    }

    async fn replay(&self, partition: Partition, known: Attempt) -> Result<Called, CallError> {
        match known {
            Attempt::Known(answer, pending) => {
                if let Some(pending) = pending {
                    self.durable(partition, pending).await?;
                }
                Ok(Called { answer, replayed: true })
            }
            Attempt::KeyReused => Err(CallError::KeyReused),
            _ => Err(CallError::Unavailable),
        }
    }

    /// Runs the guest once, and counts what it used.
    async fn run(&self, scope: &Arc<Scope>, intent: &Intent, transaction: Transaction) -> Ended {
        let run = Run::new(scope.clone(), transaction);
        let bounds = scope.service.bounds(intent.budget, &self.limits);
        let Ran { outcome, run, cpu, warm, .. } = Pool::run(intent.question.clone(), run, bounds).await;
        for metrics in scope.service.all_metrics() {
            count(if warm { &metrics.warm } else { &metrics.instances });
            metrics.used_cpu(cpu);
        }
        let metrics = &scope.service.metrics;
        if let Some(rails) = scope.service.rails() {
            let cpu_micros = u64::try_from(cpu.as_micros()).unwrap_or(u64::MAX);
            rails.used(scope.community, scope.now, Spent { cpu_micros, ..Spent::default() });
        }
        let Some(run) = run else {
            return Ended { outcome, transaction: None, accesses: vec![], looked: Looked::default() };
        };
        let dropped = u64::from(run.lines_dropped());
        metrics.log_lines_dropped.fetch_add(dropped, std::sync::atomic::Ordering::Relaxed);
        let linli_calls::Run { transaction, accesses, looked, unconsented, .. } = run.call;
        let outcome = outcome.and_then(|answer| Ok(answered(scope, answer, &unconsented)?));
        Ended { outcome, transaction: Some(transaction), accesses, looked }
    }

    pub(crate) fn begin(
        &self,
        scope: &Scope,
        layout: Arc<Layout>,
        mode: Mode,
        pending: bool,
    ) -> Result<Transaction, StoreError> {
        let partition = Partition::Community(scope.community);
        let snapshot =
            if pending { self.store.pending(partition)? } else { self.store.snapshot(partition)? };
        let transaction = Transaction::begin(partition, layout, snapshot, scope.now, mode)?;
        Ok(match scope.service.rails() {
            Some(rails) => transaction
                .metered(i64::try_from(rails.limits().storage_bytes).unwrap_or(MAX_INTEGER).min(MAX_INTEGER)),
            None => transaction,
        })
    }

    /// The component's turn first: whoever waits for that takes nothing from others.
    async fn turn(&self, scope: &Scope) -> Result<Turn, CallError> {
        let among_own = match scope.service.rails() {
            Some(rails) => Some(
                rails
                    .turn()
                    .await
                    .map_err(|Full| CallError::LimitReached { retry_after_seconds: RETRY_AFTER_SECONDS })?,
            ),
            None => None,
        };
        let own = scope.service.admission.enter().await?;
        Ok(Turn(among_own, own, self.admission.enter().await?))
    }

    /// Waits until a commit is durable, and tells the dispatcher what it queued.
    pub(crate) async fn durable(&self, partition: Partition, pending: Pending) -> Result<(), CallError> {
        pending.durable.await?;
        if let Some(due) = pending.due {
            self.schedule.wake(partition, due);
        }
        Ok(())
    }

    /// Writes the access log of a call that commits nothing else, before its answer leaves, whatever that is.
    async fn look(
        &self,
        scope: &Scope,
        outcome: &Result<Answer, Failure>,
        accesses: Vec<Access>,
    ) -> Result<(), CallError> {
        if accesses.is_empty() {
            return Ok(());
        }
        let partition = Partition::Community(scope.community);
        let outcome = outcome.as_ref().map_or("failed", said);
        let commit = empty(partition, scope.now, vec![entry(scope, outcome, accesses)]);
        match self.store.commit(commit) {
            Ok(pending) => self.durable(partition, pending).await,
            // It read nothing that could have changed.
            Err(CommitError::Conflict) => Err(CallError::Unavailable),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Trap> for Failure {
    fn from(trap: Trap) -> Self {
        match trap {
            Trap::Fault(Fault::Store(error)) => Self::Store(error),
            Trap::Fault(Fault::StorageFull) => Self::StorageFull,
            _ => Self::Trapped,
        }
    }
}

impl From<Fault> for Failure {
    /// Of the host's own use of a transaction, so only the store can have failed.
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error) => Self::Store(error),
            _ => Self::Trapped,
        }
    }
}
