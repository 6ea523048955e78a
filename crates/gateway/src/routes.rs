//! Which operation answers a path: compiled once per set of live components.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use linli_contract::{Area, Community, Descriptor, Method, Operation, OperationKind, Role};

use crate::rejection::Rejection;
use crate::schema::{InputSchema, check_published};

/// The parameter of every address, before the component.
const COMMUNITY_PARAMETER: &str = "community";

/// The member of an input that says where a list goes on.
pub(crate) const CURSOR: &str = "cursor";

/// What is wrong with a component's operations, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{component}: {place}: {reason}")]
pub struct RoutesError {
    /// The component.
    pub component: String,
    /// `operations[3].input` and the like.
    pub place: String,
    /// In words.
    pub reason: String,
}

/// All operations of the live components, by path and method, with their schemas compiled.
pub struct Routes {
    descriptors: Vec<Arc<Descriptor>>,
    /// By component name.
    components: HashMap<Box<str>, Step>,
}

/// One operation, ready to be called.
pub(crate) struct Endpoint {
    pub(crate) descriptor: Arc<Descriptor>,
    index: usize,
    pub(crate) input: InputSchema,
}

impl Endpoint {
    pub(crate) fn operation(&self) -> &Operation {
        &self.descriptor.operations[self.index]
    }

    pub(crate) fn is_query(&self) -> bool {
        self.operation().kind == OperationKind::Query
    }

    pub(crate) fn allows(&self, role: Role) -> bool {
        self.operation().roles.contains(&role)
    }
}

/// A place in the tree of path templates, after so many steps.
#[derive(Default)]
struct Step {
    fixed: HashMap<Box<str>, Step>,
    parameter: Option<Box<Step>>,
    /// What ends here, at most one per method.
    endpoints: Vec<Arc<Endpoint>>,
}

/// What a path led to.
pub(crate) struct Match<Place = Community> {
    pub(crate) place: Place,
    pub(crate) endpoint: Arc<Endpoint>,
    /// Raw values of the path's parameters, as byte ranges of the path, in the order of the template.
    pub(crate) parameters: Vec<(usize, usize)>,
}

