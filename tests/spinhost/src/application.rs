//! An application: components with what each may use, and the paths they answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use serde::de::DeserializeOwned;

use crate::allowed_hosts::AllowedHosts;
use crate::manifest::{self, Manifest, RuntimeConfig, Variable};
use crate::routes::Routes;

/// The one database that Spin gives an application that configures none.
const DEFAULT_DATABASE: &str = "default";
/// Its file, below the state directory.
const DATABASE_FILE: &str = "sqlite_db.db";
/// Variables are taken from the environment by this prefix and their name in capitals.
const VARIABLE_PREFIX: &str = "SPIN_VARIABLE_";

/// An application, read from its manifest.
pub struct Application {
    pub(crate) routes: Routes,
    pub(crate) components: BTreeMap<String, Component>,
}

/// One component of it.
pub(crate) struct Component {
    pub(crate) wasm: PathBuf,
    /// By the name the component knows.
    pub(crate) variables: BTreeMap<String, String>,
    /// The files of the databases it may open, by label.
    pub(crate) databases: BTreeMap<String, PathBuf>,
    pub(crate) allowed_hosts: AllowedHosts,
}

impl Application {
    /// Reads a manifest. `state` is the directory of the database, unless `runtime` is a file that says where databases
    /// are; `given` are values for variables, which go before those of the environment, which go before the manifest's
    /// defaults.
    ///
    /// # Errors
    /// What is not a manifest of version 2, what this host has not, a variable without a value.
    pub fn load(
        manifest: &Path,
        state: &Path,
        runtime: Option<&Path>,
        given: Vec<(String, String)>,
    ) -> Result<Self> {
        let parsed: Manifest = read(manifest)?;
        ensure!(parsed.spin_manifest_version == 2, "only manifests of version 2 are understood");
        std::fs::create_dir_all(state)?;
        let databases = databases(runtime.map(read).transpose()?.unwrap_or_default(), state)?;
        let values = values(&parsed.variables, given.into_iter().collect())?;
        let directory = manifest.parent().unwrap_or(Path::new("."));
        let mut components = BTreeMap::new();
        for (name, component) in &parsed.component {
            let resolved = Component::resolve(component, &values, directory, &databases)
                .with_context(|| format!("component {name}"))?;
            components.insert(name.clone(), resolved);
        }
        for trigger in &parsed.trigger.http {
            ensure!(components.contains_key(&trigger.component), "no component {}", trigger.component);
        }
        let routes = parsed.trigger.http.into_iter().map(|trigger| (trigger.route, trigger.component));
        Ok(Self { routes: Routes::new(routes)?, components })
    }
}

impl Component {
    fn resolve(
        component: &manifest::Component,
        values: &BTreeMap<String, String>,
        directory: &Path,
        databases: &BTreeMap<String, PathBuf>,
    ) -> Result<Self> {
        let allowed = component.sqlite_databases.iter().map(|label| {
            let file = databases.get(label).with_context(|| format!("there is no database {label}"))?;
            Ok((label.clone(), file.clone()))
        });
        let variables = component.variables.iter();
        let variables = variables.map(|(name, template)| Ok((name.clone(), expand(template, values)?)));
        let hosts = component.allowed_outbound_hosts.iter().map(|template| expand(template, values));
        // One that a variable leaves empty is none.
        let hosts = hosts.filter(|host| !host.as_ref().is_ok_and(String::is_empty));
        Ok(Self {
            wasm: directory.join(&component.source),
            variables: variables.collect::<Result<_>>()?,
            databases: allowed.collect::<Result<_>>()?,
            allowed_hosts: AllowedHosts::parse(&hosts.collect::<Result<Vec<_>>>()?)?,
        })
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not understood", path.display()))
}

/// The files of the databases: those configured, and the one Spin makes up.
fn databases(runtime: RuntimeConfig, state: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::from([(DEFAULT_DATABASE.to_owned(), state.join(DATABASE_FILE))]);
    for (label, database) in runtime.sqlite_database {
        ensure!(database.kind == "spin", "a database of type {} is not understood", database.kind);
        files.insert(label, state.join(database.path));
    }
    Ok(files)
}

/// Each variable's value: given, of the environment, or its default.
fn values(
    declared: &BTreeMap<String, Variable>,
    mut given: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    for (name, variable) in declared {
        let environment = || std::env::var(format!("{VARIABLE_PREFIX}{}", name.to_ascii_uppercase())).ok();
        let value = given.remove(name).or_else(environment).or_else(|| variable.default.clone());
        ensure!(
            variable.required != variable.default.is_some(),
            "variable {name} must either be required or have a default"
        );
        values.insert(name.clone(), value.with_context(|| format!("variable {name} has no value"))?);
    }
    if let Some(name) = given.keys().next() {
        bail!("the manifest declares no variable {name}");
    }
    Ok(values)
}

/// Replaces each `{{ name }}`.
fn expand(template: &str, values: &BTreeMap<String, String>) -> Result<String> {
    let mut expanded = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").context("`{{` without `}}`")?;
        let name = name.trim();
        expanded += before;
        expanded += values.get(name).with_context(|| format!("no variable {name}"))?;
        rest = after;
    }
    Ok(expanded + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_expanded() {
        let values =
            BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "{{ a }}".to_owned())]);
        assert_eq!(expand("x{{a}}y{{ b }}", &values).unwrap(), "x1y{{ a }}", "and what comes out is not");
        assert!(expand("{{ c }}", &values).is_err());
        assert!(expand("{{ a", &values).is_err());
    }

    #[test]
    fn a_value_that_is_given_goes_before_the_default() {
        let variable = |text: &str| toml::from_str::<Variable>(text).unwrap();
        let declared = || BTreeMap::from([("a".to_owned(), variable("default = 'x'"))]);
        assert_eq!(values(&declared(), BTreeMap::new()).unwrap()["a"], "x");
        let given = BTreeMap::from([("a".to_owned(), "y".to_owned())]);
        assert_eq!(values(&declared(), given).unwrap()["a"], "y");
        let required = BTreeMap::from([("a".to_owned(), variable("required = true"))]);
        assert!(values(&required, BTreeMap::new()).is_err(), "required");
        let stranger = BTreeMap::from([("z".to_owned(), "y".to_owned())]);
        assert!(values(&declared(), stranger).is_err(), "not declared");
    }
}
