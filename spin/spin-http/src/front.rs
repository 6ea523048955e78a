//! The front door of one function: what it serves, made once in an instance.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::Response;
use http::request::Parts;
use linli_contract::{Area, Community, Descriptor};
use linli_gateway::{Admitted, Gateway, Rejection, RequestIds, Routes, Tokens, openapi};

use crate::below::{Below, Call};
use crate::calls::{call, run, words};
use crate::configuration::Configuration;
use crate::drain::drain;
use crate::{joining, pages};

/// Deliveries of one community that follow a command.
const DRAIN_AFTER: u32 = 16;

/// Why a function cannot be served: for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontError(pub String);

/// What is made of the function's descriptor. Lives as long as Spin keeps the instance.
pub struct Front {
    name: String,
    gateway: Gateway,
    openapi: OnceLock<Bytes>,
    descriptor: Arc<Descriptor>,
    configuration: Configuration,
    ids: RequestIds,
}

/// What a request turned out to be for, before its body is read.
pub enum Seen {
    /// A page beside the calls, by its path below the function's name.
    Page(String),
    /// An operation in one community.
    Call(Box<Admitted>),
    /// A list of an area.
    Joined(Box<Admitted<Area>>),
}

/// A response, and the community in which something may be due after it.
pub struct Answered {
    /// For the caller.
    pub response: Response<Bytes>,
    /// Of a command; none when nothing is.
    pub drain: Option<Community>,
}

impl Front {
    /// Asks the function what it is, and opens it below. `seed` sets the request ids of instances apart.
    ///
    /// # Errors
    /// See [`FrontError`].
    pub fn open(below: &impl Below, configuration: Configuration, seed: u64) -> Result<Self, FrontError> {
        let descriptor = below.describe().ok_or(FrontError("the function's name is none".to_owned()))?;
        below.open(&without_schemas(descriptor.clone())).map_err(FrontError)?;
        let descriptor = Arc::new(descriptor);
        // Spin makes instances all the time; schemas were checked when the component was vetted or tested.
        let routes = Routes::of_checked(&descriptor).map_err(|errors| {
            FrontError(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })?;
        let tokens = Arc::new(Tokens::new(configuration.keys.clone()));
        Ok(Self {
            name: descriptor.name.to_string(),
            gateway: Gateway::new(routes, tokens),
            openapi: OnceLock::new(),
            descriptor,
            configuration,
            ids: RequestIds::new(seed),
        })
    }

    /// An id for a request.
    pub fn request_id(&self) -> String {
        self.ids.make()
    }

    pub(crate) fn openapi(&self) -> &Bytes {
        self.openapi.get_or_init(|| openapi(std::slice::from_ref(&self.descriptor), "").to_string().into())
    }

    pub(crate) fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Checks everything that can be checked before the body is read.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn admit(&self, below: &impl Below, parts: &Parts) -> Result<Seen, Rejection> {
        if let Some(rest) = parts.uri.path().strip_prefix(pages::PREFIX) {
            let page = rest.strip_prefix(&self.name).and_then(|rest| rest.strip_prefix('/'));
            return page.map(|page| Seen::Page(page.to_owned())).ok_or(Rejection::UnknownPath);
        }
        let now = below.now();
        match self.gateway.admit_joined(parts, now) {
            Some(joined) => Ok(Seen::Joined(Box::new(joined?))),
            None => Ok(Seen::Call(Box::new(self.gateway.admit(parts, now)?))),
        }
    }

    /// Answers what was admitted. Nothing is awaited in here.
    ///
    /// # Errors
    /// What the platform itself refuses.
    pub fn answer(
        &self,
        below: &impl Below,
        seen: &Seen,
        parts: &Parts,
        body: &[u8],
        id: &str,
    ) -> Result<Answered, Rejection> {
        let plain = |response| Answered { response, drain: None };
        match seen {
            Seen::Page(page) => pages::answer(self, below, parts, page).map(plain),
            Seen::Joined(admitted) => joining::answer(below, admitted, body, &parts.headers, id).map(plain),
            Seen::Call(admitted) => {
                let input = admitted.input(body)?;
                let (operation, community) = (admitted.operation(), admitted.community());
                let call = Call {
                    idempotency: admitted.idempotency(&input),
                    words: words(&input.json),
                    ..call(&operation.name, community, admitted.identity(), id)
                };
                let (answer, due) = run(below, &call, &input.json)?;
                let response = admitted.respond(answer, &parts.headers, id);
                let drain = due.then_some(community);
                Ok(Answered { response, drain })
            }
        }
    }

    /// Has the function react to what a command has left for it. What fails comes again.
    pub fn drain_after(&self, below: &impl Below, community: Community) {
        if let Err(failure) = drain(below, Some(community), DRAIN_AFTER) {
            eprintln!("linli: deliveries of {} wait: {failure:?}", self.name);
        }
    }
}

/// A descriptor as it goes down: inputs and outputs are judged up here, and the schemas are most of its text, which is
/// written and read again for each instance.
fn without_schemas(mut descriptor: Descriptor) -> Descriptor {
    for operation in &mut descriptor.operations {
        operation.input.clear();
        operation.output.clear();
    }
    for event in &mut descriptor.publishes {
        event.schema.clear();
    }
    for setting in &mut descriptor.settings {
        setting.schema.clear();
    }
    descriptor
}
