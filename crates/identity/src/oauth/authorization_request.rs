//! An authorization request (OpenID Connect Core section 3.1.2.1), read and checked.

use serde::{Deserialize, Serialize};

use super::domain::{Challenge, Client, GrantType, RequestedClaims, Scopes};
use super::failure::OAuthError;
use super::parameters::Parameters;

/// Most characters of a parameter that is handed back or kept.
const TEXT_LIMIT: usize = 2_000;
/// Most resources of one request.
const RESOURCE_LIMIT: usize = 10;

/// What the client wants the person to be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prompt {
    pub(crate) none: bool,
    pub(crate) login: bool,
    pub(crate) consent: bool,
}

/// A request that may be granted, kept while a person decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) scopes: Scopes,
    pub(crate) resources: Vec<String>,
    pub(crate) claims: RequestedClaims,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) jkt: Option<String>,
    pub(crate) prompt: Prompt,
    /// Seconds.
    pub(crate) max_age: Option<i64>,
    pub(crate) login_hint: Option<String>,
    /// The account that the client expects, by an ID token of its own.
    pub(crate) expected: Option<String>,
}

/// Where the answer goes, known before anything else is looked at.
#[derive(Clone, Debug)]
pub(crate) struct ReturnAddress<'a> {
    pub(crate) redirect_uri: &'a str,
    pub(crate) state: Option<&'a str>,
}

/// The address to answer to. Whatever is wrong with it must be told to the person, not to the address (RFC 6749 section
/// 4.1.2.1).
pub(crate) fn return_address<'a>(
    client: &Client,
    parameters: &'a Parameters,
) -> Result<ReturnAddress<'a>, &'static str> {
    let redirect_uri = parameters
        .get("redirect_uri")
        .ok_or("The application did not say where to send you back to (redirect_uri).")?;
    if !client.has_redirect_uri(redirect_uri) {
        return Err(
            "The address that the application wants to send you to (redirect_uri) is not registered for it.",
        );
    }
    Ok(ReturnAddress {
        redirect_uri,
        state: parameters.get("state"),
    })
}

impl AuthorizationRequest {
    /// Reads the parameters of a client whose address is known to be good.
    pub(crate) fn read(
        client: &Client,
        parameters: &Parameters,
        address: &ReturnAddress<'_>,
    ) -> Result<Self, OAuthError> {
        parameters.check()?;
        let invalid = |text: &str| OAuthError::invalid_request(text);
        match parameters.get("response_type") {
            Some("code") => {}
            None => return Err(invalid("response_type is missing")),
            Some(_) => {
                return Err(OAuthError::new(
                    "unsupported_response_type",
                    "response_type must be code",
                ));
            }
        }
        if !client.may(GrantType::AuthorizationCode) {
            return Err(OAuthError::new(
                "unauthorized_client",
                "the client is not registered for authorization_code",
            ));
        }
        if parameters
            .get("response_mode")
            .is_some_and(|mode| mode != "query")
        {
            return Err(invalid("response_mode must be query"));
        }
        if parameters.get("request").is_some() {
            return Err(OAuthError::new(
                "request_not_supported",
                "request objects are not supported; push the request",
            ));
        }
        for name in ["state", "nonce", "login_hint"] {
            if parameters
                .get(name)
                .is_some_and(|text| text.len() > TEXT_LIMIT)
            {
                return Err(invalid(&format!("{name} is too long")));
            }
        }
        let challenge = challenge(client, parameters)?;
        let scopes = Scopes::parse(parameters.get("scope").unwrap_or_default());
        if scopes.is_empty() {
            return Err(OAuthError::new(
                "invalid_scope",
                "scope names nothing that is known here",
            ));
        }
        if !scopes.is_within(&client.scope) {
            return Err(OAuthError::new(
                "invalid_scope",
                "the client is not registered for all of this scope",
            ));
        }
        let claims = match parameters.get("claims") {
            Some(text) => RequestedClaims::parse(text)
                .ok_or_else(|| invalid("claims can't be read"))?
                .within(&client.scope),
            None => RequestedClaims::default(),
        };
        let max_age = parameters
            .get("max_age")
            .map(|text| text.parse::<i64>().ok().filter(|age| *age >= 0))
            .map(|age| age.ok_or_else(|| invalid("max_age must be a number of seconds")))
            .transpose()?;
        let jkt = parameters.get("dpop_jkt").map(str::to_owned);
        if jkt.as_ref().is_some_and(|jkt| jkt.len() != 43) {
            return Err(invalid("dpop_jkt must be the SHA-256 thumbprint of a key"));
        }
        if parameters.resources.len() > RESOURCE_LIMIT {
            return Err(OAuthError::new("invalid_target", "too many resources"));
        }
        Ok(Self {
            client_id: client.client_id.clone(),
            redirect_uri: address.redirect_uri.to_owned(),
            state: address.state.map(str::to_owned),
            nonce: parameters.get("nonce").map(str::to_owned),
            scopes,
            resources: parameters.resources.clone(),
            expected: claims.sub.clone(),
            claims,
            challenge,
            jkt,
            prompt: Prompt::read(parameters.get("prompt").unwrap_or_default())?,
            max_age,
            login_hint: parameters.get("login_hint").map(str::to_owned),
        })
    }

