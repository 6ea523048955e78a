//! `linli plugin`: for merchants, from an empty directory to a signed upload.

mod check;
mod embedded;
pub mod http;
mod manifest;
mod new;
pub mod oci;
mod project;
mod publish;
mod run;
mod scenario;
mod vendor;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_contract::{ComponentName, Provider};

use manifest::Language;
use project::{Places, Project};
use publish::Target;

/// The publisher's key, where nothing else is said.
const KEY: &str = "publisher.key";

/// What a project says of its publisher until the publisher has been admitted: an example of GB 32100-2015.
const EXAMPLE_PROVIDER: &str = "91330106673959654P";

#[derive(Subcommand)]
pub enum Command {
    /// Write a new project: code, a scenario, a manifest
    New {
        /// Its name, the directory's too: kebab-case
        #[arg(value_parser = name)]
        name: ComponentName,
        /// What to write it in
        #[arg(long)]
        lang: Language,
        /// Your id on the platform, as given at onboarding; it can be set later
        #[arg(long, value_name = "ID", default_value = EXAMPLE_PROVIDER, value_parser = provider)]
        provider: String,
        /// Make the directory in this one
        #[arg(long, value_name = "DIR", default_value = ".")]
        into: PathBuf,
    },
    /// Compile the project to target/NAME.wasm
    Build {
        #[command(flatten)]
        place: Place,
        /// Put the component here instead
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Where compilers keep their work [default: target]
        #[arg(long, value_name = "DIR")]
        target_dir: Option<PathBuf>,
    },
    /// Say what the platform will say of the component, before it is uploaded
    Check {
        #[command(flatten)]
        place: Place,
        /// Take this component instead of compiling the project
        #[arg(long, value_name = "FILE")]
        component: Option<PathBuf>,
    },
    /// Play the project's scenarios against the component, on a platform in memory
    Test {
        #[command(flatten)]
        place: Place,
        /// Take this component instead of compiling the project
        #[arg(long, value_name = "FILE")]
        component: Option<PathBuf>,
        /// Play these files only
        #[arg(long = "scenario", value_name = "FILE")]
        scenarios: Vec<PathBuf>,
        /// Play each a second time with conflicts drawn from this number; 0: once only
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
    },
    /// Serve the plugin on this machine, on a platform in memory, and again whenever a file changes
    Run {
        #[command(flatten)]
        place: Place,
        /// Listen here
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3100")]
        listen: SocketAddr,
        /// A configured value of the plugin; may be given several times
        #[arg(long = "setting", value_name = "NAME=JSON", value_parser = setting)]
        settings: Vec<(String, serde_json::Value)>,
    },
    /// Make the publisher's key, and print the public half for the application
    Keygen {
        /// Where the key goes
        #[arg(long, value_name = "FILE", default_value = KEY)]
        out: PathBuf,
    },
    /// Print the signature over name, version and digest of the component
    Sign {
        #[command(flatten)]
        place: Place,
        /// Take this component instead of compiling the project
        #[arg(long, value_name = "FILE")]
        component: Option<PathBuf>,
        /// The publisher's key
        #[arg(long, env = "LINLI_KEY", value_name = "FILE", default_value = KEY)]
        key: PathBuf,
    },
    /// Sign the component and upload it, or push it to a registry
    Publish {
        /// https://HOST of a platform, or oci://HOST/REPOSITORY:TAG
        #[arg(value_name = "WHERE")]
        to: String,
        #[command(flatten)]
        place: Place,
        /// Take this component instead of compiling the project
        #[arg(long, value_name = "FILE")]
        component: Option<PathBuf>,
        /// The publisher's key
        #[arg(long, env = "LINLI_KEY", value_name = "FILE", default_value = KEY)]
        key: PathBuf,
        /// Your token for the platform
        #[arg(long, env = "LINLI_TOKEN", value_name = "TOKEN", hide_env_values = true)]
        token: Option<String>,
        /// With a registry: the platform that shall pull from it
        #[arg(long, value_name = "URL")]
        server: Option<String>,
    },
    /// Fetch a component from a registry
    Pull {
        /// oci://HOST/REPOSITORY:TAG
        #[arg(value_name = "WHERE")]
        from: String,
        /// Where it goes
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Which project.
#[derive(Args)]
pub struct Place {
    /// The project, or a directory in it
    #[arg(default_value = ".", value_name = "DIR")]
    project: PathBuf,
}

fn name(text: &str) -> Result<ComponentName, String> {
    text.parse().map_err(|error: linli_contract::IdError| error.to_string())
}

fn setting(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=JSON")?;
    let value = serde_json::from_str(value).map_err(|error| format!("`{value}` is not JSON: {error}"))?;
    Ok((name.to_owned(), value))
}

fn provider(text: &str) -> Result<String, String> {
    let is_id = Provider::is_id(text).then(|| text.to_owned());
    is_id.ok_or_else(|| "1 to 64 characters of A-Z, a-z, 0-9 and ._-".to_owned())
}

/// Does what is asked.
///
/// # Errors
/// It cannot be done.
pub fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::New { name, lang, provider, into } => {
            new::create(&name, lang, &provider, &into)?;
            println!(
                "{}: made. Next: cd {name} && linli plugin build && linli plugin test",
                into.join(name.as_str()).display()
            );
        }
        Command::Build { place, out, target_dir } => {
            let absolute = |path: PathBuf| std::path::absolute(path);
            let places =
                Places { out: out.map(absolute).transpose()?, target: target_dir.map(absolute).transpose()? };
            Project::find(&place.project)?.build(&places)?;
        }
        Command::Check { place, component } => {
            let project = Project::find(&place.project)?;
            let component = built(&project, component)?;
            return Ok(code(check::check(&project.manifest, &component)?));
        }
        Command::Test { place, component, scenarios, seed } => {
            let project = Project::find(&place.project)?;
            let component = built(&project, component)?;
            let files = if scenarios.is_empty() { project.scenarios()? } else { scenarios };
            let passed = crate::block_on(scenario::test(&project, &component, &files, seed))?;
            return Ok(code(passed));
        }
        Command::Run { place, listen, settings } => {
            let project = Project::find(&place.project)?;
            crate::block_on(async { run::run(&project, listen, &settings.into_iter().collect()).await })?;
        }
        Command::Keygen { out } => publish::keygen(&out)?,
        Command::Sign { place, component, key } => {
            let project = Project::find(&place.project)?;
            let wasm = std::fs::read(built(&project, component)?)?;
            println!("{}", publish::sign(&project.manifest, &wasm, &key)?);
        }
        Command::Publish { to, place, component, key, token, server } => {
            let project = Project::find(&place.project)?;
            let component = built(&project, component)?;
            publish::publish(&project.manifest, &component, &Target { to, server, token, key })?;
        }
        Command::Pull { from, out } => publish::pull(&from, &out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn code(passed: bool) -> ExitCode {
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The component that was given, or that of the project, compiled.
fn built(project: &Project, given: Option<PathBuf>) -> Result<PathBuf> {
    given.map_or_else(|| project.build(&Places::default()), Ok)
}
