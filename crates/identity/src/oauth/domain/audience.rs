//! Whom an access token is for (ARCHITECTURE section 6, RFC 8707, RFC 9068 section 3).

use super::Scopes;
use super::resource::canonical;
use super::scope::is_spindles;

/// A resource that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResourceError;

/// The names of Spindle's own resources.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own<'a> {
    /// The API, as a resource indicator: the public address.
    pub(crate) api: &'a str,
    /// The userinfo endpoint.
    pub(crate) userinfo: &'a str,
}

impl Own<'_> {
    /// Whether the resource is the API.
    pub(crate) fn is_api(&self, resource: &str) -> bool {
        canonical(resource) == self.api
    }

    /// Whether the resource is one of Spindle's.
    pub(crate) fn has(&self, resource: &str) -> bool {
        self.is_api(resource) || resource == self.userinfo
    }
}

/// What an access token says: for whom, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Audience {
    pub(crate) recipients: Vec<String>,
    pub(crate) scopes: Scopes,
}

/// Decides about one token. Without `resources`, Spindle's API if a scope of its own was granted, and userinfo with `openid`.
/// With them, those alone; a resource server elsewhere never gets a token that Spindle would take, and never scopes of Spindle's.
pub(crate) fn audience(
    own: Own<'_>,
    scopes: &Scopes,
    resources: &[String],
) -> Result<Audience, ResourceError> {
    let mut recipients = Vec::new();
    if resources.is_empty() {
        if scopes.reaches_spindle() {
            recipients.push("spindle".to_owned());
        }
        if scopes.has("openid") || recipients.is_empty() {
            recipients.push(own.userinfo.to_owned());
        }
        return Ok(Audience {
            recipients,
            scopes: scopes.clone(),
        });
    }
    let (ours, theirs): (Vec<&String>, Vec<&String>) =
        resources.iter().partition(|resource| own.has(resource));
    if !ours.is_empty() && !theirs.is_empty() {
        return Err(ResourceError);
    }
    for resource in &ours {
        recipients.push(if own.is_api(resource) {
            "spindle".to_owned()
        } else {
            own.userinfo.to_owned()
        });
    }
    recipients.extend(theirs.iter().map(|resource| (*resource).clone()));
    let api = ours.iter().any(|resource| own.is_api(resource));
    Ok(Audience {
        recipients,
        scopes: scopes.filter(|scope| api || !is_spindles(scope)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Own<'_> = Own {
        api: "https://s.example",
        userinfo: "https://s.example/oauth2/userinfo",
    };

    #[test]
    fn nobody_gets_a_token_that_another_would_take() {
        let api = "https://s.example";
        let userinfo = "https://s.example/oauth2/userinfo";
        let elsewhere = "https://api.example";
        let cases: &[(&str, &[&str], &[&str], &str)] = &[
            ("openid email", &[], &[userinfo], "openid email"),
            (
                "openid posts.read",
                &[],
                &["spindle", userinfo],
                "openid posts.read",
            ),
            ("posts.read", &[], &["spindle"], "posts.read"),
            ("email", &[], &[userinfo], "email"),
            (
                "openid posts.read",
                &[api],
                &["spindle"],
                "openid posts.read",
            ),
            (
                "openid posts.read",
                &["https://s.example/"],
                &["spindle"],
                "openid posts.read",
            ),
            ("openid posts.read", &[userinfo], &[userinfo], "openid"),
            ("openid posts.read", &[elsewhere], &[elsewhere], "openid"),
        ];
        for (scopes, resources, recipients, left) in cases {
            let resources: Vec<String> = resources.iter().map(|r| (*r).to_owned()).collect();
            let audience = audience(OWN, &Scopes::parse(scopes), &resources).unwrap();
            assert_eq!(audience.recipients, *recipients, "{scopes} {resources:?}");
            assert_eq!(audience.scopes.to_text(), *left, "{scopes} {resources:?}");
        }
        let mixed = [api.to_owned(), elsewhere.to_owned()];
        assert!(audience(OWN, &Scopes::parse("posts.read"), &mixed).is_err());
    }
}
