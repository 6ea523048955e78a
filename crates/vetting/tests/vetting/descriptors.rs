//! What is refused of what a plugin says it is.

use expect_test::expect;
use linli_contract::{
    AccountDeclaration, Attribute, Collection, Descriptor, EventDeclaration, Index, Method, Operation,
    OperationKind, Permission, Role, Setting, Subscription, Text,
};
use linli_vetting::{Expected, VetReport, vet_descriptor};

use crate::components::findings;

fn purpose() -> Text {
    Text::new("送货上门", "to deliver the order")
}

fn descriptor() -> Descriptor {
    let operation = Operation {
        name: "list_things".into(),
        kind: OperationKind::Query,
        method: Method::Get,
        path: "/things".into(),
        roles: vec![Role::Resident],
        joined_by: vec![],
        title: Text::new("看", "Look"),
        input: r#"{"type":"object"}"#.into(),
        output: r#"{"type":"object"}"#.into(),
    };
    let index = |name: &str, field: &str| Index { name: name.into(), fields: vec![field.into()] };
    let collection = Collection {
        name: "things".into(),
        indexes: vec![index("by_day", "/day"), index("by_name", "/name")],
        personal: vec!["/phone".into(), "/name".into()],
        keep_days: Some(90),
    };
    Descriptor {
        name: "things".parse().expect("a name that is one"),
        version: "1.0.0".into(),
        title: Text::new("东西", "Things"),
        operations: vec![operation],
        collections: vec![collection],
        publishes: vec![EventDeclaration { name: "thing.made".into(), schema: "{}".into() }],
        subscribes: vec![Subscription { publisher: "things".into(), name: "thing.made".into() }],
        settings: vec![],
        accounts: vec![AccountDeclaration { name: "till".into(), book: "CNY".into(), floor: 0 }],
        permissions: vec![
            Permission::People { attributes: vec![Attribute::Name], purpose: purpose() },
            Permission::DebitCaller { book: "CNY".into(), max_per_call: 20_000 },
            Permission::Outbound { host: "api.example.com".into(), calls_per_minute: 20 },
        ],
    }
}

const EVERYTHING: [&str; 6] = ["context", "keys", "ledger", "outbound", "people", "records"];

fn vetted(descriptor: &Descriptor, imports: &[&str], expected: &Expected) -> VetReport {
    let imports = imports.iter().map(|name| format!("linli:platform/{name}@0.1.0")).collect();
    let mut report = VetReport { imports, ..VetReport::default() };
    vet_descriptor(&mut report, descriptor, expected);
    report
}

fn found(descriptor: &Descriptor, expected: &Expected) -> String {
    findings(&vetted(descriptor, &["context", "ledger", "outbound", "people", "records"], expected))
}

#[test]
fn an_honest_descriptor_passes() {
    assert_eq!(found(&descriptor(), &Expected::default()), "");
}

