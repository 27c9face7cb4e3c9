//! Clients (RFC 6749 section 2) and their metadata (RFC 7591 section 2).

use kit::{FieldError, turns_text};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::client_key::ClientKey;
use super::resource::{canonical, is_resource};
use super::{RedirectUri, Scopes};

/// Most entries of any list of a client's.
const LIST_LIMIT: usize = 20;
const NAME_LIMIT: usize = 100;
/// What a client may ask for unless it says otherwise.
const DEFAULT_SCOPE: &str = "openid profile email offline_access";

/// How a client proves who it is at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuthMethod {
    /// A secret in the `Authorization` header.
    ClientSecretBasic,
    /// A secret in the body.
    ClientSecretPost,
    /// An assertion signed with its own key (RFC 7523).
    PrivateKeyJwt,
    /// Not at all: a public client.
    None,
}

/// Where a client runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ApplicationType {
    /// On a server, or in a browser.
    Web,
    /// On somebody's machine.
    Native,
}

/// How a client gets tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrantType {
    /// RFC 6749 section 4.1.
    AuthorizationCode,
    /// RFC 6749 section 6.
    RefreshToken,
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

/// What a client's ID tokens are signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) enum IdTokenAlgorithm {
    /// Ed25519.
    EdDSA,
    /// RSASSA-PKCS1-v1_5 with SHA-256, which every client knows.
    RS256,
}

/// A client that may act.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Client {
    pub(crate) client_id: String,
    pub(crate) client_name: String,
    pub(crate) client_uri: Option<String>,
    pub(crate) token_endpoint_auth_method: AuthMethod,
    pub(crate) application_type: ApplicationType,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    grant_types: Vec<GrantType>,
    #[serde(deserialize_with = "scopes_of_text")]
    pub(crate) scope: Scopes,
    pub(crate) id_token_signed_response_alg: IdTokenAlgorithm,
    pub(crate) jwks: Option<Value>,
    pub(crate) require_pkce: bool,
    pub(crate) require_pushed_authorization_requests: bool,
    pub(crate) dpop_bound_access_tokens: bool,
    pub(crate) self_registered: bool,
    /// Hashes in hex.
    pub(crate) secrets: Vec<String>,
    /// The last revocation of its own tokens that the next one follows, microseconds since the Unix epoch.
    pub(crate) generation: i64,
}

fn scopes_of_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scopes, D::Error> {
    String::deserialize(deserializer).map(|text| Scopes::parse(&text))
}

impl Client {
    pub(crate) fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::None
    }

    pub(crate) fn may(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether people may be sent back to this address.
    pub(crate) fn has_redirect_uri(&self, presented: &str) -> bool {
        self.redirect_uris
            .iter()
            .filter_map(|uri| RedirectUri::register(uri, self.application_type).ok())
            .any(|uri| uri.matches(presented, self.application_type))
    }

    /// Whether people may be sent there once they have signed out.
    pub(crate) fn has_post_logout_redirect_uri(&self, presented: &str) -> bool {
        self.post_logout_redirect_uris
            .iter()
            .filter_map(|uri| RedirectUri::register(uri, self.application_type).ok())
            .any(|uri| uri.matches(presented, self.application_type))
    }
}

/// Who registers a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registrant {
    /// Somebody with the permission.
    Administrator,
    /// The client itself, whom nobody knows.
    Anybody,
}

/// What a client is to be, as it is asked for. Unknown members are ignored.
#[derive(Clone, Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct ClientMetadata {
    /// Shown to the people who are asked for consent. A client that registers itself may leave it out.
    #[garde(skip)]
    #[schema(example = "Example Reader")]
    pub(crate) client_name: Option<String>,
    /// The client's home page.
    #[garde(skip)]
    pub(crate) client_uri: Option<String>,
    /// `client_secret_basic` unless said otherwise.
    #[garde(skip)]
    pub(crate) token_endpoint_auth_method: Option<AuthMethod>,
    /// `web` unless said otherwise.
    #[garde(skip)]
    pub(crate) application_type: Option<ApplicationType>,
    #[garde(skip)]
    pub(crate) redirect_uris: Option<Vec<String>>,
    #[garde(skip)]
    pub(crate) post_logout_redirect_uris: Option<Vec<String>>,
    /// `authorization_code` and `refresh_token` unless said otherwise.
    #[garde(skip)]
    pub(crate) grant_types: Option<Vec<GrantType>>,
    /// `code`, the only one there is.
    #[garde(skip)]
    pub(crate) response_types: Option<Vec<String>>,
    /// The most that it may ask for, separated by spaces.
    #[garde(skip)]
    #[schema(example = "openid profile email offline_access")]
    pub(crate) scope: Option<String>,
    /// Absolute URIs of what it serves itself, so that others may ask for tokens for them (RFC 8707).
    #[garde(skip)]
    pub(crate) resources: Option<Vec<String>>,
    /// `RS256` unless said otherwise.
    #[garde(skip)]
    pub(crate) id_token_signed_response_alg: Option<IdTokenAlgorithm>,
    /// Public keys, for `private_key_jwt`.
    #[garde(skip)]
    #[schema(value_type = Option<Object>)]
    pub(crate) jwks: Option<Value>,
    /// Not supported: nobody fetches from addresses that clients choose.
    #[garde(skip)]
    pub(crate) jwks_uri: Option<String>,
    /// True unless a confidential client must do without.
    #[garde(skip)]
    pub(crate) require_pkce: Option<bool>,
    #[garde(skip)]
    pub(crate) require_pushed_authorization_requests: Option<bool>,
    #[garde(skip)]
    pub(crate) dpop_bound_access_tokens: Option<bool>,
    /// A client that is switched off loses all tokens. Only an administrator's change of a client reads it; false unless said otherwise.
    #[garde(skip)]
    pub(crate) disabled: Option<bool>,
}

