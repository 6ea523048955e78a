//! Instances: fresh ones, and warm ones of core services; and how a guest is run in one.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use linli_calls::{Misuse, Trap, UnfitAnswer, check_answer};
use linli_contract::{Answer, Content, Descriptor, Reply, Status};
use linli_store::StoreError;
use wasmtime::{Engine, Store, UpdateDeadline, WasmBacktrace};

use crate::bindings::{Exports, ExportsPre, capability};
use crate::engine::MAX_WARM_SLOTS;
use crate::guest::{Growth, Guest, OverMemory, Run, Scope};
use crate::imports::wasi::NothingBehind;
use crate::limits::{HostLimits, MAX_TRANSFER_BYTES};
use crate::load_error::LoadError;
use crate::meter::{Meter, OverBudget};
use crate::rails::Bounds;
use crate::slow::{History, SlowLane};

/// Fuel an instance starts with: time is what bounds a call, fuel is only counted.
const FUEL: u64 = u64::MAX;

/// Bytes of memory that an instance's slot gives back without anybody noticing.
const QUICK_TO_DROP: usize = 8 * 1024 * 1024;

/// Why a run has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the guest trapped")]
    Trapped,
    #[error("the guest used up its time")]
    TimedOut,
    #[error("the guest wanted more memory than it may have")]
    OutOfMemory,
    #[error("the reply is too large")]
    ReplyTooLarge,
    #[error("the guest's storage is full")]
    StorageFull,
    #[error(transparent)]
    Store(StoreError),
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) outcome: Result<Answer, Failure>,
    /// What it read and wants written, and whose data it looked at, whatever came of it. None when no instance could
    /// be started.
    pub(crate) run: Option<Box<Run>>,
    pub(crate) cpu: Duration,
    /// None where it is not counted.
    pub(crate) fuel: Option<u64>,
    /// Why there is no answer, in the engine's words: no values, but too much of the inside for callers.
    pub(crate) cause: Option<String>,
    pub(crate) warm: bool,
}

/// What a guest is asked.
pub(crate) enum Question {
    Handle(capability::Request),
    React(capability::Event),
}

/// What the instances of all services share.
#[derive(Clone)]
pub(crate) struct Commons {
    pub(crate) limits: Arc<HostLimits>,
    pub(crate) slow: Arc<SlowLane>,
    /// Whether the engine counts fuel. To ask it where it does not would be an error each time, and errors are slow.
    pub(crate) counts_fuel: bool,
    /// Warm instances of all services.
    pub(crate) warm: Arc<AtomicU32>,
}

impl Commons {
    pub(crate) fn new(limits: HostLimits, counts_fuel: bool) -> Self {
        Self { limits: Arc::new(limits), slow: Arc::default(), counts_fuel, warm: Arc::default() }
    }
}

/// The instances of one component.
pub(crate) struct Pool {
    engine: Engine,
    exports: ExportsPre<Guest>,
    commons: Commons,
    /// Whether instances are kept after a call.
    keep: bool,
    warm: Mutex<Vec<Instance>>,
    history: History,
}

struct Instance {
    store: Store<Guest>,
    exports: Exports,
    uses: u32,
}

impl Pool {
    /// Instances are not kept, until [`Pool::keep_warm`] says so.
    pub(crate) fn new(engine: &Engine, exports: ExportsPre<Guest>, commons: Commons) -> Self {
        Self {
            engine: engine.clone(),
            exports,
            commons,
            keep: false,
            warm: Mutex::default(),
            history: History::default(),
        }
    }

    /// From now on, instances are kept after a call.
    pub(crate) fn keep_warm(&mut self) {
        self.keep = true;
    }

    /// Drops the instances that are kept, so that the next call has a fresh one.
    pub(crate) fn cool(&self) {
        let dropped = std::mem::take(&mut *self.warm.lock().unwrap_or_else(PoisonError::into_inner));
        // At most MAX_WARM_SLOTS.
        self.commons.warm.fetch_sub(u32::try_from(dropped.len()).unwrap_or(0), Ordering::Relaxed);
    }

