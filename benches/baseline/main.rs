//! The hand-written server that Linli is measured against: axum and rusqlite, one transaction and so one fsync per
//! sign-up, written as a competent person would without a platform underneath.
//!
//! It keeps the same promises for a sign-up as Linli does (token, idempotency, no double booking, bounded places,
//! waiting list, signed ticket, chained audit line, durable before the answer) and the same facts. It has none of the
//! rest: no sandbox, no schemas, no reruns, no OpenAPI.
//!
//! `baseline FILE ADDR PUBLIC_KEY`: the database, where to listen (port 0: any; the address is printed), and the
//! Ed25519 key that tokens are signed with, base64url.

mod database;
mod tokens;

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::database::{Database, SignupRequest};
use crate::tokens::{Claims, Tokens};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What every handler needs.
struct Server {
    database: Database,
    tokens: Tokens,
}

type Shared = State<Arc<Server>>;

#[derive(Deserialize)]
struct NewActivity {
    title: String,
    capacity: i64,
}

#[derive(Deserialize)]
struct NewSignup {
    party_size: i64,
}

#[derive(Serialize)]
struct ProblemBody<'a> {
    status: u16,
    code: &'a str,
}

/// A refusal: status and a stable code.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal(StatusCode, &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(ProblemBody { status: self.0.as_u16(), code: self.1 })).into_response()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, address, key] = arguments.as_slice() else {
        anyhow::bail!("baseline FILE ADDR PUBLIC_KEY");
    };
    let server = Server { database: Database::open(file.as_ref())?, tokens: Tokens::new(key)? };
    let app = Router::new()
        .route("/hello", get(async || "hello"))
        .route("/activities", post(create_activity))
        .route("/activities/{id}", get(get_activity))
        .route("/activities/{id}/signups", post(create_signup))
        .with_state(Arc::new(server));
    let listener = tokio::net::TcpListener::bind(address).await.context("cannot listen")?;
    println!("{}", listener.local_addr()?);
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), app)
        .await?;
    Ok(())
}

async fn create_activity(
    State(server): Shared,
    headers: HeaderMap,
    Json(new): Json<NewActivity>,
) -> Result<Response, Refusal> {
    caller(&server, &headers, "worker")?;
    let id = server.database.create_activity(new.title, new.capacity).await?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "id": id }))).into_response())
}

async fn get_activity(
    State(server): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller(&server, &headers, "resident")?;
    Ok(Json(server.database.activity(&id)?).into_response())
}

async fn create_signup(
    State(server): Shared,
    headers: HeaderMap,
    Path(activity): Path<String>,
    Json(new): Json<NewSignup>,
) -> Result<Response, Refusal> {
    let claims = caller(&server, &headers, "resident")?;
    if !(1..=20).contains(&new.party_size) {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "party-size"));
    }
    let key = headers.get("idempotency-key").map(|key| key.as_bytes().to_vec());
    let resident = claims.sub.clone();
    let request = SignupRequest { activity, resident, party_size: new.party_size, key };
    let (status, reply) = server.database.create_signup(request).await?;
    let json = [("content-type", "application/json")];
    Ok((StatusCode::from_u16(status).unwrap_or(StatusCode::CREATED), json, reply).into_response())
}

fn caller(server: &Server, headers: &HeaderMap, role: &str) -> Result<Arc<Claims>, Refusal> {
    let unauthorized = Refusal(StatusCode::UNAUTHORIZED, "token");
    let header = headers.get("authorization").and_then(|value| value.to_str().ok());
    let Some(token) = header.and_then(|value| value.strip_prefix("Bearer ")) else {
        return Err(unauthorized);
    };
    let claims = server.tokens.verify(token).ok_or(unauthorized)?;
    if claims.roles.iter().any(|r| r == role) {
        Ok(claims)
    } else {
        Err(Refusal(StatusCode::FORBIDDEN, "role"))
    }
}
