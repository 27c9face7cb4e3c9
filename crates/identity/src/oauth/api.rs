//! Handlers of the authorization server, one file for each resource.

pub(crate) mod authorize;
pub(crate) mod client;
pub(crate) mod consent;
pub(crate) mod consents;
pub(crate) mod device;
pub(crate) mod discovery;
pub(crate) mod end_session;
pub(crate) mod introspection;
pub(crate) mod login;
pub(crate) mod par;
pub(crate) mod registration;
pub(crate) mod revocation;
pub(crate) mod token;
pub(crate) mod userinfo;