impl ClientMetadata {
    /// The metadata as it is stored, or all that is wrong with it.
    pub(crate) fn check(
        self,
        by: Registrant,
        public_url: &str,
    ) -> Result<(Value, Scopes), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: &str| errors.push(FieldError::new(field, message));
        let anybody = by == Registrant::Anybody;

        let redirects = self.redirect_uris.unwrap_or_default();
        let given = match self.client_name {
            // Optional there (RFC 7591 section 2): people are told where it leads.
            None if anybody => redirects
                .first()
                .and_then(|uri| RedirectUri::destination(uri)),
            given => given,
        };
        let name = given.unwrap_or_default().trim().to_owned();
        // One that turns the text after it could rewrite the question that people are asked.
        if name.is_empty()
            || name.chars().count() > NAME_LIMIT
            || name.chars().any(|c| c.is_control() || turns_text(c))
        {
            wrong(
                "client_name",
                "must have 1 to 100 characters, none of which changes the direction of text",
            );
        }
        let home = self.client_uri.filter(|uri| !uri.is_empty());
        if home.as_deref().is_some_and(|uri| !is_web_address(uri)) {
            wrong("client_uri", "must be an https address");
        }
        let method = self
            .token_endpoint_auth_method
            .unwrap_or(AuthMethod::ClientSecretBasic);
        let application = self.application_type.unwrap_or(ApplicationType::Web);
        let mut grants = Vec::new();
        for grant in self
            .grant_types
            .unwrap_or_else(|| vec![GrantType::AuthorizationCode, GrantType::RefreshToken])
        {
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        let with_people = grants.contains(&GrantType::AuthorizationCode)
            || grants.contains(&GrantType::DeviceCode);
        if grants.is_empty() {
            wrong("grant_types", "must name at least one");
        }
        if grants.contains(&GrantType::RefreshToken) && !with_people {
            wrong(
                "grant_types",
                "refresh_token needs authorization_code or device_code",
            );
        }
        if grants.contains(&GrantType::ClientCredentials) && (method == AuthMethod::None || anybody)
        {
            wrong(
                "grant_types",
                "client_credentials is for confidential clients that an administrator has registered",
            );
        }
        if self
            .response_types
            .is_some_and(|types| types.iter().any(|kind| kind != "code"))
        {
            wrong("response_types", "must be code");
        }

        if redirects.len() > LIST_LIMIT {
            wrong("redirect_uris", "must be at most 20");
        }
        if redirects.is_empty() && grants.contains(&GrantType::AuthorizationCode) {
            wrong("redirect_uris", "must name at least one");
        }
        for (index, uri) in redirects.iter().enumerate() {
            if let Err(message) = RedirectUri::register(uri, application) {
                wrong(&format!("redirect_uris[{index}]"), message);
            }
        }
        let after_logout = self.post_logout_redirect_uris.unwrap_or_default();
        if after_logout.len() > LIST_LIMIT {
            wrong("post_logout_redirect_uris", "must be at most 20");
        }
        for (index, uri) in after_logout.iter().enumerate() {
            if let Err(message) = RedirectUri::register(uri, application) {
                wrong(&format!("post_logout_redirect_uris[{index}]"), message);
            }
        }

        let text = self.scope.unwrap_or_else(|| DEFAULT_SCOPE.to_owned());
        let scopes = Scopes::parse(&text);
        if let Some(unknown) = Scopes::unknown(&text) {
            wrong("scope", &format!("{unknown:?} is no scope"));
        }
        if anybody && !scopes.are_for_anybody() {
            wrong("scope", "holds what an administrator must grant");
        }

        let resources: Vec<String> = self
            .resources
            .unwrap_or_default()
            .iter()
            .map(|resource| canonical(resource).to_owned())
            .collect();
        if anybody && !resources.is_empty() {
            wrong("resources", "are for an administrator to grant");
        }
        if resources.len() > LIST_LIMIT {
            wrong("resources", "must be at most 20");
        }
        for (index, resource) in resources.iter().enumerate() {
            if !is_resource(resource) || resource.starts_with(public_url) {
                wrong(
                    &format!("resources[{index}]"),
                    "must be an absolute https URI without a fragment, and not one of ours",
                );
            }
        }

        if self.jwks_uri.is_some() {
            wrong("jwks_uri", "is not supported; send the keys in jwks");
        }
        let keys = self.jwks.filter(|keys| !keys.is_null());
        match (method == AuthMethod::PrivateKeyJwt, &keys) {
            (true, None) => wrong("jwks", "is required for private_key_jwt"),
            (true, Some(keys)) => {
                let given = keys["keys"].as_array().map_or(0, Vec::len);
                if given == 0 || given > LIST_LIMIT || ClientKey::of_set(keys, None).len() != given
                {
                    wrong(
                        "jwks",
                        "must hold public keys alone: P-256, Ed25519, or RSA of 2048 to 4096 bits",
                    );
                }
            }
            (false, Some(_)) => wrong("jwks", "is for private_key_jwt alone"),
            (false, None) => {}
        }
        let pkce = self.require_pkce.unwrap_or(true);
        if !pkce && (method == AuthMethod::None || anybody) {
            wrong(
                "require_pkce",
                "can be off only for confidential clients that an administrator has registered",
            );
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let metadata = json!({
            "client_name": name,
            "client_uri": home,
            "token_endpoint_auth_method": method,
            "application_type": application,
            "redirect_uris": redirects,
            "post_logout_redirect_uris": after_logout,
            "grant_types": grants,
            "scopes": scopes,
            "resources": resources,
            "id_token_signed_response_alg": self.id_token_signed_response_alg.unwrap_or(IdTokenAlgorithm::RS256),
            "jwks": keys,
            "require_pkce": pkce,
            "require_pushed_authorization_requests": self.require_pushed_authorization_requests.unwrap_or(false),
            "dpop_bound_access_tokens": self.dpop_bound_access_tokens.unwrap_or(false),
        });
        Ok((metadata, scopes))
    }

    /// Whether the client gets a secret.
    pub(crate) fn has_secret(&self) -> bool {
        matches!(
            self.token_endpoint_auth_method,
            None | Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost)
        )
    }
}

