//! Certificates: signed by the platform, checked by anybody.
//!
//! The number, `LNZ-2026-7K3MC9XQ2R`, is drawn, so that nobody finds certificates by counting; its last character checks
//! the ones before. The QR code holds a payload that can be checked without a network, as upper-case Crockford base32:
//!
//! | bytes | what |
//! |---|---|
//! | 0 | version, 1 |
//! | 1-4 | when it was issued, in seconds since 1970 UTC, big-endian |
//! | 5-8 | until when it is good, the same way; 0 for ever |
//! | 9-16 | first bytes of `SHA-256("holder" 0 number 0 name)`: the name somebody gives can be compared |
//! | 17-n | the number in ASCII, 18 to 20 bytes |
//! | last 64 | signature of `"linli/affair-submission/certificate" 0x00` and all bytes before |
//!
//! The signature is the host's: Ed25519 unless an operator configures its `keys` to sign with SM2; nothing here depends on
//! which. Whether a certificate was revoked since, only `GET /certificates/{number}` tells.

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;
use linli_sdk::{base32, keys, spoken_codes};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::affair::{Affair, CertificateRule};
use crate::calendar::Day;
use crate::case::{CASES, Case, Happened};
use crate::events::{CERTIFICATE_ISSUED, CERTIFICATE_REVOKED, CaseNews, CertificateNews};
use crate::facts::field;
use crate::form::{Kind, Schema};
use crate::{format, number, problem};

/// What certificates are signed for.
pub const PURPOSE: &str = "certificate";

const VERSION: u8 = 1;
/// Bytes of the payload before the number.
const HEAD: usize = 17;
/// Bytes of a signature, Ed25519 and SM2 alike.
const SIGNATURE: usize = 64;
/// Characters of the drawn part of a number: 45 random bits and a check.
const CODE: u32 = 10;
/// Draws before it is given up; the first one hits once in a million million.
const MAX_DRAWS: usize = 4;

/// All certificates, by number, for ever: whoever holds one may be asked about it at any time.
pub const CERTIFICATES: Collection<Certificate> = Collection::new("certificates").personal(&["/holder"]);

/// As stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Certificate {
    number: String,
    case: Id,
    title: Text,
    holder: String,
    #[serde(with = "linli_sdk::micros")]
    issued_at: Timestamp,
    #[serde(default, with = "linli_sdk::micros::option", skip_serializing_if = "Option::is_none")]
    valid_until: Option<Timestamp>,
    #[serde(default, with = "linli_sdk::micros::option", skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
}

/// Whether a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Standing {
    /// It is.
    Valid,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

/// What anybody may know of a certificate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckedCertificate {
    number: String,
    title: Text,
    /// The community that issued it.
    office: String,
    /// Covered name of whom it is about.
    holder: String,
    status: Standing,
    issued_at: Timestamp,
    valid_until: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    /// Whether the QR code that was sent is this certificate's.
    genuine: Option<bool>,
}

/// A certificate in the hands of its holder, or of the office.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct HeldCertificate {
    number: String,
    title: Text,
    status: Standing,
    issued_at: Timestamp,
    valid_until: Option<Timestamp>,
    /// What the QR code holds; to the holder alone.
    qr: Option<String>,
    /// What stands on it; to the holder alone.
    fields: Vec<PrintedField>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct PrintedField {
    label: Text,
    value: Text,
}

/// Which certificate.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// As printed or as typed.
    #[schemars(length(min = 1, max = 40))]
    number: String,
    /// What its QR code holds.
    #[schemars(length(max = 400))]
    qr: Option<String>,
}

/// A certificate to take back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Which.
    #[schemars(length(min = 1, max = 40))]
    number: String,
    /// Why; to its holder.
    #[schemars(length(min = 1, max = 500))]
    reason: String,
}

/// Issues the certificate of a case that was granted; its number.
///
/// # Errors
/// 503 `numbers-short`.
pub fn issue(rule: &CertificateRule, case: &Case) -> Result<String, Problem> {
    let now = context::now();
    let (year, month, day) = now.shanghai_date();
    let draw = || format!("{}-{year}-{}", rule.prefix, spoken_codes::draw(CODE));
    let number = number::first_free(MAX_DRAWS, draw, |number| CERTIFICATES.get(number).is_some())?;
    let holder = field(&case.form, &rule.holder).and_then(Value::as_str).unwrap_or_default().to_owned();
    let valid_until = rule.valid_months.map(|months| ends_after((year, month, day), months));
    let (case_id, title) = (case.id.clone(), rule.title.clone());
    let certificate =
        Certificate { number, case: case_id, title, holder, issued_at: now, valid_until, revoked_at: None };
    CERTIFICATES.put(&certificate.number, &certificate);
    let news = CaseNews::of(case);
    CERTIFICATE_ISSUED.publish(&CertificateNews { news, certificate: certificate.number.clone() });
    Ok(certificate.number)
}

/// The last second of the day so many months later; of the month's last day when it has no such day.
fn ends_after((year, month, day): (i64, u32, u32), months: u16) -> Timestamp {
    let months = year * 12 + i64::from(month - 1) + i64::from(months);
    // Within 1 to 12.
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) as u32 + 1);
    let existing = (1..=day).rev().find_map(|day| Timestamp::from_shanghai_date(year, month, day).ok());
    Day::of(existing.expect("every month has a first day")).end()
}

