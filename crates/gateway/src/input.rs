//! Path, query and body, made one object that meets the operation's schema.

use http::Method;
use linli_contract::Idempotency;
use linli_contract::limits::{MAX_INTEGER, MAX_JSON_DEPTH, MAX_REQUEST_BYTES};
use serde_json::map::Entry;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::admit::Admitted;
use crate::limits::MAX_VIOLATIONS;
use crate::rejection::{Place, Rejection};
use crate::url;
use crate::violation::{Violation, pointer_to};

/// What a component is called with.
#[derive(Clone, PartialEq, Eq)]
pub struct Input {
    /// A JSON object that meets the operation's input schema: members once each, integers within ±(2^53-1).
    pub json: String,
    /// Over method, path, query and body as they came; only made when there is a key to compare under.
    fingerprint: Option<[u8; 32]>,
}

/// Input may be personal: this prints its size only.
impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("bytes", &self.json.len()).finish_non_exhaustive()
    }
}

impl<Place> Admitted<Place> {
    /// Merges path parameters, query parameters and the members of the body (which may be empty) into one object, and
    /// checks it against the operation's schema.
    ///
    /// Parameters become what the schema declares (integer, number, boolean, or a list by repeating the name); numbers
    /// without a fraction become integers, as JSON Schema sees them.
    ///
    /// # Errors
    /// 400 for a body that is not JSON, 413, 415, or 422 with every violation.
    pub fn input(&self, body: &[u8]) -> Result<Input, Rejection> {
        let mut members = self.body_members(body)?;
        let mut violations = Vec::new();
        self.add_path_parameters(&mut members, &mut violations)?;
        self.add_query_parameters(&mut members, &mut violations)?;
        for (name, member) in &mut members {
            settle_numbers(member, &mut || pointer_to(name), &mut violations);
        }
        let input = Value::Object(members);
        violations.extend(self.endpoint.input.validate(&input).err().unwrap_or_default());
        if !violations.is_empty() {
            violations.truncate(MAX_VIOLATIONS);
            return Err(Rejection::InputInvalid(violations));
        }
        let json = input.to_string();
        if json.len() > MAX_REQUEST_BYTES {
            return Err(Rejection::TooLarge);
        }
        Ok(Input { json, fingerprint: self.key.as_ref().map(|_| self.fingerprint(body)) })
    }

    fn fingerprint(&self, body: &[u8]) -> [u8; 32] {
        let query = self.uri.query().unwrap_or_default();
        digest([
            self.operation().method.as_str().as_bytes(),
            self.uri.path().as_bytes(),
            query.as_bytes(),
            body,
        ])
    }

    fn body_members(&self, body: &[u8]) -> Result<Map<String, Value>, Rejection> {
        if body.is_empty() {
            return Ok(Map::new());
        }
        if self.operation().method.as_str() == Method::GET.as_str() {
            return Err(Rejection::BodyNotAllowed);
        }
        if body.len() > MAX_REQUEST_BYTES {
            return Err(Rejection::TooLarge);
        }
        if !self.declares_json {
            return Err(Rejection::WrongMediaType);
        }
        match parse(body)? {
            Value::Object(members) => Ok(members),
            _ => Err(Rejection::InputInvalid(vec![Violation::not_an_object()])),
        }
    }

    fn add_path_parameters(
        &self,
        members: &mut Map<String, Value>,
        violations: &mut Vec<Violation>,
    ) -> Result<(), Rejection> {
        let path = self.uri.path();
        for (name, (start, end)) in self.operation().path_parameters().zip(&self.parameters) {
            let text = url::decode_step(&path[*start..*end]).map_err(|_| Rejection::UrlInvalid)?;
            let value = self.endpoint.input.property(name).unwrap_or_default().coerce(&text);
            match members.entry(name) {
                Entry::Vacant(vacant) => drop(vacant.insert(value)),
                Entry::Occupied(_) => violations.push(Violation::duplicate(name)),
            }
        }
        Ok(())
    }

