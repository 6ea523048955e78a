//! The contract as wasmtime sees it, generated from `wit/`, and its records turned into those of `linli_contract`.

use std::borrow::Cow;

use linli_contract as contract;
use linli_contract::{ComponentName, IdError};

pub(crate) use generated::exports::linli::platform::capability;
pub(crate) use generated::linli::platform::{
    context, events, keys, ledger, outbound, people, records, registry, settings, stock, types,
};
pub(crate) use generated::{Service as Exports, ServicePre as ExportsPre};

#[allow(missing_docs, reason = "generated; the documentation is in wit/")]
mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "service",
        imports: {
            "linli:platform/outbound.send": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: { "linli:platform/people.person": crate::imports::people::Handle },
    });
}

impl From<types::Text> for contract::Text {
    fn from(text: types::Text) -> Self {
        Self { zh: Cow::Owned(text.zh), en: Cow::Owned(text.en) }
    }
}

impl From<types::Role> for contract::Role {
    fn from(role: types::Role) -> Self {
        match role {
            types::Role::Anyone => Self::Anyone,
            types::Role::Resident => Self::Resident,
            types::Role::Worker => Self::Worker,
            types::Role::GridWorker => Self::GridWorker,
            types::Role::Officer => Self::Officer,
            types::Role::Provider => Self::Provider,
            types::Role::Reviewer => Self::Reviewer,
            types::Role::Operator => Self::Operator,
            types::Role::System => Self::System,
        }
    }
}

impl From<contract::Role> for types::Role {
    fn from(role: contract::Role) -> Self {
        match role {
            contract::Role::Anyone => Self::Anyone,
            contract::Role::Resident => Self::Resident,
            contract::Role::Worker => Self::Worker,
            contract::Role::GridWorker => Self::GridWorker,
            contract::Role::Officer => Self::Officer,
            contract::Role::Provider => Self::Provider,
            contract::Role::Reviewer => Self::Reviewer,
            contract::Role::Operator => Self::Operator,
            contract::Role::System => Self::System,
        }
    }
}

impl From<types::Attribute> for contract::Attribute {
    fn from(attribute: types::Attribute) -> Self {
        match attribute {
            types::Attribute::Name => Self::Name,
            types::Attribute::Phone => Self::Phone,
            types::Attribute::BirthDate => Self::BirthDate,
            types::Attribute::Age => Self::Age,
            types::Attribute::CitizenNumber => Self::CitizenNumber,
            types::Attribute::Address => Self::Address,
            types::Attribute::Grid => Self::Grid,
        }
    }
}

impl From<types::Problem> for contract::Problem {
    fn from(problem: types::Problem) -> Self {
        let kind = match problem.kind {
            types::ProblemKind::Invalid => contract::ProblemKind::Invalid,
            types::ProblemKind::Forbidden => contract::ProblemKind::Forbidden,
            types::ProblemKind::NotFound => contract::ProblemKind::NotFound,
            types::ProblemKind::Conflict => contract::ProblemKind::Conflict,
            types::ProblemKind::Gone => contract::ProblemKind::Gone,
            types::ProblemKind::TooMany => contract::ProblemKind::TooMany,
            types::ProblemKind::Unavailable => contract::ProblemKind::Unavailable,
        };
        Self {
            kind,
            code: problem.code.into(),
            detail: problem.detail.into(),
            pointer: problem.pointer.map(Cow::Owned),
            data: problem.data.map(String::into_boxed_str),
        }
    }
}

impl From<capability::Reply> for contract::Reply {
    fn from(reply: capability::Reply) -> Self {
        let status = match reply.status {
            capability::Status::Ok => contract::Status::Ok,
            capability::Status::Created => contract::Status::Created,
            capability::Status::Accepted => contract::Status::Accepted,
            capability::Status::NoContent => contract::Status::NoContent,
        };
        let content = match reply.content {
            capability::Content::None => contract::Content::None,
            capability::Content::Json(text) => contract::Content::Json(text),
            capability::Content::Html(text) => contract::Content::Html(text),
            capability::Content::Media(media) => {
                contract::Content::Media { content_type: media.content_type, bytes: media.bytes }
            }
        };
        Self { status, content, next: reply.next }
    }
}

impl TryFrom<capability::Descriptor> for contract::Descriptor {
    type Error = IdError;

    /// Fails on the name alone; everything else is judged by [`contract::Descriptor::validate`].
    fn try_from(d: capability::Descriptor) -> Result<Self, IdError> {
        Ok(Self {
            name: d.name.parse::<ComponentName>()?,
            version: d.version,
            title: d.title.into(),
            operations: d.operations.into_iter().map(Into::into).collect(),
            collections: d.collections.into_iter().map(Into::into).collect(),
            publishes: d
                .publishes
                .into_iter()
                .map(|e| contract::EventDeclaration { name: e.name, schema: e.schema })
                .collect(),
            subscribes: d
                .subscribes
                .into_iter()
                .map(|s| contract::Subscription { publisher: s.publisher, name: s.name })
                .collect(),
            settings: d.settings.into_iter().map(Into::into).collect(),
            accounts: d
                .accounts
                .into_iter()
                .map(|a| contract::AccountDeclaration { name: a.name, book: a.book, floor: a.floor })
                .collect(),
            permissions: d.permissions.into_iter().map(Into::into).collect(),
        })
    }
}

impl From<capability::Operation> for contract::Operation {
    fn from(o: capability::Operation) -> Self {
        let kind = match o.kind {
            capability::OperationKind::Query => contract::OperationKind::Query,
            capability::OperationKind::Command => contract::OperationKind::Command,
            capability::OperationKind::Task => contract::OperationKind::Task,
        };
        let method = match o.method {
            capability::Method::Get => contract::Method::Get,
            capability::Method::Post => contract::Method::Post,
            capability::Method::Put => contract::Method::Put,
            capability::Method::Patch => contract::Method::Patch,
            capability::Method::Delete => contract::Method::Delete,
        };
        Self {
            name: o.name,
            kind,
            method,
            path: o.path,
            roles: o.roles.into_iter().map(Into::into).collect(),
            title: o.title.into(),
            input: o.input,
            output: o.output,
            joined_by: o.joined_by,
        }
    }
}

impl From<capability::Collection> for contract::Collection {
    fn from(c: capability::Collection) -> Self {
        let index = |i: capability::Index| contract::Index { name: i.name, fields: i.fields };
        Self {
            name: c.name,
            indexes: c.indexes.into_iter().map(index).collect(),
            personal: c.personal,
            keep_days: c.keep_days,
        }
    }
}

impl From<capability::Setting> for contract::Setting {
    fn from(s: capability::Setting) -> Self {
        Self { name: s.name, title: s.title.into(), schema: s.schema, default: s.default, secret: s.secret }
    }
}

impl From<capability::Permission> for contract::Permission {
    fn from(p: capability::Permission) -> Self {
        match p {
            capability::Permission::People(people) => Self::People {
                attributes: people.attributes.into_iter().map(Into::into).collect(),
                purpose: people.purpose.into(),
            },
            capability::Permission::DebitCaller(debit) => {
                Self::DebitCaller { book: debit.book, max_per_call: debit.max_per_call }
            }
            capability::Permission::Issue(book) => Self::Issue(book),
            capability::Permission::Sign(purpose) => Self::Sign(purpose),
            capability::Permission::Outbound(outbound) => {
                Self::Outbound { host: outbound.host, calls_per_minute: outbound.calls_per_minute }
            }
            capability::Permission::Registry => Self::Registry,
        }
    }
}
