//! Who calls.

use serde::{Deserialize, Serialize};

use crate::{Area, PersonRef};

/// What a caller may be; an operation names the roles that may call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Nobody in particular: no token needed, rate-limited.
    Anyone,
    /// A resident of the community, or a relative acting for one.
    Resident,
    /// Runs canteens, activities and the front desk.
    Worker,
    /// Handles what is reported in a grid.
    GridWorker,
    /// Sees the communities of a street.
    Officer,
    /// A merchant.
    Provider,
    /// Reviews plugins and applications.
    Reviewer,
    /// Runs the platform for a city or district.
    Operator,
    /// The platform itself; never in a token.
    System,
}

impl Role {
    /// All of them, in the order of the contract.
    pub const ALL: [Self; 9] = [
        Self::Anyone,
        Self::Resident,
        Self::Worker,
        Self::GridWorker,
        Self::Officer,
        Self::Provider,
        Self::Reviewer,
        Self::Operator,
        Self::System,
    ];

    /// As in tokens and descriptors.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Resident => "resident",
            Self::Worker => "worker",
            Self::GridWorker => "grid-worker",
            Self::Officer => "officer",
            Self::Provider => "provider",
            Self::Reviewer => "reviewer",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    /// The role of that name, `system` excepted: no token can carry it.
    pub fn from_token(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name && *role != Self::System)
    }
}

/// The caller as a component sees it, its references already made for that component's provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The person the operation is about: the caller, or whom the caller acts for.
    pub subject: Option<PersonRef>,
    /// The relative who really calls, when acting for somebody.
    pub acted_by: Option<PersonRef>,
    /// The caller's roles.
    pub roles: Vec<Role>,
    /// What the caller answers for; none for `anyone`.
    pub area: Option<Area>,
    /// The provider the caller belongs to.
    pub provider: Option<String>,
}

impl Caller {
    /// The platform itself.
    pub fn system() -> Self {
        Self { subject: None, acted_by: None, roles: vec![Role::System], area: None, provider: None }
    }

    /// Whether the caller has the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
