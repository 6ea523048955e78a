//! From a descriptor to a tree of endpoints.

use std::sync::Arc;

use linli_contract::{Descriptor, Operation};

use super::{COMMUNITY_PARAMETER, CURSOR, Endpoint, RoutesError, Step, Tree};
use crate::schema::{InputSchema, check_published};

/// Checks everything in a descriptor that needs a schema compiler: what [`Routes::build`] would refuse, and the schemas
/// of events and settings.
///
/// # Errors
/// Everything that is wrong.
pub fn check_schemas(descriptor: &Arc<Descriptor>) -> Result<(), Vec<RoutesError>> {
    let mut faults = compile(descriptor, None).err().unwrap_or_default();
    for (i, event) in descriptor.publishes.iter().enumerate() {
        faults.extend(published_fault(descriptor, &format!("publishes[{i}].schema"), &event.schema));
    }
    for (i, setting) in descriptor.settings.iter().enumerate() {
        faults.extend(published_fault(descriptor, &format!("settings[{i}].schema"), &setting.schema));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// What is known of a descriptor's schemas.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Schemas {
    Unchecked,
    Checked,
}

pub(super) fn compile(
    descriptor: &Arc<Descriptor>,
    digest: Option<&Arc<str>>,
) -> Result<Tree, Vec<RoutesError>> {
    compile_as(descriptor, digest, Schemas::Unchecked)
}

pub(super) fn compile_as(
    descriptor: &Arc<Descriptor>,
    digest: Option<&Arc<str>>,
    schemas: Schemas,
) -> Result<Tree, Vec<RoutesError>> {
    let broken_rules = descriptor.validate().err().unwrap_or_default();
    let faults = broken_rules.into_iter().map(|e| fault(descriptor, &e.place, e.reason)).collect();
    compile_operations(descriptor, digest, schemas, faults)
}

pub(super) fn compile_operations(
    descriptor: &Arc<Descriptor>,
    digest: Option<&Arc<str>>,
    schemas: Schemas,
    mut faults: Vec<RoutesError>,
) -> Result<Tree, Vec<RoutesError>> {
    let mut root = Step::default();
    for (index, operation) in descriptor.operations.iter().enumerate() {
        let place = format!("operations[{index}]");
        faults.extend(
            path_fault(descriptor, operation).map(|why| fault(descriptor, &format!("{place}.path"), why)),
        );
        let input = match schemas {
            Schemas::Unchecked if operation.output.is_empty() => InputSchema::compile(&operation.input),
            Schemas::Unchecked => {
                faults.extend(published_fault(descriptor, &format!("{place}.output"), &operation.output));
                InputSchema::compile(&operation.input)
            }
            Schemas::Checked => InputSchema::defer(&operation.input),
        };
        match input {
            Err(reason) => faults.push(fault(descriptor, &format!("{place}.input"), reason)),
            Ok(input) => {
                // A schema without properties takes any object, and so any parameter.
                let unknown = |name: &&str| input.names_properties() && input.property(name).is_none();
                let undeclared = operation.path_parameters().filter(unknown);
                faults.extend(undeclared.map(|name| {
                    fault(
                        descriptor,
                        &format!("{place}.input"),
                        format!("does not declare the path parameter `{name}`"),
                    )
                }));
                if !operation.joined_by.is_empty() && input.property(CURSOR).is_none() {
                    let why = format!("does not declare `{CURSOR}`, and its lists are joined");
                    faults.push(fault(descriptor, &format!("{place}.input"), why));
                }
                let (descriptor, digest) = (descriptor.clone(), digest.cloned());
                let endpoint = Endpoint { descriptor, digest, index, input };
                root.add(&operation.path, Arc::new(endpoint));
            }
        }
    }
    if faults.is_empty() { Ok(Tree(root)) } else { Err(faults) }
}

/// What would make the path ambiguous to those who call it, though not to us.
fn path_fault(descriptor: &Descriptor, operation: &Operation) -> Option<String> {
    if operation.path_parameters().any(|name| name == COMMUNITY_PARAMETER) {
        return Some(format!("has a parameter `{COMMUNITY_PARAMETER}`, which every address has already"));
    }
    let shape = |path: &str| {
        path.split('/').map(|s| if s.starts_with('{') { "{}" } else { s }.to_owned()).collect::<Vec<_>>()
    };
    let alike =
        |other: &&Operation| other.path != operation.path && shape(&other.path) == shape(&operation.path);
    let other = descriptor.operations.iter().find(alike)?;
    Some(format!("names its parameters otherwise than `{}` does on the same path", other.name))
}

fn published_fault(descriptor: &Descriptor, place: &str, schema: &str) -> Option<RoutesError> {
    check_published(schema).err().map(|reason| fault(descriptor, place, reason))
}

pub(super) fn fault(descriptor: &Descriptor, place: &str, reason: String) -> RoutesError {
    RoutesError { component: descriptor.name.to_string(), place: place.to_owned(), reason }
}