#[test]
fn permissions_are_said_in_words() {
    let mut d = descriptor();
    d.permissions.extend([
        Permission::People { attributes: vec![Attribute::Phone, Attribute::Address], purpose: purpose() },
        Permission::DebitCaller { book: "CNY".into(), max_per_call: 1_050 },
        Permission::DebitCaller { book: "points".into(), max_per_call: 300 },
        Permission::Sign("ticket".into()),
        Permission::Issue("points".into()),
    ]);
    let report = vetted(&d, &EVERYTHING, &Expected { previous: Some(descriptor()), ..Expected::default() });
    let words = report.permissions.iter().map(|line| {
        format!("{} {}\n  {}\n", if line.is_new { "new" } else { "old" }, line.words.zh, line.words.en)
    });
    expect![[r#""#]].assert_eq(&words.collect::<String>());
}

/// Both ways: what is imported must be declared, and what is declared and not imported is told.
#[test]
fn imports_and_permissions_belong_together() {
    let mut d = descriptor();
    d.permissions.clear();
    d.accounts.clear();
    let all = ["keys", "ledger", "outbound", "people", "registry", "records", "stock", "events", "settings"];
    let undeclared = findings(&vetted(&d, &all, &Expected::default()));
    d.permissions = vec![
        Permission::Sign("ticket".into()),
        Permission::Outbound { host: "api.example.com".into(), calls_per_minute: 1 },
        Permission::Registry,
    ];
    let unused = findings(&vetted(&d, &["records"], &Expected::default()));
    expect![[r#""#]].assert_eq(&format!("{undeclared}---\n{unused}"));
}

#[test]
fn an_account_is_reason_enough_for_the_ledger() {
    let mut d = descriptor();
    d.permissions.clear();
    assert_eq!(findings(&vetted(&d, &["ledger"], &Expected::default())), "");
}

#[test]
fn what_breaks_the_contract_is_found_with_its_place() {
    let mut rules = descriptor();
    rules.operations[0].path = "things".into();
    rules.operations[0].method = Method::Post;
    rules.publishes[0].name = "order.placed".into();
    let mut schemas = descriptor();
    schemas.operations[0].input = r##"{"properties":{"a":{"$ref":"#"}}}"##.into();
    schemas.operations[0].output = r#"{"type":"objekt"}"#.into();
    schemas.publishes[0].schema = "{".into();
    let mut settings = descriptor();
    settings.settings.push(Setting {
        name: "fee".into(),
        title: Text::new("费用", "Fee"),
        schema: r#"{"type":"object","properties":{"fen":{"type":"integer"}}}"#.into(),
        default: Some(r#"{"fen":"5"}"#.into()),
        secret: false,
    });
    let all = [rules, schemas, settings].map(|d| found(&d, &Expected::default()));
    expect![[r#""#]].assert_eq(&all.join(""));
}

#[test]
fn names_and_versions_are_those_of_the_upload_and_nobody_elses() {
    let expected = Expected {
        name: Some("stuff".parse().unwrap()),
        version: Some("2.0.0".parse().unwrap()),
        taken: vec!["things".parse().expect("a name that is one")],
        previous: Some(descriptor()),
        ..Expected::default()
    };
    let mut reserved = descriptor();
    reserved.name = "plugins".parse().unwrap();
    let all = [found(&descriptor(), &expected), found(&reserved, &Expected::default())];
    expect![[r#""#]].assert_eq(&all.join(""));
}

fn after(change: impl FnOnce(&mut Descriptor)) -> String {
    let mut new = descriptor();
    new.version = "1.1.0".into();
    change(&mut new);
    found(&new, &Expected { previous: Some(descriptor()), ..Expected::default() })
}

#[test]
fn a_version_that_the_old_one_could_not_run_beside_is_refused() {
    let all = [
        after(|d| d.collections.clear()),
        after(|d| drop(d.collections[0].indexes.remove(0))),
        after(|d| d.collections[0].indexes[1].fields = vec!["/name".into(), "/day".into()]),
        after(|d| drop(d.collections[0].personal.remove(0))),
        after(|d| d.collections[0].keep_days = Some(30)),
        after(|d| d.accounts.clear()),
        after(|d| d.subscribes.clear()),
    ];
    expect![[r#""#]].assert_eq(&all.join(""));
    let mut issuer = descriptor();
    issuer.permissions.push(Permission::Issue("CNY".into()));
    issuer.accounts[0].floor = -500;
    let mut raised = issuer.clone();
    raised.version = "1.1.0".into();
    raised.accounts[0].floor = -100;
    let found = found(&raised, &Expected { previous: Some(issuer), ..Expected::default() });
    assert!(found.contains("the floor of `CNY/till` is raised to -100"), "{found}");
}

#[test]
fn a_version_may_have_more_than_the_one_before() {
    let more = after(|d| {
        let mut other = d.collections[0].clone();
        other.name = "others".into();
        d.collections.push(other);
        let index = Index { name: "by_phone".into(), fields: vec!["/phone".into()] };
        d.collections[0].indexes.push(index);
        d.collections[0].personal.push("/address".into());
        d.collections[0].keep_days = None;
        d.accounts.push(AccountDeclaration { name: "tips".into(), book: "CNY".into(), floor: 0 });
        d.operations.clear();
    });
    assert_eq!(more, "");
}

#[test]
fn what_asks_for_more_is_told_from_what_asks_for_the_same_or_less() {
    let asks = |permission: Permission| {
        let mut new = descriptor();
        new.version = "1.1.0".into();
        new.permissions = vec![permission];
        let report =
            vetted(&new, &EVERYTHING, &Expected { previous: Some(descriptor()), ..Expected::default() });
        !report.asks_more().is_empty()
    };
    let people =
        |attributes: &[Attribute], purpose| Permission::People { attributes: attributes.to_vec(), purpose };
    let debit = |book: &str, max_per_call| Permission::DebitCaller { book: book.into(), max_per_call };
    let outbound =
        |host: &str, calls_per_minute| Permission::Outbound { host: host.into(), calls_per_minute };
    for same_or_less in
        [people(&[Attribute::Name], purpose()), debit("CNY", 100), outbound("api.example.com", 20)]
    {
        assert!(!asks(same_or_less.clone()), "{same_or_less:?}");
    }
    for more in [
        people(&[Attribute::Name, Attribute::Phone], purpose()),
        people(&[Attribute::Name], Text::new("推销", "to sell more")),
        debit("CNY", 20_001),
        debit("points", 1),
        outbound("api.example.com", 21),
        outbound("other.example.com", 1),
        Permission::Sign("ticket".into()),
    ] {
        assert!(asks(more.clone()), "{more:?}");
    }
}