    /// Where the answer goes.
    pub(crate) fn return_address(&self) -> ReturnAddress<'_> {
        ReturnAddress {
            redirect_uri: &self.redirect_uri,
            state: self.state.as_deref(),
        }
    }

    /// All that the person must agree to.
    pub(crate) fn consent(&self) -> Scopes {
        let mut scopes = self.scopes.clone();
        for scope in self.claims.scopes() {
            scopes.add(scope);
        }
        scopes
    }
}

fn challenge(client: &Client, parameters: &Parameters) -> Result<Option<Challenge>, OAuthError> {
    let invalid = |text: &str| OAuthError::invalid_request(text);
    let Some(text) = parameters.get("code_challenge") else {
        if client.require_pkce {
            return Err(invalid("code_challenge is missing"));
        }
        if parameters.get("code_challenge_method").is_some() {
            return Err(invalid("code_challenge_method came without code_challenge"));
        }
        return Ok(None);
    };
    // Absent means `plain` (RFC 7636 section 4.3), which is not supported.
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err(invalid("code_challenge_method must be S256"));
    }
    Challenge::parse(text)
        .map(Some)
        .ok_or_else(|| invalid("code_challenge must be 32 bytes in base64url"))
}

impl Prompt {
    fn read(text: &str) -> Result<Self, OAuthError> {
        let mut prompt = Self::default();
        let mut others = false;
        for word in text.split_ascii_whitespace() {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                // The page that asks for consent shows whose account it is, and leads to another.
                "consent" | "select_account" => prompt.consent = true,
                _ => others = true,
            }
        }
        if prompt.none && (prompt.login || prompt.consent || others) {
            return Err(OAuthError::invalid_request(
                "prompt=none goes with no other",
            ));
        }
        Ok(prompt)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub(in crate::oauth) fn client(changes: serde_json::Value) -> Client {
        let mut client = json!({
            "client_id": "oc_1", "client_name": "A", "client_uri": null,
            "token_endpoint_auth_method": "client_secret_basic", "application_type": "web",
            "redirect_uris": ["https://a.example/cb"], "post_logout_redirect_uris": [],
            "grant_types": ["authorization_code"], "scope": "openid email posts.read",
            "id_token_signed_response_alg": "EdDSA", "jwks": null, "require_pkce": true,
            "require_pushed_authorization_requests": false, "dpop_bound_access_tokens": false,
            "self_registered": false, "secrets": [], "generation": 0,
        });
        for (name, value) in changes.as_object().unwrap() {
            client[name] = value.clone();
        }
        serde_json::from_value(client).unwrap()
    }

