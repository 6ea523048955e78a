//! Connections of tokio-postgres, asked from threads that may wait.

use std::error::Error;
use std::sync::Arc;
use std::sync::mpsc;

use linli_store::StoreError;
use linli_store_rows::{Connection, Dialect, Failed, Open, Row, Value};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Where a database is, and a thread that talks to it. Whoever asks waits without running anything of a runtime, so that
/// it may be asked from within another.
pub struct Server {
    config: Config,
    /// None where no certificate can be checked, or none is to be.
    tls: Option<MakeRustlsConnect>,
    /// None only while it is being dropped.
    runtime: Option<Runtime>,
}

/// One connection.
pub struct Session {
    client: Arc<Client>,
    handle: Handle,
}

impl Server {
    /// The database of an address; nothing is opened yet.
    ///
    /// # Errors
    /// Text that is no address; a machine without a thread to spare, or without certificates of authorities where the
    /// address says `sslmode=require`.
    pub fn at(address: &str) -> Result<Self, StoreError> {
        // What exactly is wrong with it may be said next to its password.
        let unfit = |_| StoreError::Database("the address is none of PostgreSQL's".to_owned());
        let mut config: Config = address.parse().map_err(unfit)?;
        if config.get_application_name().is_none() {
            config.application_name("linli");
        }
        let tls = match (config.get_ssl_mode(), MakeRustlsConnect::with_native_certs()) {
            (SslMode::Disable, _) => None,
            (_, Ok((tls, _))) => Some(tls),
            (SslMode::Prefer, Err(_)) => None,
            (_, Err(_)) => {
                let words = "this machine has no certificates of authorities, as sslmode=require needs";
                return Err(StoreError::Database(words.to_owned()));
            }
        };
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::Database(error.to_string()))?;
        Ok(Self { config, tls, runtime: Some(runtime) })
    }

    /// The same, where nothing can be written.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        let set = self.config.get_options().unwrap_or_default();
        self.config.options(format!("{set} -c default_transaction_read_only=on").trim_start());
        self
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Within another runtime, where nothing may be waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Open for Server {
    type Connection = Session;

    fn open(&self) -> Result<Session, Failed> {
        let handle = self.runtime.as_ref().map(Runtime::handle).ok_or_else(ended)?.clone();
        let (config, tls, of) = (self.config.clone(), self.tls.clone(), handle.clone());
        let client = wait(&handle, async move {
            // What the connection itself meets with, its client is told, too.
            Ok(match tls {
                Some(tls) => {
                    let (client, connection) = config.connect(tls).await.map_err(failed)?;
                    of.spawn(connection);
                    client
                }
                None => {
                    let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
                    of.spawn(connection);
                    client
                }
            })
        })?;
        Ok(Session { client: Arc::new(client), handle })
    }
}

impl Connection for Session {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn query(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, Failed> {
        let (client, statement) = (self.client.clone(), statement.to_owned());
        wait(&self.handle, async move {
            let parameters: Vec<_> = parameters.into_iter().map(Parameter).collect();
            let rows = client.query(&statement, &borrowed(&parameters)).await.map_err(failed)?;
            rows.iter().map(values).collect()
        })
    }

    fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<u64, Failed> {
        let (client, statement) = (self.client.clone(), statement.to_owned());
        wait(&self.handle, async move {
            let parameters: Vec<_> = parameters.into_iter().map(Parameter).collect();
            client.execute(&statement, &borrowed(&parameters)).await.map_err(failed)
        })
    }
}

fn borrowed(parameters: &[Parameter]) -> Vec<&(dyn ToSql + Sync)> {
    parameters.iter().map(|parameter| parameter as &(dyn ToSql + Sync)).collect()
}

/// Has the runtime do something, and waits for it.
fn wait<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = Result<T, Failed>> + Send + 'static,
) -> Result<T, Failed> {
    let (tell, told) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        // Nobody waits any more when the thread was unwound.
        let _ = tell.send(work.await);
    });
    told.recv().map_err(|_| ended())?
}

fn ended() -> Failed {
    Failed::Lost("the runtime of the driver has ended".to_owned())
}

fn failed(error: tokio_postgres::Error) -> Failed {
    match error.as_db_error() {
        Some(said) => Failed::of_postgres(said.code().code(), said.message()),
        None if error.is_closed() => Failed::Lost("the connection is closed".to_owned()),
        // Of reading and writing, of TLS, of logging in.
        None => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            Failed::Lost(format!("{error}{}", cause.unwrap_or_default()))
        }
    }
}

/// A row's values, as far as this store's tables have them.
fn values(row: &tokio_postgres::Row) -> Result<Row, Failed> {
    fn value<'a, T: FromSql<'a>>(
        row: &'a tokio_postgres::Row,
        column: usize,
        of: impl Fn(T) -> Value,
    ) -> Result<Value, Failed> {
        Ok(row.try_get::<_, Option<T>>(column).map_err(failed)?.map_or(Value::Null, of))
    }
    let column = |(number, column): (usize, &tokio_postgres::Column)| match *column.type_() {
        Type::INT4 => value(row, number, |integer: i32| Value::Integer(integer.into())),
        Type::INT8 => value(row, number, Value::Integer),
        Type::TEXT => value(row, number, Value::Text),
        Type::BYTEA => value(row, number, Value::Blob),
        _ => Err(Failed::Other(format!("a column of the type {}", column.type_()))),
    };
    row.columns().iter().enumerate().map(column).collect()
}

#[derive(Debug)]
struct Parameter(Value);

impl ToSql for Parameter {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            Value::Integer(integer) => integer.to_sql_checked(ty, out),
            Value::Text(text) => text.to_sql_checked(ty, out),
            Value::Blob(bytes) => bytes.to_sql_checked(ty, out),
            Value::Null => Ok(IsNull::Yes),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}
