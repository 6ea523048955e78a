//! Records of the interfaces the platform gives, as any bindings generator makes them, to and from the rules' own. Where a
//! macro is expanded, a module of the interface's name is the generated one.

/// `wit/context.wit`.
#[macro_export]
macro_rules! wit_context {
    () => {
        const _: () = {
            impl From<&$crate::contract::Caller> for context::Principal {
                fn from(caller: &$crate::contract::Caller) -> Self {
                    Self {
                        subject: caller.subject.as_ref().map(|reference| reference.as_str().to_owned()),
                        acted_by: caller.acted_by.as_ref().map(|reference| reference.as_str().to_owned()),
                        roles: caller.roles.iter().map(|role| (*role).into()).collect(),
                        area: caller.area.as_ref().map_or_else(String::new, |area| area.as_str().to_owned()),
                        provider: caller.provider.clone(),
                    }
                }
            }
        };
    };
}

/// `wit/records.wit`.
#[macro_export]
macro_rules! wit_records {
    () => {
        const _: () = {
            impl From<$crate::store::Page> for records::Page {
                fn from(page: $crate::store::Page) -> Self {
                    let document = |(id, content)| records::Document { id, content };
                    Self { documents: page.documents.into_iter().map(document).collect(), next: page.next }
                }
            }

            impl From<records::Value> for $crate::store::IndexValue {
                fn from(value: records::Value) -> Self {
                    match value {
                        records::Value::Text(text) => Self::Text(text),
                        records::Value::Integer(integer) => Self::Integer(integer),
                        records::Value::Flag(flag) => Self::Flag(flag),
                    }
                }
            }

            impl From<records::Bound> for $crate::store::Bound {
                fn from(bound: records::Bound) -> Self {
                    Self { value: bound.value.into(), inclusive: bound.inclusive }
                }
            }

            impl From<records::Range> for $crate::store::Range {
                fn from(range: records::Range) -> Self {
                    Self {
                        equals: range.equals.into_iter().map(Into::into).collect(),
                        lower: range.lower.map(Into::into),
                        upper: range.upper.map(Into::into),
                        descending: range.descending,
                    }
                }
            }
        };
    };
}

/// `wit/ledger.wit`.
#[macro_export]
macro_rules! wit_ledger {
    () => {
        const _: () = {
            impl From<ledger::Account> for $crate::imports::ledger::Account {
                fn from(account: ledger::Account) -> Self {
                    match account {
                        ledger::Account::Subject => Self::Subject,
                        ledger::Account::Own(name) => Self::Own(name),
                        ledger::Account::Person(reference) => Self::Person(reference),
                        ledger::Account::Provider(name) => Self::Provider(name),
                    }
                }
            }

            impl From<ledger::Transfer> for $crate::imports::ledger::Transfer {
                fn from(transfer: ledger::Transfer) -> Self {
                    let ledger::Transfer { debit, credit, amount, memo } = transfer;
                    Self { debit: debit.into(), credit: credit.into(), amount, memo }
                }
            }

            impl From<ledger::HoldRequest> for $crate::imports::ledger::HoldRequest {
                fn from(request: ledger::HoldRequest) -> Self {
                    Self {
                        book: request.book,
                        payer: request.payer.into(),
                        payee: request.payee.into(),
                        maximum: request.maximum,
                        expires_at: $crate::contract::Timestamp::from_micros(request.expires_at),
                        memo: request.memo,
                    }
                }
            }

            impl From<$crate::imports::ledger::HoldState> for ledger::HoldState {
                fn from(hold: $crate::imports::ledger::HoldState) -> Self {
                    Self {
                        status: hold.status.into(),
                        maximum: hold.maximum,
                        captured: hold.captured,
                        refunded: hold.refunded,
                        commission: hold.commission,
                        expires_at: hold.expires_at.micros(),
                    }
                }
            }

            impl From<$crate::store::Entry> for ledger::Entry {
                fn from(entry: $crate::store::Entry) -> Self {
                    Self {
                        posting: entry.posting,
                        at: entry.at.micros(),
                        amount: entry.amount,
                        balance: entry.balance,
                        memo: entry.memo,
                    }
                }
            }

            impl From<$crate::store::Refusal> for ledger::Refusal {
                fn from(refusal: $crate::store::Refusal) -> Self {
                    match refusal {
                        $crate::store::Refusal::Insufficient => Self::Insufficient,
                        $crate::store::Refusal::NotAllowed => Self::NotAllowed,
                        $crate::store::Refusal::UnknownHold => Self::UnknownHold,
                        $crate::store::Refusal::HoldClosed => Self::HoldClosed,
                        $crate::store::Refusal::AboveMaximum => Self::AboveMaximum,
                    }
                }
            }

            impl From<$crate::store::HoldStatus> for ledger::HoldStatus {
                fn from(status: $crate::store::HoldStatus) -> Self {
                    match status {
                        $crate::store::HoldStatus::Open => Self::Open,
                        $crate::store::HoldStatus::Captured => Self::Captured,
                        $crate::store::HoldStatus::Released => Self::Released,
                        $crate::store::HoldStatus::Expired => Self::Expired,
                    }
                }
            }

            impl From<$crate::store::EntriesPage> for ledger::EntriesPage {
                fn from(page: $crate::store::EntriesPage) -> Self {
                    Self { entries: page.entries.into_iter().map(Into::into).collect(), next: page.next }
                }
            }
        };
    };
}

