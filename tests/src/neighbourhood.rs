//! A community with people in it, and their calls: the same over the platform in this process and the real program.

use std::sync::Arc;

use linli_contract::{Area, Community, Role, Timestamp};
use linli_gateway::{TokenClaims, TokenSigner};
use linli_host::PersonRecord;
use serde_json::{Value as Json, json};

use crate::http::{Call, Client, Reply};
use crate::world::World;

/// Seconds a token is good for: longer than any test moves its clock.
const TOKEN_SECONDS: u32 = 400 * 86_400;

/// A community, from the side of its people.
#[derive(Clone)]
pub struct Neighbourhood {
    /// Which.
    pub community: Community,
    /// Reaches the server.
    pub client: Client,
    signer: Arc<TokenSigner>,
    now: Timestamp,
    /// What must be there as long as this is.
    world: Option<Arc<World>>,
}

/// Somebody with a token.
#[derive(Debug, Clone)]
pub struct Person {
    /// In the directory.
    pub id: String,
    /// For the header `Authorization`.
    pub token: String,
}

impl Neighbourhood {
    /// One whose tokens are signed by this signer, from `now` on.
    pub fn new(community: Community, client: Client, signer: Arc<TokenSigner>, now: Timestamp) -> Self {
        Self { community, client, signer, now, world: None }
    }

    /// Keeps its world there.
    #[must_use]
    pub fn in_world(mut self, world: Arc<World>) -> Self {
        self.world = Some(world);
        self
    }

    /// The id of the resident of this number.
    pub fn resident_id(community: Community, number: usize) -> String {
        format!("{community}-r{number}")
    }

    /// The people of a community: so many residents, numbered from 0, and one of every other role.
    pub fn people(community: Community, residents: usize) -> Vec<PersonRecord> {
        let person = |id: String, role, name: &str, born: &str| PersonRecord {
            id,
            roles: vec![role],
            community,
            name: name.to_owned(),
            phone: Some("13800000000".to_owned()),
            birth_date: Some(born.to_owned()),
            citizen_number: None,
            address: Some("幸福路7号".to_owned()),
            grid: None,
        };
        // Every second resident is over sixty.
        let born = |number: usize| if number.is_multiple_of(2) { "1990-03-04" } else { "1950-03-04" };
        let residents = (0..residents).map(|number| {
            person(Self::resident_id(community, number), Role::Resident, "甄嘉禾", born(number))
        });
        let staff = Role::ALL
            .into_iter()
            .filter(|role| Self::is_staff(*role))
            .map(|role| person(format!("{community}-{}", role.as_str()), role, "贾安宁", "1985-06-07"));
        residents.chain(staff).collect()
    }

    fn is_staff(role: Role) -> bool {
        !matches!(role, Role::Anyone | Role::Resident | Role::System)
    }

    /// A resident.
    pub fn resident(&self, number: usize) -> Person {
        self.person(Self::resident_id(self.community, number), Role::Resident, &Area::of(self.community))
    }

    /// The community worker.
    pub fn worker(&self) -> Person {
        self.staff(Role::Worker)
    }

    /// The one of this role, who answers for this community.
    pub fn staff(&self, role: Role) -> Person {
        self.person(format!("{}-{}", self.community, role.as_str()), role, &Area::of(self.community))
    }

    /// Somebody of any id, role and area.
    pub fn person(&self, id: String, role: Role, area: &Area) -> Person {
        let provider = (role == Role::Provider).then_some("canteen-1");
        self.sign(id, role, area, provider)
    }

    /// The staff of the provider of this name.
    pub fn staff_of(&self, provider: &str) -> Person {
        let id = format!("{}-{}", self.community, Role::Provider.as_str());
        self.sign(id, Role::Provider, &Area::of(self.community), Some(provider))
    }

    fn sign(&self, id: String, role: Role, area: &Area, provider: Option<&str>) -> Person {
        let token = self.signer.sign(&TokenClaims {
            subject: Some(&id),
            roles: &[role],
            area,
            provider,
            issued_at: self.now,
            ttl_seconds: TOKEN_SECONDS,
            id: &id,
        });
        Person { id, token }
    }

