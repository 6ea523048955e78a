//! Every setting of the server, once: as a flag, as an environment variable, and as a key of the TOML file.
//!
//! A flag wins over the environment, the environment over the file, the file over the default. A key the file should
//! not have, or a value that cannot be, is refused at start with file and line: a server that runs with half of what was
//! meant is worse than one that does not start.

mod within;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use linli_host::{HostLimits, OutboundGrants, RollbackRule, SignatureAlgorithm, Signatures};
use linli_ingress::{Limits, limits};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub use within::Within;

use crate::registries::Registry;

/// Where the server listens unless told otherwise: this machine only.
const LISTEN: &str = "127.0.0.1:3000";
/// Pulling a component takes no longer unless told otherwise: 16 MiB at 2 Mbit/s.
const PULL_PERIOD: Duration = Duration::from_secs(60);
/// What is logged unless told otherwise.
const LOG: &str = "info";

/// What was given in one place: on the command line (with the environment behind it), or in the file.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// Data directory: database, keys, compiled components. Made at first start
    #[arg(long, env = "LINLI_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:3000]
    #[arg(long, env = "LINLI_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Directory whose *.wasm files are the core functions
    #[arg(long, env = "LINLI_COMPONENTS", value_name = "DIR")]
    pub components: Option<PathBuf>,
    /// Development: sign and accept tokens with a key kept in the data directory; logs for people
    #[arg(long, env = "LINLI_DEV", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub dev: Option<bool>,
    /// Load the demo community 330105001001 into a new data directory
    #[arg(long, env = "LINLI_DEMO", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub demo: Option<bool>,
    /// File with the JSON Web Key set (EdDSA, ES256, RS256) of the identity provider
    #[arg(long, env = "LINLI_JWKS", value_name = "FILE")]
    pub jwks: Option<PathBuf>,
    /// `iss` that tokens signed with the keys of --jwks must have
    #[arg(long, env = "LINLI_ISSUER", value_name = "TEXT")]
    pub issuer: Option<String>,
    /// `aud` that tokens signed with the keys of --jwks must have
    #[arg(long, env = "LINLI_AUDIENCE", value_name = "TEXT")]
    pub audience: Option<String>,
    /// What to log: `warn`, or `info,linli_host=debug` (tracing's filter syntax) [default: info]
    #[arg(long, env = "LINLI_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed, comma-separated
    #[arg(long, env = "LINLI_TRUSTED_PROXIES", value_name = "ADDRS", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<IpAddr>>,
    /// Calls worked on at once; 1 to 65536 [default: 256]
    #[arg(long, env = "LINLI_MAX_IN_FLIGHT", value_name = "N")]
    pub max_in_flight: Option<Within<1, 65_536>>,
    /// Calls that may wait for their turn before callers get 503; 0 to 65536 [default: 1024]
    #[arg(long, env = "LINLI_MAX_WAITING", value_name = "N")]
    pub max_waiting: Option<Within<0, 65_536>>,
    /// Connections open at once; 1 to 1000000 [default: 4096]
    #[arg(long, env = "LINLI_MAX_CONNECTIONS", value_name = "N")]
    pub max_connections: Option<Within<1, 1_000_000>>,
    /// Connections from one address that is no trusted proxy; 1 to 1000000 [default: 1024]
    #[arg(long, env = "LINLI_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    pub max_connections_per_address: Option<Within<1, 1_000_000>>,
    /// Calls without a token from one address, at once; 1 to 100000 [default: 30]
    #[arg(long, env = "LINLI_ANONYMOUS_BURST", value_name = "N")]
    pub anonymous_burst: Option<Within<1, 100_000>>,
    /// Calls without a token from one address, a minute; 1 to 1000000 [default: 60]
    #[arg(long, env = "LINLI_ANONYMOUS_PER_MINUTE", value_name = "N")]
    pub anonymous_per_minute: Option<Within<1, 1_000_000>>,
    /// Replies of at least so many bytes are compressed for clients that take gzip; 1 to 4194304 [default: 1024]
    #[arg(long, env = "LINLI_GZIP_MIN_BYTES", value_name = "BYTES")]
    pub gzip_min_bytes: Option<Within<1, 4_194_304>>,
    /// A request's headers must arrive within so many seconds; 1 to 300 [default: 10]
    #[arg(long, env = "LINLI_HEADER_SECONDS", value_name = "S")]
    pub header_seconds: Option<Within<1, 300>>,
    /// A request's body must arrive within so many seconds; 1 to 300 [default: 10]
    #[arg(long, env = "LINLI_BODY_SECONDS", value_name = "S")]
    pub body_seconds: Option<Within<1, 300>>,
    /// A connection on which nothing happens for so many seconds is closed; 1 to 3600 [default: 30]
    #[arg(long, env = "LINLI_IDLE_SECONDS", value_name = "S")]
    pub idle_seconds: Option<Within<1, 3_600>>,
    /// Answers of queries kept per component, to be given again while they stand; 0 to 1000000 [default: 8192]
    #[arg(long, env = "LINLI_KEPT_ANSWERS", value_name = "N")]
    pub kept_answers: Option<Within<0, 1_000_000>>,
    /// A plugin's new version is taken back when more of its calls fail than of the version before, by so many in ten
    /// thousand; 0 to 10000 [default: 500]
    #[arg(long, env = "LINLI_ROLLBACK_MARGIN", value_name = "BP")]
    pub rollback_margin: Option<Within<0, 10_000>>,
    /// Calls of a plugin's new version before it is judged; 1 to 1000000 [default: 50]
    #[arg(long, env = "LINLI_ROLLBACK_MINIMUM_CALLS", value_name = "N")]
    pub rollback_minimum_calls: Option<Within<1, 1_000_000>>,
    /// Seconds back for which a plugin's calls count when it is judged; 10 to 86400 [default: 600]
    #[arg(long, env = "LINLI_ROLLBACK_WINDOW_SECONDS", value_name = "S")]
    pub rollback_window_seconds: Option<Within<10, 86_400>>,
    /// Seconds for which a version that everybody gets is still compared with the one before; 0 to 2592000 [default:
    /// 86400]
    #[arg(long, env = "LINLI_ROLLBACK_TRIAL_SECONDS", value_name = "S")]
    pub rollback_trial_seconds: Option<Within<0, 2_592_000>>,
    /// OCI registries that plugins may be pulled from, comma-separated: `host[:port]`, or `host[:port]/prefix` for a part
    /// of one. LINLI_OCI_USER and LINLI_OCI_PASSWORD, where set, are shown to each [default: none]
    #[arg(long, env = "LINLI_PLUGIN_REGISTRIES", value_name = "REGISTRIES", value_delimiter = ',')]
    pub plugin_registries: Option<Vec<Registry>>,
    /// A plugin must come from its registry within so many seconds; 1 to 300 [default: 60]
    #[arg(long, env = "LINLI_PULL_SECONDS", value_name = "S")]
    pub pull_seconds: Option<Within<1, 300>>,
    /// Values of the components' own settings; in the file only
    #[arg(skip)]
    pub settings: ComponentSettings,
    /// Origins that components may call in their tasks, and how often; in the file only
    #[arg(skip)]
    #[serde(deserialize_with = "outbound_grants")]
    pub outbound: OutboundGrants,
    /// How components' signatures are made, for each purpose; in the file only
    #[arg(skip)]
    #[serde(deserialize_with = "signatures")]
    pub signatures: Signatures,
}