/// `wit/people.wit`.
#[macro_export]
macro_rules! wit_people {
    () => {
        const _: () = {
            impl From<$crate::imports::people::Denial> for people::Denial {
                fn from(denial: $crate::imports::people::Denial) -> Self {
                    match denial {
                        $crate::imports::people::Denial::NotGranted => Self::NotGranted,
                        $crate::imports::people::Denial::OutOfArea => Self::OutOfArea,
                        $crate::imports::people::Denial::NoConsent => Self::NoConsent,
                        $crate::imports::people::Denial::Unknown => Self::Unknown,
                    }
                }
            }
        };
    };
}

/// `wit/registry.wit`.
#[macro_export]
macro_rules! wit_registry {
    () => {
        const _: () = {
            impl TryFrom<registry::Provider> for $crate::contract::Provider {
                type Error = $crate::Misuse;

                fn try_from(provider: registry::Provider) -> ::std::result::Result<Self, $crate::Misuse> {
                    let key = |key: Vec<u8>| {
                        key.try_into().map_err(|_| $crate::Misuse("a public key has 32 bytes"))
                    };
                    Ok(Self {
                        id: provider.id,
                        name: provider.name,
                        credit_code: provider.credit_code,
                        category: provider.category,
                        commission: provider.commission,
                        public_key: provider.public_key.map(key).transpose()?,
                        standing: match provider.standing {
                            registry::Standing::Active => $crate::contract::Standing::Active,
                            registry::Standing::Suspended => $crate::contract::Standing::Suspended,
                            registry::Standing::Removed => $crate::contract::Standing::Removed,
                        },
                        licensed_until: $crate::contract::Timestamp::from_micros(provider.licensed_until),
                    })
                }
            }

            impl From<$crate::contract::Provider> for registry::Provider {
                fn from(provider: $crate::contract::Provider) -> Self {
                    Self {
                        id: provider.id,
                        name: provider.name,
                        credit_code: provider.credit_code,
                        category: provider.category,
                        commission: provider.commission,
                        public_key: provider.public_key.map(Vec::from),
                        standing: match provider.standing {
                            $crate::contract::Standing::Active => registry::Standing::Active,
                            $crate::contract::Standing::Suspended => registry::Standing::Suspended,
                            $crate::contract::Standing::Removed => registry::Standing::Removed,
                        },
                        licensed_until: provider.licensed_until.micros(),
                    }
                }
            }
        };
    };
}

/// `wit/outbound.wit`.
#[macro_export]
macro_rules! wit_outbound {
    () => {
        const _: () = {
            impl From<outbound::Request> for $crate::Asked {
                fn from(request: outbound::Request) -> Self {
                    let header = |header: outbound::Header| (header.name, header.value);
                    Self {
                        method: request.method,
                        url: request.url,
                        headers: request.headers.into_iter().map(header).collect(),
                        body: request.body,
                        timeout: request.timeout,
                    }
                }
            }

            impl From<$crate::Received> for outbound::Response {
                fn from(received: $crate::Received) -> Self {
                    let header = |(name, value)| outbound::Header { name, value };
                    let headers = received.headers.into_iter().map(header).collect();
                    Self { status: received.status, headers, body: received.body }
                }
            }

            impl From<$crate::SendFailure> for outbound::Failure {
                fn from(failure: $crate::SendFailure) -> Self {
                    match failure {
                        $crate::SendFailure::NotGranted => Self::NotGranted,
                        $crate::SendFailure::OverLimit => Self::OverLimit,
                        $crate::SendFailure::Unreachable => Self::Unreachable,
                        $crate::SendFailure::TimedOut => Self::TimedOut,
                        $crate::SendFailure::TooLarge => Self::TooLarge,
                        $crate::SendFailure::InvalidRequest => Self::InvalidRequest,
                    }
                }
            }
        };
    };
}
