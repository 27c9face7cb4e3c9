//! The `claims` parameter (OpenID Connect Core section 5.5), and which scope a claim is part of.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Scopes;

/// Claims by the scope that they come with (section 5.4).
const BY_SCOPE: &[(&str, &[&str])] = &[
    (
        "profile",
        &[
            "name",
            "nickname",
            "preferred_username",
            "picture",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
];

/// Most characters of the parameter.
const LIMIT: usize = 4_000;

/// Single claims that were asked for, by where they are to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequestedClaims {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) userinfo: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) id_token: Vec<String>,
    /// Classes of authentication of which one must be reached, or the request fails (section 5.5.1.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) essential_acr: Vec<String>,
    /// The one person who may answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sub: Option<String>,
}

impl RequestedClaims {
    /// Reads the parameter; none if it is not an object of this shape. Claims that nobody has are left out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Parameter {
            #[serde(default)]
            userinfo: Map<String, Value>,
            #[serde(default)]
            id_token: Map<String, Value>,
        }
        // serde reads a struct from an array too.
        if text.len() > LIMIT || !text.trim_start().starts_with('{') {
            return None;
        }
        let parameter: Parameter = serde_json::from_str(text).ok()?;
        let known = |claims: &Map<String, Value>| -> Vec<String> {
            claims
                .keys()
                .filter(|name| scope_of(name).is_some())
                .cloned()
                .collect()
        };
        let acr = parameter.id_token.get("acr");
        let essential = acr.is_some_and(|acr| acr["essential"] == true);
        let claims = Self {
            userinfo: known(&parameter.userinfo),
            id_token: known(&parameter.id_token),
            essential_acr: acr.filter(|_| essential).map(values).unwrap_or_default(),
            sub: parameter
                .id_token
                .get("sub")
                .and_then(|sub| sub["value"].as_str())
                .map(str::to_owned),
        };
        // What is kept may hold no NUL: no column can.
        let mut texts = claims.essential_acr.iter().chain(&claims.sub);
        (!texts.any(|text| text.contains('\0'))).then_some(claims)
    }

    /// Without the claims of scopes that the client is not registered for: one by one they are no cheaper.
    #[must_use]
    pub(crate) fn within(mut self, ceiling: &Scopes) -> Self {
        let allowed = |name: &String| scope_of(name).is_some_and(|scope| ceiling.has(scope));
        self.userinfo.retain(allowed);
        self.id_token.retain(allowed);
        self
    }

    /// The scopes that a person must agree to for these claims to be told.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &'static str> {
        self.userinfo
            .iter()
            .chain(&self.id_token)
            .filter_map(|name| scope_of(name))
    }
}

fn values(request: &Value) -> Vec<String> {
    let several = request["values"].as_array().into_iter().flatten();
    several
        .chain(request.get("value"))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn scope_of(claim: &str) -> Option<&'static str> {
    BY_SCOPE
        .iter()
        .find(|(_, claims)| claims.contains(&claim))
        .map(|(scope, _)| *scope)
}

/// The claims that these scopes let a client read.
pub(crate) fn claims_of_scopes(scopes: &Scopes) -> impl Iterator<Item = &'static str> {
    BY_SCOPE
        .iter()
        .filter(|(scope, _)| scopes.has(scope))
        .flat_map(|(_, claims)| claims.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_claims_are_read_and_unknown_ones_left_out() {
        let text = r#"{"userinfo": {"email": {"essential": true}, "picture": null, "shoe_size": null},
                       "id_token": {"acr": {"essential": true, "values": ["a", "b"]}, "sub": {"value": "s"}}}"#;
        let claims = RequestedClaims::parse(text).unwrap();
        assert_eq!(claims.userinfo, ["email", "picture"]);
        assert!(claims.id_token.is_empty());
        assert_eq!(claims.essential_acr, ["a", "b"]);
        assert_eq!(claims.sub.as_deref(), Some("s"));
        assert_eq!(claims.scopes().collect::<Vec<_>>(), ["email", "profile"]);
        let fewer = claims.within(&Scopes::parse("openid profile"));
        assert_eq!(fewer.userinfo, ["picture"], "the client's ceiling");
        assert_eq!(fewer.sub.as_deref(), Some("s"));
        for bad in [
            "",
            "[]",
            "{",
            r#"{"userinfo": 1}"#,
            r#"{"id_token": {"sub": {"value": "\u0000"}}}"#,
            r#"{"id_token": {"acr": {"essential": true, "value": "a\u0000"}}}"#,
        ] {
            assert!(RequestedClaims::parse(bad).is_none(), "{bad}");
        }
        let voluntary = RequestedClaims::parse(r#"{"id_token": {"acr": {"value": "a"}}}"#).unwrap();
        assert!(voluntary.essential_acr.is_empty());
    }
}
