//! The descriptor in the contract's own types.

use linli_contract as contract;

use super::exports::linli::platform::capability as wit;
use super::linli::platform::types;

pub(super) fn to_wit(descriptor: contract::Descriptor) -> wit::Descriptor {
    wit::Descriptor {
        name: descriptor.name.into(),
        version: descriptor.version,
        title: text(descriptor.title),
        operations: descriptor.operations.into_iter().map(operation).collect(),
        collections: descriptor.collections.into_iter().map(collection).collect(),
        publishes: descriptor.publishes.into_iter().map(event).collect(),
        subscribes: descriptor.subscribes.into_iter().map(subscription).collect(),
        settings: descriptor.settings.into_iter().map(setting).collect(),
        accounts: descriptor.accounts.into_iter().map(account).collect(),
        permissions: descriptor.permissions.into_iter().map(permission).collect(),
    }
}

pub(super) fn text(text: contract::Text) -> types::Text {
    types::Text { zh: text.zh.into_owned(), en: text.en.into_owned() }
}

fn operation(operation: contract::Operation) -> wit::Operation {
    wit::Operation {
        name: operation.name,
        kind: match operation.kind {
            contract::OperationKind::Query => wit::OperationKind::Query,
            contract::OperationKind::Command => wit::OperationKind::Command,
            contract::OperationKind::Task => wit::OperationKind::Task,
        },
        method: match operation.method {
            contract::Method::Get => wit::Method::Get,
            contract::Method::Post => wit::Method::Post,
            contract::Method::Put => wit::Method::Put,
            contract::Method::Patch => wit::Method::Patch,
            contract::Method::Delete => wit::Method::Delete,
        },
        path: operation.path,
        roles: operation.roles.into_iter().map(role).collect(),
        title: text(operation.title),
        input: operation.input,
        output: operation.output,
        joined_by: operation.joined_by,
    }
}

fn role(role: contract::Role) -> types::Role {
    match role {
        contract::Role::Anyone => types::Role::Anyone,
        contract::Role::Resident => types::Role::Resident,
        contract::Role::Worker => types::Role::Worker,
        contract::Role::GridWorker => types::Role::GridWorker,
        contract::Role::Officer => types::Role::Officer,
        contract::Role::Provider => types::Role::Provider,
        contract::Role::Reviewer => types::Role::Reviewer,
        contract::Role::Operator => types::Role::Operator,
        contract::Role::System => types::Role::System,
    }
}

fn collection(collection: contract::Collection) -> wit::Collection {
    let index = |index: contract::Index| wit::Index { name: index.name, fields: index.fields };
    wit::Collection {
        name: collection.name,
        indexes: collection.indexes.into_iter().map(index).collect(),
        personal: collection.personal,
        keep_days: collection.keep_days,
    }
}

fn event(event: contract::EventDeclaration) -> wit::EventDeclaration {
    wit::EventDeclaration { name: event.name, schema: event.schema }
}

fn subscription(subscription: contract::Subscription) -> wit::Subscription {
    wit::Subscription { publisher: subscription.publisher, name: subscription.name }
}

fn setting(setting: contract::Setting) -> wit::Setting {
    wit::Setting {
        name: setting.name,
        title: text(setting.title),
        schema: setting.schema,
        default: setting.default,
        secret: setting.secret,
    }
}

fn account(account: contract::AccountDeclaration) -> wit::AccountDeclaration {
    wit::AccountDeclaration { name: account.name, book: account.book, floor: account.floor }
}

fn permission(permission: contract::Permission) -> wit::Permission {
    match permission {
        contract::Permission::People { attributes, purpose } => {
            wit::Permission::People(wit::PeoplePermission {
                attributes: attributes.into_iter().map(attribute).collect(),
                purpose: text(purpose),
            })
        }
        contract::Permission::DebitCaller { book, max_per_call } => {
            wit::Permission::DebitCaller(wit::DebitPermission { book, max_per_call })
        }
        contract::Permission::Issue(book) => wit::Permission::Issue(book),
        contract::Permission::Sign(purpose) => wit::Permission::Sign(purpose),
        contract::Permission::Outbound { host, calls_per_minute } => {
            wit::Permission::Outbound(wit::OutboundPermission { host, calls_per_minute })
        }
        contract::Permission::Registry => wit::Permission::Registry,
    }
}

fn attribute(attribute: contract::Attribute) -> types::Attribute {
    match attribute {
        contract::Attribute::Name => types::Attribute::Name,
        contract::Attribute::Phone => types::Attribute::Phone,
        contract::Attribute::BirthDate => types::Attribute::BirthDate,
        contract::Attribute::Age => types::Attribute::Age,
        contract::Attribute::CitizenNumber => types::Attribute::CitizenNumber,
        contract::Attribute::Address => types::Attribute::Address,
        contract::Attribute::Grid => types::Attribute::Grid,
    }
}
