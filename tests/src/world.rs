//! The platform in this process: components on SQLite behind the real server, and a clock that is set.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use linli_contract::{Community, Grant, Timestamp};
use linli_gateway::{TokenKeys, TokenSigner, Tokens};
use linli_host::{Binding, ManualClock, MasterKey, PersonRecord, Platform, PlatformConfig, Trust};
use linli_ingress::{Live, Server, ServerConfig};
use linli_store_sqlite::{SqliteOptions, SqliteStore};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::clock::WorldClock;
use crate::components;
use crate::http::Client;
use crate::neighbourhood::{Neighbourhood, Person};
pub use crate::setup::Setup;
use crate::spin::{self, Served, SpinHost};
use crate::spin_database::SpinDatabase;

/// Communities are numbered from here on, so that tests that share a world never share a community.
static NEXT_COMMUNITY: AtomicU64 = AtomicU64::new(330_105_001_001);

/// Of the master key, and of the key that signs tokens.
const SEED: [u8; 32] = [7; 32];

/// A running platform. Its database goes with it.
pub struct World {
    /// Where the server's tasks run; tests themselves are plain threads.
    pub runtime: Runtime,
    /// The host.
    pub platform: Arc<Platform>,
    /// Its store.
    pub store: Arc<SqliteStore>,
    /// Stands still until it is set.
    pub clock: WorldClock,
    /// What is served.
    pub live: Arc<Live>,
    signer: Arc<TokenSigner>,
    address: SocketAddr,
    /// What answers instead of the server where Spin is wanted; then the host and its store are beside the point.
    spin: Option<(SpinHost, SpinDatabase)>,
    /// One at a time opens the database of a Spin host beside it.
    importing: Mutex<()>,
    // In the order of their going: the server before what it serves.
    server: Option<Server>,
    place: TempDir,
}

/// A world that others use, too.
#[derive(Clone)]
pub struct Shared(Arc<World>);

impl Deref for Shared {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Shared {
    /// See [`World::neighbourhood`]; it keeps the world there.
    pub fn neighbourhood(&self, residents: usize) -> Neighbourhood {
        self.0.neighbourhood(residents).in_world(self.0.clone())
    }
}

/// 2026-05-01 09:30 in Shanghai: when every clock starts.
pub fn morning() -> Timestamp {
    "2026-05-01T01:30:00Z".parse().unwrap()
}

impl World {
    /// The world that tests share which leave its clock alone: all core functions, and a notebook as a plugin. It is
    /// there as long as somebody has it.
    ///
    /// # Panics
    /// When it does not start.
    pub fn shared() -> Shared {
        static SHARED: Mutex<Weak<World>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(world) = shared.upgrade() {
            return Shared(world);
        }
        let core = components::core();
        let world = Arc::new(Setup { core, ..Setup::of(&[]) }.plugin("notebook").start());
        *shared = Arc::downgrade(&world);
        if spin::is_wanted() {
            // Until this program ends: of all that is started for it, the host takes longest.
            static KEPT: OnceLock<Shared> = OnceLock::new();
            KEPT.get_or_init(|| Shared(world.clone()));
        }
        Shared(world)
    }

    pub(crate) fn start(setup: Setup, on_spin: bool) -> Self {
        raise_open_files();
        let runtime = Runtime::new().unwrap();
        let place = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(place.path().join("linli.db"), SqliteOptions::default()).unwrap();
        let clock = Arc::new(ManualClock::new(morning()));
        let signer = TokenSigner::from_seed(&SEED);
        let spin = on_spin.then(|| start_spin(&setup, place.path(), &signer));
        let config = PlatformConfig {
            limits: setup.host.clone(),
            // Compiled once for all worlds of all runs.
            cache_dir: Some(components::directory().with_file_name("compiled-for-tests")),
            plugin_dir: Some(place.path().join("plugins")),
            settings: setup.settings,
            outbound: setup.outbound,
            signatures: setup.signatures,
            ..PlatformConfig::new(clock.clone())
        };
        let platform = Platform::new(config, store.clone(), MasterKey::new(SEED)).unwrap();
        let keys = TokenKeys::from_jwks(&signer.jwks()).unwrap();
        let tokens = Arc::new(Tokens::new(keys));
        let live = Live::new(platform.clone(), store.clone(), clock.clone(), setup.host, tokens).unwrap();
        let config = ServerConfig {
            limits: setup.server,
            published_jwks: Some(signer.jwks()),
            artifacts: setup.artifacts,
            ..ServerConfig::default()
        };
        let server = runtime.block_on(async {
            for name in &setup.core {
                live.load(&components::wasm(name), Trust::Core).await.unwrap();
            }
            for (name, trust) in &setup.guests {
                live.load(&components::wasm(name), *trust).await.unwrap();
            }
            Server::start(config, live.clone()).await.unwrap()
        });
        let address = spin.as_ref().map_or(server.address(), |(host, _)| host.address());
        let clock = WorldClock::new(clock, spin.as_ref().map(|(host, _)| host.clock_file()));
        let (signer, importing, server) = (Arc::new(signer), Mutex::new(()), Some(server));
        Self { runtime, platform, store, clock, live, signer, address, spin, importing, server, place }
    }

