use clap::{Command, CommandFactory, Parser};

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

fn line(arguments: &[&str]) -> Settings {
    Line::try_parse_from([&["linli"], arguments].concat()).unwrap().settings
}

fn file(text: &str) -> Result<Settings> {
    Settings::from_toml(text, Path::new("linli.toml"))
}

fn refused(text: &str) -> String {
    file(text).unwrap_err().to_string()
}

#[test]
fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
    let behind = file("data = '/srv/a'\nlisten = '0.0.0.0:80'\nmax-waiting = 5\nbody-seconds = 7").unwrap();
    let config = line(&["--dev", "--data", "/srv/b", "--max-waiting", "6"]).or(behind).resolve().unwrap();
    assert_eq!(config.data, Path::new("/srv/b"));
    assert_eq!(config.listen.to_string(), "0.0.0.0:80");
    assert_eq!(config.limits.max_waiting, 6);
    assert_eq!(config.limits.body_timeout, Duration::from_secs(7));
    assert_eq!(config.limits.max_in_flight, Limits::default().max_in_flight);
    assert!(config.dev && !config.demo);
}

#[test]
fn what_the_file_should_not_have_is_refused_with_file_and_line() {
    let message = refused("data = 'x'\n\nlisen = '0.0.0.0:80'\n");
    assert!(message.starts_with("linli.toml:3: unknown field `lisen`"), "{message}");
    let message = refused("# ports\nlisten = 'here'");
    assert!(message.starts_with("linli.toml:2: "), "{message}");
    let message = refused("\n\n\nmax-in-flight = 0");
    assert_eq!(message, "linli.toml:4: must be a whole number from 1 to 65536");
    let message = refused("dev = 'yes'");
    assert!(message.starts_with("linli.toml:1: "), "{message}");
    let message = refused("data = 'x'\ndata = 'y'");
    assert!(message.starts_with("linli.toml:2: duplicate key"), "{message}");
}

#[test]
fn a_refused_line_is_not_quoted_for_it_may_hold_a_secret() {
    let message = refused("[settings.messages]\npassword = \"hunter2\" trailing\n");
    assert!(message.starts_with("linli.toml:2: ") && !message.contains("hunter2"), "{message}");
}

#[test]
fn a_flag_out_of_bounds_is_refused_by_name() {
    for value in ["0", "65537", "-1", "many", "1.5", ""] {
        let error =
            Line::try_parse_from(["linli", &format!("--max-in-flight={value}")]).err().unwrap().to_string();
        assert!(error.contains("--max-in-flight") && error.contains("from 1 to 65536"), "{error}");
    }
}

#[test]
fn values_for_components_come_from_the_file() {
    let settings =
        file("[settings.activity-signup]\noffer-minutes = 30\nlist = ['a', 'b']").unwrap().settings;
    assert_eq!(settings["activity-signup"]["offer-minutes"], 30);
    assert_eq!(settings["activity-signup"]["list"], serde_json::json!(["a", "b"]));
}

#[test]
fn without_keys_to_verify_tokens_the_server_does_not_start() {
    let message = line(&["--data", "x"]).resolve().unwrap_err().to_string();
    assert!(message.contains("--jwks") && message.contains("--dev"), "{message}");
    assert!(line(&["--data", "x", "--jwks", "keys.json"]).resolve().is_ok());
    assert!(line(&["--data", "x", "--dev", "--issuer", "city"]).resolve().is_err());
    assert!(line(&["--data", "x", "--jwks", "k", "--demo"]).resolve().is_err());
    assert!(line(&["--dev"]).resolve().unwrap_err().to_string().contains("--data"));
}

