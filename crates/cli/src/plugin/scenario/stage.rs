//! Where scenarios are played: the whole platform in this process, on the store's oracle, with a clock that is set and
//! an outside that says what the scenario wants.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use linli_contract::limits::MAX_INTEGER;
use linli_contract::{
    Area, Community, ComponentName, Grant, PluginLimits, Provider, Role, Standing, Timestamp,
};
use linli_gateway::{TokenClaims, TokenKeys, TokenSigner, Tokens};
use linli_host::{
    HostLimits, ManualClock, MasterKey, Outside, OutsideFailure, OutsideReply, PersonRecord, Platform,
    PlatformConfig,
};
use linli_ingress::{Limits, Live, Server, ServerConfig};
use linli_store::{
    Account, Delivery, Layout, Mode, Partition, Space, Store, StoreError, Transaction, Transfer,
};

use super::faults::Contended;
use super::file::{Event, Failure, Outside as Answer, Person, Scenario};
use crate::demo;
use crate::plugin::manifest::Manifest;

/// Calls at once; a scenario makes one after the other.
const CONCURRENCY: u32 = 8;
/// Seed of everything secret, and of the tokens' key: the same in every run, so that ids and codes are, too.
const SEED: [u8; 32] = *b"linli plugin test: a fixed seed.";
/// Life of a token, in seconds; each call has its own.
const TOKEN_SECONDS: u32 = 3_600;
/// Rounds of deliveries at one moment before a plugin is taken to go in circles.
const MAX_ROUNDS: usize = 10_000;
/// An example of GB 32100-2015, for whoever has no code of its own.
const EXAMPLE_CODE: &str = "91330106673959654P";

/// A platform with one plugin on it.
pub struct Stage {
    pub store: Arc<Contended>,
    pub live: Arc<Live>,
    pub server: Server,
    component: ComponentName,
    clock: Arc<ManualClock>,
    outside: Arc<Said>,
    signer: TokenSigner,
    people: BTreeMap<String, Person>,
}

/// What the outside will say.
#[derive(Default)]
struct Said(Mutex<VecDeque<Answer>>);

impl Outside for Said {
    fn answer(&self, _: &str, url: &str, _: &[u8]) -> Result<OutsideReply, OutsideFailure> {
        let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let answer = next.filter(|answer| answer.url == url).ok_or(OutsideFailure::Unreachable)?;
        match answer.fail {
            Some(Failure::Unreachable) => Err(OutsideFailure::Unreachable),
            Some(Failure::TimedOut) => Err(OutsideFailure::TimedOut),
            Some(Failure::TooLarge) => Err(OutsideFailure::TooLarge),
            None => Ok(OutsideReply {
                status: answer.status,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: answer.json.to_string().into_bytes(),
            }),
        }
    }
}

impl Stage {
    /// A platform with the plugin live, everything it asks for granted; conflicts are drawn from the seed unless it is
    /// zero. Machine code is kept in `cache`.
    ///
    /// # Errors
    /// The plugin does not go live, or the scenario's people, providers or settings cannot be.
    pub async fn set(
        scenario: &Scenario,
        manifest: &Manifest,
        wasm: &[u8],
        cache: &Path,
        seed: u64,
    ) -> Result<Self> {
        let store = Arc::new(Contended::new(seed));
        let clock = Arc::new(ManualClock::new(scenario.start));
        let outside = Arc::new(Said::default());
        let limits = HostLimits { concurrency: CONCURRENCY, ..HostLimits::default() };
        let settings = BTreeMap::from([(manifest.name.to_string(), scenario.settings.clone())]);
        let config = PlatformConfig {
            limits: limits.clone(),
            cache_dir: Some(cache.to_owned()),
            settings,
            outside: Some(outside.clone()),
            ..PlatformConfig::new(clock.clone())
        };
        let platform = Platform::new(config, store.clone(), MasterKey::new(SEED))?;
        let signer = TokenSigner::from_seed(&SEED);
        let tokens = Arc::new(Tokens::new(TokenKeys::from_jwks(&signer.jwks())?));
        let live = Live::new(platform, store.clone(), clock.clone(), limits, tokens)?;
        live.load_plugin(wasm, Arc::new(granted(manifest))).await?;
        // The scenario's own bounds are the plugin's, not those of whoever floods a server.
        let limits =
            Limits { anonymous_burst: u32::MAX, anonymous_per_minute: u32::MAX, ..Limits::default() };
        let server = Server::start(ServerConfig { limits, ..ServerConfig::default() }, live.clone()).await?;
        let component = manifest.name.clone();
        let mut stage =
            Self { store, live, server, component, clock, outside, signer, people: scenario.people.clone() };
        stage.admit_everybody(scenario, manifest).await?;
        Ok(stage)
    }

