//! `wit/registry.wit`.

use linli_contract::{self as contract, Permission, Timestamp};
use linli_store::{Delivery, Fault};

use crate::bindings::registry::{Host, Provider, Standing};
use crate::guest::{Guest, Misuse, Run};

impl Host for Guest {
    fn put(&mut self, provider: Provider) -> wasmtime::Result<()> {
        let run = granted(self.run()?)?;
        let content = serde_json::to_string(&parse(provider)?).map_err(|_| Fault::BadDocument)?;
        run.cross(content.len())?;
        let id = run.new_id()?;
        Ok(run.transaction.tell_platform(Delivery::PROVIDER_PUT, &id, &content)?)
    }

    fn get(&mut self, id: String) -> wasmtime::Result<Option<Provider>> {
        let run = granted(self.run()?)?;
        run.looked.registry = true;
        let found = run.scope.registry.get(&id).cloned();
        run.cross(
            id.len() + found.as_ref().map_or(0, |found| found.name.len() + found.category.len() + 128),
        )?;
        Ok(found.map(Into::into))
    }
}

fn granted(run: &mut Run) -> Result<&mut Run, Misuse> {
    if run.scope.service.granted().any(|permission| *permission == Permission::Registry) {
        Ok(run)
    } else {
        Err(Misuse("`registry` was not granted"))
    }
}

fn parse(provider: Provider) -> Result<contract::Provider, Misuse> {
    let key = |key: Vec<u8>| key.try_into().map_err(|_| Misuse("a public key has 32 bytes"));
    let provider = contract::Provider {
        id: provider.id,
        name: provider.name,
        credit_code: provider.credit_code,
        category: provider.category,
        commission: provider.commission,
        public_key: provider.public_key.map(key).transpose()?,
        standing: match provider.standing {
            Standing::Active => contract::Standing::Active,
            Standing::Suspended => contract::Standing::Suspended,
            Standing::Removed => contract::Standing::Removed,
        },
        licensed_until: Timestamp::from_micros(provider.licensed_until),
    };
    provider.check().map_err(|_| Misuse("not a provider that can be registered"))?;
    Ok(provider)
}

impl From<contract::Provider> for Provider {
    fn from(provider: contract::Provider) -> Self {
        Self {
            id: provider.id,
            name: provider.name,
            credit_code: provider.credit_code,
            category: provider.category,
            commission: provider.commission,
            public_key: provider.public_key.map(Vec::from),
            standing: match provider.standing {
                contract::Standing::Active => Standing::Active,
                contract::Standing::Suspended => Standing::Suspended,
                contract::Standing::Removed => Standing::Removed,
            },
            licensed_until: provider.licensed_until.micros(),
        }
    }
}
