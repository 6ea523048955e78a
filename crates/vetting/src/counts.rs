//! How much of everything is in a file, nested modules and components included, counted before anything is compiled.

use serde::{Deserialize, Serialize};
use wasmparser::{
    BinaryReaderError, ComponentInstance, DataKind, ElementItems, FunctionBody, Instance, Operator, Parser,
    Payload, TableInit,
};

use crate::bounds::MAX_NESTING;

/// Bytes of a page of linear memory.
const PAGE_BYTES: u64 = 65_536;

/// Sums over the whole file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Core modules.
    pub modules: u64,
    /// Components inside the component.
    pub components: u64,
    /// Components and modules within each other, the outermost included.
    pub nesting: u64,
    /// Instances of core modules, as written down.
    pub core_instances: u64,
    /// Instances of components, as written down.
    pub component_instances: u64,
    /// Types of core modules and of components.
    pub types: u64,
    /// Imports of core modules and of components.
    pub imports: u64,
    /// Exports of core modules and of components.
    pub exports: u64,
    /// Functions with a body.
    pub functions: u64,
    /// Bytes of the largest body.
    pub largest_function_bytes: u64,
    /// Most locals of one function.
    pub most_locals: u64,
    /// Memories that modules define.
    pub memories: u64,
    /// Bytes these memories start with.
    pub memory_bytes: u64,
    /// Tables that modules define.
    pub tables: u64,
    /// Elements these tables start with.
    pub table_elements: u64,
    /// Globals that modules define.
    pub globals: u64,
    /// Data segments.
    pub data_segments: u64,
    /// Bytes the data of each module needs when it is laid out in memory, gaps included, all modules together.
    pub data_bytes: u64,
    /// Element segments.
    pub element_segments: u64,
    /// Elements in them.
    pub elements: u64,
    /// Bytes of sections without meaning: names, producers.
    pub custom_bytes: u64,
}

/// What the outermost component imports and exports, and how much of everything there is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Census {
    pub(crate) counts: Counts,
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// Data of the module that is being read.
#[derive(Default)]
struct Layout {
    passive: u64,
    lowest: Option<u64>,
    highest: u64,
}

impl Layout {
    fn bytes(&self) -> u64 {
        self.passive.saturating_add(self.highest.saturating_sub(self.lowest.unwrap_or(0)))
    }
}

impl Census {
    /// Reads through the file once, without recursion. Stops early when it nests too deeply.
    ///
    /// # Errors
    /// The file does not read as WebAssembly.
    pub(crate) fn take(wasm: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut census = Self::default();
        let mut levels: Vec<Layout> = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            match &payload {
                Payload::Version { .. } => {
                    levels.push(Layout::default());
                    census.counts.nesting = census.counts.nesting.max(levels.len() as u64);
                    if levels.len() > MAX_NESTING {
                        return Ok(census);
                    }
                }
                Payload::End(_) => {
                    if let Some(layout) = levels.pop() {
                        add(&mut census.counts.data_bytes, layout.bytes());
                    }
                }
                Payload::DataSection(section) => {
                    add(&mut census.counts.data_segments, section.count().into());
                    if let Some(layout) = levels.last_mut() {
                        for data in section.clone() {
                            layout.place(&data?);
                        }
                    }
                }
                Payload::ComponentImportSection(section) if levels.len() == 1 => {
                    for import in section.clone() {
                        census.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if levels.len() == 1 => {
                    for export in section.clone() {
                        census.exports.push(export?.name.name.to_owned());
                    }
                }
                _ => {}
            }
            census.counts.count(&payload)?;
        }
        Ok(census)
    }
}

impl Layout {
    fn place(&mut self, data: &wasmparser::Data<'_>) {
        let length = data.data.len() as u64;
        match &data.kind {
            DataKind::Passive => add(&mut self.passive, length),
            DataKind::Active { offset_expr, .. } => {
                let mut operators = offset_expr.get_operators_reader();
                match operators.read() {
                    // Memory addresses are unsigned.
                    Ok(Operator::I32Const { value }) => {
                        let start = u64::from(value.cast_unsigned());
                        self.lowest = Some(self.lowest.map_or(start, |lowest| lowest.min(start)));
                        self.highest = self.highest.max(start.saturating_add(length));
                    }
                    // Known only when it runs: it counts as it is.
                    _ => add(&mut self.passive, length),
                }
            }
        }
    }
}

impl Counts {
    fn count(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::ModuleSection { .. } => add(&mut self.modules, 1),
            Payload::ComponentSection { .. } => add(&mut self.components, 1),
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    add(
                        &mut self.core_instances,
                        u64::from(matches!(instance?, Instance::Instantiate { .. })),
                    );
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    let made = matches!(instance?, ComponentInstance::Instantiate { .. });
                    add(&mut self.component_instances, u64::from(made));
                }
            }
            Payload::TypeSection(section) => add(&mut self.types, section.count().into()),
            Payload::CoreTypeSection(section) => add(&mut self.types, section.count().into()),
            Payload::ComponentTypeSection(section) => add(&mut self.types, section.count().into()),
            Payload::ImportSection(section) => add(&mut self.imports, section.count().into()),
            Payload::ComponentImportSection(section) => add(&mut self.imports, section.count().into()),
            Payload::ExportSection(section) => add(&mut self.exports, section.count().into()),
            Payload::ComponentExportSection(section) => add(&mut self.exports, section.count().into()),
            Payload::GlobalSection(section) => add(&mut self.globals, section.count().into()),
            Payload::CodeSectionEntry(body) => self.count_function(body)?,
            Payload::CustomSection(section) => add(&mut self.custom_bytes, section.data().len() as u64),
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    add(&mut self.memories, 1);
                    add(&mut self.memory_bytes, memory?.initial.saturating_mul(PAGE_BYTES));
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    let table = table?;
                    add(&mut self.tables, 1);
                    add(&mut self.table_elements, table.ty.initial);
                    if matches!(table.init, TableInit::Expr(_)) {
                        add(&mut self.element_segments, 1);
                    }
                }
            }
            Payload::ElementSection(section) => {
                for element in section.clone() {
                    add(&mut self.element_segments, 1);
                    let items = match element?.items {
                        ElementItems::Functions(items) => items.count(),
                        ElementItems::Expressions(_, items) => items.count(),
                    };
                    add(&mut self.elements, items.into());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn count_function(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        add(&mut self.functions, 1);
        self.largest_function_bytes = self.largest_function_bytes.max(body.as_bytes().len() as u64);
        let mut locals = 0;
        for group in body.get_locals_reader()? {
            add(&mut locals, group?.0.into());
        }
        self.most_locals = self.most_locals.max(locals);
        Ok(())
    }
}

fn add(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}
