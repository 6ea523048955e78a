//! The residents and workers of a measurement, and their tokens.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use linli_contract::{Area, Community, Role, Timestamp};
use linli_gateway::{TokenClaims, TokenSigner};

use crate::in_process;

/// Committees of one street: the last three digits of a community's code.
const COMMITTEES: u64 = 500;
/// Seconds tokens are good for.
const TTL: u32 = 86_400;

/// So many communities with so many residents each, and a worker.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// Number of the first community, so that crowds differ.
    pub first: u64,
    /// Communities.
    pub communities: usize,
    /// Residents of each.
    pub residents: usize,
}

/// The n-th community.
pub fn community(number: u64) -> Community {
    let (street, committee) = (1 + number / COMMITTEES, 1 + number % COMMITTEES);
    Community::from_code(330_105_000_000 + street * 1_000 + committee).expect("twelve digits")
}

/// Directory id of a resident.
pub fn resident(community: u64, number: usize) -> String {
    format!("c{community}-r{number}")
}

/// Directory id of a community's worker.
pub fn worker(community: u64) -> String {
    format!("c{community}-w")
}

impl Crowd {
    /// Numbers of its communities.
    pub fn numbers(self) -> impl Iterator<Item = u64> {
        self.first..self.first + self.communities as u64
    }

    fn lines(self, csv: &mut String) {
        for number in self.numbers() {
            let code = community(number);
            let _ = writeln!(csv, "{},{code},worker,某某某", worker(number));
            for r in 0..self.residents {
                let _ = writeln!(csv, "{},{code},resident,某某某", resident(number, r));
            }
        }
    }
}

/// Writes what `linli directory import` reads.
pub fn write_csv(path: &Path, crowds: &[Crowd]) -> Result<()> {
    let mut csv = "id,community,roles,name\n".to_owned();
    for crowd in crowds {
        crowd.lines(&mut csv);
    }
    std::fs::write(path, csv).with_context(|| format!("cannot write {}", path.display()))
}

/// Makes tokens.
pub struct Tokens {
    signer: TokenSigner,
    issued_at: Timestamp,
}

impl Tokens {
    /// With the development key of a data directory.
    pub fn of(data: &Path) -> Result<Self> {
        let hex = std::fs::read_to_string(data.join("dev.key"))?;
        let mut seed = [0; 32];
        for (byte, digits) in seed.iter_mut().zip(hex.trim().as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits)?, 16)?;
        }
        Ok(Self::new(TokenSigner::from_seed(&seed), in_process::now()?))
    }

    /// With this key, good from this moment on.
    pub fn new(signer: TokenSigner, issued_at: Timestamp) -> Self {
        Self { signer, issued_at }
    }

    /// The public half, as the baseline takes it.
    pub fn public_key(&self) -> Result<String> {
        let jwks: serde_json::Value = serde_json::from_str(&self.signer.jwks())?;
        Ok(jwks["keys"][0]["x"].as_str().context("a key set without a key")?.to_owned())
    }

    fn sign(&self, subject: &str, role: Role, number: u64) -> String {
        self.signer.sign(&TokenClaims {
            subject: Some(subject),
            roles: &[role],
            area: &Area::of(community(number)),
            provider: None,
            issued_at: self.issued_at,
            ttl_seconds: TTL,
            id: subject,
        })
    }

    /// Of a resident.
    pub fn resident(&self, community: u64, number: usize) -> String {
        self.sign(&resident(community, number), Role::Resident, community)
    }

    /// Of a community's worker.
    pub fn worker(&self, community: u64) -> String {
        self.sign(&worker(community), Role::Worker, community)
    }
}
