//! The keys as data: `keys.json`, compiled from the vendor's public tables and examples.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The two layers that keys belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// RBAC: of a role, in the whole app.
    Role,
    /// SBAC: of a scope, in a group.
    Scope,
}

impl Layer {
    /// The engine's name, which is also the vendor's `type`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Scope => "scope",
        }
    }
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DataType {
    /// One of a closed list.
    Word,
    /// Some of a closed list.
    Words,
    /// Ids of roles of the app.
    Roles,
    /// Anything.
    Texts,
}

impl DataType {
    /// The vendor's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Word => "string",
            Self::Words => "stringArray",
            Self::Roles => "rolesStringArray",
            Self::Texts => "customStringArray",
        }
    }
}

/// A key in one layer.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct InLayer {
    /// What it takes.
    #[serde(rename = "type")]
    pub(crate) data_type: DataType,
    /// What it is for.
    pub(crate) description: String,
    /// The closed list, where there is one.
    #[serde(default)]
    pub(crate) values: Vec<String>,
    /// The default by scope, or `*` for all; absent for lists, which then restrict nothing.
    #[serde(default)]
    default: BTreeMap<String, String>,
}

impl InLayer {
    /// The default for a holder: a scope, or `None` for roles.
    pub(crate) fn default_of(&self, scope: Option<&str>) -> Option<&str> {
        scope.and_then(|scope| self.default.get(scope)).or_else(|| self.default.get("*")).map(String::as_str)
    }
}

/// What a key makes the grant of its gate demand.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Demand {
    /// It is the gate.
    Gate,
    /// The other user is a friend, for the value `friends`.
    Friends {
        /// Groups are not users: what is sent to one stays allowed.
        groups_stay_open: bool,
    },
    /// The attribute is in the list, or, with `except`, is not.
    List {
        /// Name of the attribute.
        attribute: String,
        /// Holds where there is no such attribute.
        #[serde(default)]
        if_present: bool,
        /// Must not be in the list.
        #[serde(default)]
        except: bool,
    },
    /// The attribute is in the list, or is not where another key says `deny`.
    SwitchedList {
        /// Name of the attribute.
        attribute: String,
        /// The other key.
        switch: String,
    },
    /// That other key: demands nothing itself.
    Switch,
    /// For the value `deny`, the attribute has none of these values.
    OnDeny {
        /// Name of the attribute.
        attribute: String,
        /// The values.
        except: Vec<String>,
    },
}

/// A key.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Spec {
    /// The key.
    pub(crate) key: String,
    /// For people.
    pub(crate) title: String,
    /// RBAC.
    #[serde(default)]
    role: Option<InLayer>,
    /// SBAC.
    #[serde(default)]
    scope: Option<InLayer>,
    /// What it demands.
    pub(crate) demand: Demand,
}

impl Spec {
    /// The key as it is in a layer, if it is one of it.
    pub(crate) const fn in_layer(&self, layer: Layer) -> Option<&InLayer> {
        match layer {
            Layer::Role => self.role.as_ref(),
            Layer::Scope => self.scope.as_ref(),
        }
    }

    /// The permission whose grant the key says something about.
    pub(crate) fn gate(&self) -> &str {
        self.key.split('.').next().unwrap_or_default()
    }
}

/// Whom a scope reaches, whatever is set: not configurable at the vendor's.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Rank {
    /// Name of the attribute.
    pub(crate) attribute: String,
    /// Holds where there is no such attribute.
    #[serde(default)]
    pub(crate) if_present: bool,
    /// By scope, the values that it reaches; a scope that is not here reaches all.
    pub(crate) scopes: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
struct Catalogue {
    keys: Vec<Spec>,
    rank: BTreeMap<String, Rank>,
    /// Restrictable features, without their prefix, and their paths.
    features: BTreeMap<String, String>,
}

// A test reads the file, so that an unreadable one does not get this far.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| serde_json::from_str(include_str!("keys.json")).unwrap_or_default());

/// The keys of a layer, in the order of the vendor's tables.
pub(crate) fn catalogue(layer: Layer) -> impl Iterator<Item = (&'static Spec, &'static InLayer)> {
    CATALOGUE.keys.iter().filter_map(move |spec| spec.in_layer(layer).map(|in_layer| (spec, in_layer)))
}

/// A key of a layer.
pub(crate) fn spec(layer: Layer, key: &str) -> Option<(&'static Spec, &'static InLayer)> {
    catalogue(layer).find(|(spec, _)| spec.key == key)
}

/// The rank that a gate's grants carry.
pub(super) fn rank(gate: &str) -> Option<&'static Rank> {
    CATALOGUE.rank.get(gate)
}

/// The restrictable features, without their prefix `u.`.
pub(crate) fn features() -> impl Iterator<Item = &'static str> {
    CATALOGUE.features.keys().map(String::as_str)
}

/// The path that a restrictable feature is of.
pub(crate) fn feature_path(feature: &str) -> Option<&'static str> {
    CATALOGUE.features.get(feature).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_all_keys_and_features() {
        let (role, scope) = (catalogue(Layer::Role).count(), catalogue(Layer::Scope).count());
        assert_eq!((CATALOGUE.keys.len(), role, scope, features().count()), (82, 65, 42, 44));
        for spec in &CATALOGUE.keys {
            assert_eq!(matches!(spec.demand, Demand::Gate), !spec.key.contains('.'), "{}", spec.key);
        }
    }
}
