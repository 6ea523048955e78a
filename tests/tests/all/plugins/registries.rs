//! The server pulls plugins from the OCI registries its operator lists, and from no other: `linli serve` in a process of
//! its own, and Debian's `docker-registry` where it is installed.

use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::oci::{Registry, pretend, respond};
use linli_tests::plugins::{Merchant, ask, decide, doorbell, full, roll_out, version_of};
use linli_tests::program::{Ground, Program, linli};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than a registration takes to be delivered, on any machine.
const REGISTERED: Duration = Duration::from_secs(60);

struct Town {
    ground: Ground,
    program: Program,
    here: Neighbourhood,
    merchant: Merchant,
    place: TempDir,
}

impl Town {
    /// A server that pulls from these registries, and an admitted merchant with the doorbell's project.
    fn new(registries: &str) -> Self {
        let ground = Ground::new(&["provider-onboarding"]).with_residents(1);
        let program = ground.serve_under(|command| {
            command.args(["--plugin-registries", registries, "--pull-seconds", "2"]);
        });
        let here = program.neighbourhood();
        let merchant = Merchant::approved_by_review(&here, "2098-12-31");
        let place = tempfile::tempdir().unwrap();
        let key = place.path().join("publisher.key");
        fs::write(&key, "05".repeat(32)).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let manifest = format!(
            "name = \"doorbell\"\nversion = \"{}\"\nlang = \"rust\"\nprovider = \"p\"\ntitle = {{ zh = \"门铃\", en = \"Doorbell\" }}\n",
            full("1.0.0")
        );
        fs::write(place.path().join("linli-plugin.toml"), manifest).unwrap();
        let town = Self { ground, program, here, merchant, place };
        let started = Instant::now();
        // Registered once the event is delivered; until then nothing of the merchant's is looked at.
        while town.put("no reference").status == 403 {
            assert!(started.elapsed() < REGISTERED, "the provider is not registered");
            std::thread::yield_now();
        }
        town
    }

    fn component(&self, wasm: &[u8]) -> PathBuf {
        let file = self.place.path().join("component.wasm");
        fs::write(&file, wasm).unwrap();
        file
    }

