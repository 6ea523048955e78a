//! Applications: to be admitted, and, by a provider already admitted, to be renewed.

use linli_sdk::contract::Caller;
use linli_sdk::contract::codes::CreditCode;
use linli_sdk::prelude::*;
use linli_sdk::registry::{self, Standing};

use crate::day::Day;
use crate::problem;
use crate::provider::{PROVIDERS, owner_of};
use crate::terms::category;

/// Applications on one page, when the caller does not say.
const SHOWN: u32 = 50;
/// Days an application is kept after its last change: five years, as the E-Commerce Law, article 31, asks at least three.
const KEEP_DAYS: u32 = 1_826;
/// When a licence without an end is taken to end: its time is an integer all the same.
const NO_END: &str = "2200-01-01T00:00:00+08:00";

/// An application as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Application {
    pub id: String,
    pub kind: Kind,
    /// See [`owner_of`].
    pub owner: String,
    pub name: String,
    pub credit_code: String,
    pub category: String,
    pub licence: Licence,
    pub contact: Contact,
    pub commission_bp: u32,
    pub public_key: Option<String>,
    pub status: Status,
    /// Whether it waits, for a reviewer or for the applicant.
    pub open: bool,
    #[serde(with = "linli_sdk::micros")]
    pub submitted_at: Timestamp,
    pub decision: Option<Decided>,
}

/// What is applied for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Admission,
    /// Of one admitted already: a new licence, another commission.
    Renewal,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// Waits for a reviewer.
    Submitted,
    /// Waits for the applicant.
    Returned,
    Approved,
    Rejected,
    Withdrawn,
}

/// A business licence.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Licence {
    /// First day.
    pub valid_from: Day,
    /// Last day; a licence without one (长期) has no end.
    pub valid_until: Option<Day>,
}

/// Whom to call about it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contact {
    #[schemars(length(min = 1, max = 50))]
    name: String,
    #[schemars(regex(pattern = r"^\+?[0-9-]{5,20}$"))]
    phone: String,
}

/// What a reviewer said.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Decided {
    pub by: PersonRef,
    #[serde(with = "linli_sdk::micros")]
    pub at: Timestamp,
    pub reason: Option<String>,
}

const BY_CODE: Index = Index::new("by_code", &["/credit_code", "/open"]);
const BY_OWNER: Index = Index::new("by_owner", &["/owner", "/submitted_at"]);
const BY_STATUS: Index = Index::new("by_status", &["/status", "/submitted_at"]);

/// All applications.
pub(crate) const APPLICATIONS: Collection<Application> = Collection::new("applications")
    .indexes(&[BY_CODE, BY_OWNER, BY_STATUS])
    .personal(&["/contact/name", "/contact/phone"])
    .keep_days(KEEP_DAYS);

/// What a merchant says of itself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApplication {
    #[schemars(length(min = 1, max = 60))]
    name: String,
    /// GB 32100-2015, as on the licence.
    #[schemars(length(min = 1, max = 40))]
    credit_code: String,
    #[schemars(length(min = 1, max = 32))]
    category: String,
    licence: Licence,
    contact: Contact,
    /// Basis points, within the band of the category.
    #[schemars(range(min = 0, max = 10_000))]
    commission_bp: u32,
    /// Ed25519 (RFC 8032), 64 digits of hex: for merchants that upload components.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    public_key: Option<String>,
}

/// An application as its applicant and reviewers see it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownApplication {
    id: String,
    kind: Kind,
    name: String,
    credit_code: String,
    category: String,
    licence: Licence,
    contact: Contact,
    commission_bp: u32,
    public_key: Option<String>,
    status: Status,
    submitted_at: Timestamp,
    decided_at: Option<Timestamp>,
    reason: Option<String>,
}

/// Hands an application in.
pub(crate) fn create_application(new: NewApplication) -> Result<Created<ShownApplication>, Problem> {
    let caller = context::caller();
    let owner = owner_of(&caller)?;
    new.credit_code.parse::<CreditCode>().map_err(|_| problem::credit_code_invalid())?;
    let known = PROVIDERS.get(&new.credit_code);
    let application = Application {
        id: context::new_id().into(),
        kind: if known.is_some() { Kind::Renewal } else { Kind::Admission },
        owner,
        name: new.name,
        credit_code: new.credit_code,
        category: new.category,
        licence: new.licence,
        contact: new.contact,
        commission_bp: new.commission_bp,
        public_key: new.public_key,
        status: Status::Submitted,
        open: true,
        submitted_at: context::now(),
        decision: None,
    };
    application.check()?;
    if known.is_some_and(|provider| !provider.is_of(&caller)) {
        return Err(problem::provider_not_yours());
    }
    let same = BY_CODE.equal(application.credit_code.as_str()).equal(true);
    if let Some(open) = APPLICATIONS.first(&same, 1).first() {
        return Err(problem::application_open(open.is_of(&caller).then_some(open.id.as_str())));
    }
    APPLICATIONS.put(&application.id, &application);
    Ok(Created(application.into()))
}

/// Which ones.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplicationPage {
    /// For reviewers and workers; `submitted` when left out.
    status: Option<Status>,
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    #[schemars(length(max = 400))]
    cursor: Option<String>,
}