/// Component → setting → value.
pub type ComponentSettings = BTreeMap<String, BTreeMap<String, serde_json::Value>>;

fn outbound_grants<'de, D: Deserializer<'de>>(source: D) -> Result<OutboundGrants, D::Error> {
    let named: BTreeMap<String, BTreeMap<String, u32>> = Deserialize::deserialize(source)?;
    let origin = |(text, per_minute): (String, u32)| -> Result<_, D::Error> {
        let origin = text.parse().map_err(|error| D::Error::custom(format!("`{text}`: {error}")))?;
        if per_minute == 0 {
            return Err(D::Error::custom(format!("`{text}`: calls a minute are at least 1")));
        }
        Ok((origin, per_minute))
    };
    named
        .into_iter()
        .map(|(component, origins)| {
            Ok((component, origins.into_iter().map(origin).collect::<Result<_, _>>()?))
        })
        .collect()
}

/// One way to sign, or several in order.
#[derive(Deserialize)]
#[serde(untagged, expecting = "must be `ed25519`, `sm2`, or a list of both")]
enum Ways {
    One(String),
    Several(Vec<String>),
}

fn signatures<'de, D: Deserializer<'de>>(source: D) -> Result<Signatures, D::Error> {
    let named: BTreeMap<String, BTreeMap<String, Ways>> = Deserialize::deserialize(source)?;
    let ways = |(purpose, ways): (String, Ways)| -> Result<(String, Vec<SignatureAlgorithm>), D::Error> {
        let names = match ways {
            Ways::One(name) => vec![name],
            Ways::Several(names) => names,
        };
        let algorithms = names.iter().map(|name| name.parse()).collect::<Result<Vec<_>, _>>();
        let algorithms = algorithms.map_err(|error| D::Error::custom(format!("`{purpose}`: {error}")))?;
        let different: BTreeSet<_> = algorithms.iter().collect();
        if algorithms.is_empty() || different.len() != algorithms.len() {
            return Err(D::Error::custom(format!("`{purpose}`: every way to sign once, and at least one")));
        }
        Ok((purpose, algorithms))
    };
    let of_component = |(component, purposes): (String, BTreeMap<String, Ways>)| {
        Ok((component, purposes.into_iter().map(ways).collect::<Result<_, _>>()?))
    };
    named.into_iter().map(of_component).collect()
}

