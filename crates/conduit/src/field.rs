//! Members of a request. The RealWorld API has one word for what is absent, null, empty or blank: `can't be blank`.

use kit::FieldError;

const BLANK: &str = "can't be blank";

/// What a request has to say.
pub(crate) fn required(name: &str, text: Option<String>) -> Result<String, FieldError> {
    text.filter(|text| !text.trim().is_empty())
        .ok_or_else(|| FieldError::new(name, BLANK))
}

/// What a change may say: absent stays, null is as blank as blank.
pub(crate) fn changed(
    name: &str,
    text: Option<Option<String>>,
) -> Result<Option<String>, FieldError> {
    text.map(|text| required(name, text)).transpose()
}

/// What is wrong with a text by one of the rules of posts and profiles.
pub(crate) fn by_rule(
    name: &str,
    text: &str,
    rule: impl Fn(&str) -> Result<(), String>,
) -> Option<FieldError> {
    rule(text).err().map(|why| FieldError::new(name, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_null_and_blank_are_blank_where_something_is_required() {
        let text = |text: &str| Some(text.to_owned());
        for blank in [None, text(""), text("  \n\u{3000}")] {
            assert_eq!(
                required("title", blank).map_err(|error| error.message),
                Err("can't be blank".to_owned())
            );
        }
        assert_eq!(required("title", text(" x ")).ok(), text(" x "));
        assert_eq!(changed("title", None), Ok(None));
        assert!(changed("title", Some(None)).is_err());
        assert!(changed("title", Some(text(" "))).is_err());
        assert_eq!(changed("title", Some(text("x"))), Ok(text("x")));
    }
}
