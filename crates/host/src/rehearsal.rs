//! A rehearsal: one component on a platform of its own, in memory, before made-up people, to see what it does.
//!
//! Everything is the real thing but for what is around it: the engine (which also counts fuel), the limits, the imports,
//! the transaction. Time stands still, the seed is given, nobody else is there, and the outside cannot be reached. What a
//! run would write is only digested; [`Stage::keep`] makes it so, for the runs that come after.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use linli_calls::outcome::answered;
use linli_calls::{ManualClock, MasterKey, PersonRecord};
use linli_contract::codes::CitizenNumber;
use linli_contract::{
    Answer, Area, Community, Descriptor, Grant, Identity, OperationKind, Permission, PluginLimits, Role,
    Timestamp,
};
use linli_store::{
    Account, Commit, Current, Mode, Oracle, Partition, Read, Snapshot, StoreError, Transaction, Transfer,
    Versioned, Visit, decide,
};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::bindings::capability;
use crate::call::{CallError, CallRequest};
use crate::command::Intent;
use crate::guest::{Run, Scope};
use crate::limits::HostLimits;
use crate::load_error::LoadError;
use crate::platform::{Platform, PlatformConfig};
use crate::pool::{Failure, Pool, Question, Ran};
use crate::service::Service;

/// Where it plays: a code that belongs to no place.
const COMMUNITY: u64 = 990_000_000_001;
/// When it plays: 2026-05-01 09:30 in Shanghai.
const MORNING: i64 = 1_777_599_000_000_000;
/// What every caller has in each book the component may charge, in minor units: 10,000 yuan.
const PURSE: i64 = 1_000_000;
/// Whom the component belongs to.
const PROVIDER: &str = "rehearsal";

/// A component that was compiled.
pub struct Rehearsal {
    platform: Arc<Platform>,
    digest: String,
    pool: Pool,
    limits: PluginLimits,
}

/// A component that can be asked.
pub struct Stage {
    platform: Arc<Platform>,
    service: Arc<Service>,
}

/// What it is asked.
#[derive(Debug, Clone)]
pub enum Line {
    /// An operation, with its input as JSON.
    Operation {
        /// Its name.
        name: String,
        /// A JSON object that meets the operation's schema.
        input: String,
    },
    /// An event, as it is delivered.
    Event {
        /// Who published it.
        publisher: String,
        /// Its name.
        name: String,
        /// JSON.
        content: String,
    },
}

/// What it is asked, by whom, and what it draws its ids and randomness from.
#[derive(Debug, Clone)]
pub struct Cue {
    /// The question.
    pub line: Line,
    /// What the caller is; of each role there is one person.
    pub caller: Role,
    /// Of the ids and random numbers of the call.
    pub seed: [u8; 32],
}

/// What a run came to.
pub struct Rehearsed {
    /// Its answer.
    pub outcome: Result<Answer, CallError>,
    /// Why there is none, in the engine's words.
    pub cause: Option<String>,
    /// SHA-256 over the rows it would write.
    pub effects: [u8; 32],
    /// What it used of the unit the engine counts: about one for each instruction.
    pub fuel: u64,
    /// CPU time of guest and host functions.
    pub cpu: Duration,
    commit: Option<Commit>,
}

impl Rehearsal {
    /// Compiles and links a component.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn compile(wasm: &[u8], limits: &PluginLimits) -> Result<Self, LoadError> {
        let host = HostLimits::default();
        let memory = usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX);
        let host = HostLimits { concurrency: 1, instance_memory: memory.min(host.instance_memory), ..host };
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(MORNING)));
        let config = PlatformConfig { limits: host, count_fuel: true, ..PlatformConfig::new(clock) };
        let platform = Platform::new(config, Arc::new(Oracle::new()), MasterKey::new([0; 32]));
        let platform = platform.map_err(|error| LoadError::Compile(error.to_string()))?;
        let (digest, mut pool) = platform.compiled(wasm).await?;
        pool.keep_warm();
        Ok(Self { platform, digest, pool, limits: limits.clone() })
    }

    /// Asks it, in a fresh instance each time, what it is.
    ///
    /// # Errors
    /// It failed, took too long, or has a name that is none.
    pub async fn describe(&self) -> Result<Descriptor, LoadError> {
        self.pool.describe().await
    }

    /// Puts it on, with all it declares granted, these settings, and one person of each role, with money where the
    /// component may charge them.
    ///
    /// # Errors
    /// Settings that do not fit, or a name in the store that is none.
    pub async fn stage(
        self,
        descriptor: Descriptor,
        settings: &BTreeMap<String, Json>,
    ) -> Result<Stage, LoadError> {
        let grant = Grant {
            provider: PROVIDER.to_owned(),
            permissions: descriptor.permissions.clone(),
            limits: self.limits.clone(),
        };
        let (descriptor, grant) = (Arc::new(descriptor), Some(Arc::new(grant)));
        let service =
            self.platform.settle(self.digest, self.pool, descriptor, (grant, None), Some(settings)).await?;
        self.platform.go_live(service.clone());
        let stage = Stage { platform: self.platform, service };
        let failed = |error: String| LoadError::Store(StoreError::Database(error));
        let people: Vec<_> = CALLERS.iter().map(|role| person(*role)).collect();
        stage.platform.directory().import(&people, &[]).await.map_err(|error| failed(error.to_string()))?;
        stage.fill_purses().map_err(|error| failed(error.to_string()))?;
        Ok(stage)
    }
}

