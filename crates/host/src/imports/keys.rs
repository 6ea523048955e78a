//! `wit/keys.wit`.

use linli_contract::limits::MAX_SIGNED_BYTES;
use linli_store::Fault;

use crate::bindings::keys::Host;
use crate::guest::{Guest, Misuse};

impl Host for Guest {
    fn sign(&mut self, purpose: String, bytes: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
        check(&bytes)?;
        let run = self.run()?;
        run.cross(purpose.len() + bytes.len())?;
        let key = run.scope.service.signing_key(&purpose).ok_or(Misuse("`sign` was not granted"))?;
        Ok(key.sign(&bytes).to_vec())
    }

    fn verify(&mut self, purpose: String, bytes: Vec<u8>, signature: Vec<u8>) -> wasmtime::Result<bool> {
        check(&bytes)?;
        let run = self.run()?;
        run.cross(purpose.len() + bytes.len() + signature.len())?;
        // What was never signed for cannot have been signed.
        let key = run.scope.service.signing_key(&purpose);
        Ok(key.is_some_and(|key| key.verify(&bytes, &signature)))
    }
}

fn check(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.len() > MAX_SIGNED_BYTES { Err(Fault::Limit("MAX_SIGNED_BYTES")) } else { Ok(()) }
}
