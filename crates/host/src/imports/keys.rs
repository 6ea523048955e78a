//! `wit/keys.wit`.

use linli_calls::imports::keys;

use crate::bindings::keys::Host;
use crate::guest::Guest;

impl Host for Guest {
    fn sign(&mut self, purpose: String, bytes: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
        Ok(keys::sign(self.run()?, &purpose, &bytes)?)
    }

    fn verify(&mut self, purpose: String, bytes: Vec<u8>, signature: Vec<u8>) -> wasmtime::Result<bool> {
        Ok(keys::verify(self.run()?, &purpose, &bytes, &signature)?)
    }
}
