//! The host's side of Spin's interfaces, generated from `wit/`.

wasmtime::component::bindgen!({
    path: "wit",
    world: "spindle:host/imports",
    imports: { default: async | trappable },
    with: {
        "spin:postgres/postgres.connection": crate::postgres::Connection,
        "spin:postgres/postgres.connection-builder": crate::postgres::ConnectionBuilder,
        "spin:key-value/key-value.store": crate::key_value::Store,
    },
});

pub use spin::key_value::key_value;
pub use spin::postgres::postgres;
pub use spin::variables::variables;
