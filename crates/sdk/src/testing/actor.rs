//! Who calls in a test.

use std::collections::BTreeMap;

use linli_contract::{Area, Attribute, Caller, Community, PersonRef, Role};

use super::Platform;
use crate::people::Denial;

/// Made-up surnames and given names: combined by number, so that they belong to nobody in particular.
const SURNAMES: [&str; 10] = ["赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈"];
const GIVEN_NAMES: [&str; 10] =
    ["一帆", "二梅", "三友", "四维", "五谷", "六和", "七星", "八方", "九思", "十全"];

/// Somebody who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor(Caller);

impl Actor {
    /// Nobody in particular.
    pub fn anyone() -> Self {
        Self(Caller { roles: vec![Role::Anyone], ..Caller::system() })
    }

    /// The caller a component sees.
    pub fn caller(&self) -> &Caller {
        &self.0
    }

    /// The person the actor's calls are about.
    ///
    /// # Panics
    /// For nobody in particular.
    pub fn person(&self) -> PersonRef {
        self.0.subject.clone().expect("this actor is a person")
    }

    /// The same person, calling on behalf of another.
    #[must_use]
    pub fn acting_for(&self, other: &Self) -> Self {
        Self(Caller { subject: Some(other.person()), acted_by: Some(self.person()), ..self.0.clone() })
    }

    /// The same person with these roles instead.
    #[must_use]
    pub fn with_roles(&self, roles: &[Role]) -> Self {
        Self(Caller { roles: roles.to_vec(), ..self.0.clone() })
    }
}

impl Platform {
    /// A new resident of that age, with a made-up name, of this community.
    pub fn resident(&self, age: u32) -> Actor {
        self.person(&[Role::Resident], age)
    }

    /// A new community worker.
    pub fn worker(&self) -> Actor {
        self.person(&[Role::Worker], 40)
    }

    /// A machine of a provider: no person.
    pub fn provider(&self, name: &str) -> Actor {
        let area = Some(Area::of(self.community()));
        let roles = vec![Role::Provider];
        Actor(Caller { roles, area, provider: Some(name.to_owned()), ..Caller::system() })
    }

    /// Makes the directory refuse an attribute of somebody from now on.
    pub fn deny(&self, person: &PersonRef, attribute: Attribute, denial: Denial) {
        self.world.borrow_mut().deny(person, attribute, denial);
    }

    /// Makes the directory hold an attribute of somebody from now on.
    pub fn record(&self, person: &PersonRef, attribute: Attribute, value: &str) {
        self.world.borrow_mut().record(person, attribute, value);
    }

    fn person(&self, roles: &[Role], age: u32) -> Actor {
        let mut world = self.world.borrow_mut();
        let number = world.population();
        let name = format!("{}{}", SURNAMES[number % 10], GIVEN_NAMES[number / 10 % 10]);
        let reference = reference(number);
        let attributes = BTreeMap::from([
            (Attribute::Name, name),
            (Attribute::Age, age.to_string()),
            (Attribute::Phone, format!("138{number:08}")),
        ]);
        world.settle_in(reference.clone(), attributes);
        let community: Community = self.community();
        let caller = Caller {
            subject: Some(reference),
            acted_by: None,
            roles: roles.to_vec(),
            area: Some(Area::of(community)),
            provider: None,
        };
        Actor(caller)
    }
}

/// The n-th person's reference: 26 characters of lower-case base32.
fn reference(number: usize) -> PersonRef {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let digit = |place: u32| char::from(DIGITS[number / 32_usize.pow(place) % 32]);
    let text: String = (0..22).map(|_| 'q').chain((0..4).rev().map(digit)).collect();
    text.parse().expect("26 characters of base32")
}
