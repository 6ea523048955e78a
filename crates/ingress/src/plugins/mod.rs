//! The platform's own operations: plugins from upload to retirement, and what residents let them see.
//!
//! A handler parses and asks; what may happen stands in the host's rules of a plugin's life, who may call what in the
//! gateway's table. Here stands besides who may see and touch which plugin: a provider its own, an operator what lies
//! within the own area.

mod consents;
mod problem;
mod show;
mod upload;
mod vet;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use linli_contract::{Area, ComponentName, Identity, PluginLimits, PluginVersion, Problem, Role, Rollout};
use linli_gateway::{Language, PlatformCall, Rejection, TokenFault, respond_problem};
use linli_host::{Act, Plugin};
use serde_json::{Value as Json, json};

use crate::admission::{Admission, Full, Turn};
use crate::body;
use crate::call::reject;
use crate::client::client_address;
use crate::drain::Draining;
use crate::state::State;

pub use upload::{ArtifactError, Artifacts};

/// The operation that takes components.
const UPLOAD: &str = "upload_version";

/// Why there is no answer but a refusal.
pub(crate) enum Refusal {
    /// As every call is refused.
    Rejected(Rejection),
    /// For a reason of this operation.
    Problem(Problem),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// One call of the platform's own operations, with all a handler asks of it.
pub(crate) struct Asked<'a> {
    pub(crate) state: &'a State,
    pub(crate) call: &'a PlatformCall,
    pub(crate) parts: &'a Parts,
    /// Path, query and JSON body; it meets the operation's schema.
    pub(crate) input: Json,
    /// The component, where the body is one.
    pub(crate) body: Bytes,
    pub(crate) request_id: &'a str,
}

/// Answers a request to one of the platform's own operations.
pub(crate) async fn serve(state: &State, request: Request<Incoming>, socket: IpAddr) -> Response<Bytes> {
    let started = Instant::now();
    let id = state.ids.make();
    let (parts, body) = request.into_parts();
    let (mut name, mut body) = (String::new(), Some(body));
    let answered = run(state, &parts, &mut body, socket, &id, &mut name).await;
    if let (Err(_), Some(unread)) = (&answered, body) {
        // Else a publisher who is still sending would find a broken connection, and not why.
        body::drain(unread, state.live.component_bytes(), state.limits.body_timeout).await;
    }
    let response = match answered {
        Ok((status, content)) => reply(status, &content, &parts, &id),
        Err(Refusal::Rejected(rejection)) => {
            state.counters.refused(rejection.code());
            reject(&rejection, &parts, &id)
        }
        Err(Refusal::Problem(problem)) => respond_problem(&problem, &parts.headers, &id),
    };
    let took = started.elapsed();
    let status = response.status().as_u16();
    state.counters.answered(status, took);
    tracing::info!(
        target: "linli::access",
        method = parts.method.as_str(),
        route = name,
        component = ComponentName::PLATFORM,
        status,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        request_id = id.as_str(),
        "call"
    );
    response
}

