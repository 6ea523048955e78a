//! Which operation answers a path: compiled once per set of live components.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use linli_contract::{Area, Community, ComponentName, Descriptor, Method, Operation, OperationKind, Role};

use crate::rejection::Rejection;
use crate::schema::InputSchema;

mod compile;

pub use compile::check_schemas;
use compile::{Schemas, compile, compile_as, compile_operations, fault};

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
    components: HashMap<Box<str>, Tree>,
    /// By name, those whose versions are chosen by caller.
    plugins: HashMap<Box<str>, Plugin>,
}

/// A version of a plugin, of which several may be served at once.
#[derive(Debug, Clone)]
pub struct Release {
    /// What it says it is.
    pub descriptor: Arc<Descriptor>,
    /// SHA-256 of its file, in hex.
    pub digest: Arc<str>,
}

/// Says which version of a plugin a caller gets.
pub trait Choose: Send + Sync {
    /// The digest of one that was given to [`Routes::with_plugins`]; none when there is none for this caller here.
    /// `caller` is what tells callers apart, and none for nobody in particular.
    fn choose(&self, plugin: &ComponentName, community: Community, caller: Option<&str>) -> Option<Arc<str>>;
}

/// The versions of one plugin.
pub(crate) struct Plugin {
    pub(crate) name: ComponentName,
    releases: Vec<(Arc<str>, Tree)>,
}

/// The operations of one component, by the rest of the path.
#[derive(Default)]
pub(crate) struct Tree(Step);

/// Where a path points, as far as it can be told without knowing what is there.
pub(crate) struct Place<'p> {
    path: &'p str,
    pub(crate) community: Community,
    component: &'p str,
    /// Byte at which the component's own part begins.
    start: usize,
}

/// One operation, ready to be called.
pub(crate) struct Endpoint {
    pub(crate) descriptor: Arc<Descriptor>,
    /// Of a plugin's version.
    pub(crate) digest: Option<Arc<str>>,
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
    pub(crate) parameters: Parameters,
}

/// Raw values of the path's parameters, as byte ranges of the path, in the order of the template.
pub(crate) type Parameters = Vec<(usize, usize)>;

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
            match compile(descriptor, None) {
                Ok(tree) => drop(components.insert(descriptor.name.as_str().into(), tree)),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() {
            Ok(Self { descriptors: descriptors.to_vec(), components, plugins: HashMap::new() })
        } else {
            Err(faults)
        }
    }

    /// The operations of one component whose schemas were checked before ([`check_schemas`]): those of replies are not
    /// looked at again, and one of an input is compiled when it is first needed. For hosts that make their routes anew
    /// all the time.
    ///
    /// # Errors
    /// As [`Routes::build`], but for what is wrong in a schema.
    pub fn of_checked(descriptor: &Arc<Descriptor>) -> Result<Self, Vec<RoutesError>> {
        let tree = compile_as(descriptor, None, Schemas::Checked)?;
        let components = HashMap::from([(descriptor.name.as_str().into(), tree)]);
        Ok(Self { descriptors: vec![descriptor.clone()], components, plugins: HashMap::new() })
    }

    /// With plugins, of which several versions may be there at once; [`Choose`] says who gets which.
    ///
    /// # Errors
    /// As [`Routes::build`]; and a plugin that has the name of a component which is none.
    pub fn with_plugins(mut self, releases: &[Release]) -> Result<Self, Vec<RoutesError>> {
        let mut faults = Vec::new();
        for Release { descriptor, digest } in releases {
            if self.components.contains_key(descriptor.name.as_str()) {
                faults.push(fault(descriptor, "name", "is the name of another live component".into()));
                continue;
            }
            match compile(descriptor, Some(digest)) {
                Ok(tree) => {
                    let plugin = self.plugins.entry(descriptor.name.as_str().into());
                    let fresh = || Plugin { name: descriptor.name.clone(), releases: vec![] };
                    plugin.or_insert_with(fresh).releases.push((digest.clone(), tree));
                }
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(self) } else { Err(faults) }
    }

    /// What is live, in the order it was given.
    pub fn descriptors(&self) -> &[Arc<Descriptor>] {
        &self.descriptors
    }

    /// Takes `/v1/{community}/{component}/…` apart.
    pub(crate) fn locate(path: &str) -> Result<Place<'_>, Rejection> {
        let rest = path.strip_prefix("/v1/").ok_or(Rejection::UnknownPath)?;
        let (community, rest) = rest.split_once('/').ok_or(Rejection::UnknownPath)?;
        let community = community.parse().map_err(|_| Rejection::UnknownCommunity)?;
        let (component, below) = rest.split_once('/').ok_or(Rejection::UnknownPath)?;
        Ok(Place { path, community, component, start: path.len() - below.len() })
    }

    /// The plugin at this place, if it is one.
    pub(crate) fn plugin(&self, place: &Place<'_>) -> Option<&Plugin> {
        self.plugins.get(place.component)
    }

    /// The operation there, of a component that is none of the plugins.
    pub(crate) fn find(&self, method: &http::Method, place: &Place<'_>) -> Result<Match, Rejection> {
        self.components.get(place.component).ok_or(Rejection::UnknownPath)?.at(method, place)
    }

    /// The operation behind `/v1/{area}/{component}/…`; none when the area is none, or a community, or when the operation
    /// answers for one community only. Plugins answer for one community only: which version it is differs between them.
    pub(crate) fn find_joined(&self, method: &http::Method, path: &str) -> Option<Match<Area>> {
        let (area, rest) = path.strip_prefix("/v1/")?.split_once('/')?;
        // Twelve digits are a community, as in nearly every call.
        let place: Area = Some(area).filter(|area| area.len() < 12)?.parse().ok()?;
        let (component, below) = rest.split_once('/')?;
        let tree = self.components.get(component)?;
        let (endpoint, parameters) = tree.find(method, path, path.len() - below.len()).ok()?;
        let joined = !endpoint.operation().joined_by.is_empty();
        joined.then_some(Match { place, endpoint, parameters })
    }
}

impl Plugin {
    /// The operation there, of the version with this digest.
    pub(crate) fn find(
        &self,
        method: &http::Method,
        place: &Place<'_>,
        digest: &str,
    ) -> Result<Match, Rejection> {
        let release = self.releases.iter().find(|(known, _)| **known == *digest);
        release.ok_or(Rejection::UnknownPath)?.1.at(method, place)
    }
}

impl Tree {
    /// The platform's own operations, which lie below `/v1`.
    pub(crate) fn of_platform(descriptor: &Arc<Descriptor>) -> Result<Self, Vec<RoutesError>> {
        compile_operations(descriptor, None, Schemas::Unchecked, Vec::new())
    }

    fn at(&self, method: &http::Method, place: &Place<'_>) -> Result<Match, Rejection> {
        let (endpoint, parameters) = self.find(method, place.path, place.start)?;
        Ok(Match { place: place.community, endpoint, parameters })
    }

    /// The operation behind the path from byte `start` on, and where its parameters are. HEAD is answered by what
    /// answers GET.
    pub(crate) fn find(
        &self,
        method: &http::Method,
        path: &str,
        start: usize,
    ) -> Result<(Arc<Endpoint>, Parameters), Rejection> {
        let mut parameters = Vec::new();
        let found = self.0.descend(path, start, &mut parameters).ok_or(Rejection::UnknownPath)?;
        let endpoint =
            found.endpoint(method).ok_or_else(|| Rejection::WrongMethod { allow: found.allow() })?;
        Ok((endpoint.clone(), parameters))
    }
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
