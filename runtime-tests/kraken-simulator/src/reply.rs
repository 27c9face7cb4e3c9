//! Kraken's envelope, and results whose member order matters.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// One error string, as it will stand in `error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

impl From<&str> for Refusal {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<&String> for Refusal {
    fn from(text: &String) -> Self {
        Self(text.clone())
    }
}

/// `EGeneral:Invalid arguments:<field>`.
pub(crate) fn invalid_argument(field: &str) -> Refusal {
    Refusal(format!("EGeneral:Invalid arguments:{field}"))
}

/// The JSON text of `result`, or the error.
pub(crate) type Answer = Result<String, Refusal>;

pub(crate) fn result<T: Serialize + ?Sized>(value: &T) -> Answer {
    serde_json::to_string(value).map_err(|_| Refusal::from("EGeneral:Internal error"))
}

pub(crate) fn envelope(answer: &Answer) -> String {
    match answer {
        Ok(result) => format!(r#"{{"error":[],"result":{result}}}"#),
        Err(Refusal(text)) => serde_json::json!({ "error": [text] }).to_string(),
    }
}

/// A JSON object that keeps the order of its members: Kraken's histories are objects, newest first.
#[derive(Debug)]
pub(crate) struct Ordered<T>(pub(crate) Vec<(String, T)>);

impl<T: Serialize> Serialize for Ordered<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_no_result() {
        assert_eq!(
            envelope(&Err("EAPI:Invalid key".into())),
            r#"{"error":["EAPI:Invalid key"]}"#
        );
        assert_eq!(envelope(&Ok("1".to_owned())), r#"{"error":[],"result":1}"#);
    }

    #[test]
    fn an_ordered_object_is_not_sorted() {
        let newest_first = Ordered(vec![("b".to_owned(), 2), ("a".to_owned(), 1)]);
        assert_eq!(
            serde_json::to_string(&newest_first).unwrap(),
            r#"{"b":2,"a":1}"#
        );
    }
}
