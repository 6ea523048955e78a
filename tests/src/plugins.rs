//! A merchant who writes plugins: a registered key, the doorbell in as many versions as a test wants, and what is asked
//! of the platform about them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use linli_contract::{Area, Role, Rollout, signed_statement};
use linli_host::{Act, Upload, digest_of};
use serde_json::{Value as Json, json};

use crate::components;
use crate::http::{Client, Reply};
use crate::neighbourhood::{Neighbourhood, Person};
use crate::providers::CODE;
use crate::world::World;

/// The plugin of the guest `doorbell`.
pub const DOORBELL: &str = "doorbell";
/// As they stand in the guest's file, once each.
const VERSION: &str = "1.0.0-doorbell";
const TEMPER: &str = "temper: calm";

/// The doorbell as this version (as many characters as `1.0.0`), in this temper: `calm`, `trap`, `busy` or `loop`.
///
/// # Panics
/// When the guest is not what it was.
pub fn doorbell(version: &str, temper: &str) -> Vec<u8> {
    doorbell_with(version, temper, &[])
}

/// As [`doorbell`], with other texts in the place of some.
///
/// # Panics
/// When the guest is not what it was.
pub fn doorbell_with(version: &str, temper: &str, others: &[(&str, &str)]) -> Vec<u8> {
    let wasm = components::wasm(DOORBELL);
    let wasm = replaced(wasm, VERSION, &format!("{version}-doorbell"));
    let wasm = replaced(wasm, TEMPER, &format!("temper: {temper}"));
    others.iter().fold(wasm, |wasm, (from, to)| replaced(wasm, from, to))
}

fn replaced(mut wasm: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let found = |wasm: &[u8], from: &str| wasm.windows(from.len()).position(|part| part == from.as_bytes());
    let mut times = 0;
    let mut place = 0;
    while let Some(at) = found(&wasm[place..], from) {
        wasm[place + at..place + at + to.len()].copy_from_slice(to.as_bytes());
        place += at + to.len();
        times += 1;
    }
    assert!(times > 0, "{from} is not in the file");
    wasm
}

/// A merchant with a key.
pub struct Merchant {
    /// As the provider's staff.
    pub staff: Person,
    key: SigningKey,
    client: Client,
}

impl Merchant {
    /// The key that is registered for it.
    fn key() -> SigningKey {
        SigningKey::from_bytes(&[5; 32])
    }

    /// Somebody else who has the same key.
    #[must_use]
    pub fn with_staff(self, staff: Person) -> Self {
        Self { staff, ..self }
    }

    /// Applies with a key, is admitted, and is [`CODE`] then; resident 0 owns it.
    pub fn admitted(world: &World, here: &Neighbourhood) -> Self {
        let merchant = Self::approved_by_review(here, "2028-12-31");
        world.deliver();
        merchant
    }

