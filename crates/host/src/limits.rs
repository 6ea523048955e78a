//! Every bound of the host: its name, its unit, and why it is what it is. The contract's own are in
//! `linli_contract::limits`.

use std::time::Duration;

use linli_calls::{DELIVERY_BACKOFF, DELIVERY_BACKOFF_MAX, DELIVERY_TRIES};
use linli_contract::PluginLimits;

use crate::plugins::RollbackRule;
use crate::rails::BreakerLimits;

/// What one call may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallBudget {
    /// CPU time of the guest and of the host functions it calls, all its runs by themselves.
    pub cpu: Duration,
    /// Time from start to answer, waiting and yielding included. Far above the CPU budget: it ends what is stuck, not
    /// what is slow because others run too.
    pub wall: Duration,
}

/// Bounds of a platform. The defaults suit two to four cores; a bigger machine mostly wants more `concurrency`.
#[derive(Debug, Clone)]
pub struct HostLimits {
    /// Calls that run guest code at the same time, in all. More than cores, since guests yield while they wait for
    /// nothing but their turn; each costs a stack and a memory slot.
    pub concurrency: u32,
    /// Calls of one component that run at the same time: a slow component fills its own share only.
    pub per_component_concurrency: u32,
    /// Calls of one component that may wait for their turn; the next one is refused at once (503).
    pub per_component_waiting: u32,
    /// Longest wait for a turn before a call is refused (503): a phone has given up by then.
    pub max_wait: Duration,
    /// A query: reads of one snapshot.
    pub query: CallBudget,
    /// A command, each of its runs.
    pub command: CallBudget,
    /// A task: waits for others' answers.
    pub task: CallBudget,
    /// `react`, each of its runs.
    pub react: CallBudget,
    /// `describe`, and starting an instance.
    pub describe: CallBudget,
    /// CPU time after which a call goes on in the threads for slow ones, so that quick ones keep the cores: a hundred
    /// times what most calls take.
    pub slow_after: Duration,
    /// Bytes of all linear memories of one instance together.
    pub instance_memory: usize,
    /// Elements of all tables of one instance together: function tables of a large guest have some thousands.
    pub instance_table_elements: usize,
    /// Stack of a guest in bytes. Serde's recursion at the depth limit of JSON uses a fifth of it.
    pub guest_stack: usize,
    /// Bytes of a component's file. A JavaScript plugin with its engine has under 2 MiB.
    pub component_bytes: usize,
    /// Live handles of one instance: people and the inert streams of WASI.
    pub handles: usize,
    /// Warm instances kept per core service.
    pub warm_instances: usize,
    /// Calls after which a warm instance is replaced: what fragments or leaks in a guest does not grow for ever.
    pub warm_uses: u32,
    /// Memory over which an instance is not kept warm, in bytes.
    pub warm_memory: usize,
    /// Answers of queries kept per component, to be given again for as long as they stand: a few for each activity or
    /// menu that people look at in a day. None: every query is run.
    pub kept_answers: usize,
    /// Bytes of the kept answers of one component, with what they were made of.
    pub kept_answer_bytes: usize,
    /// Rows and ranges that a kept answer was read from: after commits they are looked up one by one, and past some
    /// hundreds that takes as long as the query.
    pub kept_answer_reads: usize,
    /// Runs of one command before it is given up (503): the first, and those in its community's lane.
    pub command_tries: u32,
    /// Commands that may wait for one community's lane; the next one is refused at once (503).
    pub lane_waiting: u32,
    /// People and bindings kept in memory, each. A community has a few thousand residents.
    pub directory_cache: usize,
    /// Providers registered, all kept in memory: twenty for each of 5,000 communities, at under a KiB each.
    pub providers: usize,
    /// When a new version of a plugin is taken back by the platform itself.
    pub rollback: RollbackRule,
    /// What a plugin may use until an operator says otherwise.
    pub new_plugin: PluginLimits,
    /// Partitions whose deliveries run at the same time.
    pub delivering: usize,
    /// Deliveries taken from a partition in one round: bounds the age of the round's snapshot.
    pub delivery_batch: usize,
    /// Tries of one delivery before it goes to the dead-letter list. With the back-off below, about a day and a half.
    pub delivery_tries: u32,
    /// Wait after a delivery's first failure; doubled each time.
    pub delivery_backoff: Duration,
    /// Longest wait between two tries of a delivery.
    pub delivery_backoff_max: Duration,
    /// When a plugin that keeps failing rests. What else a plugin may use is its own, in its grant.
    pub breaker: BreakerLimits,
}

/// Time between two epochs: how long a guest runs before others get a turn.
pub(crate) const TICK: Duration = Duration::from_millis(1);
/// Bytes a guest may pass to the host in one call of an import, or as its answer: the longest reply and a margin for
/// its envelope. (All imports of a call together: `linli_contract::limits::MAX_HOST_CALL_BYTES`.)
pub(crate) const MAX_TRANSFER_BYTES: usize = linli_contract::limits::MAX_REPLY_BYTES + 8 * 1024 * 1024;
/// Core instances, tables and memories of one component: Rust guests have two to four of each, with their adapters.
pub(crate) const MAX_CORE_INSTANCES: u32 = 32;
/// See [`MAX_CORE_INSTANCES`].
pub(crate) const MAX_MEMORIES: u32 = 4;
/// See [`MAX_CORE_INSTANCES`].
pub(crate) const MAX_TABLES: u32 = 16;
/// Bytes of the host's own frames on a guest's stack, below the guest's part.
pub(crate) const HOST_STACK: usize = 1024 * 1024;
/// Seconds a refused caller is told to wait: a burst is over by then.
pub(crate) const RETRY_AFTER_SECONDS: u32 = 1;
/// Kept answers deleted in one commit: keeps the commit short.
pub(crate) const TIDY_BATCH: usize = 1_000;
/// Time between two rounds of tidying, in seconds: answers are kept by the day, so an hour more or less is nothing.
pub(crate) const TIDY_SECONDS: i64 = 3_600;

impl Default for HostLimits {
    fn default() -> Self {
        let budget =
            |cpu, wall| CallBudget { cpu: Duration::from_millis(cpu), wall: Duration::from_secs(wall) };
        Self {
            concurrency: 128,
            per_component_concurrency: 32,
            per_component_waiting: 2_048,
            max_wait: Duration::from_secs(10),
            query: budget(100, 10),
            command: budget(200, 10),
            task: budget(500, 60),
            react: budget(500, 20),
            describe: budget(500, 10),
            slow_after: Duration::from_millis(2),
            instance_memory: 64 * 1024 * 1024,
            instance_table_elements: 64 * 1024,
            guest_stack: 512 * 1024,
            component_bytes: 16 * 1024 * 1024,
            handles: 10_000,
            warm_instances: 16,
            warm_uses: 10_000,
            warm_memory: 16 * 1024 * 1024,
            kept_answers: 8_192,
            kept_answer_bytes: 16 * 1024 * 1024,
            kept_answer_reads: 256,
            command_tries: 12,
            lane_waiting: 4_096,
            directory_cache: 8_192,
            providers: 100_000,
            rollback: RollbackRule::default(),
            new_plugin: PluginLimits::default(),
            delivering: 8,
            delivery_batch: 256,
            delivery_tries: DELIVERY_TRIES,
            delivery_backoff: DELIVERY_BACKOFF,
            delivery_backoff_max: DELIVERY_BACKOFF_MAX,
            breaker: BreakerLimits::default(),
        }
    }
}
