//! Values and rules of the authorization server. Nothing here does I/O or knows the time.

mod audience;
mod client;
mod client_key;
mod pkce;
mod redirect_uri;
mod requested_claims;
mod resource;
mod scope;
mod user_code;

pub(crate) use audience::{Audience, Own, audience};
pub(crate) use client::{
    ApplicationType, AuthMethod, Client, ClientMetadata, GrantType, IdTokenAlgorithm, Registrant,
};
pub(crate) use client_key::{ALGORITHMS as ASSERTION_ALGORITHMS, ClientKey};
pub(crate) use pkce::{Challenge, Verifier};
pub(crate) use redirect_uri::RedirectUri;
pub(crate) use requested_claims::{RequestedClaims, claims_of_scopes};
pub(crate) use resource::canonical as canonical_resource;
pub(crate) use scope::{Scopes, describe};
pub(crate) use user_code::UserCode;
