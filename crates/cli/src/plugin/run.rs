//! `linli plugin run`: the plugin live on this machine, on a platform in memory; built and loaded again when a file of
//! the project changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use linli_contract::{Area, Descriptor, Method, Operation, Role};
use linli_gateway::{TokenKeys, TokenSigner, Tokens};
use linli_host::{Clock as _, HostLimits, MasterKey, PersonRecord, Platform, PlatformConfig, SystemClock};
use linli_ingress::{Live, Server, ServerConfig};
use linli_store::Oracle;
use notify::{RecursiveMode, Watcher as _};
use serde_json::{Map, Value as Json, json};
use tokio::sync::{mpsc, watch};

use super::manifest::FILE;
use super::project::{Places, Project};
use super::scenario::{credit, granted};
use crate::{demo, token};

/// An editor that saves several files is done by then.
const SETTLING: Duration = Duration::from_millis(200);
/// What each resident of the demo has at first, in fen: enough to try things with.
const PURSE_FEN: i64 = 100_000;
/// Residents who have it.
const PURSES: usize = 10;
/// How long the printed tokens are good for, in seconds: a day of work.
const TOKEN_SECONDS: u32 = 86_400;
/// The publisher's own staff, in the directory.
const STAFF: &str = "merchant-1";
/// What a project consists of, below its directory.
const WATCHED: [&str; 4] = ["src", FILE, "Cargo.toml", "package.json"];

/// Serves until it is interrupted.
///
/// # Errors
/// The first build fails, or the platform does not start; later builds that fail are told, and what was live stays.
pub async fn run(project: &Project, listen: SocketAddr, settings: &BTreeMap<String, Json>) -> Result<()> {
    // First of all, so that no change comes between what is built and what is watched.
    let mut changes = Changes::watch(&project.root)?;
    let component = project.build(&Places::default())?;
    let clock = Arc::new(SystemClock);
    let store = Arc::new(Oracle::new());
    let config = PlatformConfig {
        cache_dir: Some(component.with_file_name("compiled")),
        settings: BTreeMap::from([(project.manifest.name.to_string(), settings.clone())]),
        ..PlatformConfig::new(clock.clone())
    };
    // Nothing outlives the process, so its secrets need not either.
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the system gives no random numbers")?;
    let platform = Platform::new(config, store.clone(), MasterKey::new(seed))?;
    let signer = TokenSigner::from_seed(&seed);
    let tokens = Arc::new(Tokens::new(TokenKeys::from_jwks(&signer.jwks())?));
    let live = Live::new(platform.clone(), store.clone(), clock, HostLimits::default(), tokens)?;
    let now = SystemClock.now();
    let mut people = demo::people(demo::community(), now);
    people.push(staff());
    platform.directory().import(&people, &[]).await?;
    for place in 0..PURSES {
        credit(&*store, now, &demo::resident_id(place), "CNY", PURSE_FEN)?;
    }
    load(project, &live, &component).await?;
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(platform.clone().run_deliveries(stopped));
    let server = Server::start(ServerConfig { listen, ..ServerConfig::default() }, live.clone()).await?;
    println!("{}", calls(&live, project, server.address(), &signer)?);
    loop {
        tokio::select! {
            () = changes.next() => again(&project.root, &live).await,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

/// Builds and loads what has changed; what does not build is told, and what was live stays.
async fn again(root: &Path, live: &Live) {
    let built = async {
        let project = Project::find(root)?;
        let component = tokio::task::block_in_place(|| project.build(&Places::default()))?;
        load(&project, live, &component).await
    };
    match built.await {
        Ok(()) => println!("live again"),
        Err(error) => eprintln!("linli: {error:#}\nlinli: what was live before still is"),
    }
}

async fn load(project: &Project, live: &Live, component: &Path) -> Result<()> {
    let wasm = std::fs::read(component).with_context(|| format!("cannot read {}", component.display()))?;
    let loaded = live.load_plugin(&wasm, Arc::new(granted(&project.manifest))).await;
    loaded.map(drop).context("the platform does not take it; a setting is given with --setting NAME=JSON")
}

/// Tells when a file of a project has changed, once for all that change together.
struct Changes {
    told: mpsc::UnboundedReceiver<()>,
    _watcher: notify::RecommendedWatcher,
}

impl Changes {
    fn watch(root: &Path) -> Result<Self> {
        let (tell, told) = mpsc::unbounded_channel();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Nobody listens any more once the process ends.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = tell.send(());
            }
        })?;
        for path in WATCHED.iter().map(|name| root.join(name)).filter(|path| path.exists()) {
            watcher
                .watch(&path, RecursiveMode::Recursive)
                .with_context(|| format!("cannot watch {}", path.display()))?;
        }
        Ok(Self { told, _watcher: watcher })
    }

    async fn next(&mut self) {
        // The sender lives as long as the watcher, and that as long as we.
        let _ = self.told.recv().await;
        while tokio::time::timeout(SETTLING, self.told.recv()).await.is_ok() {}
    }
}

