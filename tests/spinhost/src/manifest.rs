//! What of Spin's manifest (version 2) this host understands; anything that would change how an application runs and is
//! not among it is refused.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// `spin.toml`.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    pub spin_manifest_version: u32,
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    pub trigger: Triggers,
    pub component: BTreeMap<String, Component>,
}

/// A variable of the application.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    pub default: Option<String>,
    #[serde(default)]
    pub required: bool,
    #[serde(default, rename = "secret")]
    _secret: bool,
    #[serde(default, rename = "description")]
    _description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triggers {
    pub http: Vec<HttpTrigger>,
}

/// Which component answers which path.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    #[serde(default, rename = "id")]
    _id: Option<String>,
    pub route: String,
    pub component: String,
}

/// One component; what building it takes is not looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    #[serde(default, rename = "description")]
    _description: String,
    /// A file, below the manifest's directory unless absolute.
    pub source: String,
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    #[serde(default, rename = "build")]
    _build: Option<toml::Table>,
}

/// A runtime configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeConfig {
    /// By label.
    #[serde(default)]
    pub sqlite_database: BTreeMap<String, Database>,
}

/// One database.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `spin`: a file of this machine.
    #[serde(rename = "type")]
    pub kind: String,
    pub path: PathBuf,
}