    /// Applies with a key and a licence until this day, and is approved; registered once that is delivered.
    pub fn approved_by_review(here: &Neighbourhood, licensed_until: &str) -> Self {
        let key = Self::key();
        let mut application = Neighbourhood::application();
        application["licence"]["valid_until"] = json!(licensed_until);
        let public = key.verifying_key().to_bytes();
        application["public_key"] =
            json!(public.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let application = here.apply(&here.resident(0), &application).expect(201);
        here.review(&application, "approve").expect(200);
        Self { staff: here.staff_of(CODE), key, client: here.client.clone() }
    }

    /// The staff of a provider that registered no key, or another one.
    pub fn of(here: &Neighbourhood, provider: &str) -> Self {
        Self { staff: here.staff_of(provider), key: Self::key(), client: here.client.clone() }
    }

    /// The signature over a file as this version of the doorbell.
    ///
    /// # Panics
    /// When the version is none.
    pub fn sign(&self, version: &str, wasm: &[u8]) -> String {
        self.sign_as(DOORBELL, version, wasm)
    }

    fn sign_as(&self, name: &str, version: &str, wasm: &[u8]) -> String {
        let (name, version) = (name.parse().unwrap(), version.parse().unwrap());
        STANDARD.encode(self.key.sign(&signed_statement(&name, &version, &digest_of(wasm))).to_bytes())
    }

    /// Uploads a file as this version of the doorbell, signed.
    pub fn upload(&self, version: &str, wasm: &[u8]) -> Reply {
        self.send(version, wasm, &self.sign(version, wasm))
    }

    /// Uploads a file as this version of another plugin, signed.
    pub fn upload_as(&self, name: &str, version: &str, wasm: &[u8]) -> Reply {
        self.send_as(name, version, wasm, &self.sign_as(name, version, wasm))
    }

    /// Uploads a file with this signature.
    pub fn send(&self, version: &str, wasm: &[u8], signature: &str) -> Reply {
        self.send_as(DOORBELL, version, wasm, signature)
    }

    fn send_as(&self, name: &str, version: &str, wasm: &[u8], signature: &str) -> Reply {
        self.client
            .call("PUT", &format!("/v1/plugins/{name}/versions/{version}"))
            .token(&self.staff.token)
            .header("content-type", "application/wasm")
            .header("linli-signature", signature)
            .bytes(wasm)
            .send()
    }

    /// Uploads the doorbell as this version, and has it approved.
    pub fn approved(&self, here: &Neighbourhood, version: &str, temper: &str) {
        let full = full(version);
        self.upload(&full, &doorbell(version, temper)).expect(201);
        decide(here, &full, "approve").expect(200);
    }
}

/// Has a guest uploaded as a merchant's plugin, approved with all it asks for, and live for the whole province.
///
/// # Panics
/// When the platform does not take it.
pub fn install(world: &World, name: &str) {
    install_for(world, "golden-market", name, &components::wasm(name));
}

/// As [`install`], any file as the plugin of any provider.
///
/// # Panics
/// When the platform does not take it.
pub fn install_for(world: &World, provider: &str, name: &str, wasm: &[u8]) {
    let act = |role| Act { role, by: None, reason: Some("测试".to_owned()), request_id: "test".to_owned() };
    let (name, version) = (name.parse().unwrap(), "0.1.0".parse().unwrap());
    let permissions = linli_host::inspect(wasm).unwrap().descriptor.unwrap().permissions;
    let (provider, report) = (provider.to_owned(), "{}".to_owned());
    let upload = Upload { provider, name, version, permissions, report };
    let rollout = Rollout { areas: vec!["33".parse().unwrap()], share: 10_000 };
    world.runtime.block_on(async {
        world.platform.upload_plugin(&upload, wasm, &act("provider")).await.unwrap();
        let (name, version) = (&upload.name, &upload.version);
        world.platform.decide_plugin(name, version, true, &act("reviewer")).await.unwrap();
        world.live.roll_out(name, version, &rollout, &act("operator")).await.unwrap();
    });
}

/// What a version of the doorbell is called.
pub fn full(version: &str) -> String {
    format!("{version}-doorbell")
}

/// A reviewer of the whole city.
pub fn reviewer(here: &Neighbourhood) -> Person {
    wide(here, Role::Reviewer)
}

/// An operator of the whole city.
pub fn operator(here: &Neighbourhood) -> Person {
    wide(here, Role::Operator)
}

fn wide(here: &Neighbourhood, role: Role) -> Person {
    let city: Area = "3301".parse().expect("four digits");
    here.person(here.staff(role).id, role, &city)
}

/// Asks the platform about the doorbell: `rollout`, `suspension`, or nothing for the plugin itself.
pub fn ask(here: &Neighbourhood, who: &Person, method: &str, rest: &str, body: Option<&Json>) -> Reply {
    let path = if rest.is_empty() { String::new() } else { format!("/{rest}") };
    let call = here.client.call(method, &format!("/v1/plugins/{DOORBELL}{path}")).token(&who.token);
    match body {
        Some(body) => call.json(body).send(),
        None => call.send(),
    }
}

/// Decides about a version: `approve` or `reject`.
pub fn decide(here: &Neighbourhood, version: &str, decision: &str) -> Reply {
    let body = json!({ "decision": decision, "reason": "已核对权限与用途" });
    ask(here, &reviewer(here), "POST", &format!("versions/{version}/decisions"), Some(&body))
}

/// Rolls a version out to a share of the callers of the whole city.
pub fn roll_out(here: &Neighbourhood, version: &str, share: u32) -> Reply {
    let body = json!({ "version": full(version), "areas": ["3301"], "share": share });
    ask(here, &operator(here), "PUT", "rollout", Some(&body))
}

/// The plugin as an operator sees it.
pub fn shown(here: &Neighbourhood) -> Json {
    ask(here, &operator(here), "GET", "", None).expect(200)
}

/// What happened to it, in order.
///
/// # Panics
/// When it is no plugin.
pub fn events(here: &Neighbourhood) -> Vec<String> {
    let shown = shown(here);
    let events = shown["events"].as_array().unwrap();
    events.iter().map(|event| event["what"].as_str().unwrap().to_owned()).collect()
}

/// Rings at a door.
pub fn ring(here: &Neighbourhood, who: &Person, door: &str) -> Reply {
    here.post(who, "doorbell/rings", &json!({ "door": door }))
}

/// The version of the doorbell that somebody gets; none when it is not there.
///
/// # Panics
/// When it is there and answers something else.
pub fn version_of(here: &Neighbourhood, who: &Person) -> Option<String> {
    let reply = here.get(who, "doorbell/sign");
    if reply.status == 404 {
        return None;
    }
    let version = reply.expect(200)["version"].as_str().unwrap().to_owned();
    Some(version.strip_suffix("-doorbell").unwrap().to_owned())
}
