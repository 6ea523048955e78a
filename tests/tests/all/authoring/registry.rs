//! Components go to an OCI registry and come back the same, in the form other tools of WebAssembly know. The registry is
//! Debian's `docker-registry`, where it is installed.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use linli_tests::components;
use linli_tests::http::Client;
use tempfile::TempDir;

use super::{done, plugin, project, text};

/// As it is called by its Debian package.
const PROGRAM: &str = "docker-registry";
/// A registry that does not listen by then does not start.
const STARTING: Duration = Duration::from_secs(30);

struct Registry {
    process: Child,
    address: SocketAddr,
    place: TempDir,
}

impl Registry {
    /// None, and a line that says so, where the program is not installed.
    fn start() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let config = place.path().join("config.yml");
        let blobs = place.path().join("blobs");
        let text = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n",
            blobs.display()
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(process) = command.spawn() else {
            eprintln!("skipped: there is no `{PROGRAM}` here (Debian's package of that name)");
            return None;
        };
        let registry = Self { process, address, place };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(started.elapsed() < STARTING, "the registry does not start");
            std::thread::yield_now();
        }
        Some(registry)
    }

    fn reference(&self, tag: &str) -> String {
        format!("oci://{}/shop/parcel-locker:{tag}", self.address)
    }

    fn pull(&self, tag: &str, out: &Path) -> Command {
        let mut pull = plugin(["pull", &self.reference(tag)]);
        pull.arg("--out").arg(out);
        pull
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_component_comes_back_from_a_registry_as_it_went() {
    let Some(registry) = Registry::start() else { return };
    let component = components::plugin("parcel-locker");
    let publish = || {
        let mut publish = plugin(["publish", &registry.reference("0.1.0")]);
        publish.arg(project("parcel-locker")).arg("--component").arg(&component);
        done(&mut publish)
    };
    // The same component is the same artifact, however often it goes.
    assert_eq!(publish(), publish());

    let manifest = Client::new(registry.address)
        .call("GET", "/v2/shop/parcel-locker/manifests/0.1.0")
        .header("accept", "application/vnd.oci.image.manifest.v1+json")
        .send()
        .expect(200);
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    let config = format!("/v2/shop/parcel-locker/blobs/{}", manifest["config"]["digest"].as_str().unwrap());
    let config = Client::new(registry.address).get(&config).expect(200);
    assert_eq!((&config["architecture"], &config["os"]), (&"wasm".into(), &"wasip2".into()));
    assert_eq!(config["layerDigests"][0], manifest["layers"][0]["digest"]);

    let out = registry.place.path().join("pulled.wasm");
    done(&mut registry.pull("0.1.0", &out));
    assert_eq!(std::fs::read(&out).unwrap(), std::fs::read(&component).unwrap());
}

#[test]
fn what_a_registry_does_not_have_or_has_damaged_is_not_taken() {
    let Some(registry) = Registry::start() else { return };
    let out = registry.place.path().join("pulled.wasm");
    let unknown = registry.pull("9.9.9", &out).output().unwrap();
    assert!(!unknown.status.success() && text(&unknown).contains("404"), "{}", text(&unknown));

    let mut publish = plugin(["publish", &registry.reference("0.1.0")]);
    publish.arg(project("parcel-locker")).arg("--component").arg(components::plugin("parcel-locker"));
    done(&mut publish);
    // One byte of the largest blob, changed where it is kept.
    let blobs = registry.place.path().join("blobs/docker/registry/v2/blobs/sha256");
    let files =
        std::fs::read_dir(blobs).unwrap().flat_map(|one| std::fs::read_dir(one.unwrap().path()).unwrap());
    let files = files.map(|blob| blob.unwrap().path().join("data"));
    let largest = files.max_by_key(|file| std::fs::metadata(file).unwrap().len()).unwrap();
    let mut bytes = std::fs::read(&largest).unwrap();
    bytes[1_000] ^= 1;
    std::fs::write(&largest, bytes).unwrap();
    let damaged = registry.pull("0.1.0", &out).output().unwrap();
    assert!(!damaged.status.success(), "{}", text(&damaged));
    assert!(text(&damaged).contains("not what its digest says"), "{}", text(&damaged));
    assert!(!out.exists());
}
