//! `/users`, `/users/login`, `/user`: accounts.

use axum::extract::State;
use garde::Validate;
use http::StatusCode;
use kit::extract::present;
use kit::limit::{self, Class};
use kit::{App, Context, FieldError, Json, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::account::{self, Changes, SignedIn};
use crate::caller::{Caller, Credential};
use crate::field::{by_rule, changed, required};
use crate::store::{self, Person};

/// Most characters of a bio.
const MAX_BIO: usize = 1_000;

/// A registration.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct Registration {
    #[garde(skip)]
    user: NewUser,
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct NewUser {
    username: Option<String>,
    email: Option<String>,
    password: Option<String>,
}

/// A login.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct Login {
    #[garde(skip)]
    user: Credentials,
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct Credentials {
    email: Option<String>,
    password: Option<String>,
}

/// A change: what is absent stays.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct Update {
    #[garde(skip)]
    user: UserChanges,
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct UserChanges {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    username: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    password: Option<Option<String>>,
    /// Null or empty clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    bio: Option<Option<String>>,
    /// Null or empty clears it, and so does what no browser should be sent to.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    image: Option<Option<String>>,
}

/// An account with its token, as its owner sees it.
#[derive(Serialize)]
pub(crate) struct UserDocument {
    user: User,
}

#[derive(Serialize)]
struct User {
    email: String,
    token: String,
    username: String,
    #[serde(flatten)]
    person: Person,
}

impl UserDocument {
    fn new(signed_in: SignedIn, person: Person) -> Self {
        let SignedIn {
            email,
            username,
            token,
            ..
        } = signed_in;
        Self {
            user: User {
                email,
                token,
                username,
                person,
            },
        }
    }
}

/// Registers an account and signs it in.
///
/// Permissions: none.
#[utoipa::path(post, path = "/conduit/api/users", tag = "conduit")]
pub(crate) async fn register(
    State(app): State<App>,
    context: Context,
    Json(request): Json<Registration>,
) -> Result<(StatusCode, Json<UserDocument>), Problem> {
    let NewUser {
        username,
        email,
        password,
    } = request.user;
    let username = required("username", username);
    let email = required("email", email);
    let password = required("password", password);
    let (username, email, password) = match (username, email, password) {
        (Ok(username), Ok(email), Ok(password)) => (username, email, password),
        (username, email, password) => {
            return Err(blank([username.err(), email.err(), password.err()]));
        }
    };
    let signed_in = account::register(&app, &context, &username, &email, &password).await?;
    // Nothing was said yet.
    let document = UserDocument::new(signed_in, Person::default());
    Ok((StatusCode::CREATED, Json(document)))
}

/// Signs in.
///
/// Permissions: none.
#[utoipa::path(post, path = "/conduit/api/users/login", tag = "conduit")]
pub(crate) async fn log_in(
    State(app): State<App>,
    context: Context,
    Json(request): Json<Login>,
) -> Result<Json<UserDocument>, Problem> {
    let email = required("email", request.user.email);
    let password = required("password", request.user.password);
    let (email, password) = match (email, password) {
        (Ok(email), Ok(password)) => (email, password),
        (email, password) => return Err(blank([email.err(), password.err()])),
    };
    let signed_in = account::log_in(&app, &context, &email, &password).await?;
    let person = store::find_person(app.db(), signed_in.account).await?;
    Ok(Json(UserDocument::new(signed_in, person)))
}

/// The caller's account. The token in the answer is a new one: tokens live for five minutes, though what expired is taken here.
///
/// Permissions: a first-party session.
#[utoipa::path(get, path = "/conduit/api/user", tag = "conduit")]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    credential: Credential,
    context: Context,
) -> Result<Json<UserDocument>, Problem> {
    let signed_in = account::find(&app, &context, credential.0.as_ref()).await?;
    let person = store::find_person(app.db(), caller.account).await?;
    Ok(Json(UserDocument::new(signed_in, person)))
}

