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
pub(crate) mod passkey;
pub(crate) mod password_forgot;
pub(crate) mod password_reset;
pub(crate) mod pending;
pub(crate) mod registration;
pub(crate) mod revocation;
pub(crate) mod sign_up;
pub(crate) mod token;
pub(crate) mod userinfo;
pub(crate) mod verification;

/// Adds a member to a document, or replaces it.
pub(crate) fn set(
    document: &mut serde_json::Value,
    name: &str,
    value: impl Into<serde_json::Value>,
) {
    if let Some(members) = document.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}
