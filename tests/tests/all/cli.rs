//! The `linli` program's other commands, as operators use them.

use std::fs;
use std::path::Path;
use std::process::Output;

use expect_test::{Expect, expect, expect_file};
use linli_tests::components;
use linli_tests::program::{Ground, linli};
use rusqlite::Connection;

/// What it said on both outputs, places on this machine left out.
fn said(output: &Output, place: &Path) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(place.to_str().unwrap(), "DIR");
    format!("exit {}\n{}{}", output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[track_caller]
fn check(arguments: &[&str], place: &Path, expected: &Expect) {
    expected.assert_eq(&said(&linli(arguments), place));
}

#[test]
fn tokens_are_made_where_there_is_a_development_key_only() {
    let ground = Ground::new(&["activity-signup"]).with_residents(1);
    let sub = "330105001001-r0";
    let token =
        ["token", "--role", "resident", "--sub", sub, "--community", "330105001001", "--data", ground.data()];
    check(
        &token,
        Path::new(ground.data()),
        &expect![[r#"
        exit 1
        linli: DIR has no development key: tokens can be made only for a data directory that was served with --dev
    "#]],
    );
    let program = ground.serve();
    let made = linli(&token);
    let token = String::from_utf8(made.stdout).unwrap();
    let here = program.neighbourhood();
    let reply = here.call("GET", "activity-signup/signups").token(token.trim()).send();
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn settings_that_do_not_fit_stop_the_start() {
    let ground = Ground::new(&["activity-signup"]);
    let place = Path::new(ground.data()).parent().unwrap();
    let (config, components) = (place.join("linli.toml"), place.join("components"));
    fs::write(&config, "dev = true\n[settings.activity-signup]\nmax_party_size = \"many\"\n").unwrap();
    let files = ["--config", config.to_str().unwrap(), "--components", components.to_str().unwrap()];
    check(
        &[&["serve", "--listen", "127.0.0.1:0", "--data", ground.data()], &files[..]].concat(),
        place,
        &expect![[r#"
            exit 1
            linli: DIR/components/activity-signup.wasm: the settings do not fit: `settings.activity-signup.max_party_size`: Must be a whole number.
        "#]],
    );
}

#[test]
fn every_component_is_shown_as_it_is() {
    for name in components::core() {
        let shown = linli(&["inspect", components::file(&name).to_str().unwrap()]);
        assert_eq!(shown.status.code(), Some(0), "{name}");
        let text = String::from_utf8(shown.stdout).unwrap();
        // Its size and digest, and what of WASI its toolchain asks for, are the compiler's business.
        let compilers = |line: &&str| line.contains(" bytes, sha256 ") || line.starts_with("  wasi:");
        let facts: Vec<&str> = text.lines().filter(|line| !compilers(line)).collect();
        expect_file![format!("{}/inspect/{name}.txt", env!("CARGO_MANIFEST_DIR"))]
            .assert_eq(&format!("{}\n", facts.join("\n")));
    }
}

#[test]
fn what_would_not_go_live_is_told_why() {
    let file = components::file("reaches-out");
    let shown = linli(&["inspect", file.to_str().unwrap()]);
    assert_eq!(shown.status.code(), Some(1));
    expect![[r#"
        linli: FILE: the component imports what no component gets: wasi:sockets/instance-network@0.2.6, wasi:sockets/network@0.2.6
    "#]].assert_eq(&String::from_utf8_lossy(&shown.stderr).replace(file.to_str().unwrap(), "FILE"));
}

/// A database with an activity and a signup, at rest.
fn with_a_signup() -> Ground {
    let ground = Ground::new(&["activity-signup"]).with_residents(2);
    let program = ground.serve();
    let here = program.neighbourhood();
    let activity = here.activity(5, &linli_tests::program::next_week());
    here.sign_up(&here.resident(0), &activity, 2).expect(201);
    here.sign_up(&here.resident(1), &activity, 1).expect(201);
    program.terminate();
    assert_eq!(program.wait().0.code(), Some(0));
    ground.verify();
    ground
}

#[test]
fn damage_is_found_and_named() {
    // Keys begin with a byte for their sort; see `crates/store/src/key.rs`.
    const INDEX: &str = "x'11'";
    const STOCK: &str = "x'20'";
    const AUDIT: &str = "x'60'";
    for (damage, expected) in [
        (
            format!("DELETE FROM rows WHERE substr(key, 1, 1) = {INDEX}"),
            expect![[r#"
            exit 1
            broken: partition 0: indexes: 16 documents are missing from an index
            broken: partition 330105001001: indexes: 3 documents are missing from an index
            linli: 2 findings in DIR/linli.db
        "#]],
        ),
        (
            format!("UPDATE rows SET value = x'ff' WHERE substr(key, 1, 1) = {STOCK}"),
            expect![[r#"
            exit 1
            broken: partition 330105001001: stock bounds: ID/all: does not read
            linli: 1 findings in DIR/linli.db
        "#]],
        ),
        (
            format!(
                "DELETE FROM rows WHERE (partition, key) = (SELECT partition, max(key) FROM rows
                 WHERE partition <> 0 AND substr(key, 1, 1) = {AUDIT})"
            ),
            expect![[r#"
                exit 1
                broken: partition 330105001001: audit log: it ends before the last commit
                linli: 1 findings in DIR/linli.db
            "#]],
        ),
    ] {
        let ground = with_a_signup();
        let database = Connection::open(Path::new(ground.data()).join("linli.db")).unwrap();
        assert!(database.execute(&damage, []).unwrap() > 0, "{damage}");
        drop(database);
        let verified = linli(&["verify", "--data", ground.data()]);
        expected.assert_eq(&masked(&said(&verified, Path::new(ground.data()))));
    }
}

/// Ids differ from run to run.
fn masked(text: &str) -> String {
    let word = |c: char| !c.is_ascii_alphanumeric();
    let ids: Vec<&str> = text.split(word).filter(|word| word.len() == 26).collect();
    ids.into_iter().fold(text.to_owned(), |text, id| text.replace(id, "ID"))
}

#[test]
fn a_file_that_is_no_database_of_ours_or_a_newer_one_is_refused() {
    let ground = Ground::new(&[]).with_residents(0);
    let data = Path::new(ground.data());
    let database = data.join("linli.db");
    Connection::open(&database).unwrap().pragma_update(None, "user_version", 999).unwrap();
    check(
        &["verify", "--data", ground.data()],
        data,
        &expect![[r#"
        exit 1
        linli: cannot open DIR/linli.db: the database has format 999, this release reads up to 1
    "#]],
    );
    check(
        &["serve", "--dev", "--listen", "127.0.0.1:0", "--data", ground.data()],
        data,
        &expect![[r#"
        exit 1
        linli: cannot open DIR/linli.db: the database has format 999, this release reads up to 1
    "#]],
    );
    fs::write(&database, "x".repeat(10_000)).unwrap();
    check(
        &["verify", "--data", ground.data()],
        data,
        &expect![[r#"
        exit 1
        linli: cannot open DIR/linli.db: stored data is damaged: database file
    "#]],
    );
}

#[test]
fn a_server_without_its_keys_or_its_place_does_not_start() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().to_str().unwrap();
    check(
        &["serve", "--data", data],
        place.path(),
        &expect![[r#"
        exit 1
        linli: no keys to verify tokens with: give the identity provider's key set with --jwks FILE, LINLI_JWKS or `jwks` in the configuration file, or use --dev on a machine for development
    "#]],
    );
    check(
        &["serve"],
        place.path(),
        &expect![[r#"
        exit 1
        linli: no data directory: give --data DIR, LINLI_DATA, or `data` in the configuration file
    "#]],
    );
    check(
        &["verify", "--data", &format!("{data}/nothing")],
        place.path(),
        &expect![[r#"
        exit 1
        linli: DIR/nothing is not a directory
    "#]],
    );
}

#[test]
fn a_list_of_people_with_bad_lines_loads_nobody_and_names_every_one() {
    let ground = Ground::new(&["activity-signup"]);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("people.csv");
    let import = || linli(&["directory", "import", file.to_str().unwrap(), "--data", ground.data()]);
    let good =
        "id,community,name,citizen_number,birth_date\nr1,330105001001,甄嘉禾,11010519491231002X,1949-12-31\n";
    fs::write(
        &file,
        format!(
            "{good}r2,3301,甄嘉禾,,\nr3,330105001001,,,2023-02-29\nr1,330105001001,甄,110105194912310021,\n"
        ),
    )
    .unwrap();
    let refused = said(&import(), place.path());
    assert!(!refused.contains("110105") && !refused.contains("甄"), "no value of anybody's");
    expect![[r#"
        exit 1
        DIR/people.csv: line 3: community is not a 12-digit division code
        DIR/people.csv: line 4: name is missing
        DIR/people.csv: line 4: birth_date is not a day of the calendar (YYYY-MM-DD)
        DIR/people.csv: line 5: id is that of line 2
        DIR/people.csv: line 5: citizen_number has the wrong check character
        linli: 5 faults; nothing was loaded
    "#]]
    .assert_eq(&refused);
    assert!(!Path::new(ground.data()).join("linli.db").exists());
    fs::write(&file, good).unwrap();
    expect![[r#"
        exit 0
        1 added, 0 updated
    "#]]
    .assert_eq(&said(&import(), place.path()));
    expect![[r#"
        exit 0
        0 added, 1 updated
    "#]]
    .assert_eq(&said(&import(), place.path()));
}