/// Changes the caller's account and what it says of itself. The token that was used stays good, after a change of the password too.
///
/// Permissions: a first-party session.
#[utoipa::path(put, path = "/conduit/api/user", tag = "conduit")]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    credential: Credential,
    context: Context,
    Json(request): Json<Update>,
) -> Result<Json<UserDocument>, Problem> {
    let (changes, person) = request.user.check()?;
    if changes.password.is_some() {
        // Each costs a hash.
        limit::take(&app, Class::Account, &caller.account.to_string()).await?;
    }
    let credential = credential.0.as_ref();
    // The account first: `auth` may still refuse, and then nothing is changed.
    let signed_in = if changes.is_empty() {
        account::find(&app, &context, credential).await?
    } else {
        account::update(&app, &context, credential, changes).await?
    };
    let person = if person.is_empty() {
        store::find_person(app.db(), caller.account).await?
    } else {
        let context = context.for_principal(&caller.principal);
        let changes = Value::Object(person);
        store::update_person(app.db(), &context, caller.account, changes).await?
    };
    Ok(Json(UserDocument::new(signed_in, person)))
}

impl UserChanges {
    /// What `auth` is asked to change, and what the profile is given.
    fn check(self) -> Result<(Changes, Map<String, Value>), Problem> {
        let username = changed("username", self.username);
        let email = changed("email", self.email);
        let password = changed("password", self.password);
        let bio = self.bio.map(|bio| bio.filter(|bio| !bio.is_empty()));
        let wrong_bio = bio
            .as_ref()
            .and_then(Option::as_ref)
            .and_then(|bio| by_rule("bio", bio, |text| ::profile::domain::lines(text, MAX_BIO)));
        let (username, email, password) = match (username, email, password, wrong_bio) {
            (Ok(username), Ok(email), Ok(password), None) => (username, email, password),
            (username, email, password, wrong_bio) => {
                return Err(blank([
                    username.err(),
                    email.err(),
                    password.err(),
                    wrong_bio,
                ]));
            }
        };
        let mut person = Map::new();
        if let Some(bio) = bio {
            person.insert("bio".into(), bio.into());
        }
        if let Some(image) = self.image {
            let image = image.filter(|url| ::profile::domain::web_address(url).is_ok());
            person.insert("image_url".into(), image.into());
        }
        let changes = Changes {
            username,
            email,
            password,
        };
        Ok((changes, person))
    }
}

fn blank(errors: impl IntoIterator<Item = Option<FieldError>>) -> Problem {
    Problem::validation(errors.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(user: Value) -> Result<(Changes, Map<String, Value>), Problem> {
        let changes: UserChanges = serde_json::from_value(user).unwrap();
        changes.check()
    }

    #[test]
    fn null_and_empty_clear_what_a_profile_says_and_nothing_else() {
        for (user, person) in [
            (json!({}), json!({})),
            (json!({"bio": "b"}), json!({"bio": "b"})),
            (
                json!({"bio": null, "image": null}),
                json!({"bio": null, "image_url": null}),
            ),
            (
                json!({"bio": "", "image": ""}),
                json!({"bio": null, "image_url": null}),
            ),
            (
                json!({"image": "https://a.example/x.png"}),
                json!({"image_url": "https://a.example/x.png"}),
            ),
            (
                json!({"image": "javascript:alert(1)"}),
                json!({"image_url": null}),
            ),
            (
                json!({"image": "data:image/png;base64,AA"}),
                json!({"image_url": null}),
            ),
        ] {
            let (changes, said) = check(user.clone()).unwrap();
            assert!(changes.is_empty());
            assert_eq!(Value::Object(said), person, "{user}");
        }
        for name in ["username", "email", "password"] {
            for nothing in [Value::Null, json!(""), json!("  ")] {
                let mut user = Map::new();
                user.insert(name.to_owned(), nothing);
                let problem = check(Value::Object(user)).err().unwrap();
                assert_eq!(problem.errors(), [FieldError::new(name, "can't be blank")]);
            }
        }
        let long = check(json!({"bio": "b".repeat(MAX_BIO + 1)}))
            .err()
            .unwrap();
        assert_eq!(long.errors()[0].field, "bio");
    }
}