async fn run(
    state: &State,
    parts: &Parts,
    body: &mut Option<Incoming>,
    socket: IpAddr,
    id: &str,
    route: &mut String,
) -> Result<(StatusCode, Json), Refusal> {
    let _running = state.drain.enter().map_err(|Draining| Rejection::Draining)?;
    let most = state.live.component_bytes();
    let admitted = state.live.gateway().admit_platform(parts, state.live.now(), most);
    let call = match admitted {
        Err(rejection @ Rejection::Unauthorized(fault))
            if fault != TokenFault::Missing && fault != TokenFault::Expired =>
        {
            let client = client_address(socket, &parts.headers, &state.trusted_proxies);
            let limited = |retry_after| Rejection::RateLimited { retry_after };
            state.anonymous.take(client, state.live.now()).map_err(limited)?;
            return Err(rejection.into());
        }
        admitted => admitted?,
    };
    route.clone_from(&call.operation().path);
    // An upload has its turn before a byte of it is read, everything else once it is there.
    let uploads = call.operation().name == UPLOAD;
    let _upload = if uploads { Some(turn(&state.uploads).await?) } else { None };
    let body = match body.take() {
        Some(body) if call.takes_component() => {
            body::read_component(body, &state.bodies, state.limits.body_timeout, most).await?
        }
        Some(body) => body::read(body, &state.bodies, state.limits.body_timeout).await?,
        None => Bytes::new(),
    };
    let _turn = if uploads { None } else { Some(turn(&state.admission).await?) };
    let input = serde_json::from_str(&call.input(&body)?.json).map_err(|_| Rejection::Internal)?;
    let asked = Asked { state, call: &call, parts, input, body, request_id: id };
    match call.operation().name.as_str() {
        "list_plugins" => show::list(&asked),
        "get_plugin" => show::plugin(&asked),
        "get_version" => show::version(&asked),
        "get_limits" => show::limits(&asked),
        "get_usage" => show::usage(&asked).await,
        "list_consents" => consents::list(&asked),
        "give_consent" => consents::give(&asked).await,
        "withdraw_consent" => consents::withdraw(&asked).await,
        UPLOAD => upload::upload(&asked).await,
        "decide_version" => decide(&asked).await,
        "roll_out" => roll_out(&asked).await,
        "roll_back" => roll_back(&asked).await,
        "suspend_plugin" => suspend(&asked).await,
        "resume_plugin" => resume(&asked).await,
        "retire_plugin" => retire(&asked).await,
        "put_limits" => put_limits(&asked).await,
        _ => Err(Rejection::Internal.into()),
    }
}

async fn turn(admission: &Admission) -> Result<Turn<'_>, Rejection> {
    admission.enter().await.map_err(|Full| Rejection::Overloaded)
}

