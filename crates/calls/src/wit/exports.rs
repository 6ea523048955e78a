//! Records of `wit/types.wit` and `wit/capability.wit`, as any bindings generator makes them, turned into those of
//! `linli_contract`.

/// `wit/types.wit`. Where it is expanded, `types` is the generated module.
#[macro_export]
macro_rules! wit_types {
    () => {
        const _: () = {
            impl From<types::Text> for $crate::contract::Text {
                fn from(text: types::Text) -> Self {
                    Self { zh: ::std::borrow::Cow::Owned(text.zh), en: ::std::borrow::Cow::Owned(text.en) }
                }
            }

            impl From<types::Role> for $crate::contract::Role {
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

            impl From<$crate::contract::Role> for types::Role {
                fn from(role: $crate::contract::Role) -> Self {
                    match role {
                        $crate::contract::Role::Anyone => Self::Anyone,
                        $crate::contract::Role::Resident => Self::Resident,
                        $crate::contract::Role::Worker => Self::Worker,
                        $crate::contract::Role::GridWorker => Self::GridWorker,
                        $crate::contract::Role::Officer => Self::Officer,
                        $crate::contract::Role::Provider => Self::Provider,
                        $crate::contract::Role::Reviewer => Self::Reviewer,
                        $crate::contract::Role::Operator => Self::Operator,
                        $crate::contract::Role::System => Self::System,
                    }
                }
            }

            impl From<types::Attribute> for $crate::contract::Attribute {
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

            impl From<types::Problem> for $crate::contract::Problem {
                fn from(problem: types::Problem) -> Self {
                    let kind = match problem.kind {
                        types::ProblemKind::Invalid => $crate::contract::ProblemKind::Invalid,
                        types::ProblemKind::Forbidden => $crate::contract::ProblemKind::Forbidden,
                        types::ProblemKind::NotFound => $crate::contract::ProblemKind::NotFound,
                        types::ProblemKind::Conflict => $crate::contract::ProblemKind::Conflict,
                        types::ProblemKind::Gone => $crate::contract::ProblemKind::Gone,
                        types::ProblemKind::TooMany => $crate::contract::ProblemKind::TooMany,
                        types::ProblemKind::Unavailable => $crate::contract::ProblemKind::Unavailable,
                    };
                    Self {
                        kind,
                        code: problem.code.into(),
                        detail: problem.detail.into(),
                        pointer: problem.pointer.map(::std::borrow::Cow::Owned),
                        data: problem.data.map(String::into_boxed_str),
                    }
                }
            }
        };
    };
}

/// `wit/capability.wit`: what a component answers, and its descriptor. Where it is expanded, `capability` is the generated
/// module, and [`wit_types`](crate::wit_types) is expanded somewhere.
#[macro_export]
macro_rules! wit_capability {
    () => {
        const _: () = {
            impl From<capability::Reply> for $crate::contract::Reply {
                fn from(reply: capability::Reply) -> Self {
                    let status = match reply.status {
                        capability::Status::Ok => $crate::contract::Status::Ok,
                        capability::Status::Created => $crate::contract::Status::Created,
                        capability::Status::Accepted => $crate::contract::Status::Accepted,
                        capability::Status::NoContent => $crate::contract::Status::NoContent,
                    };
                    let content = match reply.content {
                        capability::Content::None => $crate::contract::Content::None,
                        capability::Content::Json(text) => $crate::contract::Content::Json(text),
                        capability::Content::Html(text) => $crate::contract::Content::Html(text),
                        capability::Content::Media(media) => $crate::contract::Content::Media {
                            content_type: media.content_type,
                            bytes: media.bytes,
                        },
                    };
                    Self { status, content, next: reply.next }
                }
            }

            impl TryFrom<capability::Descriptor> for $crate::contract::Descriptor {
                type Error = $crate::contract::IdError;

                /// Fails on the name alone; everything else is judged by `Descriptor::validate`.
                fn try_from(
                    d: capability::Descriptor,
                ) -> ::std::result::Result<Self, $crate::contract::IdError> {
                    Ok(Self {
                        name: d.name.parse::<$crate::contract::ComponentName>()?,
                        version: d.version,
                        title: d.title.into(),
                        operations: d.operations.into_iter().map(Into::into).collect(),
                        collections: d.collections.into_iter().map(Into::into).collect(),
                        publishes: d
                            .publishes
                            .into_iter()
                            .map(|e| $crate::contract::EventDeclaration { name: e.name, schema: e.schema })
                            .collect(),
                        subscribes: d
                            .subscribes
                            .into_iter()
                            .map(|s| $crate::contract::Subscription { publisher: s.publisher, name: s.name })
                            .collect(),
                        settings: d.settings.into_iter().map(Into::into).collect(),
                        accounts: d
                            .accounts
                            .into_iter()
                            .map(|a| $crate::contract::AccountDeclaration {
                                name: a.name,
                                book: a.book,
                                floor: a.floor,
                            })
                            .collect(),
                        permissions: d.permissions.into_iter().map(Into::into).collect(),
                    })
                }
            }

            impl From<capability::Operation> for $crate::contract::Operation {
                fn from(o: capability::Operation) -> Self {
                    let kind = match o.kind {
                        capability::OperationKind::Query => $crate::contract::OperationKind::Query,
                        capability::OperationKind::Command => $crate::contract::OperationKind::Command,
                        capability::OperationKind::Task => $crate::contract::OperationKind::Task,
                    };
                    let method = match o.method {
                        capability::Method::Get => $crate::contract::Method::Get,
                        capability::Method::Post => $crate::contract::Method::Post,
                        capability::Method::Put => $crate::contract::Method::Put,
                        capability::Method::Patch => $crate::contract::Method::Patch,
                        capability::Method::Delete => $crate::contract::Method::Delete,
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

            impl From<capability::Collection> for $crate::contract::Collection {
                fn from(c: capability::Collection) -> Self {
                    let index =
                        |i: capability::Index| $crate::contract::Index { name: i.name, fields: i.fields };
                    Self {
                        name: c.name,
                        indexes: c.indexes.into_iter().map(index).collect(),
                        personal: c.personal,
                        keep_days: c.keep_days,
                    }
                }
            }

            impl From<capability::Setting> for $crate::contract::Setting {
                fn from(s: capability::Setting) -> Self {
                    Self {
                        name: s.name,
                        title: s.title.into(),
                        schema: s.schema,
                        default: s.default,
                        secret: s.secret,
                    }
                }
            }

            impl From<capability::Permission> for $crate::contract::Permission {
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
                        capability::Permission::Outbound(outbound) => Self::Outbound {
                            host: outbound.host,
                            calls_per_minute: outbound.calls_per_minute,
                        },
                        capability::Permission::Registry => Self::Registry,
                    }
                }
            }
        };
    };
}
