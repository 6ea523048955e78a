//! What can be told of a file without compiling it: that it is a component, how much of everything is in it, that it is
//! valid with what the engine has switched on and nothing else, and what it imports and exports.

use linli_contract::PluginLimits;
use wasmparser::{BinaryReaderError, Parser, Validator, WasmFeatures};

use crate::bounds::*;
use crate::counts::{Census, Counts};
use crate::finding::{Finding, Rule};
use crate::interfaces::{self, Interfaces};

/// What the engine has on, and vetting lets through: WebAssembly 2.0, tail calls, extended constants, and components
/// without async. (What stays off, and why, is in the host's `engine.rs`; a test compares the two.)
pub const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::COMPONENT_MODEL)
    .difference(WasmFeatures::GC_TYPES);

/// A file that was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Screened {
    pub(crate) counts: Counts,
    pub(crate) interfaces: Interfaces,
    pub(crate) findings: Vec<Finding>,
}

/// Reads a file, cheapest checks first; what is found stops those that would cost more.
pub(crate) fn screen(wasm: &[u8], limits: &PluginLimits) -> Screened {
    if wasm.len() > MAX_FILE_BYTES {
        let found = format!("{} > {MAX_FILE_BYTES} bytes", wasm.len());
        return rejected(Rule::FileTooLarge, "", &found);
    }
    if Parser::is_core_wasm(wasm) {
        return rejected(Rule::NotAComponent, "", "");
    }
    if !Parser::is_component(wasm) {
        let rule = if is_beginning_of_wasm(wasm) { Rule::Truncated } else { Rule::NotWebAssembly };
        return rejected(rule, "byte 0", &format!("{} bytes", wasm.len()));
    }
    let census = match Census::take(wasm) {
        Ok(census) => census,
        Err(error) => return Screened { findings: vec![unreadable(&error)], ..Screened::default() },
    };
    let mut findings = over_limits(&census.counts, limits);
    if findings.is_empty() {
        findings.extend(invalid(wasm));
    }
    let interfaces = Interfaces {
        imports: census.imports.into_iter().collect(),
        exports: census.exports.into_iter().collect(),
    };
    // What an invalid file says it imports may be anything.
    if findings.is_empty() {
        findings.extend(foreign_imports(&interfaces));
        if !interfaces.has_capability() {
            findings.push(Finding::new(Rule::NoCapability, "exports", interfaces::capability()));
        }
    }
    Screened { counts: census.counts, interfaces, findings }
}

fn rejected(rule: Rule, place: &str, found: &str) -> Screened {
    Screened { findings: vec![Finding::new(rule, place, found)], ..Screened::default() }
}

/// Whether the file could become WebAssembly if it went on.
fn is_beginning_of_wasm(wasm: &[u8]) -> bool {
    wasm.len() < 8 && (b"\0asm\x0d\0\x01\0".starts_with(wasm) || b"\0asm\x01\0\0\0".starts_with(wasm))
}

/// What wasmparser says when the file ends too early; it has no code for it.
const CUT_OFF: &str = "unexpected end";

fn unreadable(error: &BinaryReaderError) -> Finding {
    let rule = if error.message().starts_with(CUT_OFF) { Rule::Truncated } else { Rule::Invalid };
    Finding::new(rule, format!("byte {}", error.offset()), error.message())
}

fn invalid(wasm: &[u8]) -> Option<Finding> {
    let error = Validator::new_with_features(FEATURES).validate_all(wasm).err()?;
    // Valid with everything on: then it is a feature, which the message names.
    let off = Validator::new_with_features(WasmFeatures::all()).validate_all(wasm).is_ok();
    if off {
        let place = format!("byte {}", error.offset());
        return Some(Finding::new(Rule::FeatureOff, place, error.message()));
    }
    Some(unreadable(&error))
}

fn over_limits(counts: &Counts, limits: &PluginLimits) -> Vec<Finding> {
    let counted = [
        ("nesting", counts.nesting, MAX_NESTING as u64),
        ("modules", counts.modules, MAX_MODULES),
        ("components", counts.components, MAX_COMPONENTS),
        ("core instances", counts.core_instances, MAX_CORE_INSTANCES),
        ("component instances", counts.component_instances, MAX_COMPONENT_INSTANCES),
        ("types", counts.types, MAX_TYPES),
        ("imports", counts.imports, MAX_IMPORTS),
        ("exports", counts.exports, MAX_EXPORTS),
        ("functions", counts.functions, MAX_FUNCTIONS),
        ("bytes of a function", counts.largest_function_bytes, MAX_FUNCTION_BYTES),
        ("locals of a function", counts.most_locals, MAX_LOCALS),
        ("memories", counts.memories, MAX_MEMORIES),
        ("tables", counts.tables, MAX_TABLES),
        ("table elements", counts.table_elements, MAX_TABLE_ELEMENTS),
        ("globals", counts.globals, MAX_GLOBALS),
        ("data segments", counts.data_segments, MAX_DATA_SEGMENTS),
        ("element segments", counts.element_segments, MAX_ELEMENT_SEGMENTS),
        ("elements", counts.elements, MAX_ELEMENTS),
        ("bytes of custom sections", counts.custom_bytes, MAX_CUSTOM_BYTES),
    ];
    let counted = counted.map(|(what, found, most)| (Rule::CountOverLimit, what, found, most));
    let data = [
        (Rule::DataOverLimit, "bytes memories start with", counts.memory_bytes, limits.memory_bytes),
        (Rule::DataOverLimit, "bytes of data", counts.data_bytes, limits.memory_bytes),
    ];
    let over = counted.into_iter().chain(data).filter(|(_, _, found, most)| found > most);
    over.map(|(rule, what, found, most)| Finding::new(rule, what, format!("{found} > {most} {what}")))
        .collect()
}

fn foreign_imports(interfaces: &Interfaces) -> Vec<Finding> {
    let foreign = interfaces.foreign();
    let finding = |import: &String| Finding::new(Rule::ImportForeign, format!("imports.{import}"), import);
    foreign.iter().map(finding).collect()
}
