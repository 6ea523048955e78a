//! A function as operators deploy it on Spin: exported, on a database that residents were imported into.

use std::path::Path;
use std::sync::Arc;

use linli_gateway::TokenSigner;
use tempfile::TempDir;

use crate::http::Client;
use crate::neighbourhood::Neighbourhood;
use crate::program::{Ground, community};
use crate::spin::{Application, SECRET, SpinHost, export};
use crate::spin_database::SpinDatabase;
use crate::world::morning;

/// It, whichever hosts serve it.
pub struct Deployed {
    function: &'static str,
    /// The data directory, and what was imported.
    pub ground: Ground,
    database: SpinDatabase,
    signer: Arc<TokenSigner>,
    exported: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Deployed {
    /// Exports it; the database is one of PostgreSQL's, or the file of the data directory.
    ///
    /// # Panics
    /// When the program refuses something.
    pub fn new(function: &'static str, database: SpinDatabase, residents: usize) -> Self {
        let [address, host] = database.variables();
        let ground = Ground::new(&[]);
        let ground = if address.is_empty() { ground } else { ground.on_postgres(&address) };
        let ground = ground.with_residents(residents);
        let key = std::fs::read_to_string(Path::new(ground.data()).join("master.key")).unwrap();
        let signer = Arc::new(TokenSigner::from_seed(&[9; 32]));
        let variables = vec![
            ("linli_master_key", key.trim().to_owned()),
            ("linli_drain_secret", SECRET.to_owned()),
            ("linli_token_keys", signer.jwks()),
            ("linli_postgres", address),
            ("linli_postgres_host", host),
        ];
        Self { function, ground, database, signer, exported: export(&[function], &[]), variables }
    }

    /// Starts a host, in this directory.
    pub fn serve(&self, place: &Path) -> SpinHost {
        let manifest = self.exported.path().join("spin.toml");
        let file = Path::new(self.ground.data()).join("linli.db");
        let application = Application {
            manifest: &manifest,
            components: vec![self.function.to_owned()],
            variables: &self.variables,
            database: self.database.file().and(Some(&*file)),
        };
        SpinHost::up(application, place, morning())
    }

    /// The community, over a client of its own.
    pub fn neighbourhood(&self, host: &SpinHost) -> Neighbourhood {
        Neighbourhood::new(community(), Client::new(host.address()), self.signer.clone(), morning())
    }
}
