//! One call at a time: begun, run by the function, and ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linli_calls::outcome::{answered, commit, commit_of_task, empty, entry, said};
use linli_calls::{
    Allowed, Arrival, Asked, Clock, Component, Consents, Directory, MasterKey, MoneyLimits, Providers, Run,
    Scope, SendFailure, Sendable, Surroundings, Trap, UnfitAnswer, check_answer,
};
use linli_contract::limits::{MAX_INTEGER, MAX_REPLY_BYTES};
use linli_contract::{Answer, Area, Community, ComponentName, Idempotency, Identity, OperationKind};
use linli_store::audit::Access;
use linli_store::{
    CommitError, Delivery, Key, Layout, Mode, Partition, Snapshot, Space, Store, StoreError, Stored,
    Transaction,
};
use serde_json::Value as Json;

use crate::ahead::Met;
use crate::compositions::Compositions;
use crate::failure::CallFailure;
use crate::retention::Retention;

/// Runs of one command before it is given up; as often as the wasmtime host tries.
const TRIES: u32 = 12;

/// What an ingress asks: the token is verified, role and area are checked, the input meets its schema.
#[derive(Debug, Clone)]
pub struct CallRequest {
    /// Which operation.
    pub operation: String,
    /// Where.
    pub community: Community,
    /// Who the token says is calling.
    pub identity: Identity,
    /// The caller's key, for commands and tasks.
    pub idempotency: Option<Idempotency>,
    /// To find the call in the logs.
    pub request_id: String,
    /// Texts of its input, which name what it is about: what it reads is read ahead by them.
    pub words: Vec<String>,
}

/// How a call begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The function is to handle it.
    Run,
    /// It was answered before, durably.
    Known(Answer),
}

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Durable.
    Answered {
        /// What the caller is answered.
        answer: Answer,
        /// Whether something is to be delivered in the community: it was due when a command began, or was queued by it.
        due: bool,
    },
    /// What it read has changed: it is to be run again.
    Again,
}

/// A function on its database. Lives as long as Spin keeps the instance; nothing of a call outlives it here.
pub struct Instance {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) directory: Directory,
    pub(crate) consents: Consents,
    pub(crate) providers: Providers,
    pub(crate) compositions: Compositions,
    pub(crate) seen: Mutex<Seen>,
    /// References of people by their ids, as words to read ahead by.
    pub(crate) met: Mutex<Met>,
    /// None where everything is kept.
    pub(crate) retention: Option<Retention>,
    pub(crate) component: Arc<Component>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) outbound: Allowed,
    pub(crate) master: MasterKey,
    pub(crate) call: Mutex<Option<Call>>,
}

/// What was read of the platform's partition, as of its commit.
#[derive(Default)]
pub(crate) struct Seen {
    /// Number of that commit; none when nothing was read yet.
    commit: Option<u64>,
    /// All functions of the database, in the order of their names.
    components: Vec<Arc<Component>>,
}

/// The call that is on.
pub(crate) struct Call {
    pub(crate) scope: Arc<Scope>,
    /// None between two runs.
    pub(crate) run: Option<Run>,
    /// Row of the delivery it takes.
    pub(crate) delivery: Option<Key>,
    /// Whose data runs that lost had looked at.
    pub(crate) accesses: Vec<Access>,
    /// Runs that lost.
    pub(crate) lost: u32,
    /// Whether something was due to be delivered when it began.
    pub(crate) due: bool,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // One thread; whoever panics ends the instance.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Instance {
    /// What is called.
    pub fn component(&self) -> &Arc<Component> {
        &self.component
    }

    /// Where `now` comes from.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Whether the database can be read at this moment.
    pub fn is_ready(&self) -> bool {
        self.store.snapshot(Partition::Platform).is_ok()
    }

