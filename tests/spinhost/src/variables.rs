//! `spin:variables`: what the manifest gives a component, by the name it has there.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::{Accessor, HasData};

use crate::bindings::{variables2, variables3};

/// The variables of one component.
#[derive(Clone)]
pub struct Variables(pub Arc<BTreeMap<String, String>>);

impl Variables {
    /// The value, or what is wrong with the name.
    fn find(&self, name: &str) -> Result<String, Wrong> {
        let valid = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !valid {
            return Err(Wrong::Name(format!("invalid variable name: {name}")));
        }
        self.0.get(name).cloned().ok_or_else(|| Wrong::Undefined(format!("no variable for {name:?}")))
    }
}

enum Wrong {
    Name(String),
    Undefined(String),
}

/// For linkers.
pub struct HasVariables;

impl HasData for HasVariables {
    type Data<'a> = &'a mut Variables;
}

impl variables3::Host for Variables {}

impl<T: Send> variables3::HostWithStore<T> for HasVariables {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> Result<String, variables3::Error> {
        accessor.with(|mut access| access.get().find(&name)).map_err(|wrong| match wrong {
            Wrong::Name(said) => variables3::Error::InvalidName(said),
            Wrong::Undefined(said) => variables3::Error::Undefined(said),
        })
    }
}

impl variables2::Host for Variables {
    fn get(&mut self, name: String) -> wasmtime::Result<Result<String, variables2::Error>> {
        Ok(self.find(&name).map_err(|wrong| match wrong {
            Wrong::Name(said) => variables2::Error::InvalidName(said),
            Wrong::Undefined(said) => variables2::Error::Undefined(said),
        }))
    }
}
