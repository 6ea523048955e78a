//! The demo's merchants: one admitted, one whose application waits for a reviewer.

use anyhow::Result;
use linli_contract::{Identity, Role, Timestamp};
use linli_host::Platform;
use serde_json::json;

use super::script::{Script, id_of, identity};

/// The component.
const COMPONENT: &str = "provider-onboarding";

/// Makes them; how many applications.
///
/// # Errors
/// The component refuses something.
pub async fn create(platform: &Platform, now: Timestamp) -> Result<usize> {
    let Some(script) = Script::of(platform, COMPONENT, now) else { return Ok(0) };
    let provider = |subject: &str| identity(subject.to_owned(), Role::Provider);
    let admitted = apply(&script, provider("housekeeping-staff-1"), 0).await?;
    let approval = json!({ "id": admitted, "decision": "approve" });
    script
        .command(identity("reviewer-1".to_owned(), Role::Reviewer), "decide_application", &approval, 4_100)
        .await?;
    apply(&script, provider("canteen-staff-1"), 1).await?;
    Ok(2)
}

async fn apply(script: &Script<'_>, by: Identity, which: usize) -> Result<String> {
    // Made-up companies; their check characters are right (GB 32100-2015).
    let (name, code, category, commission) = [
        ("邻里帮家政服务部", "91330106673959654P", "housekeeping", 800),
        ("百味食堂管理部", "91350100M000100Y43", "canteen", 300),
    ][which];
    let application = json!({
        "name": name, "credit_code": code, "category": category, "commission_bp": commission,
        "licence": { "valid_from": "2024-01-01", "valid_until": null },
        "contact": { "name": "店长", "phone": "0571-00000000" },
    });
    id_of(&script.command(by, "create_application", &application, 4_000 + which).await?)
}
