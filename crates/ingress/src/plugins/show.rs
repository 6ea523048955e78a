//! Plugins as callers see them.

use http::StatusCode;
use linli_contract::{Permission, PluginVersion, Role};
use linli_gateway::{Language, Rejection};
use linli_host::{LifeEvent, Plugin, Version, VersionStatus};
use serde_json::{Value as Json, json};

use super::{Asked, Refusal, problem};

type Shown = Result<(StatusCode, Json), Refusal>;

pub(super) fn list(asked: &Asked<'_>) -> Shown {
    let plugins = asked.state.live.platform().plugins();
    let seen = plugins.iter().filter(|plugin| asked.may_see(plugin)).map(|plugin| summary(plugin));
    Ok((StatusCode::OK, json!({ "items": seen.collect::<Vec<_>>() })))
}

pub(super) fn plugin(asked: &Asked<'_>) -> Shown {
    of_plugin(asked, &*asked.plugin()?)
}

pub(super) fn version(asked: &Asked<'_>) -> Shown {
    of_version(asked, &*asked.plugin()?, &asked.version()?)
}

pub(super) fn limits(asked: &Asked<'_>) -> Shown {
    Ok((StatusCode::OK, json!(asked.plugin()?.limits)))
}

/// What the plugin used, by day and community; and by version, what the counters of the running process know.
pub(super) async fn usage(asked: &Asked<'_>) -> Shown {
    let plugin = asked.plugin()?;
    if asked.identity().roles.contains(&Role::Operator) {
        asked.within_area()?;
    }
    let platform = asked.state.live.platform();
    let usage = platform.usage(&plugin.name).await.map_err(|error| {
        tracing::error!(%error, "what a plugin used cannot be read");
        Rejection::Unavailable
    })?;
    let metrics = platform.metrics();
    let of = |(_, version): &(String, String), numbers: &linli_host::ComponentSnapshot| {
        json!({
            "version": version, "ok": numbers.ok, "problems": numbers.problems,
            "traps": numbers.traps, "timeouts": numbers.timeouts, "out_of_memory": numbers.out_of_memory,
            "limited": numbers.limited, "resting": numbers.resting, "cpu_micros": numbers.cpu_micros,
        })
    };
    let mine = metrics.versions.iter().filter(|((name, _), _)| name == plugin.name.as_str());
    let versions: Vec<Json> = mine.map(|(key, numbers)| of(key, numbers)).collect();
    Ok((StatusCode::OK, json!({ "days": usage.days, "versions": versions })))
}

/// A plugin with everything that happened to it.
pub(super) fn of_plugin(asked: &Asked<'_>, plugin: &Plugin) -> Shown {
    let events = asked.state.live.platform().plugin_events(plugin).map_err(|error| {
        tracing::error!(%error, "the life of a plugin cannot be read");
        Rejection::Unavailable
    })?;
    let mut shown = summary(plugin);
    shown["limits"] = json!(plugin.limits);
    shown["versions"] = plugin.versions.values().map(|version| of(plugin, version)).collect();
    shown["events"] = events.into_iter().map(|event| happened(asked, event)).collect();
    Ok((StatusCode::OK, shown))
}

/// A version with what vetting found.
pub(super) fn of_version(asked: &Asked<'_>, plugin: &Plugin, version: &PluginVersion) -> Shown {
    with_report(asked, plugin, version, StatusCode::OK)
}

pub(super) fn with_report(
    asked: &Asked<'_>,
    plugin: &Plugin,
    version: &PluginVersion,
    status: StatusCode,
) -> Shown {
    let known = plugin.versions.get(version);
    let mut shown = of(plugin, known.ok_or_else(|| problem::of(linli_host::NotNow::UnknownVersion.into()))?);
    let report = asked.state.live.platform().plugin_report(&plugin.name, version).map_err(|error| {
        tracing::error!(%error, "a report cannot be read");
        Rejection::Unavailable
    })?;
    let report = report.as_deref().and_then(|report| serde_json::from_str(report).ok());
    shown["report"] = super::vet::in_words(report.unwrap_or_default(), Language::of(&asked.parts.headers));
    Ok((status, shown))
}

fn summary(plugin: &Plugin) -> Json {
    json!({
        "name": plugin.name,
        "provider": plugin.provider,
        "status": if plugin.retired_at.is_some() {
            "retired"
        } else if plugin.suspended.is_some() {
            "suspended"
        } else if plugin.stable.is_some() || plugin.candidate.is_some() {
            "live"
        } else {
            "not-live"
        },
        "stable": plugin.stable,
        "candidate": plugin.candidate,
        "previous": plugin.previous,
        "suspension": plugin.suspended,
        "retired_at": plugin.retired_at,
    })
}

fn of(plugin: &Plugin, version: &Version) -> Json {
    let live = plugin.released(&version.version);
    json!({
        "name": plugin.name,
        "version": version.version,
        "digest": version.digest,
        "bytes": version.bytes,
        "status": match (version.status, live) {
            (_, Some(_)) => json!("live"),
            (VersionStatus::Vetted, _) => json!("vetted"),
            (status, _) => json!(status),
        },
        "permissions": version.permissions,
        "permissions_in_words": version.permissions.iter().map(Permission::in_words).collect::<Vec<_>>(),
        "uploaded_at": version.uploaded_at,
        "reason": version.reason,
        "rollout": live.map(|live| &live.rollout),
    })
}

/// Which of the staff it was is the staff's own business.
fn happened(asked: &Asked<'_>, event: LifeEvent) -> Json {
    let by = event.by.filter(|_| asked.is_staff() || event.role == Role::Provider.as_str());
    json!(LifeEvent { by, ..event })
}
