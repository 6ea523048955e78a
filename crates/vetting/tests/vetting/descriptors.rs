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
    expect![[r#"
        old 查看您的姓名——送货上门
          see your name — to deliver the order
        old 每次最多从您的账户扣 200 元
          charge you up to 200 CNY per call
        old 访问外部网站 api.example.com，每分钟最多 20 次
          call the outside host api.example.com, 20 times a minute at most
        new 查看您的电话、住址——送货上门
          see your phone number, address — to deliver the order
        old 每次最多从您的账户扣 10.50 元
          charge you up to 10.50 CNY per call
        new 每次最多从您的账户扣 300 积分
          charge you up to 300 points per call
        new 以平台名义签发“ticket”类凭证
          sign `ticket` documents in the platform's name
        new 发放积分
          issue points
    "#]]
    .assert_eq(&words.collect::<String>());
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
    expect![[r#"
        import-undeclared @ imports.linli:platform/keys@0.1.0
          组件导入了接口，却没有声明：linli:platform/keys@0.1.0 (permission `sign`)。
          The component imports an interface without declaring what for: linli:platform/keys@0.1.0 (permission `sign`).
        import-undeclared @ imports.linli:platform/ledger@0.1.0
          组件导入了接口，却没有声明：linli:platform/ledger@0.1.0 (permission `debit-caller` or `issue`, or an account)。
          The component imports an interface without declaring what for: linli:platform/ledger@0.1.0 (permission `debit-caller` or `issue`, or an account).
        import-undeclared @ imports.linli:platform/outbound@0.1.0
          组件导入了接口，却没有声明：linli:platform/outbound@0.1.0 (permission `outbound`)。
          The component imports an interface without declaring what for: linli:platform/outbound@0.1.0 (permission `outbound`).
        import-undeclared @ imports.linli:platform/people@0.1.0
          组件导入了接口，却没有声明：linli:platform/people@0.1.0 (permission `people`)。
          The component imports an interface without declaring what for: linli:platform/people@0.1.0 (permission `people`).
        import-not-for-plugins @ imports.linli:platform/registry@0.1.0
          组件导入了 linli:platform/registry@0.1.0，平台不向插件提供。
          The component imports linli:platform/registry@0.1.0, which no plugin is given.
        ---
        declared-unused (note) @ permissions[0]
          声明了权限，但没有导入所需的接口：linli:platform/keys。
          A permission is declared, but the interface it is for is not imported: linli:platform/keys.
        declared-unused (note) @ permissions[1]
          声明了权限，但没有导入所需的接口：linli:platform/outbound。
          A permission is declared, but the interface it is for is not imported: linli:platform/outbound.
        import-not-for-plugins @ permissions[2]
          组件导入了 linli:platform/registry，平台不向插件提供。
          The component imports linli:platform/registry, which no plugin is given.
    "#]].assert_eq(&format!("{undeclared}---\n{unused}"));
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
    expect![[r#"
        descriptor-invalid @ operations[0].path
          描述不符合约定：is not a path template (/a-b/{c}/d)。
          The descriptor breaks the contract: is not a path template (/a-b/{c}/d).
        descriptor-invalid @ operations[0].method
          描述不符合约定：must be GET for queries, and only for them。
          The descriptor breaks the contract: must be GET for queries, and only for them.
        descriptor-invalid @ publishes[0].name
          描述不符合约定：is in `order.*`, which the host alone publishes。
          The descriptor breaks the contract: is in `order.*`, which the host alone publishes.
        schema-invalid @ operations[0].output
          模式不可用："objekt" is not valid under any of the schemas listed in the 'anyOf' keyword。
          The schema cannot be used: "objekt" is not valid under any of the schemas listed in the 'anyOf' keyword.
        schema-invalid @ operations[0].input
          模式不可用：refers to itself: input cannot be recursive。
          The schema cannot be used: refers to itself: input cannot be recursive.
        schema-invalid @ publishes[0].schema
          模式不可用：is not JSON: EOF while parsing an object at line 1 column 1。
          The schema cannot be used: is not JSON: EOF while parsing an object at line 1 column 1.
        setting-unfit @ settings[0].default/fen
          默认设置不符合其模式：Must be a whole number.。
          The default of a setting does not meet its schema: Must be a whole number..
    "#]].assert_eq(&all.join(""));
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
    expect![[r#"
        name-differs @ name
          组件自称的名称与上传的不一致：things ≠ stuff。
          The component calls itself otherwise than the upload does: things ≠ stuff.
        name-taken @ name
          名称和路径已属于其他服务：/v1/{community}/things。
          The name, and so the paths below it, belong to another service: /v1/{community}/things.
        version-differs @ version
          组件自称的版本与上传的不一致：1.0.0 ≠ 2.0.0。
          The component says it has another version than the upload: 1.0.0 ≠ 2.0.0.
        version-not-above @ version
          版本应高于前一版本：1.0.0 ≤ 1.0.0。
          The version must be above the one before: 1.0.0 ≤ 1.0.0.
        name-reserved @ name
          名称由平台保留：plugins。
          The name is reserved for the platform: plugins.
    "#]]
    .assert_eq(&all.join(""));
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
    expect![[r#"
        incompatible @ collections
          与前一版本不兼容：`things` is gone。
          This is not compatible with the version before: `things` is gone.
        incompatible @ collections[0].indexes
          与前一版本不兼容：`by_name` is over other fields。
          This is not compatible with the version before: `by_name` is over other fields.
        incompatible @ collections[0].personal
          与前一版本不兼容：`/phone` is no longer marked。
          This is not compatible with the version before: `/phone` is no longer marked.
        incompatible @ collections[0].keep_days
          与前一版本不兼容：documents are kept 30 days only。
          This is not compatible with the version before: documents are kept 30 days only.
        incompatible @ accounts
          与前一版本不兼容：`CNY/till` is gone。
          This is not compatible with the version before: `CNY/till` is gone.
        incompatible @ subscribes
          与前一版本不兼容：its own event `thing.made` is no longer listened to。
          This is not compatible with the version before: its own event `thing.made` is no longer listened to.
    "#]]
    .assert_eq(&all.join(""));
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