    /// The token of a resident that was good for this long, from `now` on.
    pub fn short_token(&self, person: &Person, seconds: u32) -> String {
        self.signer.sign(&TokenClaims {
            subject: Some(&person.id),
            roles: &[Role::Resident],
            area: &Area::of(self.community),
            provider: None,
            issued_at: self.now,
            ttl_seconds: seconds,
            id: "short",
        })
    }

    /// The address of something in this community: `activity-signup/activities`.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/{}/{rest}", self.community)
    }

    /// A call without a token.
    pub fn call(&self, method: &str, rest: &str) -> Call<'_> {
        self.client.call(method, &self.path(rest))
    }

    /// A query by somebody.
    pub fn get(&self, who: &Person, rest: &str) -> Reply {
        self.call("GET", rest).token(&who.token).send()
    }

    /// A command by somebody.
    pub fn post(&self, who: &Person, rest: &str, body: &Json) -> Reply {
        self.call("POST", rest).token(&who.token).json(body).send()
    }

    /// Announces an activity that starts in ten days (2026-05-11 09:00 in Shanghai, for tests of a clock that is set),
    /// with these members besides; its id.
    pub fn activity(&self, capacity: i64, more: &Json) -> String {
        let created = self.post(&self.worker(), "activity-signup/activities", &described(capacity, more));
        created.expect(201)["id"].as_str().unwrap().to_owned()
    }

    /// Signs a party up.
    pub fn sign_up(&self, who: &Person, activity: &str, party: i64) -> Reply {
        self.post(who, &signups(activity), &json!({ "party_size": party }))
    }

    /// Ends a signup.
    pub fn cancel(&self, who: &Person, activity: &str, signup: &Json) -> Reply {
        let rest = format!("{}/{}", signups(activity), signup["id"].as_str().unwrap());
        self.call("DELETE", &rest).token(&who.token).send()
    }

    /// `acceptance` or `decline` of an offer.
    pub fn answer_offer(&self, who: &Person, activity: &str, signup: &Json, answer: &str) -> Reply {
        let rest = format!("{}/{}/{answer}", signups(activity), signup["id"].as_str().unwrap());
        self.call("POST", &rest).token(&who.token).send()
    }

    /// Shows a ticket at the door.
    pub fn check_in(&self, activity: &str, ticket: &Json) -> Reply {
        let rest = format!("activity-signup/activities/{activity}/check-ins");
        self.post(&self.worker(), &rest, &json!({ "ticket": ticket }))
    }

    /// The resident's signup for an activity, as the resident sees it now.
    ///
    /// # Panics
    /// When there is none.
    pub fn mine(&self, who: &Person, activity: &str) -> Json {
        let page = self.get(who, "activity-signup/signups").expect(200);
        let items = page["items"].as_array().unwrap();
        items.iter().find(|signup| signup["activity"] == activity).unwrap().clone()
    }

    /// An activity as everybody sees it.
    pub fn shown(&self, activity: &str) -> Json {
        self.call("GET", &format!("activity-signup/activities/{activity}")).send().expect(200)
    }

    /// Every entry of a list, page after page, by its `Link` headers.
    pub fn all(&self, who: &Person, rest: &str) -> Vec<Json> {
        let mut items = Vec::new();
        let mut path = self.path(rest);
        loop {
            let reply = self.client.call("GET", &path).token(&who.token).send();
            items.extend(reply.expect(200)["items"].as_array().unwrap().iter().cloned());
            let Some(next) = reply.header("link").strip_prefix('<') else { return items };
            path = next.strip_suffix(">; rel=\"next\"").unwrap().to_owned();
        }
    }
}

/// Where the signups of an activity are.
pub fn signups(activity: &str) -> String {
    format!("activity-signup/activities/{activity}/signups")
}

/// The body that announces an activity.
pub fn described(capacity: i64, more: &Json) -> Json {
    let mut activity = json!({
        "title": "八段锦",
        "place": "社区广场",
        "starts_at": "2026-05-11T09:00:00+08:00",
        "ends_at": "2026-05-11T11:00:00+08:00",
        "capacity": capacity,
    });
    for (name, value) in more.as_object().unwrap() {
        activity[name] = value.clone();
    }
    activity
}