    pub(in crate::oauth) const GOOD: &str = "client_id=oc_1&redirect_uri=https%3A%2F%2Fa.example%2Fcb&response_type=code&scope=openid\
                        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

    pub(in crate::oauth) fn read(
        client: &Client,
        query: &str,
    ) -> Result<AuthorizationRequest, &'static str> {
        let parameters = Parameters::parse(query.as_bytes());
        let address = return_address(client, &parameters).map_err(|_| "page")?;
        AuthorizationRequest::read(client, &parameters, &address).map_err(|error| error.code)
    }

    #[test]
    fn what_is_wrong_is_said_in_the_standards_words() {
        let client = client(json!({}));
        let cases = [
            (GOOD.to_owned(), "ok"),
            (
                format!(
                    "{GOOD}&unknown=1&display=popup&ui_locales=de&claims_locales=de&acr_values=x"
                ),
                "ok",
            ),
            (
                GOOD.replace("scope=openid", "scope=openid+address+phone"),
                "ok",
            ),
            (GOOD.replace("response_type=code", "x=y"), "invalid_request"),
            (
                GOOD.replace("response_type=code", "response_type=token"),
                "unsupported_response_type",
            ),
            (
                GOOD.replace("response_type=code", "response_type=id_token+token"),
                "unsupported_response_type",
            ),
            (format!("{GOOD}&state=1&state=2"), "invalid_request"),
            (format!("{GOOD}&response_mode=fragment"), "invalid_request"),
            (format!("{GOOD}&request=x"), "request_not_supported"),
            (GOOD.replace("S256", "plain"), "invalid_request"),
            (
                GOOD.replace("&code_challenge_method=S256", ""),
                "invalid_request",
            ),
            (GOOD.replace("challenge=E", "challenge="), "invalid_request"),
            (
                GOOD.replace("scope=openid", "scope=openid+trading.trade"),
                "invalid_scope",
            ),
            (
                GOOD.replace("scope=openid", "scope=nonsense"),
                "invalid_scope",
            ),
            (GOOD.replace("&scope=openid", ""), "invalid_scope"),
            (format!("{GOOD}&prompt=none+login"), "invalid_request"),
            (format!("{GOOD}&max_age=-1"), "invalid_request"),
            (format!("{GOOD}&claims=%5B%5D"), "invalid_request"),
            (GOOD.replace("a.example", "b.example"), "page"),
            (GOOD.replace("%2Fcb", "%2Fcb%2F"), "page"),
            (GOOD.replace("redirect_uri", "redirect"), "page"),
        ];
        for (query, expected) in cases {
            let answer = read(&client, &query).err().unwrap_or("ok");
            assert_eq!(answer, expected, "{query}");
        }
    }

    #[test]
    fn only_a_client_that_is_let_does_without_a_challenge() {
        let query = "redirect_uri=https%3A%2F%2Fa.example%2Fcb&response_type=code&scope=openid";
        assert_eq!(
            read(&client(json!({})), query).err(),
            Some("invalid_request")
        );
        let exempt = client(json!({"require_pkce": false}));
        assert_eq!(read(&exempt, query).unwrap().challenge, None);
        let plain = format!("{query}&code_challenge=x&code_challenge_method=plain");
        assert_eq!(read(&exempt, &plain).err(), Some("invalid_request"));
    }

    #[test]
    fn single_claims_reach_no_further_than_the_clients_scope() {
        let query = format!("{GOOD}&claims=%7B%22userinfo%22%3A%7B%22email%22%3Anull%7D%7D");
        for (scope, claims) in [("openid", vec![]), ("openid email", vec!["email"])] {
            let request = read(&client(json!({ "scope": scope })), &query).unwrap();
            assert_eq!(request.claims.userinfo, claims, "{scope}");
        }
    }
}
