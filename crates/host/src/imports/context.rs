//! `wit/context.wit`.

use linli_contract::Timestamp;
use linli_contract::limits::{MAX_LOG_LINE_BYTES, MAX_RANDOM_BYTES};
use linli_store::Fault;

use crate::bindings::context::{Host, Level, Principal};
use crate::guest::{Guest, Misuse};

impl Host for Guest {
    fn caller(&mut self) -> wasmtime::Result<Principal> {
        let run = self.run()?;
        run.looked.caller = true;
        let caller = &run.scope.caller;
        Ok(Principal {
            subject: caller.subject.as_ref().map(|reference| reference.as_str().to_owned()),
            acted_by: caller.acted_by.as_ref().map(|reference| reference.as_str().to_owned()),
            roles: caller.roles.iter().map(|role| (*role).into()).collect(),
            area: caller.area.as_ref().map_or_else(String::new, |area| area.as_str().to_owned()),
            provider: caller.provider.clone(),
        })
    }

    fn community(&mut self) -> wasmtime::Result<String> {
        Ok(self.run()?.scope.community.to_string())
    }

    fn now(&mut self) -> wasmtime::Result<i64> {
        Ok(self.run()?.now().micros())
    }

    fn has_passed(&mut self, moment: i64) -> wasmtime::Result<bool> {
        Ok(self.run()?.has_passed(Timestamp::from_micros(moment)))
    }

    fn now_rounded(&mut self, seconds: u32) -> wasmtime::Result<i64> {
        if seconds == 0 {
            return Err(Misuse("`now` cannot be rounded to nothing").into());
        }
        Ok(self.run()?.now_rounded(seconds.into()).micros())
    }

    fn new_id(&mut self) -> wasmtime::Result<String> {
        self.run()?.new_id()
    }

    fn random(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        if length > MAX_RANDOM_BYTES {
            return Err(Fault::Limit("MAX_RANDOM_BYTES").into());
        }
        let run = self.run()?;
        run.cross(length as usize)?;
        run.random(length as usize)
    }

    fn log(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        let run = self.run()?;
        run.cross(message.len())?;
        if !run.may_log() {
            return Ok(());
        }
        let message = cut(&message, MAX_LOG_LINE_BYTES);
        let component = run.scope.service.descriptor().name.as_str();
        let (operation, request) = (run.scope.operation.as_str(), run.scope.request_id.as_str());
        match level {
            Level::Debug => tracing::debug!(target: "guest", component, operation, request, "{message}"),
            Level::Info => tracing::info!(target: "guest", component, operation, request, "{message}"),
            Level::Warn => tracing::warn!(target: "guest", component, operation, request, "{message}"),
            Level::Error => tracing::error!(target: "guest", component, operation, request, "{message}"),
        }
        Ok(())
    }
}

/// The longest beginning of at most `bytes` bytes that ends between two characters.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_between_characters() {
        assert_eq!(cut("邻里", 4), "邻");
        assert_eq!(cut("邻里", 6), "邻里");
        assert_eq!(cut("", 6), "");
    }
}