#[test]
fn every_setting_is_a_flag_a_variable_and_a_key_of_the_file() {
    let command: Command = Line::command();
    let mut names = vec![];
    for argument in command.get_arguments().filter(|a| a.get_id() != "help") {
        let name = argument.get_long().unwrap().to_owned();
        let variable = format!("LINLI_{}", name.replace('-', "_").to_uppercase());
        assert_eq!(argument.get_env().unwrap().to_str(), Some(&*variable), "{name}");
        assert!(argument.get_help().is_some(), "{name}");
        names.push(name);
    }
    let known = refused("no-such-key = 1");
    for name in &names {
        assert!(known.contains(&format!("`{name}`")), "{name} is no key of the file");
    }
    let keys = known.matches('`').count() / 2 - 1;
    assert_eq!(
        keys,
        names.len() + 3,
        "all keys but `settings`, `outbound` and `signatures` are flags: {known}"
    );
}

#[test]
fn an_origin_that_is_none_is_refused_with_its_line() {
    let read = |text: &str| Settings::from_toml(text, Path::new("linli.toml"));
    let granted = read("[outbound.errands]\n\"https://a.example\" = 60\n").unwrap().outbound;
    assert_eq!(granted["errands"].values().collect::<Vec<_>>(), [&60]);
    for wrong in ["\"https://a.example/path\" = 60", "\"a.example\" = 1", "\"https://a.example\" = 0"] {
        let error = read(&format!("[outbound.errands]\n{wrong}\n")).unwrap_err().to_string();
        assert!(error.starts_with("linli.toml:1: ") || error.starts_with("linli.toml:2: "), "{error}");
        assert!(error.contains("a.example"), "{error}");
    }
}

#[test]
fn what_is_signed_how_stands_in_the_file() {
    use SignatureAlgorithm::{Ed25519, Sm2};
    let text = "[signatures.affair-submission]\ncertificate = ['sm2', 'ed25519']\nletter = 'sm2'\n";
    let signatures = file(text).unwrap().signatures;
    assert_eq!(signatures["affair-submission"]["certificate"], [Sm2, Ed25519]);
    assert_eq!(signatures["affair-submission"]["letter"], [Sm2]);
    for (wrong, why) in [
        ("'rsa'", "`rsa` is no way to sign"),
        ("[]", "at least one"),
        ("['sm2', 'sm2']", "every way to sign once"),
        ("7", "must be `ed25519`, `sm2`, or a list of both"),
    ] {
        let message = refused(&format!("[signatures.affair-submission]\ncertificate = {wrong}\n"));
        assert!(message.starts_with("linli.toml:") && message.contains(why), "{message}");
    }
}

#[test]
fn the_defaults_in_the_help_are_the_real_ones() {
    let config = line(&["--data", "x", "--dev"]).resolve().unwrap();
    let mut command = Line::command();
    let help = command.render_long_help().to_string();
    let limits = Limits::default();
    assert_eq!(config.limits, limits);
    for (flag, default) in [
        ("--listen", config.listen.to_string()),
        ("--log", config.log),
        ("--max-in-flight", limits.max_in_flight.to_string()),
        ("--max-waiting", limits.max_waiting.to_string()),
        ("--max-connections ", limits.max_connections.to_string()),
        ("--max-connections-per-address", limits.max_connections_per_address.to_string()),
        ("--anonymous-burst", limits.anonymous_burst.to_string()),
        ("--anonymous-per-minute", limits.anonymous_per_minute.to_string()),
        ("--gzip-min-bytes", limits.gzip_min_bytes.to_string()),
        ("--header-seconds", limits.header_timeout.as_secs().to_string()),
        ("--body-seconds", limits.body_timeout.as_secs().to_string()),
        ("--idle-seconds", limits.idle_period.as_secs().to_string()),
        ("--plugin-registries", "none".to_owned()),
        ("--pull-seconds", config.pull_period.as_secs().to_string()),
        ("--kept-answers", HostLimits::default().kept_answers.to_string()),
    ] {
        let text = &help[help.find(flag).unwrap_or_else(|| panic!("{flag} is in the help"))..];
        let end = text[2..].find("\n      --").map_or(text.len(), |end| end + 2);
        assert!(text[..end].contains(&format!("[default: {default}]")), "{flag}");
    }
}
