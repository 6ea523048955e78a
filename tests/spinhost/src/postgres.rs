//! `spin:postgres` 4.0.0: connections are kept for each address and handed on as they were left, but for what `RESET ALL` and
//! the like set back; a transaction that was not ended goes on. A query without rows fails:
//! in Spin 4.0.0 to 4.0.2 it never returns. No TLS, and the types of Linli's own tables alone.

#![allow(clippy::result_large_err, reason = "the error is the interface's, and generated")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use http::Uri;
use tokio_postgres::config::Host as Place;
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Config, NoTls, Row};
use wasmtime::component::{HasData, Resource, ResourceTable};

use crate::allowed_hosts::AllowedHosts;
use crate::bindings::postgres::{
    Column, DbDataType, DbError, DbValue, Error, Host, HostConnection, ParameterValue, QueryError, RowSet,
};

/// Spin's limit of connections to one address, of one component.
const CONNECTIONS: usize = 64;

/// One connection.
pub type Connection = Arc<Object>;

/// The connections of one component's instances, by address.
#[derive(Clone, Default)]
pub struct Pools(Arc<Mutex<HashMap<String, Pool>>>);

/// What the interface works on.
pub struct PoolsView<'a> {
    pub pools: &'a Pools,
    pub allowed_hosts: &'a AllowedHosts,
    pub table: &'a mut ResourceTable,
}

/// For linkers.
pub struct HasPools;

impl HasData for HasPools {
    type Data<'a> = PoolsView<'a>;
}

type Trappable<T> = wasmtime::Result<T>;

impl Host for PoolsView<'_> {}

impl HostConnection for PoolsView<'_> {
    async fn open(&mut self, address: String) -> Trappable<Result<Resource<Connection>, Error>> {
        let pool = match self.pools.of(&address, self.allowed_hosts) {
            Ok(pool) => pool,
            Err(error) => return Ok(Err(error)),
        };
        Ok(match pool.get().await {
            Ok(connection) => Ok(self.table.push(Arc::new(connection))?),
            Err(error) => Err(Error::ConnectionFailed(format!("{error:?}"))),
        })
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Trappable<Result<RowSet, Error>> {
        let connection = self.table.get(&connection)?.clone();
        let rows = async {
            let owned = sql_of(parameters)?;
            let rows = connection.query(&statement, &borrowed(&owned)).await.map_err(failed)?;
            if rows.is_empty() {
                return Err(Error::Other("Spin 4.0 never returns from a query without rows".to_owned()));
            }
            let columns = rows.first().map(|row| row.columns().iter().map(column).collect());
            let rows = rows.iter().map(values).collect::<Result<_, _>>()?;
            Ok(RowSet { columns: columns.unwrap_or_default(), rows })
        };
        Ok(rows.await)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Trappable<Result<u64, Error>> {
        let connection = self.table.get(&connection)?.clone();
        let done = async {
            let owned = sql_of(parameters)?;
            connection.execute(&statement, &borrowed(&owned)).await.map_err(failed)
        };
        Ok(done.await)
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> Trappable<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl Pools {
    fn of(&self, address: &str, allowed: &AllowedHosts) -> Result<Pool, Error> {
        let refused = |words: String| Error::ConnectionFailed(words);
        let config: Config = address.parse().map_err(|error| refused(format!("{error}")))?;
        for (place, host) in config.get_hosts().iter().enumerate() {
            let Place::Tcp(host) = host else { return Err(refused("only TCP is there".to_owned())) };
            let port = config.get_ports().get(place).or(config.get_ports().first());
            let url = format!("postgres://{host}:{}", port.copied().unwrap_or(5432));
            if !url.parse::<Uri>().is_ok_and(|url| allowed.allow(&url)) {
                return Err(refused(format!("address {url} is not permitted")));
            }
        }
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(address) {
            return Ok(pool.clone());
        }
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Clean };
        let manager = Manager::from_config(config, NoTls, recycling);
        let pool = Pool::builder(manager).max_size(CONNECTIONS).build();
        let pool = pool.map_err(|error| Error::Other(error.to_string()))?;
        Ok(pools.entry(address.to_owned()).or_insert(pool).clone())
    }
}

type Parameter = Box<dyn ToSql + Send + Sync>;

fn sql_of(parameters: Vec<ParameterValue>) -> Result<Vec<Parameter>, Error> {
    let sql = |parameter: ParameterValue| -> Result<Parameter, Error> {
        Ok(match parameter {
            ParameterValue::Int32(number) => Box::new(number),
            ParameterValue::Int64(number) => Box::new(number),
            ParameterValue::Str(text) => Box::new(text),
            ParameterValue::Binary(bytes) => Box::new(bytes),
            _ => return Err(Error::BadParameter("this host has no such type".to_owned())),
        })
    };
    parameters.into_iter().map(sql).collect()
}

fn borrowed(parameters: &[Parameter]) -> Vec<&(dyn ToSql + Sync)> {
    parameters.iter().map(|parameter| &**parameter as &(dyn ToSql + Sync)).collect()
}

fn failed(error: tokio_postgres::Error) -> Error {
    let as_text = format!("{error:?}");
    Error::QueryFailed(match error.as_db_error() {
        None => QueryError::Text(as_text),
        Some(said) => QueryError::DbError(DbError {
            as_text,
            severity: said.severity().to_owned(),
            code: said.code().code().to_owned(),
            message: said.message().to_owned(),
            detail: said.detail().map(str::to_owned),
            extras: vec![],
        }),
    })
}

fn column(column: &tokio_postgres::Column) -> Column {
    let data_type = match *column.type_() {
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::TEXT => DbDataType::Str,
        Type::BYTEA => DbDataType::Binary,
        ref other => DbDataType::Other(other.name().to_owned()),
    };
    Column { name: column.name().to_owned(), data_type }
}

fn values(row: &Row) -> Result<Vec<DbValue>, Error> {
    let value = |(place, column): (usize, &tokio_postgres::Column)| match *column.type_() {
        Type::INT4 => get(row, place, DbValue::Int32),
        Type::INT8 => get(row, place, DbValue::Int64),
        Type::TEXT => get(row, place, DbValue::Str),
        Type::BYTEA => get(row, place, DbValue::Binary),
        _ => Err(Error::ValueConversionFailed("this host has no such type".to_owned())),
    };
    row.columns().iter().enumerate().map(value).collect()
}

fn get<'a, T: FromSql<'a>>(row: &'a Row, place: usize, of: impl Fn(T) -> DbValue) -> Result<DbValue, Error> {
    let value = row.try_get::<_, Option<T>>(place);
    let value = value.map_err(|error| Error::ValueConversionFailed(error.to_string()))?;
    Ok(value.map_or(DbValue::DbNull, of))
}