    async fn admit_everybody(&mut self, scenario: &Scenario, manifest: &Manifest) -> Result<()> {
        let named = scenario.steps.iter().filter_map(|step| step.caller.as_deref());
        for name in named {
            self.people.entry(name.to_owned()).or_default();
        }
        let records: Vec<_> = self.people.iter().map(|(id, person)| record(id, person)).collect();
        self.live.platform().directory().import(&records, &[]).await?;
        let mut terms: BTreeMap<&str, u32> =
            scenario.providers.iter().map(|(id, terms)| (id.as_str(), terms.commission)).collect();
        terms.entry(&manifest.provider).or_default();
        for (id, commission) in terms {
            self.register(id, commission)?;
        }
        let funds = self.people.iter().flat_map(|(id, person)| person.funds.iter().map(move |f| (id, f)));
        for (id, (book, amount)) in funds {
            credit(&*self.store, self.now(), id, book, *amount)?;
        }
        self.deliver().await?;
        Ok(())
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        linli_host::Clock::now(&*self.clock)
    }

    /// The plugin's CPU time so far, in microseconds.
    pub fn cpu_micros(&self) -> u64 {
        self.live.platform().metrics().components.get(self.component.as_str()).map_or(0, |c| c.cpu_micros)
    }

    /// What the outside says from now on.
    pub fn let_outside_say(&self, answers: &[Answer]) {
        *self.outside.0.lock().unwrap_or_else(PoisonError::into_inner) = answers.iter().cloned().collect();
    }

    /// A token of somebody for the next hour.
    ///
    /// # Errors
    /// Nobody of that name is in the story.
    pub fn token(&self, name: &str) -> Result<String> {
        let person = self.people.get(name).with_context(|| format!("there is nobody called `{name}`"))?;
        Ok(self.signer.sign(&TokenClaims {
            subject: Some(name),
            roles: &[person.role],
            area: &Area::of(demo::community()),
            provider: person.provider.as_deref(),
            issued_at: self.now(),
            ttl_seconds: TOKEN_SECONDS,
            id: name,
        }))
    }

    /// Moves the clock on, everything that is due on the way at its own time.
    ///
    /// # Errors
    /// The store fails; the plugin goes in circles.
    pub async fn pass(&self, until: Timestamp) -> Result<()> {
        for _ in 0..MAX_ROUNDS {
            let due = Delivery::next_due(&*self.store.snapshot(community())?)?;
            match due {
                Some(due) if due <= until => self.clock.set(due.max(self.now())),
                _ => {
                    self.clock.set(until.max(self.now()));
                    self.live.platform().deliver_due().await;
                    return Ok(());
                }
            }
            self.live.platform().deliver_due().await;
        }
        anyhow::bail!("{MAX_ROUNDS} deliveries at one stretch: does the plugin answer itself?")
    }

    /// Delivers what is due now.
    ///
    /// # Errors
    /// As [`Stage::pass`].
    pub async fn deliver(&self) -> Result<()> {
        self.pass(self.now()).await
    }

    /// Deliveries that were given up or wait to be tried again: reactions that failed.
    ///
    /// # Errors
    /// The store fails.
    pub fn failed_deliveries(&self) -> u64 {
        let metrics = self.live.platform().metrics();
        metrics.delivery_retries + metrics.dead_letters
    }