fn reply(status: StatusCode, content: &Json, parts: &Parts, id: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(content.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let language = Language::of(&parts.headers);
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.insert(VARY, HeaderValue::from_static("accept-language"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-request-id", id);
    }
    response
}

impl Asked<'_> {
    fn identity(&self) -> &Identity {
        self.call.identity()
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.input.get(member).and_then(Json::as_str)
    }

    fn name(&self) -> Result<ComponentName, Refusal> {
        self.text("name").and_then(|name| name.parse().ok()).ok_or_else(|| problem::unknown_plugin().into())
    }

    fn version(&self) -> Result<PluginVersion, Refusal> {
        let parsed = self.text("version").and_then(|version| version.parse().ok());
        parsed.ok_or_else(|| problem::version_malformed().into())
    }

    /// The plugin, when this caller may know of it.
    fn plugin(&self) -> Result<Arc<Plugin>, Refusal> {
        let plugin = self.state.live.platform().plugin(&self.name()?);
        plugin.filter(|plugin| self.may_see(plugin)).ok_or_else(|| problem::unknown_plugin().into())
    }

    /// Reviewers and operators see every plugin, a provider its own.
    fn may_see(&self, plugin: &Plugin) -> bool {
        let identity = self.identity();
        self.is_staff() || identity.provider.as_deref() == Some(plugin.provider.as_str())
    }

    fn is_staff(&self) -> bool {
        self.identity().roles.iter().any(|role| matches!(role, Role::Reviewer | Role::Operator))
    }

    /// The plugin, when all places it is live in are within the operator's own area.
    fn within_area(&self) -> Result<Arc<Plugin>, Refusal> {
        let plugin = self.plugin()?;
        let mut areas = plugin.stable.iter().chain(&plugin.candidate).flat_map(|r| &r.rollout.areas);
        if areas.all(|area| self.answers_for(area)) { Ok(plugin) } else { Err(Rejection::OutOfArea.into()) }
    }

    fn answers_for(&self, area: &Area) -> bool {
        let own = self.identity().area.as_ref();
        own.is_some_and(|own| area.as_str().starts_with(own.as_str()))
    }

    /// Who does it, as this role.
    fn act(&self, role: Role) -> Act {
        let identity = self.identity();
        let by = if role == Role::Provider { &identity.provider } else { &identity.subject };
        Act {
            role: role.as_str(),
            by: by.clone(),
            reason: self.text("reason").map(str::to_owned),
            request_id: self.request_id.to_owned(),
        }
    }
}

async fn decide(asked: &Asked<'_>) -> Result<(StatusCode, Json), Refusal> {
    let (name, version) = (asked.plugin()?.name.clone(), asked.version()?);
    let approve = asked.text("decision") == Some("approve");
    let platform = asked.state.live.platform();
    let plugin = platform.decide_plugin(&name, &version, approve, &asked.act(Role::Reviewer)).await;
    show::of_version(asked, &*plugin.map_err(problem::of)?, &version)
}

async fn roll_out(asked: &Asked<'_>) -> Result<(StatusCode, Json), Refusal> {
    let (name, version) = (asked.within_area()?.name.clone(), asked.version()?);
    let areas = asked.input["areas"].as_array().into_iter().flatten().filter_map(Json::as_str);
    let areas: Vec<Area> = areas.filter_map(|area| area.parse().ok()).collect();
    if !areas.iter().all(|area| asked.answers_for(area)) {
        return Err(Rejection::OutOfArea.into());
    }
    let share = asked.input["share"].as_u64().and_then(|share| u32::try_from(share).ok()).unwrap_or(0);
    let rollout = Rollout { areas, share };
    let rolled = asked.state.live.roll_out(&name, &version, &rollout, &asked.act(Role::Operator)).await;
    show::of_plugin(asked, &*rolled?)
}

async fn roll_back(asked: &Asked<'_>) -> Result<(StatusCode, Json), Refusal> {
    let name = asked.within_area()?.name.clone();
    let plugin = asked.state.live.platform().roll_back(&name, &asked.act(Role::Operator)).await;
    show::of_plugin(asked, &*plugin.map_err(problem::of)?)
}

async fn suspend(asked: &Asked<'_>) -> Result<(StatusCode, Json), Refusal> {
    let name = asked.within_area()?.name.clone();
    let plugin = asked.state.live.platform().suspend_plugin(&name, &asked.act(Role::Operator)).await;
    show::of_plugin(asked, &*plugin.map_err(problem::of)?)
}

async fn resume(asked: &Asked<'_>) -> Result<(StatusCode, Json), Refusal> {
    let name = asked.within_area()?.name.clone();
    let plugin = asked.state.live.platform().resume_plugin(&name, &asked.act(Role::Operator)).await;
    show::of_plugin(asked, &*plugin.map_err(problem::of)?)
}

async fn retire(asked: &Asked<'_>) -> Result<(StatusCode, Json), Refusal> {
    let name = asked.within_area()?.name.clone();
    let cleared = asked.state.live.retire_plugin(&name, &asked.act(Role::Operator)).await?;
    let (status, mut shown) = show::of_plugin(asked, &*asked.plugin()?)?;
    shown["cleared"] = json!(cleared);
    Ok((status, shown))
}

/// What is not named stays at its default: a limit is what stands here, not what stood before.
async fn put_limits(asked: &Asked<'_>) -> Result<(StatusCode, Json), Refusal> {
    let name = asked.within_area()?.name.clone();
    let mut members = asked.input.clone();
    if let Some(members) = members.as_object_mut() {
        members.remove("name");
    }
    let limits: PluginLimits =
        serde_json::from_value(members).map_err(|error| problem::limits_malformed(&error))?;
    let act = asked.act(Role::Operator);
    let plugin = asked.state.live.set_plugin_limits(&name, &limits, &act).await?;
    Ok((StatusCode::OK, json!(plugin.limits)))
}
