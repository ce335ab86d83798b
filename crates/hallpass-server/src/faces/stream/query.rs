//! The query string of a request.

use serde_json::{Map, Value};

use super::error::StreamError;
use super::fields::Fields;

/// Parameters in the order in which they came; a name may come twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes a query string.
    ///
    /// # Errors
    /// When it is not `name=value&…` in percent-encoded UTF-8.
    pub(super) fn read(text: Option<&str>) -> Result<Self, StreamError> {
        serde_urlencoded::from_str(text.unwrap_or_default())
            .map(Self)
            .map_err(|error| StreamError::input(format!("the query string cannot be read: {error}")))
    }

    /// The first parameter of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All parameters of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The parameters as fields, all text; the first of each name.
    pub(super) fn fields(&self) -> Result<Fields, StreamError> {
        let mut object = Map::new();
        for (name, value) in &self.0 {
            object.entry(name.as_str()).or_insert_with(|| Value::String(value.clone()));
        }
        Fields::of("", Value::Object(object))
    }

    /// The object that SDKs put, as JSON, into the one parameter `payload` of a query by GET.
    ///
    /// # Errors
    /// When it is not a JSON object.
    pub(super) fn payload(&self) -> Result<Fields, StreamError> {
        let Some(text) = self.get("payload") else { return self.fields() };
        let value = crate::json::parse(text.as_bytes()).map_err(|error| StreamError::field("payload", error.to_string()))?;
        Fields::of("", value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_json_in_one_parameter() {
        let query = Query::read(Some("api_key=k&payload=%7B%22limit%22%3A%205%2C%22sort%22%3Anull%7D&user_id=a&user_id=b")).unwrap();
        assert_eq!(query.get("api_key"), Some("k"));
        assert_eq!(query.all("user_id").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(query.payload().unwrap().number("limit", 0..=9), Ok(Some(5)));
        assert!(
            Query::read(Some("payload=%7B")).unwrap().payload().unwrap_err().message.starts_with("payload: the body is not valid JSON")
        );
    }
}
