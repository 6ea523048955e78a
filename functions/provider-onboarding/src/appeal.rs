//! Appeals: one against each notice, by the provider or who applied for it, also for a while after the removal. While
//! one waits, nobody is removed. One that is upheld lets the counting begin anew on the next day.

use linli_sdk::prelude::*;
use linli_sdk::registry::Standing;

use crate::day::Day;
use crate::events::{APPEAL_DECIDED, AppealDecided};
use crate::problem;
use crate::provider::{PROVIDERS, find};
use crate::review::{remove_if_still_above, withdraw_notice};
use crate::terms::{DAY_SECONDS, TERMS};

/// Appeals on one page, when the caller does not say.
const SHOWN: u32 = 50;

/// An appeal as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Appeal {
    id: String,
    provider: String,
    reason: String,
    status: Status,
    #[serde(with = "linli_sdk::micros")]
    made_at: Timestamp,
    decided_by: Option<PersonRef>,
    answer: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Open,
    Upheld,
    Rejected,
}

const BY_STATUS: Index = Index::new("by_status", &["/status", "/made_at"]);

/// All appeals.
pub(crate) const APPEALS: Collection<Appeal> = Collection::new("appeals").indexes(&[BY_STATUS]);

/// An appeal to make.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAppeal {
    /// The provider.
    #[schemars(regex(pattern = r"^[0-9A-Z]{18}$"))]
    id: String,
    #[schemars(length(min = 2, max = 2_000))]
    reason: String,
}

/// An appeal as its provider and reviewers see it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownAppeal {
    id: String,
    provider: String,
    reason: String,
    status: Status,
    made_at: Timestamp,
    /// What the reviewer answered.
    answer: Option<String>,
}

/// Whether it waits for its decision.
pub(crate) fn is_open(id: &str) -> bool {
    APPEALS.get(id).is_some_and(|appeal| appeal.status == Status::Open)
}

/// Appeals against a notice or the removal that followed.
pub(crate) fn create_appeal(new: NewAppeal) -> Result<Created<ShownAppeal>, Problem> {
    let mut provider = find(&new.id)?;
    if !provider.is_of(&context::caller()) {
        return Err(problem::provider_not_yours());
    }
    let notice = provider.notice.as_mut().ok_or_else(problem::nothing_to_appeal)?;
    if notice.appeal.is_some() {
        return Err(problem::appeal_made());
    }
    let now = context::now();
    if now > notice.removal_at.plus_seconds(TERMS.get().appeal_days * DAY_SECONDS) {
        return Err(problem::appeal_late());
    }
    let appeal = Appeal {
        id: context::new_id().into(),
        provider: new.id,
        reason: new.reason,
        status: Status::Open,
        made_at: now,
        decided_by: None,
        answer: None,
    };
    notice.appeal = Some(appeal.id.clone());
    PROVIDERS.put(&provider.id, &provider);
    APPEALS.put(&appeal.id, &appeal);
    Ok(Created(appeal.into()))
}

/// Which ones.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppealPage {
    /// `open` when left out.
    status: Option<Status>,
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    #[schemars(length(max = 400))]
    cursor: Option<String>,
}

/// The queue of appeals, who waits longest first.
pub(crate) fn list_appeals(page: AppealPage) -> Result<Page<ShownAppeal>, Problem> {
    let status = match page.status.unwrap_or(Status::Open) {
        Status::Open => "open",
        Status::Upheld => "upheld",
        Status::Rejected => "rejected",
    };
    let found =
        APPEALS.scan(&BY_STATUS.equal(status), page.limit.unwrap_or(SHOWN), page.cursor.as_deref())?;
    Ok(found.map(Into::into))
}

/// Which one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppealId {
    id: Id,
}

/// One appeal, for its provider and for reviewers.
pub(crate) fn show_appeal(AppealId { id }: AppealId) -> Result<ShownAppeal, Problem> {
    let caller = context::caller();
    let may_see = |appeal: &Appeal| {
        caller.has(Role::Reviewer)
            || PROVIDERS.get(&appeal.provider).is_some_and(|provider| provider.is_of(&caller))
    };
    APPEALS.get(&id).filter(may_see).map(Into::into).ok_or_else(problem::appeal_unknown)
}

/// What a reviewer says.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppealDecision {
    id: Id,
    decision: Verdict,
    /// To the provider.
    #[schemars(length(min = 2, max = 2_000))]
    reason: String,
}

/// How it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Uphold,
    Reject,
}

/// Decides about an appeal.
pub(crate) fn decide_appeal(decision: AppealDecision) -> Result<ShownAppeal, Problem> {
    let (caller, by) = (context::caller(), context::subject()?);
    let mut appeal = APPEALS.get(&decision.id).ok_or_else(problem::appeal_unknown)?;
    let mut provider = find(&appeal.provider)?;
    if provider.is_of(&caller) {
        return Err(problem::decision_on_oneself());
    }
    if appeal.status != Status::Open {
        return Err(problem::appeal_decided());
    }
    let upheld = decision.decision == Verdict::Uphold;
    appeal.status = if upheld { Status::Upheld } else { Status::Rejected };
    (appeal.decided_by, appeal.answer) = (Some(by), Some(decision.reason));
    APPEALS.put(&appeal.id, &appeal);
    let now = context::now();
    let removed = provider.standing == Standing::Removed;
    if upheld {
        provider.counted_from = Day::of(now).plus(1);
        withdraw_notice(&mut provider);
        if removed {
            provider.reinstate();
        } else {
            PROVIDERS.put(&provider.id, &provider);
        }
    } else if !removed && provider.notice.as_ref().is_some_and(|notice| notice.removal_at <= now) {
        // The notice has ended while the appeal waited; otherwise its timer still comes.
        remove_if_still_above(&mut provider);
    }
    let (id, of) = (appeal.id.clone(), appeal.provider.clone());
    APPEAL_DECIDED.publish(&AppealDecided { appeal: id, provider: of, upheld });
    Ok(appeal.into())
}

impl From<Appeal> for ShownAppeal {
    fn from(appeal: Appeal) -> Self {
        let Appeal { id, provider, reason, status, made_at, answer, .. } = appeal;
        Self { id, provider, reason, status, made_at, answer }
    }
}
