//! Parameters of the protocol: a query, or a form. None may come twice (RFC 6749 section 3.1), but for `resource` (RFC 8707).

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use http::header;
use kit::Problem;

use super::domain::canonical_resource;
use super::failure::{Failure, OAuthError};

/// Parameters, each with its value. One without a value counts as absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    values: BTreeMap<String, String>,
    pub(crate) resources: Vec<String>,
    /// The first that came twice.
    repeated: Option<String>,
}

impl Parameters {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(encoded) {
            if value.is_empty() {
                continue;
            }
            if name == "resource" {
                let resource = canonical_resource(&value).to_owned();
                parameters.resources.push(resource);
            } else if parameters.values.contains_key(name.as_ref()) {
                parameters.repeated.get_or_insert(name.into_owned());
            } else {
                parameters
                    .values
                    .insert(name.into_owned(), value.into_owned());
            }
        }
        parameters
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
    }

    /// Refuses what came twice, or holds what no column can.
    pub(crate) fn check(&self) -> Result<(), OAuthError> {
        if let Some(name) = &self.repeated {
            return Err(OAuthError::invalid_request(format!(
                "{name} came more than once"
            )));
        }
        let texts = self.values.values().chain(&self.resources);
        if texts.into_iter().any(|text| text.contains('\0')) {
            return Err(OAuthError::invalid_request(
                "a parameter holds a NUL character",
            ));
        }
        Ok(())
    }
}

/// A form body. Anything else is `invalid_request`.
pub(crate) struct Form(pub(crate) Parameters);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let parameters = read(request, state).await?;
        parameters.check()?;
        Ok(Self(parameters))
    }
}

/// The form of a page. Whoever sent anything else is a person, or in their browser: they are told by a page.
pub(crate) struct PageForm(pub(crate) Parameters);

impl<S: Send + Sync> FromRequest<S> for PageForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let UncheckedForm(parameters) = UncheckedForm::from_request(request, state).await?;
        parameters.check().map_err(unreadable)?;
        Ok(Self(parameters))
    }
}

/// The form of a page, without [`Parameters::check`]: the handler calls that itself, once it knows which client is to be told of errors.
pub(crate) struct UncheckedForm(pub(crate) Parameters);

impl<S: Send + Sync> FromRequest<S> for UncheckedForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        match read(request, state).await {
            Ok(parameters) => Ok(Self(parameters)),
            Err(Failure::OAuth(error)) => Err(unreadable(error)),
            Err(Failure::Problem(problem)) => Err(problem),
        }
    }
}

/// A request that makes no sense, told to a person.
pub(crate) fn unreadable(error: OAuthError) -> Problem {
    Problem::bad_request(error.text())
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Parameters, Failure> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| {
            kind.trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
    let bytes = kit::extract::body(request, state).await?;
    if !is_form && !bytes.is_empty() {
        return Err(OAuthError::invalid_request(
            "the body must be application/x-www-form-urlencoded",
        )
        .into());
    }
    Ok(Parameters::parse(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_twice_but_resources() {
        let parameters = Parameters::parse(b"a=1&resource=x&resource=y&empty=&c=%2B+");
        assert!(parameters.check().is_ok());
        assert_eq!(parameters.get("a"), Some("1"));
        assert_eq!(parameters.get("empty"), None);
        assert_eq!(parameters.get("c"), Some("+ "));
        assert_eq!(parameters.resources, ["x", "y"]);
        assert!(Parameters::parse(b"a=1&a=1").check().is_err());
        assert!(Parameters::parse(b"a=%00").check().is_err());
    }
}
