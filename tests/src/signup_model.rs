//! One activity with places and a waiting list, as its rules say and nothing more: the oracle that concurrent histories
//! are held against. There is no clock in it: no offer lapses while it is used.

use serde_json::Value as Json;

use crate::linearize::Model;

/// What a resident, or the worker for one, asks. Residents are numbered from 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// Signs up with a party.
    SignUp(usize, i64),
    /// Ends the signup.
    Cancel(usize),
    /// Accepts an offer.
    Accept(usize),
    /// Declines one.
    Decline(usize),
    /// Shows the ticket of this serial.
    CheckIn(usize, u8),
    /// Looks at one's own signup.
    Mine(usize),
    /// Looks at the activity.
    Look,
}

/// What was answered, as far as it tells anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A signup: its status, and its place in the list.
    Signup(&'static str, Option<u64>),
    /// Done, without content, or checked in.
    Done,
    /// The code of a problem.
    Refused(String),
    /// Places left and parties waiting.
    Left(i64, u64),
}

/// Where a signup stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Standing {
    Confirmed,
    Waitlisted,
    Offered,
    Cancelled,
    Declined,
}

impl Standing {
    fn is_active(self) -> bool {
        matches!(self, Self::Confirmed | Self::Waitlisted | Self::Offered)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Waitlisted => "waitlisted",
            Self::Offered => "offered",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Signup {
    standing: Standing,
    party: i64,
    serial: u8,
    checked_in: bool,
}

/// The activity. Every resident has signed up once and left again, so that each signup has an id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Activity {
    capacity: i64,
    signups: Vec<Signup>,
    /// Residents who wait, the next one first.
    queue: Vec<usize>,
}

impl Activity {
    /// With all places free, after each of so many residents came and left.
    pub fn new(capacity: i64, residents: usize) -> Self {
        let left = Signup { standing: Standing::Cancelled, party: 1, serial: 1, checked_in: false };
        Self { capacity, signups: vec![left; residents], queue: vec![] }
    }

    fn free(&self) -> i64 {
        let holds = |signup: &&Signup| matches!(signup.standing, Standing::Confirmed | Standing::Offered);
        self.capacity - self.signups.iter().filter(holds).map(|signup| signup.party).sum::<i64>()
    }

    fn sign_up(&mut self, who: usize, party: i64) -> Answer {
        if self.signups[who].standing.is_active() {
            return refused("already-signed-up");
        }
        if party > self.capacity {
            return refused("party-too-large");
        }
        let fits = party <= self.free();
        if !fits {
            self.queue.push(who);
        }
        let standing = if fits { Standing::Confirmed } else { Standing::Waitlisted };
        let serial = self.signups[who].serial + 1;
        self.signups[who] = Signup { standing, party, serial, checked_in: false };
        self.mine(who)
    }

    fn end(&mut self, who: usize, standing: Standing) {
        self.queue.retain(|waiting| *waiting != who);
        self.signups[who].standing = standing;
        // Every party that fits gets its offer, in order; one that does not holds up nobody.
        for next in self.queue.clone() {
            if self.signups[next].party <= self.free() {
                self.signups[next].standing = Standing::Offered;
                self.queue.retain(|waiting| *waiting != next);
            }
        }
    }

    fn cancel(&mut self, who: usize) -> Answer {
        let signup = &self.signups[who];
        if !signup.standing.is_active() {
            return refused("signup-ended");
        }
        if signup.checked_in {
            return refused("checked-in");
        }
        self.end(who, Standing::Cancelled);
        Answer::Done
    }

    fn check_in(&mut self, who: usize, serial: u8) -> Answer {
        let signup = &mut self.signups[who];
        if signup.standing != Standing::Confirmed || signup.serial != serial {
            return refused("ticket-void");
        }
        if std::mem::replace(&mut signup.checked_in, true) {
            return refused("checked-in");
        }
        Answer::Done
    }

    fn mine(&self, who: usize) -> Answer {
        let position = self.queue.iter().position(|waiting| *waiting == who);
        Answer::Signup(self.signups[who].standing.name(), position.map(|before| before as u64 + 1))
    }
}

fn refused(code: &str) -> Answer {
    Answer::Refused(code.to_owned())
}

impl Model for Activity {
    type Call = Call;
    type Answer = Answer;

    fn apply(&mut self, call: &Call) -> Answer {
        match *call {
            Call::SignUp(who, party) => self.sign_up(who, party),
            Call::Cancel(who) => self.cancel(who),
            Call::Accept(who) | Call::Decline(who) if self.signups[who].standing != Standing::Offered => {
                refused("no-offer")
            }
            Call::Accept(who) => {
                self.signups[who].standing = Standing::Confirmed;
                self.mine(who)
            }
            Call::Decline(who) => {
                self.end(who, Standing::Declined);
                self.mine(who)
            }
            Call::CheckIn(who, serial) => self.check_in(who, serial),
            Call::Mine(who) => self.mine(who),
            Call::Look => Answer::Left(self.free(), self.queue.len() as u64),
        }
    }
}

/// What a reply says, in the model's words.
///
/// # Panics
/// When it is no reply of activity signup.
pub fn read(status: u16, body: &Json) -> Answer {
    if status >= 400 {
        return Answer::Refused(body["code"].as_str().unwrap().to_owned());
    }
    if let Some(places) = body["places_left"].as_i64() {
        return Answer::Left(places, body["waitlisted"].as_u64().unwrap());
    }
    let standings = [
        Standing::Confirmed,
        Standing::Waitlisted,
        Standing::Offered,
        Standing::Cancelled,
        Standing::Declined,
    ];
    match body["status"].as_str() {
        Some(status) => {
            let standing = standings.into_iter().find(|standing| standing.name() == status).unwrap();
            Answer::Signup(standing.name(), body["position"].as_u64())
        }
        None => Answer::Done,
    }
}
