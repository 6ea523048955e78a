//! The directory of residents, through handles that open only what is granted.

use linli_contract::{Attribute, PersonRef};

use crate::host;

/// Why an attribute is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The component was not granted this attribute.
    NotGranted,
    /// The person is not of the caller's area.
    OutOfArea,
    /// The person has not agreed to this purpose, or no longer agrees.
    NoConsent,
    /// The directory does not hold it.
    Unknown,
}

/// Somebody, for this call only.
pub struct Person(pub(crate) host::people::Handle);

/// None when the reference is not one of this component's, or the person is gone.
pub fn open(reference: &PersonRef) -> Option<Person> {
    host::people::open(reference).map(Person)
}

impl Person {
    /// The value; checked live, and written to the access log with its purpose (1 to 200 bytes). Dates are
    /// `YYYY-MM-DD`, ages whole years in digits.
    ///
    /// # Errors
    /// See [`Denial`].
    pub fn reveal(&self, attribute: Attribute, purpose: &str) -> Result<String, Denial> {
        host::people::reveal(&self.0, attribute, purpose)
    }

    /// The value with all but what tells two neighbours apart covered: `张*`, `138****1234`. Not logged.
    ///
    /// # Errors
    /// See [`Denial`].
    pub fn masked(&self, attribute: Attribute) -> Result<String, Denial> {
        host::people::masked(&self.0, attribute)
    }
}
