//! Who calls what: from a request's head to a call that may go on.

use std::sync::Arc;

use http::Uri;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use http::request::Parts;
use linli_contract::limits::{MAX_IDEMPOTENCY_KEY, MAX_REQUEST_BYTES};
use linli_contract::{Area, Community, Descriptor, Identity, Operation, Role, Timestamp};

use crate::rejection::{Rejection, TokenFault};
use crate::routes::{Endpoint, Match, Routes};
use crate::tokens::{Tokens, is_id};

/// The rules of the front door. Made anew, cheaply shared, when the live components change; `tokens` carries over.
pub struct Gateway {
    routes: Routes,
    tokens: Arc<Tokens>,
}

/// A call that may go on: the operation is known, the caller may call it, and the headers are in order. It is about one
/// community, or about an area whose communities are to be asked each by itself.
pub struct Admitted<Place = Community> {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) place: Place,
    pub(crate) identity: Arc<Identity>,
    pub(crate) uri: Uri,
    pub(crate) parameters: Vec<(usize, usize)>,
    /// The caller's key, if the operation heeds one.
    pub(crate) key: Option<HeaderValue>,
    pub(crate) declares_json: bool,
}

impl Gateway {
    /// Puts routes and tokens together.
    pub fn new(routes: Routes, tokens: Arc<Tokens>) -> Self {
        Self { routes, tokens }
    }

    /// The routes.
    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    /// Checks everything that can be checked before the body is read: path, method, token, role, area, and headers, in
    /// this order.
    ///
    /// A caller who acts for somebody (`Acting-For`) may live elsewhere; then [`Identity::acting_for`] is set, and **the
    /// host must check** that there is a binding and that the person acted for is of this community.
    ///
    /// An operation for `anyone` needs no token. One that is given is verified all the same; its identity counts only
    /// inside its own area, so that a worker of another community is nobody in particular here.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn admit(&self, parts: &Parts, now: Timestamp) -> Result<Admitted, Rejection> {
        let found = self.routes.find(&parts.method, parts.uri.path())?;
        self.admit_to(found, parts, now, authorize)
    }

    /// The same for the address of an area, `/v1/{area}/{component}/…`; none when it is none, or when nothing there can be
    /// joined: [`Gateway::admit`] then says what is wrong with it.
    ///
    /// An area is for those to whom all of it is entrusted, whatever its communities show to `anyone`; nobody acts for
    /// somebody else in it.
    pub fn admit_joined(&self, parts: &Parts, now: Timestamp) -> Option<Result<Admitted<Area>, Rejection>> {
        let found = self.routes.find_joined(&parts.method, parts.uri.path())?;
        Some(self.admit_to(found, parts, now, authorize_area))
    }

    fn admit_to<Place>(
        &self,
        found: Match<Place>,
        parts: &Parts,
        now: Timestamp,
        authorize: impl Fn(
            &Endpoint,
            &Place,
            Option<Arc<Identity>>,
            Option<&str>,
        ) -> Result<Arc<Identity>, Rejection>,
    ) -> Result<Admitted<Place>, Rejection> {
        let Match { place, endpoint, parameters } = found;
        let known = self.tokens.identify(&parts.headers, now).map_err(Rejection::Unauthorized)?;
        let acting_for = header_id(&parts.headers, "acting-for").map_err(|()| Rejection::ActingForInvalid)?;
        let identity = authorize(&endpoint, &place, known, acting_for)?;
        let key = idempotency_key(&parts.headers)?;
        let declares_json = check_body_headers(&parts.headers)?;
        let key = key.filter(|_| !endpoint.is_query() && identity.subject.is_some()).cloned();
        Ok(Admitted { endpoint, place, identity, uri: parts.uri.clone(), parameters, key, declares_json })
    }
}

impl Admitted {
    /// Where the call happens.
    pub fn community(&self) -> Community {
        self.place
    }
}

impl Admitted<Area> {
    /// Whose communities are asked.
    pub fn area(&self) -> &Area {
        &self.place
    }
}

