//! Promises 1 and 3 on the store by itself: killed at any moment, and with the power gone, it has every commit it
//! called durable, and no half of any.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use linli_store_sqlite::{SqliteOptions, SqliteStore};
use linli_tests::dice::Dice;
use linli_tests::disk::{Disk, Unsynced};
use linli_tests::store_load::{LANES, Lane, check_sums};

/// Crashes of each kind.
const ROUNDS: u64 = 12;
/// Durable commits after which the writer is killed, at most.
const MAX_COMMITS: u64 = 400;

/// Lets a writer commit, kills it after so many commits, and gives how many each lane was told are durable.
fn commit_and_die(
    disk: &Disk,
    word: &str,
    commits: u64,
    under: impl FnOnce(&Disk, &mut Command),
) -> Vec<usize> {
    let mut writer = Command::new(env!("CARGO_BIN_EXE_store-writer"));
    writer.arg(disk.data().join("linli.db")).arg(word);
    writer.stdout(Stdio::piped()).stderr(Stdio::piped());
    under(disk, &mut writer);
    let mut writer = writer.spawn().unwrap();
    let mut durable = vec![0; LANES];
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    // What it had said before it died counts, also when it is read later.
    for (line, so_far) in lines.map_while(Result::ok).zip(1..) {
        let (lane, number) = line.split_once(' ').unwrap();
        durable[lane.parse::<usize>().unwrap()] = number.parse::<usize>().unwrap() + 1;
        if so_far == commits {
            writer.kill().unwrap();
        }
    }
    let ended = writer.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert!(ended.status.code().is_none(), "the writer ended by itself: {}", ended.status);
    durable
}

/// What the store has of these words after a restart: by word, then by lane.
fn restart(disk: &Disk, words: &[String]) -> Result<Vec<Vec<usize>>, String> {
    let store = SqliteStore::open(disk.data().join("linli.db"), SqliteOptions::default())
        .map_err(|error| error.to_string())?;
    let lanes: Vec<Lane> = (0..LANES).map(|lane| Lane::open(store.clone(), lane)).collect();
    let found: Result<Vec<Vec<usize>>, String> =
        words.iter().map(|word| lanes.iter().map(|lane| lane.found(word)).collect()).collect();
    let found = found?;
    for pair in 0..LANES / 2 {
        let lanes = &lanes[2 * pair..][..2];
        let commits = found.iter().map(|by_lane| by_lane[2 * pair] + by_lane[2 * pair + 1]).sum();
        check_sums(lanes, commits).map_err(|error| error.to_string())?;
    }
    store.close().map_err(|error| error.to_string())?;
    Ok(found)
}

fn crash(seed: u64, fail_power: impl Fn(&Disk, &mut Dice), under: impl Fn(&Disk, &mut Command)) {
    let (disk, mut dice) = (Disk::new(), Dice::new(seed));
    let (mut words, mut durable) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        words.push(format!("r{round}"));
        let commits = 1 + dice.below(MAX_COMMITS);
        durable.push(commit_and_die(&disk, &words[words.len() - 1], commits, &under));
        fail_power(&disk, &mut dice);
        let found = restart(&disk, &words).unwrap();
        for (word, (durable, found)) in words.iter().zip(durable.iter().zip(&found)) {
            let kept = durable.iter().zip(found).all(|(durable, found)| durable <= found);
            assert!(kept, "seed {seed}, round {round}: {word} had {durable:?} durable, {found:?} is there");
        }
    }
}

#[test]
fn a_killed_store_has_what_it_called_durable() {
    crash(1, |_, _| {}, |_, _| {});
}

#[test]
fn a_store_without_power_has_what_it_called_durable() {
    crash(2, |disk, _| disk.fail_power(Unsynced::Lost), Disk::under);
}

#[test]
fn a_store_without_power_survives_any_part_of_what_was_not_synced() {
    crash(3, |disk, dice| disk.fail_power(Unsynced::Torn(Dice::new(dice.roll()))), Disk::under);
}

/// The tests above would notice: on a disk that keeps nothing, commits called durable are gone.
#[test]
fn a_disk_that_lies_is_noticed() {
    let disk = Disk::new();
    let words = ["kept".to_owned(), "lost".to_owned()];
    let kept = commit_and_die(&disk, &words[0], 50, Disk::under);
    disk.fail_power(Unsynced::Lost);
    let lost = commit_and_die(&disk, &words[1], 50, Disk::under_lies);
    disk.fail_power(Unsynced::Lost);
    let found = restart(&disk, &words).unwrap();
    assert!(kept.iter().zip(&found[0]).all(|(kept, found)| kept <= found));
    assert!(lost.iter().sum::<usize>() >= 50 && found[1].iter().sum::<usize>() == 0, "{lost:?} {found:?}");
}