    /// What a data directory of `linli` is, but for its keys.
    pub fn data_dir(&self) -> &Path {
        self.place.path()
    }

    /// Whom tokens are believed: a JWK set.
    pub fn token_keys(&self) -> String {
        self.signer.jwks()
    }

    /// The master key, in hex.
    pub fn master_key() -> String {
        SEED.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where the files of plugins are.
    pub fn plugin_dir(&self) -> PathBuf {
        self.place.path().join("plugins")
    }

    /// The server, to be drained.
    ///
    /// # Panics
    /// When it was taken before.
    pub fn take_server(&mut self) -> Server {
        self.server.take().unwrap()
    }

    /// A client with connections of its own.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A community nobody else has, with so many residents.
    pub fn neighbourhood(&self, residents: usize) -> Neighbourhood {
        let code = NEXT_COMMUNITY.fetch_add(1, Ordering::Relaxed);
        self.neighbourhood_at(Community::from_code(code).unwrap(), residents)
    }

    /// This community, which nobody else must have, with so many residents.
    pub fn neighbourhood_at(&self, community: Community, residents: usize) -> Neighbourhood {
        self.import(&Neighbourhood::people(community, residents));
        Neighbourhood::new(community, self.client(), self.signer.clone(), morning())
    }

    /// Puts people into the directory.
    pub fn import(&self, people: &[PersonRecord]) {
        self.import_all(people, &[]);
    }

    fn import_all(&self, people: &[PersonRecord], bindings: &[Binding]) {
        let import = |platform: &Platform| {
            self.runtime.block_on(platform.directory().import(people, bindings)).unwrap();
        };
        match &self.spin {
            None => import(&self.platform),
            // Into the database Spin serves, beside it, as operators do.
            Some((_, database)) => {
                let _turn = self.importing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let config = PlatformConfig::new(self.clock.manual());
                import(&Platform::new(config, database.open(), MasterKey::new(SEED)).unwrap());
            }
        }
    }

    /// Binds a relative to an elder for a year, for what this component does.
    ///
    /// # Panics
    /// When the directory refuses it.
    pub fn bind(&self, elder: &Person, relative: &Person, component: &str) {
        let binding = Binding {
            elder: elder.id.clone(),
            relative: relative.id.clone(),
            scopes: vec![component.to_owned()],
            confirmed_by_elder_at: Some(morning()),
            confirmed_by_relative_at: Some(morning()),
            expires_at: morning().plus_seconds(365 * 86_400),
        };
        self.import_all(&[], &[binding]);
    }

    /// Whether what is due is delivered soon after a command by itself, as on Spin, and not by [`World::deliver`] alone.
    pub fn delivers_by_itself(&self) -> bool {
        self.spin.is_some()
    }

    /// Moves the time on, and delivers what is due then; how much that was.
    pub fn advance(&self, by: Duration) -> usize {
        self.clock.advance(by);
        self.deliver()
    }

    /// Sets the time, and delivers what is due then.
    ///
    /// # Panics
    /// When the text is no time.
    pub fn advance_to(&self, time: &str) -> usize {
        self.clock.set(time.parse().unwrap());
        self.deliver()
    }

    /// Delivers what is due.
    pub fn deliver(&self) -> usize {
        match &self.spin {
            None => self.runtime.block_on(self.platform.deliver_due()),
            Some((host, _)) => host.deliver(),
        }
    }

    /// Asserts what `linli verify` checks.
    #[track_caller]
    pub fn verify(&self) {
        if let Some((_, database)) = &self.spin {
            assert_eq!(linli_store::verify(&*database.open_read_only()).unwrap(), []);
        }
        assert_eq!(linli_store::verify(&*self.store).unwrap(), []);
    }
}

/// The same core functions, plugins and configuration on Spin.
fn start_spin(setup: &Setup, place: &Path, signer: &TokenSigner) -> (SpinHost, SpinDatabase) {
    let plugins = setup.guests.iter().map(|(name, trust)| {
        assert_eq!(*trust, Trust::Plugin, "{name}");
        (*name, Grant::nothing(&format!("plugin/{name}")))
    });
    let plugins: Vec<_> = plugins.collect();
    let database = SpinDatabase::new(place);
    // Made by this project's own store, as `linli directory import` would.
    drop(database.open());
    let served = Served {
        core: &setup.core,
        plugins: &plugins,
        settings: &setup.settings,
        outbound: &setup.outbound,
        signatures: &setup.signatures,
        token_keys: &signer.jwks(),
        master_key: &World::master_key(),
        database: &database,
    };
    (SpinHost::start(&served, place, morning()), database)
}

/// Connections of both ends, and of every snapshot: more than the 1,024 open files many systems allow at first.
fn raise_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Refused: the limit stays, and a test that needs more will say so.
    let _ = setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit });
}
