//! What a resident lets plugins see: shown, agreed to, withdrawn.

use http::StatusCode;
use linli_contract::{ComponentName, Problem};
use linli_gateway::{Rejection, TokenFault};
use linli_host::{Ask, ConsentError};
use serde_json::{Value as Json, json};

use super::{Asked, Refusal, problem};

type Shown = Result<(StatusCode, Json), Refusal>;

/// All of the caller's, or of whom the caller acts for.
pub(super) fn list(asked: &Asked<'_>) -> Shown {
    let states = asked.state.live.platform().consents(asked.identity()).map_err(of)?;
    Ok((StatusCode::OK, json!({ "items": states })))
}

pub(super) async fn give(asked: &Asked<'_>) -> Shown {
    let plugin = plugin(asked)?;
    let agreed: Vec<Ask> = serde_json::from_value(asked.input["agreed"].clone()).map_err(|_| not_asked())?;
    let platform = asked.state.live.platform();
    platform.give_consent(asked.identity(), &plugin, agreed, asked.request_id).await.map_err(of)?;
    show(asked, &plugin)
}

pub(super) async fn withdraw(asked: &Asked<'_>) -> Shown {
    let plugin = plugin(asked)?;
    let platform = asked.state.live.platform();
    platform.withdraw_consent(asked.identity(), &plugin, asked.request_id).await.map_err(of)?;
    show(asked, &plugin)
}

/// How it stands now.
fn show(asked: &Asked<'_>, plugin: &ComponentName) -> Shown {
    let states = asked.state.live.platform().consents(asked.identity()).map_err(of)?;
    Ok((StatusCode::OK, json!(states.iter().find(|state| state.plugin == *plugin))))
}

fn plugin(asked: &Asked<'_>) -> Result<ComponentName, Refusal> {
    let name = asked.text("plugin").and_then(|name| name.parse().ok());
    name.ok_or_else(|| problem::unknown_plugin().into())
}

fn not_asked() -> Problem {
    Problem::conflict(
        "consent-changed",
        "这项服务所要的信息与您看到的不一致，请刷新“我的授权”后重新确认。",
        "The service asks for something else than you were shown; reload your consents and agree again.",
    )
}

fn of(error: ConsentError) -> Refusal {
    match error {
        // A token for somebody the directory does not know, or knows no longer.
        ConsentError::UnknownSubject => Rejection::Unauthorized(TokenFault::BadClaims).into(),
        ConsentError::NotBound => Rejection::NotBound.into(),
        ConsentError::UnknownPlugin => problem::unknown_plugin().into(),
        ConsentError::NotAsked => not_asked().into(),
        ConsentError::Store(error) => {
            tracing::error!(%error, "consents cannot be read or changed");
            Rejection::Unavailable.into()
        }
    }
}
