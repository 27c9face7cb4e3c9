//! `spin:variables@3.0.0`.

use wasmtime::Result;
use wasmtime::component::{Accessor, HasSelf};

use crate::bindings::variables::{Error, Host, HostWithStore};
use crate::guest::GuestState;
use crate::telemetry::guest_call;

impl Host for GuestState {}

impl<T: 'static> HostWithStore<T> for HasSelf<GuestState> {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> Result<Result<String, Error>> {
        if name.is_empty()
            || !name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        {
            return Ok(Err(Error::InvalidName(name)));
        }
        let _span = guest_call(accessor, "spin_variables.get", Vec::new);
        let value = accessor.with(|mut access| access.get().grants.variables.get(&name).cloned());
        Ok(value.ok_or_else(|| {
            Error::Undefined(format!(
                "no variable {name:?}; add it to the component's `variables` table"
            ))
        }))
    }
}
