//! The query string of a request.

use serde_json::{Map, Value};

use super::error::CometError;
use super::fields::Fields;

/// Parameters in the order in which they came; a name may come twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes a query string.
    ///
    /// # Errors
    /// When it is not `name=value&…` in percent-encoded UTF-8.
    pub(super) fn read(text: Option<&str>) -> Result<Self, CometError> {
        serde_urlencoded::from_str(text.unwrap_or_default())
            .map(Self)
            .map_err(|error| CometError::bad_request(format!("The query string cannot be read: {error}.")))
    }

    /// The first parameter of this name, if it is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The parameters as fields, all text; the first of each name. An empty one is as good as none.
    pub(super) fn fields(&self) -> Result<Fields, CometError> {
        let mut object = Map::new();
        for (name, value) in self.0.iter().filter(|(_, value)| !value.is_empty()) {
            object.entry(name.as_str()).or_insert_with(|| Value::String(value.clone()));
        }
        Fields::of("", Value::Object(object))
    }

    /// A list: the parameter may come several times, as `name` or `name[]`, with commas in it, or as a JSON array.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let brackets = format!("{name}[]");
        let found = self.0.iter().filter(|(key, _)| *key == name || *key == brackets);
        let mut all = Vec::new();
        for (_, value) in found {
            match serde_json::from_str::<Vec<String>>(value) {
                Ok(items) => all.extend(items),
                Err(_) => all.extend(value.split(',').map(|item| item.trim().to_owned())),
            }
        }
        all.retain(|item| !item.is_empty());
        all
    }
}