/// Who is there.
const CALLERS: [Role; 7] = [
    Role::Resident,
    Role::Worker,
    Role::GridWorker,
    Role::Officer,
    Role::Provider,
    Role::Reviewer,
    Role::Operator,
];

fn community() -> Community {
    Community::from_code(COMMUNITY).expect("twelve digits are a community")
}

fn person(role: Role) -> PersonRecord {
    PersonRecord {
        id: format!("made-up-{}", role.as_str()),
        roles: vec![role],
        community: community(),
        name: "某甲".to_owned(),
        phone: Some("13800000000".to_owned()),
        birth_date: Some("1950-05-02".to_owned()),
        citizen_number: CitizenNumber::complete("99000019500502001").ok().map(|n| n.as_str().to_owned()),
        address: Some("幸福路 1 号 101 室".to_owned()),
        grid: Some("第一网格".to_owned()),
    }
}

impl Stage {
    /// What the component says it is.
    pub fn descriptor(&self) -> &Descriptor {
        self.service.descriptor()
    }

    /// Runs it once, in a fresh instance, without keeping what it writes.
    pub async fn rehearse(&self, cue: &Cue) -> Rehearsed {
        self.service.pool.cool();
        self.rehearse_again(cue).await
    }

    /// The same in the instance of the run before, if that one ended well: what the component remembers there must not
    /// show. On Linli's own host a plugin has no such instance; on Spin, all calls share some.
    pub async fn rehearse_again(&self, cue: &Cue) -> Rehearsed {
        match self.prepare(cue) {
            Ok((intent, scope)) => self.run(&intent, &scope).await,
            Err(error) => Rehearsed {
                outcome: Err(error),
                cause: None,
                effects: [0; 32],
                fuel: 0,
                cpu: Duration::ZERO,
                commit: None,
            },
        }
    }

    /// Keeps what a run wrote, if it had an answer.
    pub fn keep(&self, rehearsed: Rehearsed) {
        if let (Some(commit), Ok(Answer::Reply(_))) = (rehearsed.commit, &rehearsed.outcome) {
            // Somebody else's write in between would be a conflict; there is nobody else.
            let _ = self.platform.shared.store.commit(commit);
        }
    }

    fn prepare(&self, cue: &Cue) -> Result<(Intent, Arc<Scope>), CallError> {
        let shared = &self.platform.shared;
        let limits = &shared.limits;
        let (intent, scope) = match &cue.line {
            Line::Operation { name, input } => {
                let kind = self.service.operation(name).ok_or(CallError::UnknownOperation)?;
                let budget = match kind {
                    OperationKind::Query => limits.query,
                    OperationKind::Command => limits.command,
                    OperationKind::Task => limits.task,
                };
                let identity = identity(cue.caller);
                let arrival = shared.arrive(&self.service, &identity)?;
                let caller = arrival.caller(&self.service, &identity);
                let call = CallRequest {
                    component: self.service.descriptor().name.clone(),
                    operation: name.clone(),
                    community: community(),
                    identity,
                    input: input.clone(),
                    idempotency: None,
                    request_id: PROVIDER.to_owned(),
                };
                shared.prepare(&self.service, kind, budget, call, arrival, caller)
            }
            Line::Event { publisher, name, content } => {
                let now = shared.clock.now();
                let scope = shared.system_scope(&self.service, community(), name, PROVIDER.to_owned(), now);
                let question = Arc::new(Question::React(capability::Event {
                    id: format!("{:026}", 1),
                    publisher: publisher.clone(),
                    name: name.clone(),
                    content: content.clone(),
                    published_at: now.micros(),
                }));
                (Intent { question, idempotency: None, delivery: None, budget: limits.react }, scope)
            }
        };
        let mut scope = Arc::into_inner(scope).ok_or(CallError::Unavailable)?;
        let call = Arc::get_mut(&mut scope.call).ok_or(CallError::Unavailable)?;
        call.seed = OnceLock::from(cue.seed);
        Ok((intent, Arc::new(scope)))
    }

