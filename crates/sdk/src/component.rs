//! What a component is: its operations, reactions and declarations, all on one page of constants.

use linli_contract::{
    AccountDeclaration, Attribute, Collection, ComponentName, Descriptor, EventDeclaration, Method,
    OperationKind, Permission, Problem, Reply, Role, Setting, Subscription, Text,
};

use crate::handler::{Handler, Reaction};

/// A component, made of constants: nothing is built when it starts, and a call finds its handler by comparing names.
#[derive(Clone, Copy)]
pub struct Component {
    name: &'static str,
    version: &'static str,
    title: (&'static str, &'static str),
    operations: &'static [Operation],
    reactions: &'static [Reaction],
    collections: &'static [&'static dyn DeclaresCollection],
    events: &'static [&'static dyn DeclaresEvent],
    settings: &'static [&'static dyn DeclaresSetting],
    accounts: &'static [Account],
    permissions: &'static [Grant],
}

/// One operation: where it is, who may call it, what runs. Made by [`get`], [`post`], [`put`], [`patch`], [`delete`].
#[derive(Clone, Copy)]
pub struct Operation {
    method: Method,
    path: &'static str,
    kind: OperationKind,
    roles: &'static [Role],
    title: (&'static str, &'static str),
    joined_by: &'static [&'static str],
    handler: Handler,
}

/// A ledger account of the component itself.
#[derive(Clone, Copy)]
pub struct Account {
    /// Unique within component and book.
    pub name: &'static str,
    /// `points`, or an ISO 4217 code.
    pub book: &'static str,
    /// Minor units the balance never falls below; negative only with [`Grant::Issue`].
    pub floor: i64,
}

/// What a component asks for beyond the free interfaces; the constant form of [`Permission`].
#[derive(Clone, Copy)]
pub enum Grant {
    /// Attributes of people, and the reason (zh, en) shown to them.
    People(&'static [Attribute], &'static str, &'static str),
    /// Charge the caller in this book, up to so many minor units in one call.
    DebitCaller(&'static str, i64),
    /// Have an account with a negative floor in this book.
    Issue(&'static str),
    /// Sign for this purpose.
    Sign(&'static str),
    /// Call this host, so many times a minute.
    Outbound(&'static str, u32),
    /// Register providers with the platform; for core functions.
    Registry,
}

/// Something that declares a collection: a [`Collection`](crate::Collection).
pub trait DeclaresCollection: Sync {
    /// Its declaration.
    fn declaration(&self) -> Collection;
}

/// Something that declares an event: an [`Event`](crate::Event).
pub trait DeclaresEvent: Sync {
    /// Its declaration.
    fn declaration(&self) -> EventDeclaration;
}

/// Something that declares a setting: a [`Setting`](crate::Setting).
pub trait DeclaresSetting: Sync {
    /// Its declaration.
    fn declaration(&self) -> Setting;
}

/// A query: reads, writes nothing.
pub const fn get(path: &'static str, handler: Handler) -> Operation {
    Operation::new(Method::Get, OperationKind::Query, path, handler)
}

/// A command that makes something.
pub const fn post(path: &'static str, handler: Handler) -> Operation {
    Operation::new(Method::Post, OperationKind::Command, path, handler)
}

/// A command that replaces something.
pub const fn put(path: &'static str, handler: Handler) -> Operation {
    Operation::new(Method::Put, OperationKind::Command, path, handler)
}

/// A command that changes a part of something.
pub const fn patch(path: &'static str, handler: Handler) -> Operation {
    Operation::new(Method::Patch, OperationKind::Command, path, handler)
}

/// A command that ends something.
pub const fn delete(path: &'static str, handler: Handler) -> Operation {
    Operation::new(Method::Delete, OperationKind::Command, path, handler)
}

impl Operation {
    const fn new(method: Method, kind: OperationKind, path: &'static str, handler: Handler) -> Self {
        Self { method, path, kind, roles: &[], title: ("", ""), joined_by: &[], handler }
    }

    /// Who may call it; an operation without roles does not pass the check of the descriptor.
    #[must_use]
    pub const fn roles(self, roles: &'static [Role]) -> Self {
        Self { roles, ..self }
    }

    /// Its title in the reference, in Chinese and in English.
    #[must_use]
    pub const fn title(self, zh: &'static str, en: &'static str) -> Self {
        Self { title: (zh, en), ..self }
    }

    /// Has its lists joined over the communities of an area, for whoever answers for more than one: in the order of the
    /// values at these JSON pointers of an item, which the list of one community must have. See `joined-by` in
    /// `wit/capability.wit`.
    #[must_use]
    pub const fn joined_by(self, pointers: &'static [&'static str]) -> Self {
        Self { joined_by: pointers, ..self }
    }

    /// Makes it a task: it may call outside hosts and writes nothing but events to its own component.
    #[must_use]
    pub const fn task(self) -> Self {
        Self { kind: OperationKind::Task, ..self }
    }

    fn declaration(&self) -> linli_contract::Operation {
        let (input, output) = self.handler.schemas();
        linli_contract::Operation {
            name: self.handler.name().to_owned(),
            kind: self.kind,
            method: self.method,
            path: self.path.to_owned(),
            roles: self.roles.to_vec(),
            title: Text::new(self.title.0, self.title.1),
            input,
            output,
            joined_by: self.joined_by.iter().map(|pointer| (*pointer).to_owned()).collect(),
        }
    }
}

impl Component {
    /// A component of that name (kebab-case, the `{capability}` of the path) and semantic version, with its title in
    /// Chinese and in English.
    pub const fn new(name: &'static str, version: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self {
            name,
            version,
            title: (zh, en),
            operations: &[],
            reactions: &[],
            collections: &[],
            events: &[],
            settings: &[],
            accounts: &[],
            permissions: &[],
        }
    }

    /// What can be called.
    #[must_use]
    pub const fn operations(self, operations: &'static [Operation]) -> Self {
        Self { operations, ..self }
    }

    /// What it does about events and its own timers.
    #[must_use]
    pub const fn reactions(self, reactions: &'static [Reaction]) -> Self {
        Self { reactions, ..self }
    }

    /// What it stores.
    #[must_use]
    pub const fn collections(self, collections: &'static [&'static dyn DeclaresCollection]) -> Self {
        Self { collections, ..self }
    }

    /// The events it publishes.
    #[must_use]
    pub const fn publishes(self, events: &'static [&'static dyn DeclaresEvent]) -> Self {
        Self { events, ..self }
    }

    /// What can be configured.
    #[must_use]
    pub const fn settings(self, settings: &'static [&'static dyn DeclaresSetting]) -> Self {
        Self { settings, ..self }
    }