    /// What the component says it is.
    ///
    /// # Errors
    /// It failed, took too long, or has a name that is none.
    pub(crate) async fn describe(&self) -> Result<Descriptor, LoadError> {
        let described = self.ask_what_it_is().await;
        Ok(described.map_err(|failure| LoadError::Describe(failure.to_string()))?.try_into()?)
    }

    /// In a fresh instance without a call.
    async fn ask_what_it_is(&self) -> Result<capability::Descriptor, Failure> {
        let limits = &self.commons.limits;
        let (budget, memory) = (limits.describe, limits.instance_memory);
        let meter = self.meter();
        meter.start(budget.cpu);
        let mut instance = self.start(&meter, Bounds { budget, memory, reply: 0 }).await?;
        let exports = instance.exports.linli_platform_capability();
        let described = meter.count(exports.call_describe(&mut instance.store));
        let described = tokio::time::timeout(budget.wall, described).await;
        described.map_err(|_| Failure::TimedOut)?.map_err(|error| failure(&error, "describe", ""))
    }

    fn meter(&self) -> Arc<Meter> {
        Meter::new(self.commons.limits.slow_after)
    }

    /// Asks the guest of a run's service. The run, and with it everything of the call, is out of the instance again
    /// afterwards.
    pub(crate) async fn run(question: Arc<Question>, run: Box<Run>, bounds: Bounds) -> Ran {
        let scope = run.scope.clone();
        let pool = &scope.service.pool;
        let warm = pool.take();
        let meter = warm.as_ref().map_or_else(|| pool.meter(), |warm| warm.store.data().meter.clone());
        meter.start(bounds.budget.cpu);
        let play = play(scope.clone(), warm, meter.clone(), question, run, bounds);
        let played = pool.commons.slow.carry(&pool.history, &meter, play).await;
        played.unwrap_or_else(|| {
            let cause = Some("the process is ending".to_owned());
            let outcome = Err(Failure::Store(StoreError::Closed));
            Ran { outcome, run: None, cpu: meter.used(), fuel: None, cause, warm: false }
        })
    }

    /// An instance, or why there is none.
    async fn start(&self, meter: &Arc<Meter>, bounds: Bounds) -> Result<Instance, Failure> {
        let limits = &self.commons.limits;
        let growth = Growth::new(bounds.memory, limits.instance_table_elements);
        let mut store = Store::new(&self.engine, Guest::new(growth, meter.clone()));
        store.limiter(|guest| &mut guest.growth);
        store.set_hostcall_fuel(MAX_TRANSFER_BYTES);
        store.set_max_component_handles(limits.handles);
        store.epoch_deadline_callback(|context| {
            let turn = context.data().meter.tick()?;
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(turn)))
        });
        store.set_epoch_deadline(1);
        let filled = if self.commons.counts_fuel { store.set_fuel(FUEL) } else { Ok(()) };
        let started = meter.count(async {
            filled?;
            self.exports.instantiate_async(&mut store).await
        });
        match tokio::time::timeout(bounds.budget.wall, started).await {
            Ok(Ok(exports)) => Ok(Instance { store, exports, uses: 0 }),
            Ok(Err(error)) => Err(failure(&error, "start", "")),
            Err(_) => Err(Failure::TimedOut),
        }
    }

    fn take(&self) -> Option<Instance> {
        let taken = self.warm.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        self.commons.warm.fetch_sub(1, Ordering::Relaxed);
        Some(taken)
    }

    /// Keeps an instance that is as good as new; drops any other.
    fn give_back(&self, mut instance: Instance) {
        let limits = &self.commons.limits;
        instance.uses += 1;
        let guest = instance.store.data();
        let clean = guest.people.is_empty()
            && guest.growth.memory <= limits.warm_memory
            && instance.uses < limits.warm_uses;
        if !self.keep || !clean {
            return;
        }
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        if warm.len() < limits.warm_instances && self.commons.warm.load(Ordering::Relaxed) < MAX_WARM_SLOTS {
            self.commons.warm.fetch_add(1, Ordering::Relaxed);
            warm.push(instance);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.cool();
    }
}

