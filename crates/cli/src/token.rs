//! `linli token`: tokens for development and demonstrations. Real ones come from an identity provider.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use linli_contract::{Area, Community, Role};
use linli_gateway::{TokenClaims, TokenSigner};
use linli_host::{Clock, SystemClock};

use crate::data_dir::DataDir;
use crate::settings::Within;

/// Longest life of a development token, in seconds: a month of demonstrations.
const MAX_TTL_SECONDS: u32 = 31 * 86_400;

#[derive(Args)]
pub struct Arguments {
    /// Data directory that was served with --dev
    #[arg(long, env = "LINLI_DATA", value_name = "DIR")]
    data: PathBuf,
    /// resident, worker, grid-worker, officer, provider, reviewer, operator; several with commas
    #[arg(long, required = true, value_name = "ROLE", value_delimiter = ',', value_parser = role)]
    role: Vec<Role>,
    /// Directory id of the person
    #[arg(long, value_name = "ID", value_parser = id)]
    sub: String,
    /// The person's community (12 digits)
    #[arg(long, value_name = "CODE", required_unless_present = "area", conflicts_with = "area", value_parser = community)]
    community: Option<Community>,
    /// What the person answers for: a division prefix of 2, 4, 6, 9 or 12 digits
    #[arg(long, value_name = "PREFIX", value_parser = area)]
    area: Option<Area>,
    /// Provider the person belongs to
    #[arg(long, value_name = "ID", value_parser = id)]
    provider: Option<String>,
    /// Seconds the token is good for; 1 to 2678400
    #[arg(long, value_name = "SECONDS", default_value = "3600")]
    ttl: Within<1, MAX_TTL_SECONDS>,
}

fn role(text: &str) -> Result<Role, String> {
    let known = Role::from_token(text).filter(|role| *role != Role::Anyone);
    known.ok_or_else(|| "no such role; `anyone` needs no token".to_owned())
}

fn id(text: &str) -> Result<String, String> {
    let fits = (1..=linli_contract::limits::MAX_ID_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err("an id is 1 to 128 visible ASCII characters".to_owned()) }
}

fn community(text: &str) -> Result<Community, String> {
    text.parse().map_err(|error: linli_contract::IdError| error.to_string())
}

fn area(text: &str) -> Result<Area, String> {
    text.parse().map_err(|error: linli_contract::IdError| error.to_string())
}

/// Prints the token and nothing else, for `$(linli token …)`.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let data = DataDir::open(&arguments.data)?;
    let Some(seed) = data.existing_dev_key()? else {
        bail!(
            "{} has no development key: tokens can be made only for a data directory that was served with --dev",
            arguments.data.display()
        );
    };
    let area = arguments.area.clone().or_else(|| arguments.community.map(Area::of));
    let Some(area) = area else { bail!("give --community or --area") };
    let signer = TokenSigner::from_seed(&seed);
    println!(
        "{}",
        sign(
            &signer,
            &arguments.role,
            &arguments.sub,
            &area,
            arguments.provider.as_deref(),
            arguments.ttl.get()
        )?
    );
    Ok(ExitCode::SUCCESS)
}

/// A token from now on.
///
/// # Errors
/// The system gives no random numbers.
pub fn sign(
    signer: &TokenSigner,
    roles: &[Role],
    subject: &str,
    area: &Area,
    provider: Option<&str>,
    ttl_seconds: u32,
) -> Result<String> {
    let mut id = [0; 12];
    getrandom::fill(&mut id)?;
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let issued_at = SystemClock.now();
    Ok(signer.sign(&TokenClaims {
        subject: Some(subject),
        roles,
        area,
        provider,
        issued_at,
        ttl_seconds,
        id: &id,
    }))
}
