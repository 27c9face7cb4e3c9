//! What the operator decides about accounts.

use axum::extract::FromRequestParts;
use http::request::Parts;
use kit::{App, Config, Permission, Problem};

/// Variables that the service reads.
pub(crate) const VARIABLES: &[&str] = &[
    "email_verification",
    "password_min_length",
    "hash_slots",
    "role_second_factor",
    "conduit",
];

/// Fewest characters that a password may be asked to have, and the default (NIST SP 800-63B).
const PASSWORD_FLOOR: usize = 8;
/// Rows of `identity.hash_slots`.
const MOST_HASH_SLOTS: i32 = 64;

/// The operator's decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    /// Whether an address must be proved before its account can sign in.
    pub(crate) email_verification_required: bool,
    /// Fewest characters of a new password.
    pub(crate) password_min_length: usize,
    /// How many passwords are hashed at once, across all instances; the machine's cores less one.
    pub(crate) hash_slots: i32,
    /// Whether what roles permit is in force in sessions with a second factor alone.
    pub(crate) role_second_factor: bool,
    /// Whether the RealWorld API is served, whose accounts need no proof of anything.
    pub(crate) conduit: bool,
}

impl Policy {
    /// What the operator has set.
    ///
    /// # Errors
    /// 503 naming the variable that cannot be honoured.
    pub(crate) fn read(config: &Config) -> Result<Self, Problem> {
        Self::parse(|name| config.variable(name))
    }

    fn parse<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        let email_verification_required = is_required(&variable, "email_verification")?;
        let password_min_length =
            match variable("password_min_length").map(|text| text.trim().parse()) {
                None => PASSWORD_FLOOR,
                Some(Ok(length)) if (PASSWORD_FLOOR..=64).contains(&length) => length,
                Some(_) => {
                    return Err(Problem::misconfigured(
                        "password_min_length",
                        "must be 8 to 64",
                    ));
                }
            };
        let hash_slots = match variable("hash_slots").map(|text| text.trim().parse()) {
            None => 1,
            Some(Ok(slots)) if (1..=MOST_HASH_SLOTS).contains(&slots) => slots,
            Some(_) => {
                return Err(Problem::misconfigured(
                    "hash_slots",
                    "must be 1 to 64, the machine's cores less one",
                ));
            }
        };
        let role_second_factor = is_required(&variable, "role_second_factor")?;
        let conduit = match variable("conduit").map(str::trim) {
            None | Some("off") => false,
            Some("on") if email_verification_required => {
                return Err(Problem::misconfigured(
                    "conduit",
                    "must be `off` where `email_verification` is `required`: its accounts sign in at once",
                ));
            }
            Some("on") => true,
            Some(_) => {
                return Err(Problem::misconfigured("conduit", "must be `on` or `off`"));
            }
        };
        Ok(Self {
            email_verification_required,
            password_min_length,
            hash_slots,
            role_second_factor,
            conduit,
        })
    }

    /// What a credential may say of its account's permissions, after an authentication by these methods (RFC 8176).
    /// What has to wait for a second factor is named so that it permits nothing, and a refusal can tell why.
    pub(crate) fn permissions(self, held: Vec<String>, amr: &[String]) -> Vec<String> {
        if !self.role_second_factor || has_second_factor(amr) {
            return held;
        }
        held.iter().map(|name| Permission::withheld(name)).collect()
    }
}

/// Whether an authentication by these methods was one with two factors.
pub(crate) fn has_second_factor(amr: &[String]) -> bool {
    amr.iter().any(|method| method == "mfa")
}

/// Something that is demanded where the variable says so, and of nobody by default.
fn is_required<'a>(
    variable: &impl Fn(&str) -> Option<&'a str>,
    name: &str,
) -> Result<bool, Problem> {
    match variable(name).map(str::trim) {
        None | Some("optional") => Ok(false),
        Some("required") => Ok(true),
        Some(_) => Err(Problem::misconfigured(
            name,
            "must be `required` or `optional`",
        )),
    }
}

/// Lets requests in only where all of it can be honoured: a wrong decision stops every answer, not the first login.
///
/// # Errors
/// 503 naming the variable.
pub(crate) fn check(config: &Config) -> Result<(), Problem> {
    Policy::read(config).map(drop)
}

impl FromRequestParts<App> for Policy {
    type Rejection = Problem;

    async fn from_request_parts(_parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Self::read(app.config())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, value: &'static str) -> Result<Policy, Problem> {
        Policy::parse(|asked| (asked == name).then_some(value))
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_and_named() {
        for (name, value) in [
            ("email_verification", "Required"),
            ("email_verification", "off"),
            ("password_min_length", "7"),
            ("password_min_length", "65"),
            ("password_min_length", "eight"),
            ("hash_slots", "0"),
            ("hash_slots", "65"),
            ("hash_slots", "-1"),
            ("role_second_factor", "on"),
            ("conduit", "yes"),
            ("conduit", "On"),
        ] {
            let problem = parse(name, value).unwrap_err();
            assert_eq!(
                (problem.kind(), problem.status().as_u16()),
                ("misconfigured", 503),
                "{name}={value}"
            );
            let text = format!("{problem:?}");
            assert!(text.contains(name), "{text}");
        }
    }

    #[test]
    fn what_is_not_set_has_a_default() {
        let default = Policy {
            email_verification_required: false,
            password_min_length: 8,
            hash_slots: 1,
            role_second_factor: false,
            conduit: false,
        };
        assert_eq!(Policy::parse(|_| None).ok(), Some(default));
        assert_eq!(parse("email_verification", "optional").ok(), Some(default));
        assert_eq!(
            parse("email_verification", "required").ok(),
            Some(Policy {
                email_verification_required: true,
                ..default
            })
        );
        assert_eq!(
            parse("hash_slots", "3").ok(),
            Some(Policy {
                hash_slots: 3,
                ..default
            })
        );
        assert_eq!(
            parse("conduit", "on").ok(),
            Some(Policy {
                conduit: true,
                ..default
            })
        );
    }

    #[test]
    fn what_roles_permit_waits_for_a_second_factor_where_the_operator_says_so() {
        let words = |words: &[&str]| -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).collect()
        };
        let cases: [(&'static str, &[&str], &[&str]); 4] = [
            ("optional", &["pwd"], &["keys.rotate", "users.read"]),
            ("required", &["pwd"], &["mfa:keys.rotate", "mfa:users.read"]),
            ("required", &[], &["mfa:keys.rotate", "mfa:users.read"]),
            (
                "required",
                &["pwd", "otp", "mfa"],
                &["keys.rotate", "users.read"],
            ),
        ];
        for (value, amr, expected) in cases {
            let policy = parse("role_second_factor", value).unwrap();
            assert_eq!(
                policy.permissions(words(&["keys.rotate", "users.read"]), &words(amr)),
                words(expected),
                "{value}, {amr:?}"
            );
        }
    }

    #[test]
    fn accounts_that_prove_nothing_are_not_served_where_a_proof_is_required() {
        let both = |name: &str| match name {
            "conduit" => Some("on"),
            "email_verification" => Some("required"),
            _ => None,
        };
        let problem = Policy::parse(both).unwrap_err();
        assert_eq!(
            (problem.kind(), problem.status().as_u16()),
            ("misconfigured", 503)
        );
    }
}
