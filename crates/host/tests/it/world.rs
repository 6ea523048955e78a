//! A platform with a clock of its own and a few people.

use std::path::PathBuf;
use std::sync::Arc;

use linli_contract::{Answer, Area, Community, Content, Idempotency, Identity, Role, Timestamp};
use linli_host::{
    CallError, CallRequest, Called, HostLimits, ManualClock, MasterKey, PersonRecord, Platform,
    PlatformConfig, Trust,
};
use linli_store::{Oracle, Partition};
use serde_json::{Value as Json, json};

pub const COMMUNITY: u64 = 330_105_001_001;

pub struct World {
    pub platform: Arc<Platform>,
    pub store: Arc<Oracle>,
    pub clock: Arc<ManualClock>,
}

/// The bytes of a guest.
pub fn guest(name: &str) -> Vec<u8> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/components");
    let components =
        std::env::var_os("LINLI_COMPONENTS").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let path = components.join("tests").join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo xtask build` compiles the components", path.display())
    })
}

pub fn community() -> Community {
    Community::from_code(COMMUNITY).unwrap()
}

/// 2026-05-01 09:30 in Shanghai.
pub fn morning() -> Timestamp {
    "2026-05-01T01:30:00Z".parse().unwrap()
}

pub fn person(id: &str, role: Role) -> PersonRecord {
    PersonRecord {
        id: id.to_owned(),
        roles: vec![role],
        community: community(),
        name: "某某某".to_owned(),
        phone: None,
        birth_date: Some("1950-05-02".to_owned()),
        citizen_number: None,
        address: None,
        grid: None,
    }
}

impl World {
    pub async fn with(guests: &[(&str, Trust)]) -> Self {
        Self::limited(HostLimits::default(), guests).await
    }

    pub async fn limited(limits: HostLimits, guests: &[(&str, Trust)]) -> Self {
        Self::configured(|config| PlatformConfig { limits, ..config }, guests).await
    }

    pub async fn configured(
        configure: impl FnOnce(PlatformConfig) -> PlatformConfig,
        guests: &[(&str, Trust)],
    ) -> Self {
        let clock = Arc::new(ManualClock::new(morning()));
        let store = Arc::new(Oracle::new());
        let config = configure(PlatformConfig::new(clock.clone()));
        let platform = Platform::new(config, store.clone(), MasterKey::new([7; 32])).unwrap();
        for (name, trust) in guests {
            platform.load(&guest(name), *trust).await.unwrap();
        }
        let people = [person("r1", Role::Resident), person("r2", Role::Resident), person("w1", Role::Worker)];
        platform.directory().import(&people, &[]).await.unwrap();
        Self { platform, store, clock }
    }

    pub async fn call(&self, request: CallRequest) -> Result<Called, CallError> {
        self.platform.call(request).await
    }

    /// The JSON of a reply.
    pub async fn ok(&self, request: CallRequest) -> Json {
        match self.call(request).await.expect("the call has an answer").answer {
            Answer::Reply(reply) => match reply.content {
                Content::Json(text) => serde_json::from_str(&text).unwrap(),
                _ => Json::Null,
            },
            Answer::Problem(problem) => panic!("a reply was expected, not {problem}"),
        }
    }

    /// The code of a problem.
    pub async fn problem(&self, request: CallRequest) -> String {
        match self.call(request).await.expect("the call has an answer").answer {
            Answer::Problem(problem) => problem.code.into_owned(),
            Answer::Reply(_) => panic!("a problem was expected"),
        }
    }

    /// Rows of the community of one sort.
    pub fn rows(&self, kind: linli_store::Kind) -> usize {
        let rows = self.store.rows(Partition::Community(community()));
        rows.iter().filter(|(key, _)| key.first() == Some(&(kind as u8))).count()
    }
}

pub fn resident(id: &str) -> Identity {
    identity(id, Role::Resident)
}

pub fn identity(id: &str, role: Role) -> Identity {
    Identity {
        subject: Some(id.to_owned()),
        acting_for: None,
        roles: vec![role],
        area: Some(Area::of(community())),
        provider: None,
    }
}

/// A call by resident `r1`.
pub fn request(component: &str, operation: &str, input: Json) -> CallRequest {
    CallRequest {
        component: component.parse().unwrap(),
        operation: operation.to_owned(),
        community: community(),
        identity: resident("r1"),
        input: input.to_string(),
        idempotency: None,
        request_id: "test".to_owned(),
    }
}

pub fn by(identity: Identity, request: CallRequest) -> CallRequest {
    CallRequest { identity, ..request }
}

/// With an idempotency key, and a fingerprint of the request.
pub fn keyed(key: u8, fingerprint: u8, request: CallRequest) -> CallRequest {
    CallRequest {
        idempotency: Some(Idempotency { key: [key; 16], fingerprint: [fingerprint; 32] }),
        ..request
    }
}

pub fn note(text: &str) -> CallRequest {
    request("notebook", "create_note", json!({ "text": text }))
}