/// Lets anybody check a certificate.
///
/// # Errors
/// 404 `certificate-unknown`; 422 `certificate-mistyped`.
pub fn get_certificate(Shown { number, qr }: Shown) -> Result<CheckedCertificate, Problem> {
    let certificate = find(&number)?;
    let genuine = qr.map(|qr| certificate.is_genuine(&qr));
    let Certificate { number, title, issued_at, valid_until, revoked_at, .. } = certificate.clone();
    Ok(CheckedCertificate {
        number,
        title,
        office: context::community().to_string(),
        holder: format::keep(&certificate.holder, 1, 0),
        status: certificate.standing(),
        issued_at,
        valid_until,
        revoked_at,
        genuine,
    })
}

/// Takes a certificate back.
///
/// # Errors
/// 404 `certificate-unknown`; 422 `certificate-mistyped`; 409 `certificate-revoked`.
pub fn revoke_certificate(Revocation { number, reason }: Revocation) -> Result<NoContent, Problem> {
    let mut certificate = find(&number)?;
    if certificate.revoked_at.is_some() {
        return Err(problem::certificate_revoked());
    }
    certificate.revoked_at = Some(context::now());
    CERTIFICATES.put(&certificate.number, &certificate);
    // Cases are kept for ten years, certificates for ever.
    if let Some(mut case) = CASES.get(&certificate.case) {
        let by = context::caller().subject;
        let entry = case.note(Happened::CertificateRevoked);
        (entry.by, entry.reason) = (by, Some(reason));
        case.save();
        let news = CaseNews::of(&case);
        CERTIFICATE_REVOKED.publish(&CertificateNews { news, certificate: certificate.number });
    }
    Ok(NoContent)
}

/// The certificate of a case as its holder, or the office, sees it.
pub fn held(number: &str, affair: &Affair, case: &Case, own: bool) -> Option<HeldCertificate> {
    let certificate = CERTIFICATES.get(number)?;
    let rule = affair.certificate.as_ref()?;
    let printed = |pointer: &String| printed(&affair.form, case, pointer);
    Some(HeldCertificate {
        status: certificate.standing(),
        qr: own.then(|| certificate.qr()),
        fields: if own { rule.fields.iter().filter_map(printed).collect() } else { vec![] },
        number: certificate.number,
        title: certificate.title,
        issued_at: certificate.issued_at,
        valid_until: certificate.valid_until,
    })
}

/// A field as it stands on the certificate: choices in words, citizen numbers covered.
fn printed(form: &Schema, case: &Case, pointer: &str) -> Option<PrintedField> {
    let (schema, value) = (form.at(pointer)?, field(&case.form, pointer)?);
    let value = match (schema.kind, value) {
        (Kind::String, Value::String(text)) => {
            let choice = schema.one_of.iter().flatten().find(|choice| choice.value == *text);
            let plain =
                || schema.format.and_then(|format| format.masked(text)).unwrap_or_else(|| text.clone());
            choice.map_or_else(|| Text::new(plain(), plain()), |choice| choice.label.clone())
        }
        (Kind::Boolean, Value::Bool(true)) => Text::new("是", "yes"),
        (Kind::Boolean, Value::Bool(false)) => Text::new("否", "no"),
        (Kind::Integer, number) => Text::new(number.to_string(), number.to_string()),
        _ => return None,
    };
    Some(PrintedField { label: schema.label.clone()?, value })
}

/// Reads a number however it was typed.
fn find(typed: &str) -> Result<Certificate, Problem> {
    let mut parts = typed.trim().splitn(3, '-');
    let mut part = || parts.next().map(str::trim).filter(|part| part.is_ascii());
    let (Some(prefix), Some(year), Some(code)) = (part(), part(), part()) else {
        return Err(problem::certificate_mistyped());
    };
    let shaped = prefix.bytes().all(|b| b.is_ascii_alphabetic()) && year.bytes().all(|b| b.is_ascii_digit());
    let code = spoken_codes::read(code, CODE as usize)
        .filter(|_| shaped)
        .ok_or_else(problem::certificate_mistyped)?;
    let number = format!("{}-{year}-{code}", prefix.to_ascii_uppercase());
    CERTIFICATES.get(&number).ok_or_else(problem::certificate_unknown)
}

impl Certificate {
    fn standing(&self) -> Standing {
        match (self.revoked_at, self.valid_until) {
            (Some(_), _) => Standing::Revoked,
            (None, Some(until)) if context::has_passed(until.plus_micros(1)) => Standing::Expired,
            _ => Standing::Valid,
        }
    }

    /// What is signed. 32 bits of seconds last until 2106.
    fn payload(&self) -> Vec<u8> {
        let seconds =
            |time: Timestamp| u32::try_from(time.micros() / 1_000_000).unwrap_or(u32::MAX).to_be_bytes();
        let holder = Sha256::new()
            .chain_update(b"holder\0")
            .chain_update(&self.number)
            .chain_update(b"\0")
            .chain_update(&self.holder)
            .finalize();
        let mut bytes = Vec::with_capacity(HEAD + self.number.len() + SIGNATURE);
        bytes.push(VERSION);
        bytes.extend_from_slice(&seconds(self.issued_at));
        bytes.extend_from_slice(&self.valid_until.map_or([0; 4], seconds));
        bytes.extend_from_slice(&holder[..8]);
        bytes.extend_from_slice(self.number.as_bytes());
        bytes
    }

    fn qr(&self) -> String {
        let mut bytes = self.payload();
        let signature = keys::sign(PURPOSE, &bytes);
        bytes.extend_from_slice(&signature);
        base32::encode(&bytes).to_ascii_uppercase()
    }

    fn is_genuine(&self, qr: &str) -> bool {
        let payload = self.payload();
        let bytes = base32::decode(qr.trim(), payload.len() + SIGNATURE).unwrap_or_default();
        let Some((signed, signature)) = bytes.split_at_checked(payload.len()) else { return false };
        signed == payload && keys::verify(PURPOSE, signed, signature)
    }
}