    /// What `linli plugin publish` says: pushed, and pulled by the server that it names.
    fn publish(&self, to: &str, wasm: &[u8], server: Option<SocketAddr>) -> (bool, String) {
        let (file, server) = (self.component(wasm), server.map(|address| format!("http://{address}")));
        let project = self.place.path().to_str().unwrap();
        let key = format!("{project}/publisher.key");
        let mut arguments =
            vec!["plugin", "publish", to, project, "--component", file.to_str().unwrap(), "--key", &key];
        arguments.extend(["--token", &self.merchant.staff.token]);
        arguments.extend(server.iter().flat_map(|server| ["--server", server]));
        let done = linli(&arguments);
        let said = [&done.stdout[..], &done.stderr[..]].concat();
        (done.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Asks for a version by reference.
    fn put(&self, reference: &str) -> linli_tests::http::Reply {
        let signature = self.merchant.sign(&full("1.0.0"), &doorbell("1.0.0", "calm"));
        let named = json!({ "oci": reference, "signature": signature });
        let version = format!("versions/{}", full("1.0.0"));
        ask(&self.here, &self.merchant.staff, "PUT", &version, Some(&named))
    }

    #[track_caller]
    fn refused(&self, reference: &str, status: u16, code: &str) {
        let reply = self.put(reference);
        assert_eq!(reply.problem(status), code, "{reference}: {}", reply.text());
        let at = reply.json()["pointer"].clone();
        assert!(at == "/oci" || status == 413, "{}", reply.text());
    }
}

#[test]
fn a_plugin_is_pulled_from_a_registry_vetted_approved_and_served() {
    let Some(registry) = Registry::start() else { return };
    let town = Town::new(&format!("{}/shop", registry.address()));
    let (reference, wasm) = (registry.reference("doorbell", "1.0.0"), doorbell("1.0.0", "calm"));
    let (done, said) = town.publish(&reference, &wasm, Some(town.here.client.address()));
    assert!(done && said.contains("pushed, manifest sha256:"), "{said}");
    assert!(said.contains("\"status\": \"vetted\"") && said.contains("\"passed\": true"), "{said}");

    decide(&town.here, &full("1.0.0"), "approve").expect(200);
    roll_out(&town.here, "1.0.0", 10_000).expect(200);
    assert_eq!(version_of(&town.here, &town.here.resident(0)).as_deref(), Some("1.0.0"));

    town.program.terminate();
    let (ended, log) = town.program.wait();
    assert_eq!(ended.code(), Some(0), "{log}");
    town.ground.verify();
}

#[test]
fn what_a_registry_does_not_have_or_does_not_have_in_order_is_refused() {
    let Some(registry) = Registry::start() else { return };
    let town = Town::new(&format!("elsewhere.example,{}/shop", registry.address()));
    let at = |reference: String| reference.strip_prefix("oci://").unwrap().to_owned();
    for malformed in ["doorbell", "oci://a/b:1", "a/../b:1", "user@a/b:1"] {
        town.refused(malformed, 422, "artifact-malformed");
    }
    town.refused("another.example/shop/doorbell:1.0.0", 422, "registry-not-listed");
    town.refused(&format!("{}/shopper/doorbell:1.0.0", registry.address()), 422, "registry-not-listed");
    town.refused(&at(registry.reference("doorbell", "9.9.9")), 422, "artifact-unknown");

    // A valid component, and longer than one may be: with 17 MiB of notes.
    let mut long = doorbell("1.0.0", "calm");
    let notes = vec![0; 17 * 1024 * 1024];
    long.push(0);
    let mut left = notes.len();
    while left >= 0x80 {
        long.push(u8::try_from(left & 0x7f).unwrap() | 0x80);
        left >>= 7;
    }
    long.push(u8::try_from(left).unwrap());
    long.extend(notes);
    let reference = registry.reference("doorbell", "long");
    let (done, said) = town.publish(&reference, &long, None);
    assert!(done, "{said}");
    town.refused(&at(reference), 413, "component-too-large");

    // Signed for one file, and another lies there.
    let reference = registry.reference("doorbell", "other");
    let (done, said) = town.publish(&reference, &doorbell("1.0.0", "trap"), None);
    assert!(done, "{said}");
    assert_eq!(town.put(&at(reference)).problem(403), "signature-invalid");
}

#[test]
fn a_component_that_was_damaged_where_it_is_kept_is_refused() {
    let Some(registry) = Registry::start() else { return };
    let town = Town::new(&registry.address().to_string());
    let reference = registry.reference("doorbell", "1.0.0");
    let (done, said) = town.publish(&reference, &doorbell("1.0.0", "calm"), None);
    assert!(done, "{said}");
    registry.damage();
    town.refused(reference.strip_prefix("oci://").unwrap(), 422, "artifact-damaged");
}

#[test]
fn a_registry_that_lies_or_dawdles_is_not_believed_and_not_waited_for() {
    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let pretended = pretend(|path, connection| match path.rsplit('/').next().unwrap() {
        "mute" => dawdle(connection, b""),
        "slow" => dawdle(connection, b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"),
        "image" => {
            respond(connection, b"{\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\"}}")
        }
        "hangs-up" => {}
        "text" => respond(connection, b"It works!"),
        "elsewhere" => {
            let head = b"HTTP/1.1 307 Go\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
            let _ = connection.write_all(head);
        }
        // The blob: longer than was announced, and not what was announced.
        DIGEST => respond(connection, &[7; 4096]),
        "longer" => respond(connection, manifest(DIGEST, 0).to_string().as_bytes()),
        "other" => respond(connection, manifest(DIGEST, 4096).to_string().as_bytes()),
        "vast" => respond(connection, manifest(DIGEST, 1 << 60).to_string().as_bytes()),
        _ => respond(connection, manifest("md5:00", 1).to_string().as_bytes()),
    });
    let town = Town::new(&pretended.to_string());
    let refused =
        |tag: &str, status, code| town.refused(&format!("{pretended}/doorbell:{tag}"), status, code);
    refused("mute", 503, "artifact-timed-out");
    refused("slow", 503, "artifact-timed-out");
    refused("hangs-up", 503, "artifact-unreachable");
    refused("image", 422, "artifact-unfit");
    refused("text", 422, "artifact-unfit");
    refused("no-digest", 422, "artifact-unfit");
    refused("elsewhere", 503, "artifact-unreachable");
    refused("longer", 422, "artifact-damaged");
    refused("other", 422, "artifact-damaged");
    refused("vast", 413, "component-too-large");
    town.here.get(&town.here.resident(0), "provider-onboarding/providers").expect(200);
}

fn manifest(digest: &str, size: u64) -> Value {
    json!({
        "config": { "mediaType": "application/vnd.wasm.config.v0+json" },
        "layers": [{ "mediaType": "application/wasm", "digest": digest, "size": size }],
    })
}

/// Says nothing more, for as long as anybody listens.
fn dawdle(connection: &mut TcpStream, start: &[u8]) {
    let _ = connection.write_all(start);
    // It returns when the other side hangs up.
    let _ = connection.peek(&mut [0]);
}