    async fn run(&self, intent: &Intent, scope: &Arc<Scope>) -> Rehearsed {
        let mode = match scope.kind {
            OperationKind::Query => Mode::Read,
            OperationKind::Command => Mode::Write,
            OperationKind::Task => Mode::Publish,
        };
        let shared = &self.platform.shared;
        let transaction = match shared.begin(scope, self.service.layout(), mode, true) {
            Ok(transaction) => transaction,
            Err(error) => return failed(&Failure::Store(error)),
        };
        let run = Run::new(scope.clone(), transaction);
        let bounds = self.service.bounds(intent.budget, &shared.limits);
        let Ran { outcome, run, cpu, fuel, cause, .. } =
            Pool::run(intent.question.clone(), run, bounds).await;
        let Some(run) = run else { return failed(&Failure::Trapped) };
        let outcome = outcome.and_then(|answer| Ok(answered(scope, answer, &run.unconsented)?));
        let fuel = fuel.unwrap_or(0);
        let cause = cause.or_else(|| outcome.as_ref().err().map(ToString::to_string));
        let mut rehearsed = Rehearsed {
            outcome: outcome.map_err(CallError::from),
            cause,
            effects: [0; 32],
            fuel,
            cpu,
            commit: None,
        };
        if let Ok(answer) = &rehearsed.outcome {
            let commit = run.call.transaction.into_commit(None, matches!(answer, Answer::Problem(_)), vec![]);
            match self.effects(&commit) {
                Ok(effects) => (rehearsed.effects, rehearsed.commit) = (effects, Some(commit)),
                Err(()) => {
                    rehearsed.outcome = Err(CallError::Trapped);
                    rehearsed.cause = Some("a counter or an account would leave its bounds".to_owned());
                }
            }
        }
        rehearsed
    }

    /// Digest of the rows a commit comes to. `Err` when it would never be accepted.
    fn effects(&self, commit: &Commit) -> Result<[u8; 32], ()> {
        let current = self.platform.shared.store.pending(commit.partition).map_err(drop)?;
        let decided = decide(commit, &Alone(current)).map_err(drop)?;
        let mut digest = Sha256::new();
        for (key, value) in &decided.rows {
            for part in [Some(key.as_ref()), value.as_deref()] {
                digest.update(part.map_or(u64::MAX, |part: &[u8]| part.len() as u64).to_be_bytes());
                digest.update(part.unwrap_or_default());
            }
        }
        Ok(digest.finalize().into())
    }

    fn fill_purses(&self) -> Result<(), linli_store::Fault> {
        let descriptor = self.service.descriptor();
        let books = descriptor.permissions.iter().filter_map(|permission| match permission {
            Permission::DebitCaller { book, .. } => Some(book.clone()),
            _ => None,
        });
        let shared = &self.platform.shared;
        let partition = Partition::Community(community());
        let layout = self.service.layout();
        let snapshot = shared.store.pending(partition)?;
        let mut transaction =
            Transaction::begin(partition, layout, snapshot, shared.clock.now(), Mode::Write)?;
        for book in books {
            let account = |owner: String, floor| Account { book: book.clone(), owner, floor };
            let transfers = CALLERS.map(|role| Transfer {
                debit: account("platform:rehearsal".to_owned(), -PURSE * CALLERS.len() as i64),
                credit: account(format!("person:made-up-{}", role.as_str()), 0),
                amount: PURSE,
                memo: PROVIDER.to_owned(),
            });
            // A book that is none is refused when the component uses it.
            let _ = transaction.post(&format!("{book}-{PROVIDER}"), &transfers)?;
        }
        let commit = transaction.into_commit(None, false, vec![]);
        shared.store.commit(commit).map_err(|_| StoreError::Closed)?;
        Ok(())
    }
}

fn identity(role: Role) -> Identity {
    if role == Role::Anyone {
        return Identity::default();
    }
    Identity {
        subject: Some(format!("made-up-{}", role.as_str())),
        acting_for: None,
        roles: vec![role],
        area: Some(Area::of(community())),
        provider: (role == Role::Provider).then(|| PROVIDER.to_owned()),
    }
}

fn failed(failure: &Failure) -> Rehearsed {
    let cause = Some(failure.to_string());
    let (effects, fuel, cpu) = ([0; 32], 0, Duration::ZERO);
    Rehearsed { outcome: Err(failure.clone().into()), cause, effects, fuel, cpu, commit: None }
}

/// The state a rehearsal's commit is judged against: nobody else changes it.
struct Alone(Box<dyn Snapshot>);

impl Read for Alone {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        self.0.get(key)
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        self.0.range(start, end, descending, visit)
    }
}

impl Current for Alone {}