    /// Its own ledger accounts.
    #[must_use]
    pub const fn accounts(self, accounts: &'static [Account]) -> Self {
        Self { accounts, ..self }
    }

    /// What it asks for beyond the free interfaces.
    #[must_use]
    pub const fn permissions(self, permissions: &'static [Grant]) -> Self {
        Self { permissions, ..self }
    }

    /// What it says it is. Pure, and the only place where schemas are made.
    pub fn describe(&self) -> Descriptor {
        Descriptor {
            name: self.component_name(),
            version: self.version.to_owned(),
            title: Text::new(self.title.0, self.title.1),
            operations: self.operations.iter().map(Operation::declaration).collect(),
            collections: self.collections.iter().map(|c| c.declaration()).collect(),
            publishes: self.events.iter().map(|e| e.declaration()).collect(),
            subscribes: self.reactions.iter().filter_map(subscription).collect(),
            settings: self.settings.iter().map(|s| s.declaration()).collect(),
            accounts: self.accounts.iter().map(account).collect(),
            permissions: self.permissions.iter().map(permission).collect(),
        }
    }

    /// Its name, parsed.
    ///
    /// # Panics
    /// When the name is not kebab-case: a component with such a name does not start.
    pub fn component_name(&self) -> ComponentName {
        self.name.parse().expect("the name of a component is kebab-case")
    }

    /// Runs one operation with an input that meets its schema.
    ///
    /// # Errors
    /// The problem the handler answered.
    ///
    /// # Panics
    /// When there is no such operation: the host calls only what was described.
    pub fn handle(&self, operation: &str, input: &str) -> Result<Reply, Problem> {
        let found = self.operations.iter().find(|o| o.handler.name() == operation);
        found.expect("the host calls only operations that were described").handler.run(input)
    }

    /// Takes one event, or one of the component's own timers.
    ///
    /// # Errors
    /// The problem the reaction answered; the host delivers again later.
    ///
    /// # Panics
    /// When nothing reacts to it: the host delivers only what was subscribed to or scheduled.
    pub fn react(&self, event: &Delivered, content: &str) -> Result<(), Problem> {
        let takes =
            |r: &&Reaction| r.publisher().unwrap_or(self.name) == event.publisher && r.event() == event.name;
        let found = self.reactions.iter().find(takes);
        found.expect("the host delivers only what was subscribed to").run(event, content)
    }
}

/// The envelope of an event that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Unique; the same at every delivery.
    pub id: String,
    /// The component that published it; `platform` for the host's own.
    pub publisher: String,
    /// `noun.verb-in-past-tense`.
    pub name: String,
    /// When it was published; for a timer, when it was due.
    pub published_at: linli_contract::Timestamp,
}

/// Timers go to the component that set them; only events of others need a subscription.
fn subscription(reaction: &Reaction) -> Option<Subscription> {
    let publisher = reaction.publisher()?.to_owned();
    Some(Subscription { publisher, name: reaction.event().to_owned() })
}

fn account(account: &Account) -> AccountDeclaration {
    AccountDeclaration { name: account.name.to_owned(), book: account.book.to_owned(), floor: account.floor }
}

fn permission(grant: &Grant) -> Permission {
    match *grant {
        Grant::People(attributes, zh, en) => {
            Permission::People { attributes: attributes.to_vec(), purpose: Text::new(zh, en) }
        }
        Grant::DebitCaller(book, max_per_call) => {
            Permission::DebitCaller { book: book.to_owned(), max_per_call }
        }
        Grant::Issue(book) => Permission::Issue(book.to_owned()),
        Grant::Sign(purpose) => Permission::Sign(purpose.to_owned()),
        Grant::Outbound(host, calls_per_minute) => {
            Permission::Outbound { host: host.to_owned(), calls_per_minute }
        }
        Grant::Registry => Permission::Registry,
    }
}
