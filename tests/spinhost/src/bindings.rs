//! Spin's interfaces, from its own WIT.

mod generated {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "linli:spinhost/application",
        imports: {
            "spin:sqlite/sqlite": async | trappable,
            "fermyon:spin/variables": trappable,
        },
        with: { "spin:sqlite/sqlite.connection": crate::sqlite::Connection },
    });
}

pub use generated::fermyon::spin::variables as variables2;
pub use generated::spin::sqlite::sqlite;
pub use generated::spin::variables::variables as variables3;
