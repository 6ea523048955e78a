//! `linli serve`: everything wired together, until a signal says otherwise.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use linli_gateway::{TokenKeys, TokenSigner, Tokens};
use linli_host::{MasterKey, Platform, PlatformConfig, SystemClock, Trust};
use linli_ingress::{Drained, Live, Server, ServerConfig, limits::DRAIN_PERIOD};
use linli_store_sqlite::{SqliteOptions, SqliteStore};
use linli_vetting::Vetter;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::data_dir::DataDir;
use crate::demo;
use crate::logging::{self, Log};
use crate::registries::Registries;
use crate::settings::Config;
use crate::store_metrics::StoreMetrics;

/// What is left of the ten seconds for deliveries to stop, after the calls have.
const DELIVERIES_PERIOD: Duration = Duration::from_millis(500);

/// Serves until SIGTERM or SIGINT.
pub fn run(config: Config) -> Result<ExitCode> {
    let log = logging::start(&config.log, config.dev)?;
    let open_files = crate::open_files::raise_limit();
    if open_files.is_some_and(|files| files < config.limits.max_connections as u64) {
        tracing::warn!(
            open_files,
            "fewer open files are allowed than connections: raise the limit (ulimit -n)"
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(&config, &log));
    // Work that outlived its period is not waited for.
    runtime.shutdown_background();
    log.flush();
    served.map(|()| ExitCode::SUCCESS)
}

async fn serve(config: &Config, log: &Log) -> Result<()> {
    let mut stop = Stop::listen()?;
    let data = DataDir::create(&config.data)?;
    let signer = config.dev.then(|| data.dev_key().map(|seed| TokenSigner::from_seed(&seed))).transpose()?;
    let master = MasterKey::new(data.master_key()?);
    let demo = demo::Demo::prepare(&data, config.demo)?;
    let database = data.database();
    let store = SqliteStore::open(&database, SqliteOptions::default())
        .with_context(|| format!("cannot open {}", database.display()))?;
    let clock = Arc::new(SystemClock);
    let platform = Platform::new(
        PlatformConfig {
            limits: config.host.clone(),
            cache_dir: Some(data.compiled()),
            plugin_dir: Some(data.plugins()),
            settings: config.settings.clone(),
            outbound: config.outbound.clone(),
            signatures: config.signatures.clone(),
            ..PlatformConfig::new(clock.clone())
        },
        store.clone(),
        master,
    )?;
    let tokens = Arc::new(Tokens::new(token_keys(config, signer.as_ref())?));
    let live = Live::new(platform.clone(), store.clone(), clock, config.host.clone(), tokens)?;
    load_components(config, &live).await?;
    live.restore_plugins().await?;
    if let Some(demo) = demo {
        demo.load(&platform).await?;
    }
    let (deliveries, stop_deliveries) = start_deliveries(&platform);
    let server = Server::start(server_config(config, signer.as_ref(), &store)?, live).await?;
    let address = server.address();
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "serving");
    if config.demo
        && let Some(signer) = &signer
    {
        println!("{}", demo::calls::to_paste(&platform, address, signer).await?);
    }
    stop.wait().await;
    log.flush();
    tokio::select! {
        () = shut_down(server, &platform, deliveries, stop_deliveries, store) => Ok(()),
        () = stop.wait() => bail!("stopped at once, as asked by a second signal"),
    }
}

fn server_config(
    config: &Config,
    signer: Option<&TokenSigner>,
    store: &Arc<SqliteStore>,
) -> Result<ServerConfig> {
    // Uploads are vetted by this same program, in a process of its own.
    let program = std::env::current_exe().context("cannot tell which program this is")?;
    Ok(ServerConfig {
        listen: config.listen,
        limits: config.limits.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
        published_jwks: signer.map(TokenSigner::jwks),
        artifacts: Registries::listed(&config.plugin_registries, config.pull_period)
            .map(|registries| Arc::new(registries) as _),
        vetter: Vetter::child(program),
        metrics: vec![Arc::new(StoreMetrics(store.clone()))],
    })
}

/// The keys tokens are verified with: the identity provider's, and with `--dev` the development key.
fn token_keys(config: &Config, signer: Option<&TokenSigner>) -> Result<TokenKeys> {
    let mut keys = signer.map(|signer| TokenKeys::from_jwks(&signer.jwks())).transpose()?;
    if let Some(path) = &config.jwks {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the key set {}", path.display()))?;
        let mut provided = TokenKeys::from_jwks(&text).with_context(|| path.display().to_string())?;
        if let Some(issuer) = &config.issuer {
            provided = provided.with_issuer(issuer);
        }
        if let Some(audience) = &config.audience {
            provided = provided.with_audience(audience);
        }
        keys = Some(match keys {
            Some(keys) => keys.and(provided).with_context(|| path.display().to_string())?,
            None => provided,
        });
    }
    keys.context("no keys to verify tokens with")
}

/// Makes every component of the directory live. One that does not pass stops the start: a neighbourhood without one of
/// its services is not what was configured.
async fn load_components(config: &Config, live: &Live) -> Result<()> {
    let Some(directory) = &config.components else {
        tracing::warn!("no components: give their directory with --components");
        return Ok(());
    };
    for path in component_files(directory)? {
        let wasm = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let service = live.load(&wasm, Trust::Core).await.with_context(|| path.display().to_string())?;
        let descriptor = service.descriptor();
        tracing::info!(
            component = descriptor.name.as_str(),
            version = descriptor.version,
            digest = service.digest(),
            "component is live"
        );
    }
    let known = live.platform().services();
    for (what, name) in config.component_names() {
        if !known.iter().any(|service| service.descriptor().name.as_str() == name) {
            bail!(
                "there is `{what}.{name}` in the configuration, and no such component in {}",
                directory.display()
            );
        }
    }
    Ok(())
}

/// In the order of their names, so that every start is the same.
fn component_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let context = || format!("cannot read the components in {}", directory.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).with_context(context)? {
        let path = entry.with_context(context)?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("there is no *.wasm in {}", directory.display());
    }
    Ok(files)
}

fn start_deliveries(platform: &Arc<Platform>) -> (JoinHandle<()>, watch::Sender<bool>) {
    let (stop, stopped) = watch::channel(false);
    (tokio::spawn(platform.clone().run_deliveries(stopped)), stop)
}

async fn shut_down(
    server: Server,
    platform: &Platform,
    mut deliveries: JoinHandle<()>,
    stop_deliveries: watch::Sender<bool>,
    store: Arc<SqliteStore>,
) {
    tracing::info!("draining");
    // New deliveries wait for the next start; those that run finish beside the calls.
    stop_deliveries.send_replace(true);
    if server.drain(DRAIN_PERIOD).await == Drained::CutOff {
        tracing::warn!("some calls were still running when the time was up");
    }
    platform.drain();
    if let Err(error) = platform.keep_usage().await {
        tracing::warn!(%error, "what plugins used in the last minute is lost");
    }
    if tokio::time::timeout(DELIVERIES_PERIOD, &mut deliveries).await.is_err() {
        deliveries.abort();
    }
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    match closed {
        Ok(Ok(())) => tracing::info!("stopped"),
        Ok(Err(error)) => tracing::error!(%error, "the store did not close cleanly"),
        Err(error) => tracing::error!(%error, "the store did not close"),
    }
}

/// SIGTERM and SIGINT.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