fn is_web_address(text: &str) -> bool {
    text.len() <= 2_000
        && Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(metadata: Value, by: Registrant) -> Vec<String> {
        let metadata: ClientMetadata = serde_json::from_value(metadata).unwrap();
        metadata
            .check(by, "https://s.example")
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|error| error.field)
            .collect()
    }

    #[test]
    fn what_may_be_registered_and_by_whom() {
        let good = json!({"client_name": "A", "redirect_uris": ["https://a.example/cb"]});
        let with = |changes: Value| {
            let mut metadata = good.clone();
            for (name, value) in changes.as_object().unwrap() {
                metadata[name] = value.clone();
            }
            metadata
        };
        let cases: &[(Value, &[&str], &[&str])] = &[
            (json!({}), &[], &[]),
            (
                json!({"client_name": " "}),
                &["client_name"],
                &["client_name"],
            ),
            (json!({"client_name": null}), &["client_name"], &[]),
            (
                json!({"client_name": "A\u{202e}B"}),
                &["client_name"],
                &["client_name"],
            ),
            (
                json!({"redirect_uris": ["https://a.example/*"]}),
                &["redirect_uris[0]"],
                &["redirect_uris[0]"],
            ),
            (
                json!({"redirect_uris": []}),
                &["redirect_uris"],
                &["redirect_uris"],
            ),
            (
                json!({"response_types": ["token"]}),
                &["response_types"],
                &["response_types"],
            ),
            (
                json!({"token_endpoint_auth_method": "none", "require_pkce": false}),
                &["require_pkce"],
                &["require_pkce"],
            ),
            (json!({"require_pkce": false}), &[], &["require_pkce"]),
            (json!({"scope": "openid trading.trade"}), &[], &["scope"]),
            (json!({"scope": "openid shoes"}), &["scope"], &["scope"]),
            (
                json!({"grant_types": ["client_credentials"]}),
                &[],
                &["grant_types"],
            ),
            (
                json!({"grant_types": ["refresh_token"]}),
                &["grant_types"],
                &["grant_types"],
            ),
            (
                json!({"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]}),
                &["grant_types"],
                &["grant_types"],
            ),
            (
                json!({"token_endpoint_auth_method": "private_key_jwt"}),
                &["jwks"],
                &["jwks"],
            ),
            (
                json!({"jwks_uri": "https://a.example/jwks"}),
                &["jwks_uri"],
                &["jwks_uri"],
            ),
            (
                json!({"resources": ["https://api.example"]}),
                &[],
                &["resources"],
            ),
            (
                json!({"resources": ["https://s.example/api"]}),
                &["resources[0]"],
                &["resources", "resources[0]"],
            ),
            (
                json!({"resources": ["urn:x"]}),
                &["resources[0]"],
                &["resources", "resources[0]"],
            ),
        ];
        for (changes, administrator, anybody) in cases {
            assert_eq!(
                check(with(changes.clone()), Registrant::Administrator),
                *administrator,
                "{changes}"
            );
            assert_eq!(
                check(with(changes.clone()), Registrant::Anybody),
                *anybody,
                "{changes}"
            );
        }
    }
}
