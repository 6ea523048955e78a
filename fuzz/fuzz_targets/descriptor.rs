//! What a component says it is: JSON, or any shape, and perhaps the version before it. The contract's checks, and the
//! routes, schemas and pages made of it.

#![no_main]

use std::sync::Arc;

use arbitrary::Unstructured;
use http::Request;
use libfuzzer_sys::fuzz_target;
use linli_contract::{Descriptor, Operation};
use linli_fuzz::{door, responses, shapes};
use linli_gateway::{Gateway, Routes, openapi, reference_page};
use linli_vetting::{Expected, VetReport, vet_descriptor};

/// What it might import: one of each sort.
const IMPORTS: [&str; 3] =
    ["linli:platform/ledger@0.1.0", "linli:platform/records@0.1.0", "linli:platform/registry@0.1.0"];

fuzz_target!(|bytes: &[u8]| {
    match read(bytes) {
        Some((descriptor, previous)) => judge(descriptor, previous),
        None => {
            let mut from = Unstructured::new(bytes);
            let (Ok(descriptor), Ok(previous)) =
                (shapes::descriptor(&mut from), shapes::descriptor(&mut from))
            else {
                return;
            };
            judge(descriptor, Some(previous));
        }
    }
});

/// One, or two in a list: the new one and the one before.
fn read(bytes: &[u8]) -> Option<(Descriptor, Option<Descriptor>)> {
    let pair = || Some(serde_json::from_slice::<(Descriptor, Descriptor)>(bytes).ok()?);
    let one = serde_json::from_slice::<Descriptor>(bytes).ok();
    one.map(|one| (one, None)).or_else(|| pair().map(|(new, old)| (new, Some(old))))
}

fn judge(descriptor: Descriptor, previous: Option<Descriptor>) {
    let text = serde_json::to_string(&descriptor).expect("a descriptor is JSON");
    assert_eq!(serde_json::from_str::<Descriptor>(&text).ok().as_ref(), Some(&descriptor));

    let imports = IMPORTS.iter().map(|name| (*name).to_owned()).collect();
    let mut report = VetReport { imports, ..VetReport::default() };
    vet_descriptor(&mut report, &descriptor, &Expected { previous, ..Expected::default() });
    for line in report.in_words() {
        assert!(!line.zh.is_empty() && !line.en.is_empty());
    }
    assert_eq!(report.permissions.len(), descriptor.permissions.len());

    let valid = descriptor.validate().is_ok();
    let descriptor = Arc::new(descriptor);
    match Routes::build(std::slice::from_ref(&descriptor)) {
        Ok(routes) => {
            assert!(valid, "what breaks the contract is not served");
            serve(routes, &descriptor);
        }
        Err(faults) => {
            assert!(!report.passed(), "what passed cannot be served: {faults:?}");
            assert!(faults.iter().all(|fault| !fault.place.is_empty() && !fault.reason.is_empty()));
        }
    }
}

/// Knocks at each of its operations.
fn serve(routes: Routes, descriptor: &Arc<Descriptor>) {
    let page = reference_page(&openapi(std::slice::from_ref(descriptor), "https://linli.example"));
    assert!(page.ends_with("</html>"));
    let gateway = Gateway::new(routes, door::tokens());
    for operation in &descriptor.operations {
        for body in ["", "{}", r#"{"id":1,"a":[{"b":null}],"x":"y"}"#] {
            knock(&gateway, descriptor, operation, body);
        }
    }
}

fn knock(gateway: &Gateway, descriptor: &Descriptor, operation: &Operation, body: &str) {
    let steps = operation.path.split('/').map(|step| if step.starts_with('{') { "1" } else { step });
    let path = steps.collect::<Vec<_>>().join("/");
    let uri = format!("/v1/{}/{}{path}?id=2&a=x", door::HERE, descriptor.name);
    let request = Request::builder().method(operation.method.as_str()).uri(uri);
    let token = &door::callers()[0].1;
    let request = request.header("authorization", format!("Bearer {token}"));
    let request = request.header("content-type", "application/json").body(()).expect("a request");
    let parts = request.into_parts().0;
    match gateway.admit(&parts, door::now()).and_then(|admitted| admitted.input(body.as_bytes())) {
        Ok(input) => responses::input(&input.json),
        Err(rejection) => responses::refusal(&rejection.respond(&parts.headers, "r-1")),
    }
}
