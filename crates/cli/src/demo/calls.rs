//! Ready-to-paste calls with tokens that work.

use std::net::SocketAddr;

use anyhow::Result;
use linli_contract::{Area, Role};
use linli_gateway::TokenSigner;
use linli_host::{Clock, Platform, SystemClock};

use super::{COMMUNITY, activities, community, people};
use crate::token;

/// How long the printed tokens are good for, in seconds: a week, like the activities.
const TOKEN_SECONDS: u32 = 7 * 86_400;
/// A resident who has signed up for nothing yet: in the thirties.
const RESIDENT_PLACE: usize = 73;

/// The page for the terminal.
///
/// # Errors
/// The component fails; the system gives no random numbers.
pub async fn to_paste(platform: &Platform, address: SocketAddr, signer: &TokenSigner) -> Result<String> {
    let Some(activity) = activities::open_one(platform).await? else {
        return Ok(format!("Serving http://{address} (reference: http://{address}/docs)"));
    };
    let area = Area::of(community());
    let token = |role, subject: &str| token::sign(signer, &[role], subject, &area, None, TOKEN_SECONDS);
    let resident = people::resident_id(RESIDENT_PLACE);
    let (resident_token, worker_token) =
        (token(Role::Resident, &resident)?, token(Role::Worker, "worker-1")?);
    let community_base = format!("http://{address}/v1/{COMMUNITY}");
    let base = format!("{community_base}/{}", activities::COMPONENT);
    let tomorrow = &SystemClock.now().plus_seconds(86_400).shown()[..10];
    let relative_part = relative_call(&base, &activity, &token)?;
    Ok(format!(
        "\
Serving the demo community {COMMUNITY} at http://{address}
Reference: http://{address}/docs    Metrics: http://{address}/metrics

# What is on; no token needed
curl -s '{base}/activities?limit=3'

# What else there is: affairs, tomorrow's lunch, rewards, merchants
curl -s '{community_base}/affair-submission/affairs'
curl -s '{community_base}/meal-ordering/menus?date={tomorrow}'
curl -s '{community_base}/points-redemption/rewards'
curl -s '{community_base}/provider-onboarding/providers'

# Sign up, as {resident}
curl -s -X POST {base}/activities/{activity}/signups \\
  -H 'Authorization: Bearer {resident_token}' \\
  -H 'Content-Type: application/json' -H 'Idempotency-Key: first-try' -d '{{\"party_size\": 1}}'

# My signups
curl -s {base}/signups -H 'Authorization: Bearer {resident_token}'
{relative_part}
# Who signed up, as the community worker; names are masked
curl -s {base}/activities/{activity}/signups -H 'Authorization: Bearer {worker_token}'

# Other people: linli token --data DIR --role resident --sub resident-001 --community {COMMUNITY}
"
    ))
}

/// A relative who acts for an elder, by the first binding that covers everything.
fn relative_call(base: &str, activity: &str, token: &dyn Fn(Role, &str) -> Result<String>) -> Result<String> {
    let bindings = people::bindings(linli_contract::Timestamp::EPOCH);
    let Some(binding) = bindings.iter().find(|binding| binding.scopes.iter().any(|scope| scope == "*"))
    else {
        return Ok(String::new());
    };
    let (elder, relative) = (&binding.elder, &binding.relative);
    let token = token(Role::Resident, relative)?;
    Ok(format!(
        "
# Sign up for a parent: {relative} acts for {elder}
curl -s -X POST {base}/activities/{activity}/signups \\
  -H 'Authorization: Bearer {token}' -H 'Acting-For: {elder}' \\
  -H 'Content-Type: application/json' -d '{{\"party_size\": 1}}'
"
    ))
}
