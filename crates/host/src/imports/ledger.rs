//! `wit/ledger.wit`.

use linli_calls::imports::ledger as rules;
use linli_contract::Timestamp;

use crate::bindings::ledger::{self, Account, EntriesPage, HoldRequest, HoldState, Host, Refusal, Transfer};
use crate::guest::Guest;

impl Host for Guest {
    fn balance(&mut self, book: String, account: Account) -> wasmtime::Result<i64> {
        Ok(rules::balance(self.run()?, &book, &account.into())?)
    }

    fn balance_at(&mut self, book: String, account: Account, at: i64) -> wasmtime::Result<i64> {
        Ok(rules::balance_at(self.run()?, &book, &account.into(), Timestamp::from_micros(at))?)
    }

    fn entries(
        &mut self,
        book: String,
        account: Account,
        limit: u32,
        cursor: Option<String>,
    ) -> wasmtime::Result<EntriesPage> {
        Ok(rules::entries(self.run()?, &book, &account.into(), limit, cursor.as_deref())?.into())
    }

    fn post(&mut self, book: String, transfers: Vec<Transfer>) -> wasmtime::Result<Result<String, Refusal>> {
        let transfers = transfers.into_iter().map(Into::into).collect();
        Ok(rules::post(self.run()?, &book, transfers)?.map_err(Into::into))
    }

    fn hold(&mut self, request: HoldRequest) -> wasmtime::Result<Result<String, Refusal>> {
        Ok(rules::hold(self.run()?, request.into())?.map_err(Into::into))
    }

    fn capture(&mut self, hold: String, amount: i64) -> wasmtime::Result<Result<String, Refusal>> {
        Ok(rules::capture(self.run()?, &hold, amount)?.map_err(Into::into))
    }

    fn refund(&mut self, hold: String, amount: i64) -> wasmtime::Result<Result<String, Refusal>> {
        Ok(rules::refund(self.run()?, &hold, amount)?.map_err(Into::into))
    }

    fn release(&mut self, hold: String) -> wasmtime::Result<Result<(), Refusal>> {
        Ok(rules::release(self.run()?, &hold)?.map_err(Into::into))
    }

    fn hold_of(&mut self, hold: String) -> wasmtime::Result<Option<HoldState>> {
        Ok(rules::hold_of(self.run()?, &hold)?.map(Into::into))
    }
}

linli_calls::wit_ledger!();