impl Routes {
    /// Compiles the operations of a set of components.
    ///
    /// # Errors
    /// Everything that is wrong, in all of them: a descriptor against the contract, two components of one name, two
    /// operations on one route, parameters of one path named differently, a schema that cannot be compiled, a path
    /// parameter the input does not declare.
    pub fn build(descriptors: &[Arc<Descriptor>]) -> Result<Self, Vec<RoutesError>> {
        let mut faults = Vec::new();
        let mut components = HashMap::new();
        let mut names = BTreeSet::new();
        for descriptor in descriptors {
            if !names.insert(&descriptor.name) {
                faults.push(fault(descriptor, "name", "is the name of another live component".into()));
                continue;
            }
            match compile(descriptor) {
                Ok(root) => drop(components.insert(descriptor.name.as_str().into(), root)),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() {
            Ok(Self { descriptors: descriptors.to_vec(), components })
        } else {
            Err(faults)
        }
    }

    /// What is live, in the order it was given.
    pub fn descriptors(&self) -> &[Arc<Descriptor>] {
        &self.descriptors
    }

    /// The operation behind `/v1/{community}/{component}/…`. HEAD is answered by what answers GET.
    pub(crate) fn find(&self, method: &http::Method, path: &str) -> Result<Match, Rejection> {
        let rest = path.strip_prefix("/v1/").ok_or(Rejection::UnknownPath)?;
        let (community, rest) = rest.split_once('/').ok_or(Rejection::UnknownPath)?;
        let community = community.parse().map_err(|_| Rejection::UnknownCommunity)?;
        let (found, parameters) = self.below(path, rest).ok_or(Rejection::UnknownPath)?;
        let endpoint =
            found.endpoint(method).ok_or_else(|| Rejection::WrongMethod { allow: found.allow() })?;
        Ok(Match { place: community, endpoint: endpoint.clone(), parameters })
    }

    /// The operation behind `/v1/{area}/{component}/…`; none when the area is none, or a community, or when the operation
    /// answers for one community only.
    pub(crate) fn find_joined(&self, method: &http::Method, path: &str) -> Option<Match<Area>> {
        let (area, rest) = path.strip_prefix("/v1/")?.split_once('/')?;
        // Twelve digits are a community, as in nearly every call.
        let place: Area = Some(area).filter(|area| area.len() < 12)?.parse().ok()?;
        let (found, parameters) = self.below(path, rest)?;
        let endpoint =
            found.endpoint(method).filter(|endpoint| !endpoint.operation().joined_by.is_empty())?;
        Some(Match { place, endpoint: endpoint.clone(), parameters })
    }

    /// Where `{component}/…`, the end of a path, leads, and the values of its parameters.
    fn below(&self, path: &str, rest: &str) -> Option<(&Step, Vec<(usize, usize)>)> {
        let (component, below) = rest.split_once('/')?;
        let root = self.components.get(component)?;
        let mut parameters = Vec::new();
        let found = root.descend(path, path.len() - below.len(), &mut parameters)?;
        Some((found, parameters))
    }
}

/// Checks everything in a descriptor that needs a schema compiler: what [`Routes::build`] would refuse, and the schemas
/// of events and settings.
///
/// # Errors
/// Everything that is wrong.
pub fn check_schemas(descriptor: &Arc<Descriptor>) -> Result<(), Vec<RoutesError>> {
    let mut faults = compile(descriptor).err().unwrap_or_default();
    for (i, event) in descriptor.publishes.iter().enumerate() {
        faults.extend(published_fault(descriptor, &format!("publishes[{i}].schema"), &event.schema));
    }
    for (i, setting) in descriptor.settings.iter().enumerate() {
        faults.extend(published_fault(descriptor, &format!("settings[{i}].schema"), &setting.schema));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn compile(descriptor: &Arc<Descriptor>) -> Result<Step, Vec<RoutesError>> {
    let broken_rules = descriptor.validate().err().unwrap_or_default();
    let mut faults: Vec<_> =
        broken_rules.into_iter().map(|e| fault(descriptor, &e.place, e.reason)).collect();
    let mut root = Step::default();
    for (index, operation) in descriptor.operations.iter().enumerate() {
        let place = format!("operations[{index}]");
        faults.extend(
            path_fault(descriptor, operation).map(|why| fault(descriptor, &format!("{place}.path"), why)),
        );
        if !operation.output.is_empty() {
            faults.extend(published_fault(descriptor, &format!("{place}.output"), &operation.output));
        }
        match InputSchema::compile(&operation.input) {
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
                let endpoint = Endpoint { descriptor: descriptor.clone(), index, input };
                root.add(&operation.path, Arc::new(endpoint));
            }
        }
    }
    if faults.is_empty() { Ok(root) } else { Err(faults) }
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

fn fault(descriptor: &Descriptor, place: &str, reason: String) -> RoutesError {
    RoutesError { component: descriptor.name.to_string(), place: place.to_owned(), reason }
}

impl Step {
    /// The descriptor's own rules have excluded a second endpoint with the same method and shape.
    fn add(&mut self, template: &str, endpoint: Arc<Endpoint>) {
        let mut here = self;
        for step in template.split('/').skip(1) {
            here = if step.starts_with('{') {
                here.parameter.get_or_insert_default()
            } else {
                here.fixed.entry(step.into()).or_default()
            };
        }
        here.endpoints.push(endpoint);
    }

    /// Where the path from byte `start` on leads. A fixed step goes before a parameter; if it leads nowhere, the
    /// parameter is tried. The tree holds at most [`linli_contract::limits::MAX_OPERATIONS`] templates, and each of its
    /// places is visited at most once, so going back is bounded by the tree, not by the path.
    fn descend(&self, path: &str, start: usize, parameters: &mut Vec<(usize, usize)>) -> Option<&Step> {
        let end = path[start..].find('/').map_or(path.len(), |length| start + length);
        if start == end {
            return None;
        }
        let last = end == path.len();
        if let Some(next) = self.fixed.get(&path[start..end]) {
            let found = if last { next.ends_here() } else { next.descend(path, end + 1, parameters) };
            if found.is_some() {
                return found;
            }
        }
        let next = self.parameter.as_deref()?;
        parameters.push((start, end));
        let found = if last { next.ends_here() } else { next.descend(path, end + 1, parameters) };
        if found.is_none() {
            parameters.pop();
        }
        found
    }

    fn ends_here(&self) -> Option<&Step> {
        (!self.endpoints.is_empty()).then_some(self)
    }

    fn endpoint(&self, method: &http::Method) -> Option<&Arc<Endpoint>> {
        let wanted = if method == http::Method::HEAD { "GET" } else { method.as_str() };
        self.endpoints.iter().find(|e| e.operation().method.as_str() == wanted)
    }

    fn allow(&self) -> String {
        let mut methods: Vec<_> = self.endpoints.iter().map(|e| e.operation().method.as_str()).collect();
        if methods.contains(&Method::Get.as_str()) {
            methods.push("HEAD");
        }
        methods.sort_unstable();
        methods.join(", ")
    }
}
