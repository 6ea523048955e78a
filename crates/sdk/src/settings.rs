//! Configured values.

use std::marker::PhantomData;

use linli_contract::Text;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::component::DeclaresSetting;
use crate::{host, schema};

/// A setting with values of one type. A constant, listed in [`Component::settings`](crate::Component::settings).
pub struct Setting<T> {
    name: &'static str,
    title: (&'static str, &'static str),
    default: Option<&'static str>,
    secret: bool,
    values: PhantomData<fn() -> T>,
}

impl<T> Setting<T> {
    /// A setting that must be configured, with its title in Chinese and in English.
    pub const fn new(name: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { name, title: (zh, en), default: None, secret: false, values: PhantomData }
    }

    /// Its value, as JSON, when nothing is configured.
    #[must_use]
    pub const fn or(self, json: &'static str) -> Self {
        Self { default: Some(json), ..self }
    }

    /// Never shown, never logged.
    #[must_use]
    pub const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }
}

impl<T: DeserializeOwned> Setting<T> {
    /// The configured value, else the default.
    ///
    /// # Panics
    /// When the component does not declare it.
    pub fn get(&self) -> T {
        let json = host::settings::get(self.name);
        serde_json::from_str(&json)
            .expect("the host validates settings by their schema before the component starts")
    }
}

impl<T: JsonSchema> DeclaresSetting for Setting<T> {
    fn declaration(&self) -> linli_contract::Setting {
        linli_contract::Setting {
            name: self.name.to_owned(),
            title: Text::new(self.title.0, self.title.1),
            schema: schema::setting::<T>(),
            default: self.default.map(str::to_owned),
            secret: self.secret,
        }
    }
}