impl<Place> Admitted<Place> {
    /// The component that will answer.
    pub fn descriptor(&self) -> &Arc<Descriptor> {
        &self.endpoint.descriptor
    }

    /// The operation that will run.
    pub fn operation(&self) -> &Operation {
        self.endpoint.operation()
    }

    /// Who calls, as the token says; nobody when there was none.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }
}

fn authorize_area(
    endpoint: &Endpoint,
    area: &Area,
    known: Option<Arc<Identity>>,
    acting_for: Option<&str>,
) -> Result<Arc<Identity>, Rejection> {
    let identity = known.ok_or(Rejection::Unauthorized(TokenFault::Missing))?;
    if !endpoint.allows(Role::Anyone) && !identity.roles.iter().any(|role| endpoint.allows(*role)) {
        return Err(Rejection::RoleNotAllowed);
    }
    let entrusted = identity.area.as_ref().is_some_and(|own| own.covers(area));
    if entrusted && acting_for.is_none() { Ok(identity) } else { Err(Rejection::OutOfArea) }
}

fn authorize(
    endpoint: &Endpoint,
    community: &Community,
    known: Option<Arc<Identity>>,
    acting_for: Option<&str>,
) -> Result<Arc<Identity>, Rejection> {
    let public = endpoint.allows(Role::Anyone);
    let Some(identity) = known else {
        return if public && acting_for.is_none() {
            Ok(Arc::default())
        } else {
            Err(Rejection::Unauthorized(TokenFault::Missing))
        };
    };
    if !public && !identity.roles.iter().any(|role| endpoint.allows(*role)) {
        return Err(Rejection::RoleNotAllowed);
    }
    // Children act for parents who live elsewhere: then the parent's community is what counts, which the host knows.
    let for_kin = acting_for.is_some()
        && identity.roles.contains(&Role::Resident)
        && (public || endpoint.allows(Role::Resident));
    let inside = identity.area.as_ref().is_some_and(|area| area.contains(*community));
    match acting_for {
        Some(person) if inside || for_kin => {
            Ok(Arc::new(Identity { acting_for: Some(person.to_owned()), ..Identity::clone(&identity) }))
        }
        None if inside => Ok(identity),
        None if public => Ok(Arc::default()),
        _ => Err(Rejection::OutOfArea),
    }
}

/// The value of a header that holds an id. `Err` when it is no id, or given twice.
fn header_id<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, ()> {
    let Some(value) = single(headers, name)? else { return Ok(None) };
    let text = value.to_str().map_err(drop)?;
    if is_id(text) { Ok(Some(text)) } else { Err(()) }
}

fn single<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h HeaderValue>, ()> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(()) } else { Ok(first) }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&HeaderValue>, Rejection> {
    let key = single(headers, "idempotency-key").map_err(|()| Rejection::IdempotencyKeyInvalid)?;
    let usable = |key: &HeaderValue| {
        (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    if key.is_none_or(usable) { Ok(key) } else { Err(Rejection::IdempotencyKeyInvalid) }
}

/// Refuses before reading what would be refused after; whether the body is declared to be JSON.
fn check_body_headers(headers: &HeaderMap) -> Result<bool, Rejection> {
    let length = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > MAX_REQUEST_BYTES as u64) {
        return Err(Rejection::TooLarge);
    }
    let declares_json = headers.get(CONTENT_TYPE).is_some_and(is_json);
    let has_body = length.is_some_and(|length| length > 0) || headers.contains_key(TRANSFER_ENCODING);
    if has_body && !declares_json { Err(Rejection::WrongMediaType) } else { Ok(declares_json) }
}

/// `application/json`, perhaps with `charset=utf-8` (which RFC 8259 makes superfluous, and many send).
fn is_json(content_type: &HeaderValue) -> bool {
    let Ok(text) = content_type.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let json = parts.next().is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"));
    let utf8 = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    };
    json && parts.all(utf8)
}
