//! Residents who sign up and leave as fast as they can, and remember what they were answered: for tests that end the
//! server in the middle of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value as Json, json};

use crate::dice::Dice;
use crate::http::Reply;
use crate::neighbourhood::{Neighbourhood, signups};
use crate::program::next_week;

/// Clients at once.
pub const CLIENTS: usize = 8;
/// Residents of each client: nobody else calls for them.
const RESIDENTS: usize = 12;
/// Residents of all clients.
pub const ALL_RESIDENTS: usize = CLIENTS * RESIDENTS;
/// Places of each activity: a few are fought for, one has room for all.
const CAPACITIES: [i64; 4] = [3, 10, 30, 1_000];

/// A command.
#[derive(Debug, Clone)]
struct Sent {
    key: String,
    resident: usize,
    activity: usize,
    /// The signup to end; none: one is made.
    ends: Option<String>,
}

/// A signup that stands, as far as its resident knows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Standing {
    id: String,
    status: String,
}

/// One client, through all restarts of the server.
struct Caller {
    number: usize,
    /// Of a command, as long as it is told to come again.
    tries: usize,
    dice: Dice,
    sent: usize,
    /// Commands of the last run and their answers.
    answered: Vec<(Sent, Reply)>,
    /// The command that was never answered.
    open: Option<Sent>,
    standing: BTreeMap<(usize, usize), Standing>,
}

/// The clients, and the activities they sign up for.
pub struct Load {
    callers: Vec<Caller>,
    activities: Vec<String>,
}

/// Times a command is sent that is told to come again, at most.
const TRIES: usize = 100;

impl Load {
    /// Announces the activities.
    pub fn new(here: &Neighbourhood, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let caller = |number| Caller {
            number,
            tries: 1,
            dice: Dice::new(dice.roll()),
            sent: 0,
            answered: vec![],
            open: None,
            standing: BTreeMap::new(),
        };
        let callers = (0..CLIENTS).map(caller).collect();
        let activities = CAPACITIES.map(|capacity| here.activity(capacity, &next_week()));
        Self { callers, activities: activities.into() }
    }

    /// With clients that come again when they are told so, as on Spin everybody may be at any time. A server that is about
    /// to go says so, too.
    #[must_use]
    pub fn insisting(mut self) -> Self {
        self.callers.iter_mut().for_each(|caller| caller.tries = TRIES);
        self
    }

    /// All clients call until the server is gone or refuses them; after so many answers, `end` is called once.
    pub fn run(&mut self, here: &Neighbourhood, answers: usize, end: impl Fn() + Sync) {
        let so_far = AtomicUsize::new(0);
        let (end, so_far, activities) = (&end, &so_far, &self.activities);
        std::thread::scope(|scope| {
            for caller in &mut self.callers {
                caller.answered.clear();
                scope.spawn(move || {
                    while caller.step(here, activities) {
                        if so_far.fetch_add(1, Ordering::SeqCst) + 1 == answers {
                            end();
                        }
                    }
                });
            }
        });
    }

    /// How many commands of the last run were answered.
    pub fn answers(&self) -> usize {
        self.callers.iter().map(|caller| caller.answered.len()).sum()
    }

    /// How many of those signups that stand by their answers the server has not.
    pub fn lost(&self, here: &Neighbourhood) -> usize {
        let rosters = self.rosters(here);
        let all = self.callers.iter().flat_map(|caller| &caller.standing);
        all.filter(|((_, activity), standing)| !rosters[*activity].contains_key(&standing.id)).count()
    }

    /// Asserts, on a server that was started again, that everything answered is there, and is answered again in the
    /// same way; and that counters tell of as many signups as there are.
    ///
    /// # Panics
    /// When it is not so.
    pub fn check(&mut self, here: &Neighbourhood) {
        let activities = &self.activities;
        std::thread::scope(|scope| {
            for caller in &mut self.callers {
                scope.spawn(move || caller.ask_again(here, activities));
            }
        });
        let rosters = self.rosters(here);
        for (activity, roster) in rosters.iter().enumerate() {
            let mut expected = 0;
            for ((resident, _), standing) in
                self.callers.iter().flat_map(|caller| &caller.standing).filter(|((_, of), _)| *of == activity)
            {
                expected += 1;
                let status =
                    roster.get(&standing.id).unwrap_or_else(|| panic!("r{resident}: {standing:?} is lost"));
                // Only waiting ends by what others do.
                let kept =
                    status == &standing.status || (standing.status == "waitlisted" && status == "offered");
                assert!(kept, "r{resident}: {standing:?} became {status}");
            }
            assert_eq!(roster.len(), expected, "nobody is signed up who did not ask, or who left");
            let shown = here.shown(&self.activities[activity]);
            let of = |wanted: &str| roster.values().filter(|status| *status == wanted).count();
            let left = CAPACITIES[activity] - i64::try_from(of("confirmed") + of("offered")).unwrap();
            assert_eq!(
                (&shown["places_left"], &shown["waitlisted"]),
                (&json!(left), &json!(of("waitlisted")))
            );
        }
    }

