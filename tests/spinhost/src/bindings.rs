//! Spin's interfaces, from its own WIT.

mod generated {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "linli:spinhost/application",
        imports: {
            "spin:postgres/postgres": async | trappable,
            "spin:sqlite/sqlite": async | trappable,
            "fermyon:spin/variables": trappable,
        },
        with: {
            "spin:postgres/postgres.connection": crate::postgres::Connection,
            "spin:sqlite/sqlite.connection": crate::sqlite::Connection,
        },
    });
}

pub use generated::fermyon::spin::variables as variables2;
pub use generated::spin::postgres::postgres;
pub use generated::spin::sqlite::sqlite;
pub use generated::spin::variables::variables as variables3;
