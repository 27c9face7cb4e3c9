//! Spin variables.

use async_trait::async_trait;
use send_wrapper::SendWrapper;

use crate::config::Variables;

pub(super) struct SpinVariables;

#[async_trait]
impl Variables for SpinVariables {
    async fn get(&self, name: &str) -> Option<String> {
        SendWrapper::new(spin_sdk::variables::get(name.to_owned()))
            .await
            .ok()
    }
}
