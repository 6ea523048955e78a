//! A version against the one before it.
//!
//! Both may be live at once over the same records, so the old one must go on reading what the new one writes, and what
//! residents were promised of their data must go on holding. What is accepted, and why:
//!
//! | of | accepted | refused, because |
//! |---|---|---|
//! | collections | new ones | one less: its documents are still there, and the old version works on them |
//! | indexes | new ones (filled before the version goes live) | one less, or another order of the same name: the old version scans it, and what the new one wrote would be missing in it |
//! | personal fields | more of them | one less: what was masked and logged would be shown |
//! | `keep_days` | more, or for ever | fewer: documents would vanish under the old version |
//! | accounts | new ones; a lower floor (with permission `issue`) | one less, or a higher floor: its balance is somebody's money |
//! | subscriptions to its own events | more | one less: what a task of the old version published would never be written down |
//! | operations, events, settings, other subscriptions | anything | |
//! | permissions | anything: what is more is marked, and takes a new review and new consent | |
//!
//! Documents have no declared schema, so that the old version's *code* can read them is beyond what descriptors tell.

use linli_contract::{AccountDeclaration, Collection, Descriptor, Permission};

use crate::finding::{Finding, Rule};

/// What keeps the new version from running beside the old one.
pub(crate) fn incompatible(old: &Descriptor, new: &Descriptor) -> Vec<Finding> {
    let mut differences = Differences::default();
    for collection in &old.collections {
        match new.collections.iter().position(|c| c.name == collection.name) {
            Some(at) => differences.collection(at, collection, &new.collections[at]),
            None => differences.found("collections", format!("`{}` is gone", collection.name)),
        }
    }
    for account in &old.accounts {
        let same = |a: &&AccountDeclaration| a.book == account.book && a.name == account.name;
        match new.accounts.iter().find(same) {
            None => differences.found("accounts", format!("`{}/{}` is gone", account.book, account.name)),
            Some(now) if now.floor > account.floor => differences.found(
                "accounts",
                format!("the floor of `{}/{}` is raised to {}", account.book, account.name, now.floor),
            ),
            Some(_) => {}
        }
    }
    let own = |d: &Descriptor| {
        let own = d.subscribes.iter().filter(|s| s.publisher == d.name.as_str());
        own.map(|s| s.name.clone()).collect::<Vec<_>>()
    };
    let kept = own(new);
    for event in own(old).into_iter().filter(|event| !kept.contains(event)) {
        differences.found("subscribes", format!("its own event `{event}` is no longer listened to"));
    }
    differences.0
}

#[derive(Default)]
struct Differences(Vec<Finding>);

impl Differences {
    fn found(&mut self, place: &str, what: String) {
        self.0.push(Finding::new(Rule::Incompatible, place, what));
    }

    fn collection(&mut self, at: usize, old: &Collection, new: &Collection) {
        let place = format!("collections[{at}]");
        for index in &old.indexes {
            match new.indexes.iter().find(|i| i.name == index.name) {
                // Every version keeps up the indexes of the others, so the old one finds what the new one writes.
                None => {}
                Some(now) if now.fields != index.fields => {
                    self.found(&format!("{place}.indexes"), format!("`{}` is over other fields", index.name));
                }
                Some(_) => {}
            }
        }
        for field in old.personal.iter().filter(|field| !new.personal.contains(field)) {
            self.found(&format!("{place}.personal"), format!("`{field}` is no longer marked"));
        }
        let days = |c: &Collection| c.keep_days.unwrap_or(u32::MAX);
        if days(new) < days(old) {
            self.found(&format!("{place}.keep_days"), format!("documents are kept {} days only", days(new)));
        }
    }
}

/// Whether the old version was not allowed all of this.
pub(crate) fn asks_more(old: &Descriptor, wanted: &Permission) -> bool {
    let had = &old.permissions;
    match wanted {
        // Consent is to attributes for a purpose.
        Permission::People { attributes, purpose } => attributes.iter().any(|attribute| {
            !had.iter().any(|p| {
                matches!(p, Permission::People { attributes, purpose: same }
                    if attributes.contains(attribute) && same == purpose)
            })
        }),
        Permission::DebitCaller { book, max_per_call } => !had.iter().any(|p| {
            matches!(p, Permission::DebitCaller { book: same, max_per_call: most }
                if same == book && most >= max_per_call)
        }),
        Permission::Outbound { host, calls_per_minute } => !had.iter().any(|p| {
            matches!(p, Permission::Outbound { host: same, calls_per_minute: most }
                if same == host && most >= calls_per_minute)
        }),
        Permission::Issue(_) | Permission::Sign(_) | Permission::Registry => !had.contains(wanted),
    }
}