fn staff() -> PersonRecord {
    PersonRecord {
        id: STAFF.to_owned(),
        roles: vec![Role::Provider],
        community: demo::community(),
        name: "商户甲".to_owned(),
        phone: None,
        birth_date: None,
        citizen_number: None,
        address: None,
        grid: None,
    }
}

/// Every operation, as one would type it, with tokens that work.
fn calls(live: &Live, project: &Project, address: SocketAddr, signer: &TokenSigner) -> Result<String> {
    let services = live.platform().services();
    let mine = services.iter().find(|service| service.descriptor().name == project.manifest.name);
    let descriptor = mine.context("the plugin is not live")?.descriptor().clone();
    let mut page =
        format!("{} is live at http://{address}; reference: http://{address}/docs\n", descriptor.name);
    let area = Area::of(demo::community());
    let mut variables: BTreeMap<Role, String> = BTreeMap::new();
    for role in descriptor.operations.iter().filter_map(caller) {
        let (subject, provider) = match role {
            Role::Resident => (demo::resident_id(0), None),
            Role::Provider => (STAFF.to_owned(), Some(project.manifest.provider.as_str())),
            other => (format!("{}-1", other.as_str()), None),
        };
        if let std::collections::btree_map::Entry::Vacant(vacant) = variables.entry(role) {
            vacant.insert(token::sign(signer, &[role], &subject, &area, provider, TOKEN_SECONDS)?);
        }
    }
    for (role, token) in &variables {
        // Writing to a string cannot fail.
        let _ = write!(page, "\n{}='{token}'", variable(*role));
    }
    for operation in &descriptor.operations {
        let _ = write!(page, "\n\n# {}\n{}", operation.title.en, curl(&descriptor, operation, address));
    }
    Ok(page)
}

fn caller(operation: &Operation) -> Option<Role> {
    operation.roles.first().copied().filter(|role| *role != Role::Anyone)
}

/// The shell's name for a token: `RESIDENT`, `GRID_WORKER`.
fn variable(role: Role) -> String {
    role.as_str().to_uppercase().replace('-', "_")
}

fn curl(descriptor: &Descriptor, operation: &Operation, address: SocketAddr) -> String {
    let path = format!("http://{address}/v1/{}/{}{}", demo::COMMUNITY, descriptor.name, operation.path);
    let mut line = match operation.method {
        Method::Get => format!("curl -s '{path}'"),
        method => format!("curl -s -X {} '{path}'", method.as_str()),
    };
    if let Some(role) = caller(operation) {
        let _ = write!(line, " -H \"Authorization: Bearer ${}\"", variable(role));
    }
    let body = example(operation);
    if !body.is_empty() && operation.method != Method::Get {
        let _ = write!(line, " \\\n  -H 'Content-Type: application/json' -d '{}'", Json::Object(body));
    }
    line
}

/// What must be in the body: something of each type, for whoever types it to replace.
fn example(operation: &Operation) -> Map<String, Json> {
    let schema: Json = serde_json::from_str(&operation.input).unwrap_or_default();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let parameters: Vec<&str> = operation.path_parameters().collect();
    let names = required.iter().filter_map(Json::as_str).filter(|name| !parameters.contains(name));
    names.map(|name| (name.to_owned(), value(&schema["properties"][name]))).collect()
}

fn value(schema: &Json) -> Json {
    match (schema["type"].as_str(), &schema["enum"][0]) {
        (_, first) if !first.is_null() => first.clone(),
        (Some("integer"), _) => schema["minimum"].as_i64().unwrap_or(1).into(),
        (Some("boolean"), _) => true.into(),
        (Some("array"), _) => json!([]),
        (Some("string"), _) if schema["format"] == "date-time" => {
            SystemClock.now().plus_seconds(86_400).to_string().into()
        }
        _ => "…".into(),
    }
}
