//! Every bound of vetting: its name, its unit, and why it is what it is. What a call may use is in
//! `linli_contract::PluginLimits`.

use std::time::Duration;

/// Bytes of an uploaded file. A JavaScript plugin with its engine has under 2 MiB.
pub const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// Components and modules within each other: what composing tools make has three, so this leaves one.
pub const MAX_NESTING: usize = 4;
/// Core modules: a Rust plugin has four with its adapters, one that is composed of several some dozens.
pub const MAX_MODULES: u64 = 32;
/// Components inside the component: one for each interface it exports, where its types are renamed.
pub const MAX_COMPONENTS: u64 = 32;
/// Instances of core modules that are written down. The host runs no more than this of one component; and as
/// components in components multiply theirs, so few that three levels of them cannot become thousands.
pub const MAX_CORE_INSTANCES: u64 = 32;
/// Instances of components that are written down; see [`MAX_CORE_INSTANCES`].
pub const MAX_COMPONENT_INSTANCES: u64 = 32;
/// Types. Plugins have some hundreds.
pub const MAX_TYPES: u64 = 10_000;
/// Imports of modules and components together. Plugins have under 500.
pub const MAX_IMPORTS: u64 = 4_000;
/// Exports of modules and components together. Plugins have under 500.
pub const MAX_EXPORTS: u64 = 4_000;
/// Functions. A JavaScript engine has about 3,000, a large Rust plugin 10,000.
pub const MAX_FUNCTIONS: u64 = 50_000;
/// Bytes of one function: an interpreter's loop has 150 KiB, and the time to compile a function grows faster than it.
pub const MAX_FUNCTION_BYTES: u64 = 512 * 1024;
/// Locals of one function: each costs the compiler memory in every block of it.
pub const MAX_LOCALS: u64 = 10_000;
/// Memories: the host gives a component no more.
pub const MAX_MEMORIES: u64 = 4;
/// Tables: the host gives a component no more.
pub const MAX_TABLES: u64 = 16;
/// Elements that tables start with: the host gives an instance no more.
pub const MAX_TABLE_ELEMENTS: u64 = 64 * 1024;
/// Globals. Plugins have under 100.
pub const MAX_GLOBALS: u64 = 10_000;
/// Data segments. C compilers make some hundreds.
pub const MAX_DATA_SEGMENTS: u64 = 10_000;
/// Element segments. Plugins have under ten.
pub const MAX_ELEMENT_SEGMENTS: u64 = 1_000;
/// Elements in segments: as many as tables may hold, once more for passive ones.
pub const MAX_ELEMENTS: u64 = 2 * MAX_TABLE_ELEMENTS;
/// Bytes of sections without meaning. Debug names of a large plugin have 2 MiB.
pub const MAX_CUSTOM_BYTES: u64 = 8 * 1024 * 1024;

/// CPU time of vetting one upload: compiling a JavaScript engine takes 10 s on a slow core, the probes as much again.
pub const VETTING_CPU: Duration = Duration::from_secs(60);
/// Time from start to report, on a machine that is busy with residents: vetting takes what they leave.
pub const VETTING_WALL: Duration = Duration::from_secs(300);
/// Bytes of memory vetting may write to. Compiling 16 MiB takes about 600 MiB.
pub const VETTING_MEMORY: u64 = 1536 * 1024 * 1024;
/// Bytes of the report a child hands back: of a plugin with as many operations, each with a finding, as may be.
pub const MAX_REPORT_BYTES: u64 = 8 * 1024 * 1024;
/// Findings in one report: the rest says nothing new.
pub const MAX_FINDINGS: usize = 100;

/// CPU time all probes of one upload may take together; the operations left then are reported as not tried.
pub const PROBES_CPU: Duration = Duration::from_secs(20);
/// Inputs generated from one schema.
pub const INPUTS_PER_OPERATION: usize = 8;
/// Hostile inputs of one operation, of those its schema lets through.
pub const HOSTILE_PER_OPERATION: usize = 24;