    /// Puts an event of another component, or of the platform, on its way to the plugin.
    ///
    /// # Errors
    /// It is too large.
    pub fn publish(&self, number: usize, event: &Event) -> Result<()> {
        let delivery = Delivery {
            id: format!("event-{number}"),
            subscriber: self.component.to_string(),
            publisher: event.publisher.clone(),
            name: event.name.clone(),
            content: event.content.to_string(),
            published_at: self.now(),
            attempts: 0,
        };
        let subscriber = self.store.space(self.component.as_str())?;
        self.write(|transaction| Ok(transaction.publish(subscriber, &delivery)?))
    }

    /// What an account can spend.
    ///
    /// # Errors
    /// The store fails.
    pub fn balance(&self, of: &str, book: &str) -> Result<i64> {
        let owner = match of {
            "platform" => "platform:commission".to_owned(),
            of if of.starts_with("provider:") => of.to_owned(),
            person => format!("person:{person}"),
        };
        let account = Account { book: book.to_owned(), owner, floor: 0 };
        Ok(self.begin(Mode::Read)?.balance(&account)?)
    }

    /// As a component with the permission `registry` would.
    fn register(&self, id: &str, commission: u32) -> Result<()> {
        let provider = Provider {
            id: id.to_owned(),
            name: id.to_owned(),
            credit_code: EXAMPLE_CODE.to_owned(),
            category: "plugin".to_owned(),
            commission,
            public_key: None,
            standing: Standing::Active,
            licensed_until: self.now().plus_seconds(10 * 365 * 86_400),
        };
        provider.check()?;
        let content = serde_json::to_string(&provider)?;
        self.write(|transaction| {
            Ok(transaction.tell_platform(Delivery::PROVIDER_PUT, &format!("put-{id}"), &content)?)
        })
    }

    fn write(&self, act: impl Fn(&mut Transaction) -> Result<()>) -> Result<()> {
        write(&*self.store, self.now(), act)
    }

    fn begin(&self, mode: Mode) -> Result<Transaction, StoreError> {
        begin(&*self.store, self.now(), mode)
    }
}

/// Gives a person money out of nowhere, as if it had been paid in elsewhere.
///
/// # Errors
/// The amount is none, or the store fails.
pub fn credit(store: &dyn Store, now: Timestamp, person: &str, book: &str, amount: i64) -> Result<()> {
    let account = |owner: String, floor| Account { book: book.to_owned(), owner, floor };
    let transfer = Transfer {
        debit: account("platform:rehearsal".to_owned(), -MAX_INTEGER),
        credit: account(format!("person:{person}"), 0),
        amount,
        memo: String::new(),
    };
    write(store, now, |transaction| {
        transaction.post(&format!("fund-{person}-{book}"), std::slice::from_ref(&transfer))??;
        Ok(())
    })
}

/// A commit of the platform itself; it may lose once, like everybody's.
fn write(store: &dyn Store, now: Timestamp, act: impl Fn(&mut Transaction) -> Result<()>) -> Result<()> {
    for last in [false, true] {
        let mut transaction = begin(store, now, Mode::Write)?;
        act(&mut transaction)?;
        match store.commit(transaction.into_commit(None, false, vec![])) {
            Ok(_) => return Ok(()),
            Err(error) if last => return Err(error.into()),
            Err(_) => {}
        }
    }
    Ok(())
}

fn begin(store: &dyn Store, now: Timestamp, mode: Mode) -> Result<Transaction, StoreError> {
    let platform = ComponentName::PLATFORM.to_owned();
    let layout = Layout { component: platform, space: Space(0), collections: vec![] };
    Transaction::begin(community(), Arc::new(layout), store.pending(community())?, now, mode)
}

/// All it asks for, as if a reviewer had said yes to everything.
pub fn granted(manifest: &Manifest) -> Grant {
    Grant {
        provider: manifest.provider.clone(),
        permissions: manifest.permissions(),
        limits: PluginLimits::default(),
    }
}

fn community() -> Partition {
    Partition::Community(demo::community())
}

fn record(id: &str, person: &Person) -> PersonRecord {
    let community: Community = demo::community();
    PersonRecord {
        id: id.to_owned(),
        roles: vec![if person.role == Role::Anyone { Role::Resident } else { person.role }],
        community,
        name: person.name.clone(),
        phone: Some(person.phone.clone()),
        birth_date: None,
        citizen_number: None,
        address: Some(person.address.clone()),
        grid: None,
    }
}