    fn add_query_parameters(
        &self,
        members: &mut Map<String, Value>,
        violations: &mut Vec<Violation>,
    ) -> Result<(), Rejection> {
        let Some(query) = self.uri.query() else { return Ok(()) };
        let mut lists: Vec<String> = Vec::new();
        for (name, text) in url::pairs(query) {
            let name = url::decode_query(name).map_err(|_| Rejection::UrlInvalid)?;
            let text = url::decode_query(text).map_err(|_| Rejection::UrlInvalid)?;
            let Some(shape) = self.endpoint.input.property(&name) else {
                violations.push(Violation::unknown(&name));
                continue;
            };
            let value = if shape.is_list() { shape.coerce_item(&text) } else { shape.coerce(&text) };
            match members.entry(&*name) {
                Entry::Vacant(vacant) if shape.is_list() => {
                    vacant.insert(Value::Array(vec![value]));
                    lists.push(name.into_owned());
                }
                Entry::Vacant(vacant) => drop(vacant.insert(value)),
                Entry::Occupied(mut occupied) => match occupied.get_mut() {
                    Value::Array(items) if lists.iter().any(|list| *list == name) => items.push(value),
                    _ => violations.push(Violation::duplicate(&name)),
                },
            }
        }
        Ok(())
    }
}

impl Admitted {
    /// The caller's `Idempotency-Key`, made unique and comparable; none without one.
    ///
    /// Only commands and tasks heed a key, and only of callers with a subject: those of nobody in particular
    /// (`anyone`, a provider's machine without `sub`) could not be told apart, so they are ignored.
    pub fn idempotency(&self, input: &Input) -> Option<Idempotency> {
        let key = self.key.as_ref()?;
        let digest = digest([
            self.place.to_string().as_bytes(),
            self.identity.subject.as_deref()?.as_bytes(),
            self.identity.acting_for.as_deref().unwrap_or_default().as_bytes(),
            self.descriptor().name.as_str().as_bytes(),
            self.operation().name.as_bytes(),
            key.as_bytes(),
        ]);
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Some(Idempotency { key: half, fingerprint: input.fingerprint? })
    }
}

/// SHA-256 over parts, each behind its length, so that no two lists of parts run together.
fn digest<const N: usize>(parts: [&[u8]; N]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn parse(body: &[u8]) -> Result<Value, Rejection> {
    let text =
        std::str::from_utf8(body).map_err(|e| Rejection::BodyNotUtf8(place_of(body, e.valid_up_to())))?;
    if let Some(offset) = too_deep(body) {
        return Err(Rejection::BodyTooDeep(place_of(body, offset)));
    }
    serde_json::from_str(text).map_err(|e| {
        let offset =
            if e.is_eof() { body.len() } else { line_start(body, e.line()) + e.column().saturating_sub(1) };
        Rejection::BodyNotJson(place_of(body, offset.min(body.len())))
    })
}

/// Where the nesting first goes past the limit. Of text that is not JSON it says nothing reliable, and need not.
fn too_deep(body: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in body.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > MAX_JSON_DEPTH {
                    return Some(offset);
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Bytes before the line of that number, from 1.
fn line_start(body: &[u8], line: usize) -> usize {
    body.split_inclusive(|b| *b == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum()
}

fn place_of(body: &[u8], offset: usize) -> Place {
    let before = &body[..offset];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    Place { line, column, offset }
}

/// Makes an integer of every number that is one mathematically, and refuses those that JavaScript does not carry
/// exactly: `1e20` and `100000000000000000000` are the same number to JSON.
fn settle_numbers(value: &mut Value, place: &mut dyn FnMut() -> String, violations: &mut Vec<Violation>) {
    match value {
        Value::Number(number) => {
            let in_range = |i: i64| (-MAX_INTEGER..=MAX_INTEGER).contains(&i);
            let fits = match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => in_range(integer),
                (None, Some(float)) if float.fract() == 0.0 => {
                    let integer = float as i64; // Saturates, and then is out of range.
                    *number = integer.into();
                    in_range(integer)
                }
                _ => true,
            };
            if !fits && violations.len() < MAX_VIOLATIONS {
                violations.push(Violation::out_of_range(place()));
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                settle_numbers(item, &mut || format!("{}/{i}", place()), violations);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                settle_numbers(member, &mut || place() + &pointer_to(name), violations);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