    /// The communities of an area in which anything was ever written, in order, up to `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn communities(&self, area: &Area, most: usize) -> Result<Vec<Community>, StoreError> {
        self.store.communities(area, most)
    }

    /// The public keys of what the function signs, as a JWK set.
    pub fn public_keys(&self) -> Json {
        serde_json::json!({ "keys": self.component.public_keys().collect::<Vec<_>>() })
    }

    /// Does something in the run that is on.
    ///
    /// # Errors
    /// None is on: an import outside a call.
    pub fn in_run<T>(&self, work: impl FnOnce(&mut Run) -> Result<T, Trap>) -> Result<T, Trap> {
        let mut call = lock(&self.call);
        let run = call.as_mut().and_then(|call| call.run.as_mut());
        work(run.ok_or(linli_calls::Misuse("an import of the platform outside a call"))?)
    }

    /// Judges a request to the outside at this moment.
    ///
    /// # Errors
    /// It is no request, it may not go there, or it is one too many.
    pub fn judge(&self, key: &str, asked: Asked) -> Result<Sendable, SendFailure> {
        self.outbound.judge(key, self.clock.now(), asked)
    }

    /// The state of the run's community at this moment: for a task that has waited for the outside.
    ///
    /// # Errors
    /// When the store fails.
    pub fn snapshot_of(&self, run: &Run) -> Result<Box<dyn Snapshot>, StoreError> {
        self.store.snapshot(Partition::Community(run.scope.community))
    }

    /// Begins a call, or, after [`Ended::Again`], begins it again.
    ///
    /// # Errors
    /// See [`CallFailure`].
    pub fn begin(self: &Arc<Self>, request: &CallRequest) -> Result<Begun, CallFailure> {
        // As long as it is open, whatever is read is read in the same transaction of the database.
        let one_state = self.ahead(request, Partition::Platform)?;
        let known = lock(&self.call).take().filter(|call| call.scope.request_id == request.request_id);
        let mut call = match known {
            Some(call) => call,
            None => {
                let scope = self.scope(request)?;
                self.meet(&request.identity, &scope.caller);
                Call { scope, run: None, delivery: None, accesses: vec![], lost: 0, due: false }
            }
        };
        let snapshot = self.ahead(request, Partition::Community(request.community))?;
        if call.scope.kind != OperationKind::Query {
            call.due = Delivery::next_due(&*snapshot)?.is_some_and(|at| at <= call.scope.now);
        }
        let mut transaction = self.transaction_on(snapshot, &call.scope)?;
        drop(one_state);
        if let Some(idempotency) = &call.scope.idempotency {
            match transaction.idempotent(idempotency)? {
                Stored::Fresh => {}
                Stored::Answered(answer) => return Ok(Begun::Known(answer)),
                Stored::OtherRequest => return Err(CallFailure::KeyReused),
            }
        }
        let run = Some(Run::new(call.scope.clone(), transaction));
        *lock(&self.call) = Some(Call { run, ..call });
        Ok(Begun::Run)
    }

    fn scope(self: &Arc<Self>, request: &CallRequest) -> Result<Arc<Scope>, CallFailure> {
        let component = &self.component;
        let kind = component.operation(&request.operation).ok_or(CallFailure::UnknownOperation)?;
        self.look()?;
        let (now, registry, name) =
            (self.clock.now(), self.providers.current(), &component.descriptor().name);
        let arrival = Arrival::new(&self.directory, registry, name, &request.identity, now)?;
        let caller = arrival.caller(component, &request.identity);
        let operation = request.operation.clone();
        let scope =
            arrival.scope(self.clone(), component.clone(), request.community, kind, operation, caller);
        let idempotency = request.idempotency.filter(|_| kind != OperationKind::Query);
        Ok(Arc::new(Scope { idempotency, request_id: request.request_id.clone(), ..scope }))
    }

    pub(crate) fn transaction(&self, scope: &Scope) -> Result<Transaction, CallFailure> {
        self.transaction_on(self.store.snapshot(Partition::Community(scope.community))?, scope)
    }

    fn transaction_on(&self, snapshot: Box<dyn Snapshot>, scope: &Scope) -> Result<Transaction, CallFailure> {
        let mode = match scope.kind {
            OperationKind::Query => Mode::Read,
            OperationKind::Command => Mode::Write,
            OperationKind::Task => Mode::Publish,
        };
        let partition = Partition::Community(scope.community);
        let transaction = Transaction::begin(partition, self.layout.clone(), snapshot, scope.now, mode)?;
        Ok(match self.component.grant() {
            Some(grant) => {
                let most = i64::try_from(grant.limits.storage_bytes).unwrap_or(MAX_INTEGER);
                transaction.metered(most.min(MAX_INTEGER))
            }
            None => transaction,
        })
    }

    /// Ends the run that is on, with what the function answered.
    ///
    /// # Errors
    /// See [`CallFailure`]; nothing is written then but whose data was looked at.
    pub fn commit(self: &Arc<Self>, answer: Answer) -> Result<Ended, CallFailure> {
        let call = lock(&self.call).take().ok_or(CallFailure::Unavailable)?;
        let Call { scope, run: Some(run), delivery, mut accesses, lost, due } = call else {
            return Err(CallFailure::Unavailable);
        };
        let Run { transaction, accesses: seen, unconsented, .. } = run;
        // What a run that lost had looked at was seen all the same.
        accesses.extend(seen.into_iter().filter(|access| !accesses.contains(access)).collect::<Vec<_>>());
        if !transaction.is_whole() {
            drop(transaction);
            return self.lose(Call { scope, run: None, delivery, accesses, lost, due });
        }
        let fit = self.check(&scope, answer, &unconsented);
        let answer = match fit {
            Ok(answer) => answer,
            Err(failure) => {
                drop(transaction);
                self.write_accesses(&scope, "failed", accesses)?;
                return Err(failure);
            }
        };
        let refused = delivery.is_some() && matches!(answer, Answer::Problem(_));
        let commit = match scope.kind {
            // It wrote nothing; and a refused delivery was put back before it was run.
            _ if refused || scope.kind == OperationKind::Query => {
                drop(transaction);
                let outcome = if refused { "failed" } else { said(&answer) };
                self.write_accesses(&scope, outcome, accesses)?;
                return Ok(Ended::Answered { answer, due });
            }
            OperationKind::Task => commit_of_task(&scope, transaction, &answer, accesses.clone()),
            _ => commit(&scope, transaction, &answer, accesses.clone()),
        };
        match self.store.commit(commit) {
            Ok(pending) => {
                let due = due || pending.due.is_some_and(|at| at <= pending.at);
                Ok(Ended::Answered { answer, due })
            }
            Err(CommitError::Conflict) if scope.kind == OperationKind::Task => self.answered_by_other(&scope),
            Err(CommitError::Conflict) => self.lose(Call { scope, run: None, delivery, accesses, lost, due }),
            Err(CommitError::Store(error)) => {
                self.write_accesses(&scope, "failed", accesses)?;
                Err(error.into())
            }
        }
    }

    /// Keeps of a run that lost what the next one goes on with, unless there were too many.
    fn lose(&self, call: Call) -> Result<Ended, CallFailure> {
        let lost = call.lost + 1;
        if lost < TRIES {
            *lock(&self.call) = Some(Call { lost, ..call });
            return Ok(Ended::Again);
        }
        self.write_accesses(&call.scope, "failed", call.accesses)?;
        Err(CallFailure::Unavailable)
    }

    /// A task whose key another instance answered meanwhile: that answer counts.
    fn answered_by_other(&self, scope: &Scope) -> Result<Ended, CallFailure> {
        let idempotency = scope.idempotency.as_ref().ok_or(CallFailure::Unavailable)?;
        match self.transaction(scope)?.idempotent(idempotency)? {
            Stored::Answered(answer) => Ok(Ended::Answered { answer, due: false }),
            Stored::OtherRequest => Err(CallFailure::KeyReused),
            Stored::Fresh => Err(CallFailure::Unavailable),
        }
    }

    fn check(
        &self,
        scope: &Scope,
        answer: Answer,
        unconsented: &[linli_calls::Ask],
    ) -> Result<Answer, CallFailure> {
        let bytes = |limit: u64| usize::try_from(limit).unwrap_or(MAX_REPLY_BYTES).min(MAX_REPLY_BYTES);
        let most = self.component.grant().map_or(MAX_REPLY_BYTES, |grant| bytes(grant.limits.reply_bytes));
        check_answer(&answer, most).map_err(|unfit| match unfit {
            UnfitAnswer::TooLarge => CallFailure::AnswerTooLarge,
            UnfitAnswer::Broken(_) => CallFailure::BrokenAnswer,
        })?;
        answered(scope, answer, unconsented).map_err(|_| CallFailure::BrokenAnswer)
    }

    /// Writes the access log of a call that commits nothing else, before its answer leaves, whatever that is.
    fn write_accesses(&self, scope: &Scope, outcome: &str, accesses: Vec<Access>) -> Result<(), CallFailure> {
        if accesses.is_empty() {
            return Ok(());
        }
        let audit = vec![entry(scope, outcome, accesses)];
        match self.store.commit(empty(Partition::Community(scope.community), scope.now, audit)) {
            Ok(_) => Ok(()),
            // It read nothing that could have changed.
            Err(CommitError::Conflict) => Err(CallFailure::Unavailable),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Reads the providers and the other functions again, if anything in the platform's partition has changed.
    pub(crate) fn look(&self) -> Result<(), StoreError> {
        let commit = self.store.snapshot(Partition::Platform)?.head()?.seq;
        if lock(&self.seen).commit == Some(commit) {
            return Ok(());
        }
        self.providers.reload()?;
        let mut components = Vec::new();
        for known in self.compositions.all(self.clock.now())? {
            let name = known.descriptor.name.as_str();
            if *name == *self.component.descriptor().name.as_str() {
                components.push(self.component.clone());
                continue;
            }
            let space = self.store.space(name)?;
            let (descriptor, grant) = (Arc::new(known.descriptor), known.grant.map(Arc::new));
            let settings = std::collections::HashMap::new();
            components.push(Arc::new(Component::new(descriptor, grant, space, settings, None, &self.master)));
        }
        *lock(&self.seen) = Seen { commit: Some(commit), components };
        Ok(())
    }

    pub(crate) fn space_of(&self, subscriber: &str) -> Result<Space, StoreError> {
        self.store.space(subscriber)
    }
}

impl Surroundings for Instance {
    fn directory(&self) -> &Directory {
        &self.directory
    }

    fn consents(&self) -> &Consents {
        &self.consents
    }

    /// As of the beginning of the call; every community has every function that the database knows.
    fn subscribers(&self, _: Community, publisher: &str, event: &str) -> Vec<Arc<Component>> {
        let seen = lock(&self.seen);
        seen.components.iter().filter(|component| component.subscribes(publisher, event)).cloned().collect()
    }

    fn money_limits(&self, plugin: &ComponentName) -> Option<MoneyLimits> {
        let own = (self.component.descriptor().name == *plugin).then(|| self.component.grant()).flatten()?;
        Some(MoneyLimits { per_call: own.limits.money_per_call, per_day: own.limits.money_per_day })
    }
}
