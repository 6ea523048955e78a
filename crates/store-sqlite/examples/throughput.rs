//! How many commands a second one file takes, and what a snapshot costs.
//!
//! ```text
//! cargo run --release -p linli-store-sqlite --example throughput -- [submitters] [communities] [seconds]
//! ```
//!
//! Every command is a whole transaction: a snapshot, the look-up of its idempotency key, a document with two index
//! entries, a stock take, an event, a kept answer, an audit line: eight rows with the head. Each submitter waits until
//! its command is durable before it sends the next. Numbers are of this machine, this disk and this moment.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use linli_contract::{Answer, Community, Content, Idempotency, Reply, Status};
use linli_store::conformance::World;
use linli_store::{CommitError, Delivery, Mode, Partition, Store};
use linli_store_sqlite::{SqliteOptions, SqliteStore, Stats};

fn community(n: u64) -> Partition {
    Partition::Community(Community::from_code(330_105_001_001 + n).expect("twelve digits"))
}

fn command(world: &World, partition: Partition, serial: u64) -> Result<(), CommitError> {
    let mut call = world.begin_at(partition, world.tick(), Mode::Write);
    let mut key = [0; 16];
    key[..8].copy_from_slice(&serial.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    let key = Idempotency { key, fingerprint: [7; 32] };
    call.idempotent(&key).expect("the key is read");
    let id = format!("{:016x}", serial.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let note = "x".repeat(240);
    let document = format!(r#"{{"owner":"person{}","rank":{},"note":"{note}"}}"#, serial % 997, serial % 101);
    call.put("thing", &id, &document).expect("a document");
    call.stock_take("portions", 1).expect("the counter is open");
    let event = Delivery {
        id: id.clone(),
        publisher: "things".into(),
        name: "thing.made".into(),
        content: format!(r#"{{"id":"{id}"}}"#),
        published_at: call.now(),
        subscriber: "things".into(),
        attempts: 0,
    };
    call.publish(world.things.space, &event).expect("an event");
    let content = Content::Json(format!(r#"{{"id":"{id}"}}"#));
    let reply = Answer::Reply(Reply { status: Status::Created, content, next: None });
    world.answer(call, key, reply).map(|_| ())
}

fn number(n: usize, default: u64) -> u64 {
    std::env::args().nth(n).and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs the submitters for that long; latencies in microseconds, sorted.
fn run(world: &World, submitters: u64, communities: u64, time: Duration) -> (Vec<u64>, u64) {
    let (stop, serial, conflicts) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let mut latencies = std::thread::scope(|scope| {
        let submit = |_| {
            scope.spawn(|| {
                let mut took = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let n = serial.fetch_add(1, Ordering::Relaxed);
                    let started = Instant::now();
                    match command(world, community(n % communities), n) {
                        Ok(()) => took.push(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)),
                        Err(CommitError::Conflict) => {
                            conflicts.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                took
            })
        };
        let threads: Vec<_> = (0..submitters).map(submit).collect();
        std::thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().flat_map(|thread| thread.join().expect("a submitter")).collect::<Vec<_>>()
    });
    latencies.sort_unstable();
    (latencies, conflicts.into_inner())
}

fn show(stats: &Stats, took: Duration) {
    let Stats { commits, groups, rows, group_time, checkpoint_time, log_pages, .. } = stats;
    let checkpoints: u64 = checkpoint_time.counts.iter().sum();
    println!(
        "  {:.0} commits/s, {:.1} commits and {:.1} rows a group, {} µs a group; {checkpoints} stalls of {} µs for checkpoints; \
         {log_pages} pages in the log",
        *commits as f64 / took.as_secs_f64(),
        *commits as f64 / *groups as f64,
        *rows as f64 / *groups as f64,
        group_time.sum_micros / groups.max(&1),
        checkpoint_time.sum_micros / checkpoints.max(1),
    );
}

fn snapshots(store: &SqliteStore, partition: Partition) {
    const ROUNDS: u32 = 100_000;
    let per = |what: &str, work: &dyn Fn()| {
        let started = Instant::now();
        (0..ROUNDS).for_each(|_| work());
        println!("  {what}: {} ns", started.elapsed().as_nanos() / u128::from(ROUNDS));
    };
    per("snapshot opened and closed", &|| drop(store.snapshot(partition).expect("a reader")));
    per("with one read", &|| {
        store.snapshot(partition).expect("a reader").get(&[0x10, 0, 0, 0, 1]).expect("a read");
    });
    per("pending snapshot", &|| drop(store.pending(partition).expect("a reader")));
}

fn main() {
    let (submitters, communities, seconds) = (number(1, 64), number(2, 20), number(3, 5));
    let folder = tempfile::tempdir_in(".").expect("a folder");
    // A thread that is not scheduled keeps its snapshot; in a server there are as many as calls in flight.
    let max_readers = usize::try_from(submitters).unwrap_or(usize::MAX).saturating_add(1);
    let options = SqliteOptions { max_readers, ..SqliteOptions::default() };
    let store = SqliteStore::open(folder.path().join("linli.db"), options).expect("a new store");
    let world = World::new(store.clone());
    for n in 0..communities {
        let mut call = world.begin_at(community(n), world.tick(), Mode::Write);
        call.stock_open("portions", 1_000_000_000).expect("new");
        world.commit(call).expect("alone");
    }
    println!("{submitters} submitters, {communities} communities:");
    let started = Instant::now();
    let (latencies, conflicts) = run(&world, submitters, communities, Duration::from_secs(seconds));
    show(&store.stats(), started.elapsed());
    let at = |share: f64| latencies.get((latencies.len() as f64 * share) as usize).copied().unwrap_or(0);
    println!(
        "  a command takes {} µs (half), {} µs (99 %), {} µs (99.9 %); {conflicts} conflicts",
        at(0.5),
        at(0.99),
        at(0.999)
    );
    snapshots(&store, community(0));
    let started = Instant::now();
    store.close().expect("it closes");
    println!("  closed in {} ms", started.elapsed().as_millis());
}