/// What the help says about the file.
pub const FILE_HELP: &str = "\
Every option can also stand in the environment (shown beside it) or in the TOML file given with --config, under its own
name without the dashes. A flag wins over the environment, and the environment over the file.

The file alone has the values of components' own settings:

    listen = \"0.0.0.0:3000\"
    jwks = \"/etc/linli/jwks.json\"
    trusted-proxies = [\"10.0.0.1\"]
    plugin-registries = [\"registry.example.com/plugins\"]

    [settings.activity-signup]
    name-of-a-setting = \"value\"

    # Where a component's tasks may call, and how often a minute. `http` only for a network of one's own.
    [outbound.affair-submission]
    \"https://licences.example.gov.cn\" = 60

    # What is signed how: \"ed25519\" unless \"sm2\" stands here (GB/T 32918.2 with SM3, user id 1234567812345678). Of a
    # list, the first signs, and what the others signed before stays good. Keys are at /.well-known/linli-keys.
    [signatures.affair-submission]
    certificate = [\"sm2\", \"ed25519\"]

`linli inspect FILE.wasm` shows what a component declares.";

/// All that the server needs to know, checked.
#[derive(Debug)]
pub struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub components: Option<PathBuf>,
    pub dev: bool,
    pub demo: bool,
    pub jwks: Option<PathBuf>,
    pub issuer: Option<String>,
    pub audience: Option<String>,
    pub log: String,
    pub trusted_proxies: Vec<IpAddr>,
    pub limits: Limits,
    pub host: HostLimits,
    pub plugin_registries: Vec<Registry>,
    pub pull_period: Duration,
    pub settings: ComponentSettings,
    pub outbound: OutboundGrants,
    pub signatures: Signatures,
}

impl Config {
    /// The components that are configured, each with the table that names it.
    pub fn component_names(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let (settings, outbound) = (self.settings.keys(), self.outbound.keys());
        let named = settings.map(|name| ("settings", name)).chain(outbound.map(|name| ("outbound", name)));
        named.chain(self.signatures.keys().map(|name| ("signatures", name)))
    }
}

impl Settings {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or a line of it cannot be taken; names file and line.
    pub fn from_file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        Self::from_toml(&text, path)
    }

    fn from_toml(text: &str, path: &Path) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..before].iter().filter(|byte| **byte == b'\n').count() + 1;
            // Not the error's own rendering: it quotes the line, which may hold a secret.
            anyhow::anyhow!("{}:{line}: {}", path.display(), error.message())
        })
    }

    /// Fills what is not set here from `behind`.
    #[must_use]
    pub fn or(self, behind: Self) -> Self {
        Self {
            data: self.data.or(behind.data),
            listen: self.listen.or(behind.listen),
            components: self.components.or(behind.components),
            dev: self.dev.or(behind.dev),
            demo: self.demo.or(behind.demo),
            jwks: self.jwks.or(behind.jwks),
            issuer: self.issuer.or(behind.issuer),
            audience: self.audience.or(behind.audience),
            log: self.log.or(behind.log),
            trusted_proxies: self.trusted_proxies.or(behind.trusted_proxies),
            max_in_flight: self.max_in_flight.or(behind.max_in_flight),
            max_waiting: self.max_waiting.or(behind.max_waiting),
            max_connections: self.max_connections.or(behind.max_connections),
            max_connections_per_address: self
                .max_connections_per_address
                .or(behind.max_connections_per_address),
            anonymous_burst: self.anonymous_burst.or(behind.anonymous_burst),
            anonymous_per_minute: self.anonymous_per_minute.or(behind.anonymous_per_minute),
            gzip_min_bytes: self.gzip_min_bytes.or(behind.gzip_min_bytes),
            header_seconds: self.header_seconds.or(behind.header_seconds),
            body_seconds: self.body_seconds.or(behind.body_seconds),
            idle_seconds: self.idle_seconds.or(behind.idle_seconds),
            kept_answers: self.kept_answers.or(behind.kept_answers),
            rollback_margin: self.rollback_margin.or(behind.rollback_margin),
            rollback_minimum_calls: self.rollback_minimum_calls.or(behind.rollback_minimum_calls),
            rollback_window_seconds: self.rollback_window_seconds.or(behind.rollback_window_seconds),
            rollback_trial_seconds: self.rollback_trial_seconds.or(behind.rollback_trial_seconds),
            plugin_registries: self.plugin_registries.or(behind.plugin_registries),
            pull_seconds: self.pull_seconds.or(behind.pull_seconds),
            settings: if self.settings.is_empty() { behind.settings } else { self.settings },
            outbound: if self.outbound.is_empty() { behind.outbound } else { self.outbound },
            signatures: if self.signatures.is_empty() { behind.signatures } else { self.signatures },
        }
    }

    /// Applies the defaults, and the rules between settings.
    ///
    /// # Errors
    /// Something that has no default is missing, or two settings contradict each other.
    pub fn resolve(self) -> Result<Config> {
        let Some(data) = self.data.clone() else {
            bail!("no data directory: give --data DIR, LINLI_DATA, or `data` in the configuration file");
        };
        let dev = self.dev.unwrap_or(false);
        if !dev && self.jwks.is_none() {
            bail!(
                "no keys to verify tokens with: give the identity provider's key set with --jwks FILE, LINLI_JWKS or \
                 `jwks` in the configuration file, or use --dev on a machine for development"
            );
        }
        if self.jwks.is_none() && (self.issuer.is_some() || self.audience.is_some()) {
            bail!(
                "`issuer` and `audience` are about tokens signed with the keys of `jwks`, and there is no `jwks`"
            );
        }
        let demo = self.demo.unwrap_or(false);
        if demo && !dev {
            bail!("--demo needs --dev: its people sign in with tokens of the development key");
        }
        let (limits, host) = (self.limits(), self.host());
        Ok(Config {
            data,
            listen: self.listen.unwrap_or_else(|| LISTEN.parse().expect("it is an address and a port")),
            components: self.components,
            dev,
            demo,
            jwks: self.jwks,
            issuer: self.issuer,
            audience: self.audience,
            log: self.log.unwrap_or_else(|| LOG.to_owned()),
            trusted_proxies: self.trusted_proxies.unwrap_or_default(),
            limits,
            host,
            plugin_registries: self.plugin_registries.unwrap_or_default(),
            pull_period: self.pull_seconds.map_or(PULL_PERIOD, |s| Duration::from_secs(s.get().into())),
            settings: self.settings,
            outbound: self.outbound,
            signatures: self.signatures,
        })
    }

    fn host(&self) -> HostLimits {
        let host = HostLimits::default();
        let rule = host.rollback;
        let rollback = RollbackRule {
            margin: self.rollback_margin.map_or(rule.margin, Within::get),
            minimum_calls: self.rollback_minimum_calls.map_or(rule.minimum_calls, |n| n.get().into()),
            window_seconds: self.rollback_window_seconds.map_or(rule.window_seconds, Within::get),
            trial_seconds: self.rollback_trial_seconds.map_or(rule.trial_seconds, Within::get),
        };
        let kept_answers = self.kept_answers.map_or(host.kept_answers, Within::to_usize);
        HostLimits { kept_answers, rollback, ..host }
    }

    fn limits(&self) -> Limits {
        let seconds = |s: u32| Duration::from_secs(u64::from(s));
        Limits {
            max_in_flight: self.max_in_flight.map_or(limits::MAX_IN_FLIGHT, Within::to_usize),
            max_waiting: self.max_waiting.map_or(limits::MAX_WAITING, Within::to_usize),
            max_connections: self.max_connections.map_or(limits::MAX_CONNECTIONS, Within::to_usize),
            max_connections_per_address: self
                .max_connections_per_address
                .map_or(limits::MAX_CONNECTIONS_PER_ADDRESS, Within::get),
            anonymous_burst: self.anonymous_burst.map_or(limits::ANONYMOUS_BURST, Within::get),
            anonymous_per_minute: self.anonymous_per_minute.map_or(limits::ANONYMOUS_PER_MINUTE, Within::get),
            gzip_min_bytes: self.gzip_min_bytes.map_or(limits::GZIP_MIN_BYTES, Within::to_usize),
            header_timeout: self.header_seconds.map_or(limits::HEADER_TIMEOUT, |s| seconds(s.get())),
            body_timeout: self.body_seconds.map_or(limits::BODY_TIMEOUT, |s| seconds(s.get())),
            idle_period: self.idle_seconds.map_or(limits::IDLE_PERIOD, |s| seconds(s.get())),
        }
    }
}

#[cfg(test)]
mod tests;
