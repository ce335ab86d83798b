//! Filters by properties: `properties.NAMESPACE.NAME.{exists, values, exclude_values}`.

use serde_json::Value;

use super::super::call::Call;
use super::super::fault::{Fault, FaultType};
use super::super::fields::Fields;
use super::super::property::{definition, value};
use super::record::Properties;

/// What must hold of one property.
#[derive(Debug, Clone, PartialEq)]
enum Wanted {
    Exists(bool),
    Among(Vec<Value>),
    NotAmong(Vec<Value>),
}

/// What must hold of all of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::faces::livechat) struct PropertyFilter(Vec<(String, String, Wanted)>);

impl PropertyFilter {
    /// Reads the field `properties` of some filters.
    ///
    /// # Errors
    /// `validation`.
    pub(in crate::faces::livechat) fn read(filters: &Fields) -> Result<Self, Fault> {
        let properties = filters.object_or_empty("properties")?;
        let mut wanted = Vec::new();
        for namespace in properties.raw().keys() {
            let names = properties.required_object(namespace)?;
            for name in names.raw().keys() {
                let one = names.required_object(name)?;
                let values = |of: &str| one.list(of).map(|found| found.map(<[Value]>::to_vec));
                let what = match (one.flag("exists")?, values("values")?, values("exclude_values")?) {
                    (Some(exists), None, None) => Wanted::Exists(exists),
                    (None, Some(values), None) => Wanted::Among(values),
                    (None, None, Some(values)) => Wanted::NotAmong(values),
                    _ => {
                        let text = format!("{}: expected one of exists, values, exclude_values", names.path(name));
                        return Err(Fault::validation(text));
                    }
                };
                wanted.push((namespace.clone(), name.clone(), what));
            }
        }
        Ok(Self(wanted))
    }

    /// Refuses to look for what the caller's client may not read: which rows are found would tell it.
    ///
    /// # Errors
    /// `authorization`, reason `property_private`.
    pub(in crate::faces::livechat) async fn readable(self, call: &Call) -> Result<Self, Fault> {
        for (namespace, name, _) in &self.0 {
            if definition::find(call, namespace, name).await?.is_some() && !value::readable(call, namespace, name).await? {
                let text =
                    format!("filters.properties.{namespace}.{name}: belongs to another client, which has not published it for reading");
                return Err(Fault::new(FaultType::Authorization, text).with("reason", "property_private"));
            }
        }
        Ok(self)
    }

    /// Whether these properties are wanted.
    pub(in crate::faces::livechat) fn holds(&self, properties: &Properties) -> bool {
        self.0.iter().all(|(namespace, name, wanted)| {
            let value = properties.get(namespace).and_then(|names| names.get(name)).filter(|value| !value.is_null());
            match wanted {
                Wanted::Exists(exists) => value.is_some() == *exists,
                Wanted::Among(values) => value.is_some_and(|value| values.contains(value)),
                Wanted::NotAmong(values) => value.is_none_or(|value| !values.contains(value)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_of_filter_holds_for_what_it_says() {
        let properties = json!({"rating": {"score": 1}}).as_object().unwrap().clone();
        let holds = |filter: Value| {
            let body = json!({"properties": {"rating": {"score": filter}}}).as_object().unwrap().clone();
            PropertyFilter::read(&Fields::body(body)).map(|filter| filter.holds(&properties))
        };
        assert_eq!(holds(json!({"exists": true})), Ok(true));
        assert_eq!(holds(json!({"exists": false})), Ok(false));
        assert_eq!(holds(json!({"values": [1, 2]})), Ok(true));
        assert_eq!(holds(json!({"values": [2]})), Ok(false));
        assert_eq!(holds(json!({"exclude_values": [1]})), Ok(false));
        let two = holds(json!({"exists": true, "values": [1]})).unwrap_err();
        assert_eq!(two.message, "properties.rating.score: expected one of exists, values, exclude_values");
    }
}
