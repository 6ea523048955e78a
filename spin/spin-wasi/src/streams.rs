//! Streams: output goes nowhere, input has ended, and nobody waits for either.

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

use crate::inert::wasi::cli::{stderr, stdin, stdout};
use crate::inert::wasi::io::error::{Guest as ErrorGuest, GuestError};
use crate::inert::wasi::io::poll::{Guest as PollGuest, GuestPollable, Pollable, PollableBorrow};
use crate::inert::wasi::io::streams::{
    Guest as StreamsGuest, GuestInputStream, GuestOutputStream, InputStream, InputStreamBorrow, OutputStream,
    StreamError,
};
use crate::inert::{Inert, trap};

/// What an output stream says it takes at once, in bytes.
const ROOM: u64 = 64 * 1024;

/// No error is ever made.
pub(crate) struct NoError;
/// Nothing to wait for.
pub(crate) struct Ready;
/// Has ended.
pub(crate) struct Ended;
/// Output is dropped: it may hold what a guest panicked over, which may be somebody's.
pub(crate) struct Nowhere;

impl ErrorGuest for Inert {
    type Error = NoError;
}

impl GuestError for NoError {
    fn to_debug_string(&self) -> String {
        trap()
    }
}

impl PollGuest for Inert {
    type Pollable = Ready;

    fn poll(_: Vec<PollableBorrow<'_>>) -> Vec<u32> {
        trap()
    }
}

impl GuestPollable for Ready {
    fn ready(&self) -> bool {
        true
    }

    fn block(&self) {}
}

impl StreamsGuest for Inert {
    type InputStream = Ended;
    type OutputStream = Nowhere;
}

impl GuestInputStream for Ended {
    fn read(&self, _: u64) -> Result<Vec<u8>, StreamError> {
        Err(StreamError::Closed)
    }

    fn blocking_read(&self, _: u64) -> Result<Vec<u8>, StreamError> {
        Err(StreamError::Closed)
    }

    fn skip(&self, _: u64) -> Result<u64, StreamError> {
        trap()
    }

    fn blocking_skip(&self, _: u64) -> Result<u64, StreamError> {
        trap()
    }

    fn subscribe(&self) -> Pollable {
        Pollable::new(Ready)
    }
}

impl GuestOutputStream for Nowhere {
    fn check_write(&self) -> Result<u64, StreamError> {
        Ok(ROOM)
    }

    fn write(&self, _: Vec<u8>) -> Result<(), StreamError> {
        Ok(())
    }

    fn blocking_write_and_flush(&self, _: Vec<u8>) -> Result<(), StreamError> {
        Ok(())
    }

    fn flush(&self) -> Result<(), StreamError> {
        Ok(())
    }

    fn blocking_flush(&self) -> Result<(), StreamError> {
        Ok(())
    }

    fn subscribe(&self) -> Pollable {
        Pollable::new(Ready)
    }

    fn write_zeroes(&self, _: u64) -> Result<(), StreamError> {
        trap()
    }

    fn blocking_write_zeroes_and_flush(&self, _: u64) -> Result<(), StreamError> {
        trap()
    }

    fn splice(&self, _: InputStreamBorrow<'_>, _: u64) -> Result<u64, StreamError> {
        trap()
    }

    fn blocking_splice(&self, _: InputStreamBorrow<'_>, _: u64) -> Result<u64, StreamError> {
        trap()
    }
}

impl stdin::Guest for Inert {
    fn get_stdin() -> InputStream {
        InputStream::new(Ended)
    }
}

impl stdout::Guest for Inert {
    fn get_stdout() -> OutputStream {
        OutputStream::new(Nowhere)
    }
}

impl stderr::Guest for Inert {
    fn get_stderr() -> OutputStream {
        OutputStream::new(Nowhere)
    }
}