/// One run, from taking or starting an instance to its answer.
async fn play(
    scope: Arc<Scope>,
    warm: Option<Instance>,
    meter: Arc<Meter>,
    question: Arc<Question>,
    run: Box<Run>,
    bounds: Bounds,
) -> Ran {
    let pool = &scope.service.pool;
    let (was_warm, mut cause) = (warm.is_some(), None);
    let started = match warm {
        Some(instance) => Ok(instance),
        None => pool.start(&meter, bounds).await,
    };
    let mut instance = match started {
        Ok(instance) => instance,
        Err(failure) => {
            let cause = Some("it could not be started".to_owned());
            let (outcome, cpu) = (Err(failure), meter.used());
            return Ran { outcome, run: Some(run), cpu, fuel: None, cause, warm: false };
        }
    };
    instance.store.data_mut().enter(run);
    instance.store.set_epoch_deadline(1);
    let asked = tokio::time::timeout(bounds.budget.wall, meter.count(instance.ask(&question))).await;
    let run = instance.store.data_mut().leave();
    let fuel =
        if pool.commons.counts_fuel { instance.store.get_fuel().ok().map(|left| FUEL - left) } else { None };
    // To log where a guest was, and to take back much memory, takes longer than most calls.
    if !matches!(asked, Ok(Ok(_))) || instance.store.data().growth.memory > QUICK_TO_DROP {
        meter.step_aside().await;
    }
    let outcome = match asked {
        Err(_) => Err(Failure::TimedOut),
        Ok(Err(error)) => {
            cause = Some(error.root_cause().to_string());
            Err(failure(&error, &scope.operation, &scope.request_id))
        }
        Ok(Ok(answer)) => {
            pool.give_back(instance);
            let unfit = check_answer(&answer, bounds.reply).err();
            cause = unfit.as_ref().map(ToString::to_string);
            unfit.map_or(Ok(answer), |unfit| Err(refused(&unfit, &scope.operation, &scope.request_id)))
        }
    };
    Ran { outcome, run, cpu: meter.used(), fuel, cause, warm: was_warm }
}

impl Instance {
    async fn ask(&mut self, question: &Question) -> wasmtime::Result<Answer> {
        let exports = self.exports.linli_platform_capability();
        Ok(match question {
            Question::Handle(request) => match exports.call_handle(&mut self.store, request).await? {
                Ok(reply) => Answer::Reply(reply.into()),
                Err(problem) => Answer::Problem(problem.into()),
            },
            Question::React(event) => match exports.call_react(&mut self.store, event).await? {
                Ok(()) => {
                    Answer::Reply(Reply { status: Status::NoContent, content: Content::None, next: None })
                }
                Err(problem) => Answer::Problem(problem.into()),
            },
        })
    }
}

/// An answer that breaks the contract is none.
fn refused(unfit: &UnfitAnswer, operation: &str, request: &str) -> Failure {
    tracing::error!(operation, request, cause = %unfit, "a guest's answer was refused");
    if *unfit == UnfitAnswer::TooLarge { Failure::ReplyTooLarge } else { Failure::Trapped }
}

/// What wasmtime says when a guest passes more than [`MAX_TRANSFER_BYTES`]; the type is not public.
const TRANSFER_EXHAUSTED: &str = "too much data is being copied between the host and the guest";

/// Sorts an error of wasmtime, and logs it with the guest's stack: functions and lines, no values.
fn failure(error: &wasmtime::Error, operation: &str, request: &str) -> Failure {
    let cause = error.root_cause().to_string();
    let sorted = if error.is::<OverBudget>() {
        Failure::TimedOut
    } else if error.is::<OverMemory>() {
        Failure::OutOfMemory
    } else if let Some(trap) = error.downcast_ref::<Trap>() {
        trap.clone().into()
    } else if let Some(error) = error.downcast_ref::<StoreError>() {
        Failure::Store(error.clone())
    } else if cause.starts_with(TRANSFER_EXHAUSTED) {
        Failure::ReplyTooLarge
    } else {
        Failure::Trapped
    };
    let misuse = error.is::<Misuse>() || error.is::<NothingBehind>() || error.is::<Trap>();
    let backtrace = error.downcast_ref::<WasmBacktrace>().map(ToString::to_string);
    tracing::error!(operation, request, misuse, cause, backtrace, "a guest was stopped");
    sorted
}
