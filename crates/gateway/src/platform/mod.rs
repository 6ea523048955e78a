//! The operations of the platform itself, below `/v1/plugins` and `/v1/consents`: who may call them, with what, and how
//! they are admitted.
//!
//! They are described as a component's are, so that input, roles, OpenAPI and the reference follow the same rules; what
//! tells them apart is that they belong to no community.

mod consents;
mod plugins;

use std::sync::{Arc, LazyLock};

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::request::Parts;
use linli_contract::{
    ComponentName, Descriptor, Identity, Method, Operation, OperationKind, Role, Text, Timestamp,
};
use serde_json::{Value, json};

use crate::admit::{Gateway, Head, check_body_headers, header_id};
use crate::input::Input;
use crate::rejection::{Rejection, TokenFault};
use crate::routes::Tree;

/// What a body of [`PlatformCall::takes_component`] is declared to be.
pub(crate) const COMPONENT_MEDIA: &str = "application/wasm";
/// The operation whose body is a component.
pub(crate) const UPLOAD: &str = "upload_version";
/// First steps below `/v1/` that are the platform's own; a community has twelve digits.
const ROOTS: [&str; 2] = ["consents", "plugins"];

/// A call of the platform's own, admitted: the operation is known, the caller has one of its roles, and the headers are
/// in order. What the caller may do with this plugin and that area is the operation's own business.
pub struct PlatformCall {
    pub(crate) head: Head,
    component: bool,
}

impl Gateway {
    /// Whether a path belongs to the platform's own operations.
    pub fn is_platform_path(path: &str) -> bool {
        let first = path.strip_prefix("/v1/").and_then(|rest| rest.split('/').next());
        first.is_some_and(|first| ROOTS.contains(&first))
    }

    /// Checks everything that can be checked before the body is read: path, method, token, role and headers.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn admit_platform(
        &self,
        parts: &Parts,
        now: Timestamp,
        component_bytes: usize,
    ) -> Result<PlatformCall, Rejection> {
        let path = parts.uri.path();
        let start = "/v1/".len();
        let (endpoint, parameters) = tree().find(&parts.method, path, start)?;
        let identity = self.identify(&parts.headers, now)?;
        let identity = identity.ok_or(Rejection::Unauthorized(TokenFault::Missing))?;
        if !identity.roles.iter().any(|role| endpoint.allows(*role)) {
            return Err(Rejection::RoleNotAllowed);
        }
        // Residents alone have relatives who act for them; whether this one may is the operation's own business.
        let acting_for = if endpoint.allows(Role::Resident) {
            header_id(&parts.headers, "acting-for").map_err(|()| Rejection::ActingForInvalid)?
        } else {
            None
        };
        let identity = match acting_for {
            Some(person) => {
                Arc::new(Identity { acting_for: Some(person.to_owned()), ..Identity::clone(&identity) })
            }
            None => identity,
        };
        let component = endpoint.operation().name == UPLOAD && declares_component(&parts.headers);
        let declares_json = if component {
            check_length(&parts.headers, component_bytes)?;
            false
        } else {
            check_body_headers(&parts.headers)?
        };
        let uri = parts.uri.clone();
        let head = Head { endpoint, identity, uri, parameters, key: None, declares_json };
        Ok(PlatformCall { head, component })
    }
}

impl PlatformCall {
    /// Which operation.
    pub fn operation(&self) -> &Operation {
        self.head.endpoint.operation()
    }

    /// Who calls, as the token says.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.head.identity
    }

    /// Whether the body is a component, and not JSON.
    pub fn takes_component(&self) -> bool {
        self.component
    }

    /// Path, query and JSON body, made one object that meets the operation's schema.
    ///
    /// # Errors
    /// See [`crate::Admitted::input`].
    pub fn input(&self, body: &[u8]) -> Result<Input, Rejection> {
        self.head.input(if self.component { &[] } else { body })
    }
}

fn declares_component(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|text| {
        text.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(COMPONENT_MEDIA)
    })
}

fn check_length(headers: &HeaderMap, most: usize) -> Result<(), Rejection> {
    let declared = |value: &HeaderValue| value.to_str().ok()?.parse::<u64>().ok();
    let length = headers.get(CONTENT_LENGTH).and_then(declared);
    if length.is_some_and(|length| length > most as u64) { Err(Rejection::ComponentTooLarge) } else { Ok(()) }
}

/// The platform's own operations, in the form of a component's.
pub fn platform_descriptor() -> Arc<Descriptor> {
    static DESCRIPTOR: LazyLock<Arc<Descriptor>> = LazyLock::new(|| {
        Arc::new(Descriptor {
            name: ComponentName::PLATFORM.parse().expect("a constant name that is well-formed"),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            title: Text::new("平台", "The platform"),
            operations: plugins::operations().into_iter().chain(consents::operations()).collect(),
            collections: vec![],
            publishes: vec![],
            subscribes: vec![],
            settings: vec![],
            accounts: vec![],
            permissions: vec![],
        })
    });
    DESCRIPTOR.clone()
}

fn tree() -> &'static Tree {
    static TREE: LazyLock<Tree> = LazyLock::new(|| {
        // Constants; `tests::its_own_operations_compile` would fail otherwise.
        Tree::of_platform(&platform_descriptor()).unwrap_or_default()
    });
    &TREE
}

/// One row of a table of operations: method, path below `/v1`, name, roles, titles, input.
struct Row(Method, &'static str, &'static str, &'static [Role], (&'static str, &'static str), fn() -> Value);

impl Row {
    fn operation(&self) -> Operation {
        let Self(method, path, name, roles, (zh, en), input) = self;
        let kind = if *method == Method::Get { OperationKind::Query } else { OperationKind::Command };
        Operation {
            name: (*name).to_owned(),
            kind,
            method: *method,
            path: (*path).to_owned(),
            roles: roles.to_vec(),
            title: Text::new(*zh, *en),
            input: input().to_string(),
            joined_by: vec![],
            output: String::new(),
        }
    }
}

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties, "required": required })
}

/// Of a plugin.
fn name() -> Value {
    json!({ "type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", "maxLength": 64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_operations_compile() {
        let faults = Tree::of_platform(&platform_descriptor()).err().unwrap_or_default();
        assert!(faults.is_empty(), "{faults:?}");
        let mut descriptor = Descriptor::clone(&platform_descriptor());
        descriptor.name = "other".parse().unwrap();
        assert_eq!(descriptor.validate(), Ok(()), "the rules of components hold for them too");
        let roots = |operation: &Operation| ROOTS.contains(&operation.path.split('/').nth(1).unwrap());
        assert!(descriptor.operations.iter().all(roots));
    }
}