    /// The status of every signup that stands, by activity.
    fn rosters(&self, here: &Neighbourhood) -> Vec<BTreeMap<String, String>> {
        let worker = here.worker();
        let text = |value: &Json| value.as_str().unwrap().to_owned();
        let roster = |activity: &String| {
            let entries = here.all(&worker, &format!("{}?limit=200", signups(activity)));
            entries.iter().map(|entry| (text(&entry["id"]), text(&entry["status"]))).collect()
        };
        self.activities.iter().map(roster).collect()
    }
}

impl Caller {
    /// One command; whether the server answered it.
    fn step(&mut self, here: &Neighbourhood, activities: &[String]) -> bool {
        let resident = self.number * RESIDENTS + self.dice.below(RESIDENTS as u64) as usize;
        let activity = self.dice.below(activities.len() as u64) as usize;
        // Who is signed up mostly stays, so that the small ones fill.
        let ends = self.standing.get(&(resident, activity)).filter(|_| self.dice.flip());
        let key = format!("{}-{}", self.number, self.sent);
        let sent = Sent { key, resident, activity, ends: ends.map(|standing| standing.id.clone()) };
        self.sent += 1;
        self.open = Some(sent.clone());
        match self.send(here, activities, &sent) {
            Ok(reply) if reply.status != 503 => {
                self.open = None;
                self.learn(&sent, &reply);
                self.answered.push((sent, reply));
                true
            }
            // The server is gone, or about to go.
            _ => false,
        }
    }

    fn learn(&mut self, sent: &Sent, reply: &Reply) {
        let place = (sent.resident, sent.activity);
        match (&sent.ends, reply.status) {
            (None, 201) => {
                let body = reply.json();
                let text = |name: &str| body[name].as_str().unwrap().to_owned();
                self.standing.insert(place, Standing { id: text("id"), status: text("status") });
            }
            (Some(_), 204) => drop(self.standing.remove(&place)),
            (None, 409) => assert_eq!(reply.problem(409), "already-signed-up"),
            // Too often up and down.
            (None, 429) => {}
            _ => panic!("{sent:?}: {} {}", reply.status, reply.text()),
        }
    }

    /// Sends everything of the last run again, and what was never answered for the first time or the second: nobody can
    /// tell.
    fn ask_again(&mut self, here: &Neighbourhood, activities: &[String]) {
        for (sent, reply) in &self.answered {
            let again = self.send(here, activities, sent).unwrap();
            assert_eq!(again.content(), reply.content(), "{sent:?}");
        }
        if let Some(sent) = self.open.take() {
            let reply = self.send(here, activities, &sent).unwrap();
            self.learn(&sent, &reply);
        }
    }

    fn send(&self, here: &Neighbourhood, activities: &[String], sent: &Sent) -> Result<Reply, ureq::Error> {
        let mut reply = send(here, activities, sent);
        for _ in 1..self.tries {
            if !reply.as_ref().is_ok_and(|reply| reply.status == 503) {
                break;
            }
            reply = send(here, activities, sent);
        }
        reply
    }
}

fn send(here: &Neighbourhood, activities: &[String], sent: &Sent) -> Result<Reply, ureq::Error> {
    let rest = signups(&activities[sent.activity]);
    let token = here.resident(sent.resident).token;
    match &sent.ends {
        Some(signup) => {
            here.call("DELETE", &format!("{rest}/{signup}")).token(&token).key(&sent.key).try_send()
        }
        None => here.call("POST", &rest).token(&token).key(&sent.key).json(&json!({})).try_send(),
    }
}