/// Reviewers and workers see the queue, who waits longest first; everybody else their own, the newest first.
pub(crate) fn list_applications(page: ApplicationPage) -> Result<Page<ShownApplication>, Problem> {
    let caller = context::caller();
    let stretch = if reviews(&caller) {
        BY_STATUS.equal(page.status.unwrap_or(Status::Submitted).name())
    } else {
        BY_OWNER.equal(owner_of(&caller)?).descending()
    };
    let found = APPLICATIONS.scan(&stretch, page.limit.unwrap_or(SHOWN), page.cursor.as_deref())?;
    Ok(found.map(Into::into))
}

/// Which one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplicationId {
    id: Id,
}

/// One application.
pub(crate) fn show_application(ApplicationId { id }: ApplicationId) -> Result<ShownApplication, Problem> {
    let caller = context::caller();
    let found = APPLICATIONS.get(&id).filter(|found| reviews(&caller) || found.is_of(&caller));
    found.map(Into::into).ok_or_else(problem::application_unknown)
}

/// What is to be changed in an application that was returned.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Supplement {
    id: Id,
    #[schemars(length(min = 1, max = 60))]
    name: Option<String>,
    #[schemars(length(min = 1, max = 32))]
    category: Option<String>,
    licence: Option<Licence>,
    contact: Option<Contact>,
    #[schemars(range(min = 0, max = 10_000))]
    commission_bp: Option<u32>,
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    public_key: Option<String>,
}

/// Changes an application that was returned, and hands it in again.
pub(crate) fn supplement_application(changed: Supplement) -> Result<ShownApplication, Problem> {
    let mut application = own(&changed.id)?;
    match application.status {
        Status::Returned => {}
        Status::Submitted => return Err(problem::application_not_returned()),
        _ => return Err(problem::application_decided()),
    }
    application.name = changed.name.unwrap_or(application.name);
    application.category = changed.category.unwrap_or(application.category);
    application.licence = changed.licence.unwrap_or(application.licence);
    application.contact = changed.contact.unwrap_or(application.contact);
    application.commission_bp = changed.commission_bp.unwrap_or(application.commission_bp);
    application.public_key = changed.public_key.or(application.public_key);
    application.check()?;
    (application.status, application.submitted_at) = (Status::Submitted, context::now());
    APPLICATIONS.put(&application.id, &application);
    Ok(application.into())
}

/// Takes an application back.
pub(crate) fn withdraw_application(ApplicationId { id }: ApplicationId) -> Result<NoContent, Problem> {
    let mut application = own(&id)?;
    if !application.open {
        return Err(problem::application_decided());
    }
    (application.status, application.open) = (Status::Withdrawn, false);
    APPLICATIONS.put(&application.id, &application);
    Ok(NoContent)
}

/// The caller's own application.
fn own(id: &str) -> Result<Application, Problem> {
    let caller = context::caller();
    APPLICATIONS.get(id).filter(|found| found.is_of(&caller)).ok_or_else(problem::application_unknown)
}

/// Who sees everybody's.
fn reviews(caller: &Caller) -> bool {
    caller.has(Role::Reviewer) || caller.has(Role::Worker)
}

impl Application {
    /// Whether the caller may speak for it.
    pub fn is_of(&self, caller: &Caller) -> bool {
        let itself = caller.provider.as_ref() == Some(&self.credit_code);
        itself || owner_of(caller).is_ok_and(|owner| owner == self.owner)
    }

    /// What must be so when it is handed in, and still when it is approved.
    pub fn check(&self) -> Result<(), Problem> {
        let band = category(&self.category).ok_or_else(problem::category_unknown)?;
        if !(band.min_bp..=band.max_bp).contains(&self.commission_bp) {
            return Err(problem::commission_outside_band(band.min_bp, band.max_bp));
        }
        let (licence, now) = (&self.licence, context::now());
        if licence.valid_until.as_ref().is_some_and(|last| *last < licence.valid_from) {
            return Err(problem::licence_dates());
        }
        if now < licence.valid_from.begins() {
            return Err(problem::licence_not_begun());
        }
        if licence.ends_at() <= now {
            return Err(problem::licence_ended());
        }
        // Here or, as far as the platform knows, in another community.
        let here = PROVIDERS.get(&self.credit_code).map(|provider| provider.standing);
        let anywhere = registry::get(&self.credit_code).map(|provider| provider.standing);
        if [here, anywhere].contains(&Some(Standing::Removed)) {
            return Err(problem::provider_removed());
        }
        Ok(())
    }
}

impl Licence {
    /// The first moment at which it is no longer valid.
    pub fn ends_at(&self) -> Timestamp {
        match &self.valid_until {
            Some(last) => last.plus(1).begins(),
            None => NO_END.parse().expect("a constant that parses"),
        }
    }
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl From<Application> for ShownApplication {
    fn from(application: Application) -> Self {
        let (decided_at, reason) =
            application.decision.map_or((None, None), |decided| (Some(decided.at), decided.reason));
        Self {
            id: application.id,
            kind: application.kind,
            name: application.name,
            credit_code: application.credit_code,
            category: application.category,
            licence: application.licence,
            contact: application.contact,
            commission_bp: application.commission_bp,
            public_key: application.public_key,
            status: application.status,
            submitted_at: application.submitted_at,
            decided_at,
            reason,
        }
    }
}
