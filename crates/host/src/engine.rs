//! The wasmtime engine: what guests may contain, how they are compiled, and how long they run at a stretch.

use std::thread;

use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
    WasmBacktraceDetails, WasmFeatures,
};

use crate::limits::{HOST_STACK, HostLimits, MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLES, TICK};

/// Proposals that stay off: each is attack surface that no capability needs. Whoever turns one on reads its history
/// of advisories first.
const OFF: [WasmFeatures; 21] = [
    WasmFeatures::CM_ASYNC,
    WasmFeatures::CM_MORE_ASYNC_BUILTINS,
    WasmFeatures::CM_ASYNC_STACKFUL,
    WasmFeatures::CM_THREADING,
    WasmFeatures::CM_ERROR_CONTEXT,
    WasmFeatures::CM_GC,
    WasmFeatures::CM_MAP,
    WasmFeatures::CM64,
    WasmFeatures::CM_FIXED_LENGTH_LISTS,
    WasmFeatures::CM_IMPLEMENTS,
    WasmFeatures::THREADS,
    WasmFeatures::SHARED_EVERYTHING_THREADS,
    WasmFeatures::GC,
    WasmFeatures::FUNCTION_REFERENCES,
    WasmFeatures::EXCEPTIONS,
    WasmFeatures::LEGACY_EXCEPTIONS,
    WasmFeatures::MEMORY64,
    WasmFeatures::RELAXED_SIMD,
    WasmFeatures::CUSTOM_PAGE_SIZES,
    WasmFeatures::WIDE_ARITHMETIC,
    WasmFeatures::STACK_SWITCHING,
];

/// An engine with its ticker running. Counting fuel makes code slower, so only rehearsals do.
pub(crate) fn build(limits: &HostLimits, count_fuel: bool) -> wasmtime::Result<Engine> {
    let mut config = configure(limits);
    if count_fuel {
        config.consume_fuel(true);
        // One instance at a time needs no slots for hundreds, which a process with little memory could not set aside.
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    }
    let engine = Engine::new(&config)?;
    tick(engine.weak());
    Ok(engine)
}

fn configure(limits: &HostLimits) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    for feature in OFF {
        config.wasm_features(feature, false);
    }
    // Without component-model async there is nothing for these structures to hold.
    config.concurrency_support(false);
    config.epoch_interruption(true);
    config.max_wasm_stack(limits.guest_stack);
    config.async_stack_size(limits.guest_stack + HOST_STACK);
    config.cranelift_opt_level(OptLevel::Speed);
    // The bits of a NaN are the one thing in which two machines could differ: effects must not.
    config.cranelift_nan_canonicalization(true);
    // One core compiles; the others keep answering while an upload is compiled.
    config.parallel_compilation(false);
    // A trace names functions. Files and lines would have to be looked up in what a guest brings with it, which takes as
    // long as the guest's author likes; and what maps machine code back would be a quarter of a plugin's memory.
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config.generate_address_map(false);
    // For debuggers of the host; guests are left by frame pointers.
    config.native_unwind_info(false);
    config.memory_init_cow(true);
    config.guard_before_linear_memory(true);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    config
}

/// Slots for what may run at once and what is kept warm, for as many services as a platform carries.
fn pool(limits: &HostLimits) -> PoolingAllocationConfig {
    // Warm instances rest between calls, so they come on top. A memory slot reserves address space only (4 GiB, so
    // that bounds need no check): 1,000 slots are 4 TiB of the 128 TiB there are.
    let instances = (limits.concurrency * 2).clamp(64, 2_000) + MAX_WARM_SLOTS;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances * 4)
        .total_memories(instances)
        .total_tables(instances * 4)
        .total_stacks(instances)
        .max_core_instances_per_component(MAX_CORE_INSTANCES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .table_elements(limits.instance_table_elements)
        .max_memory_size(limits.instance_memory)
        // What a freed slot keeps mapped, so that the next instance does not fault its pages in again.
        .linear_memory_keep_resident(256 * 1024)
        .table_keep_resident(16 * 1024)
        // Where the kernel can tell which pages a guest wrote, only those are put back.
        .pagemap_scan(Enabled::Auto)
        .max_unused_warm_slots(limits.concurrency);
    pool
}

/// Warm instances of all services together; beyond it, instances are not kept.
pub(crate) const MAX_WARM_SLOTS: u32 = 512;

/// Moves the engine's epoch on for as long as the engine lives.
fn tick(engine: EngineWeak) {
    let ticker = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    let spawned = thread::Builder::new().name("linli-epochs".into()).spawn(ticker);
    // Without it no guest could be stopped: better no platform than such a one.
    spawned.expect("a thread can be started when the platform starts");
}
