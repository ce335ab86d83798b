//! A checked catalogue, ready to make apps from.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use crate::bits::MAX_PERMISSIONS;
use crate::catalogue::{Catalogue, Holder, RoleLevel};
use crate::policy::action::MAX_ALTERNATIVES;
use crate::policy::source::PolicySource;
use crate::policy::{MAX_FEATURES, MAX_NAMES, Policy};
use crate::suggest::nearest;

/// Permissions that an app may add to those of its catalogue, at least.
pub const CUSTOM_PERMISSIONS: usize = 100;

/// A permission system: a catalogue whose parts fit together.
#[derive(Debug, Clone)]
pub struct Profile {
    base: Arc<Policy>,
}

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// It is not JSON of the catalogue's form.
    #[error("the catalogue cannot be read: {0}")]
    Form(#[from] serde_json::Error),
    /// Something refers to what is not there.
    #[error("{place} names the {kind} '{name}', which the catalogue does not have{}", hint(.nearest.as_ref()))]
    Dangling {
        /// What refers.
        place: String,
        /// The kind of thing referred to.
        kind: &'static str,
        /// The name referred to.
        name: String,
        /// The nearest name that exists.
        nearest: Option<String>,
    },
    /// Two things of a kind have one name.
    #[error("the catalogue has two {kind}s named '{name}'")]
    Duplicate {
        /// The kind.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// More than fits.
    #[error("the catalogue has {found} {kind}s; at most {limit} fit")]
    TooMany {
        /// The kind.
        kind: &'static str,
        /// How many there are.
        found: usize,
        /// How many fit.
        limit: usize,
    },
    /// Something that every catalogue needs is missing.
    #[error("the catalogue has no {0}")]
    Missing(&'static str),
}

fn hint(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean '{name}'?)"))
}

impl Profile {
    /// Stream Chat: one layer of grants, by user role and channel role; levels app, channel type and channel; ownership; teams.
    pub fn stream() -> Self {
        static PROFILE: OnceLock<Profile> = OnceLock::new();
        built_in(&PROFILE, include_str!("../profiles/stream.json"))
    }

    /// CometChat: restricted features, RBAC by role and SBAC by scope in a group; all must allow.
    pub fn cometchat() -> Self {
        static PROFILE: OnceLock<Profile> = OnceLock::new();
        built_in(&PROFILE, include_str!("../profiles/cometchat.json"))
    }

    /// LiveChat: scopes of the token, of its client, and what the account's role may hold; all must allow.
    pub fn livechat() -> Self {
        static PROFILE: OnceLock<Profile> = OnceLock::new();
        built_in(&PROFILE, include_str!("../profiles/livechat.json"))
    }

    /// The built-in profile of a name: `stream`, `cometchat` or `livechat`.
    pub fn built_in(name: &str) -> Option<Self> {
        match name {
            "stream" => Some(Self::stream()),
            "cometchat" => Some(Self::cometchat()),
            "livechat" => Some(Self::livechat()),
            _ => None,
        }
    }

    /// A profile of one's own.
    ///
    /// # Errors
    /// When the catalogue's parts do not fit together; the error names the first that does not.
    pub fn custom(catalogue: Catalogue) -> Result<Self, CatalogueError> {
        validate(&catalogue)?;
        let source = PolicySource::new(Arc::new(catalogue));
        Ok(Self { base: Arc::new(Policy::compile(source, None)) })
    }

    /// A profile of one's own, from the JSON of its catalogue.
    ///
    /// # Errors
    /// When it is not JSON of the catalogue's form, or as [`Self::custom`].
    pub fn from_json(json: &str) -> Result<Self, CatalogueError> {
        Self::custom(serde_json::from_str(json)?)
    }

    /// The data behind it.
    pub fn catalogue(&self) -> &Catalogue {
        &self.base.source.catalogue
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.catalogue().profile
    }

    pub(crate) fn base(&self) -> Arc<Policy> {
        Arc::clone(&self.base)
    }
}

/// The built-in catalogues are part of the crate and a test reads each, so reading one cannot fail; were it to, nothing would be granted.
fn built_in(cell: &'static OnceLock<Profile>, json: &str) -> Profile {
    cell.get_or_init(|| Profile::from_json(json).unwrap_or_else(|_| Profile::nothing())).clone()
}

impl Profile {
    fn nothing() -> Self {
        let catalogue = Catalogue {
            profile: "nothing".to_owned(),
            limits: crate::catalogue::Limits::default(),
            settings: crate::change::Settings::default(),
            roles: Vec::new(),
            anonymous_role: None,
            owner_role: None,
            everybody_group: None,
            features: Vec::new(),
            channel_types: Vec::new(),
            channel_type_template: String::new(),
            layers: Vec::new(),
            permissions: Vec::new(),
            actions: Vec::new(),
            exemptions: crate::catalogue::Exemptions::default(),
            default_grants: std::collections::BTreeMap::new(),
        };
        Self { base: Arc::new(Policy::compile(PolicySource::new(Arc::new(catalogue)), None)) }
    }
}

/// Names of one kind, to refer to.
struct Known<'a> {
    kind: &'static str,
    names: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn collect(kind: &'static str, names: impl IntoIterator<Item = &'a String>) -> Result<Self, CatalogueError> {
        let mut known = Self { kind, names: BTreeSet::new() };
        for name in names {
            if !known.names.insert(name) {
                return Err(CatalogueError::Duplicate { kind, name: name.clone() });
            }
        }
        Ok(known)
    }

    fn require(&self, place: impl FnOnce() -> String, name: &str) -> Result<(), CatalogueError> {
        if self.names.contains(name) {
            return Ok(());
        }
        let nearest = nearest(name, self.names.iter().copied()).map(str::to_owned);
        Err(CatalogueError::Dangling { place: place(), kind: self.kind, name: name.to_owned(), nearest })
    }
}

fn validate(catalogue: &Catalogue) -> Result<(), CatalogueError> {
    let roles = Known::collect("role", catalogue.roles.iter().map(|role| &role.id))?;
    let features = Known::collect("feature", &catalogue.features)?;
    let types = Known::collect("channel type", catalogue.channel_types.iter().map(|spec| &spec.name))?;
    let layers = Known::collect("layer", catalogue.layers.iter().map(|layer| &layer.name))?;
    let permissions = Known::collect("permission", catalogue.permissions.iter().map(|permission| &permission.id))?;
    let actions = Known::collect("action", catalogue.actions.iter().map(|action| &action.name))?;
    at_most("permission", catalogue.permissions.len(), MAX_PERMISSIONS - CUSTOM_PERMISSIONS)?;
    at_most("feature", catalogue.features.len(), MAX_FEATURES)?;
    at_most("role", catalogue.roles.len(), MAX_NAMES)?;
    at_most("channel type", catalogue.channel_types.len(), MAX_NAMES)?;
    at_most("action", catalogue.actions.len(), usize::from(u16::MAX))?;
    let alternatives = catalogue.actions.iter().map(|action| action.any_of.len()).max().unwrap_or(0);
    at_most("alternative of one action", alternatives, MAX_ALTERNATIVES - CUSTOM_PERMISSIONS)?;
    if catalogue.layers.is_empty() {
        return Err(CatalogueError::Missing("layer"));
    }
    let holds = |holder| catalogue.layers.iter().any(|layer| layer.holders.contains(&holder));
    let has_default = |level| catalogue.roles.iter().any(|role| role.default && role.level == level);
    if (holds(Holder::UserRole) || holds(Holder::TeamRole)) && !has_default(RoleLevel::User) {
        return Err(CatalogueError::Missing("default user role"));
    }
    if holds(Holder::ChannelRole) && !has_default(RoleLevel::Channel) {
        return Err(CatalogueError::Missing("default channel role"));
    }

    for (place, role) in [("anonymous_role", &catalogue.anonymous_role), ("owner_role", &catalogue.owner_role)] {
        role.iter().try_for_each(|role| roles.require(|| place.to_owned(), role))?;
    }
    types.require(|| "channel_type_template".to_owned(), &catalogue.channel_type_template)?;
    for spec in &catalogue.channel_types {
        spec.features_off.iter().try_for_each(|feature| features.require(|| format!("channel type '{}'", spec.name), feature))?;
    }
    for permission in &catalogue.permissions {
        let place = || format!("permission '{}'", permission.id);
        permission.layers.iter().try_for_each(|layer| layers.require(place, layer))?;
        permission.contains.iter().try_for_each(|id| permissions.require(place, id))?;
    }
    for action in &catalogue.actions {
        let place = || format!("action '{}'", action.name);
        action.feature.iter().try_for_each(|feature| features.require(place, feature))?;
        action.any_of.iter().flat_map(|alternative| &alternative.all).try_for_each(|id| permissions.require(place, id))?;
    }
    let exemptions = [&catalogue.exemptions.frozen, &catalogue.exemptions.disabled, &catalogue.exemptions.slow_mode];
    exemptions.into_iter().flatten().try_for_each(|action| actions.require(|| "exemptions".to_owned(), action))?;
    for (layer, levels) in &catalogue.default_grants {
        layers.require(|| "default_grants".to_owned(), layer)?;
        for (level, held) in levels {
            if let crate::change::Level::ChannelType(name) = level {
                types.require(|| format!("default_grants of layer '{layer}'"), name)?;
            }
            for (role, grants) in held {
                let place = || format!("default_grants of layer '{layer}' at '{level}' for '{role}'");
                if role != crate::catalogue::ANY_ROLE {
                    roles.require(place, role)?;
                }
                grants.iter().try_for_each(|grant| permissions.require(place, &grant.permission))?;
            }
        }
    }
    Ok(())
}

fn at_most(kind: &'static str, found: usize, limit: usize) -> Result<(), CatalogueError> {
    if found > limit { Err(CatalogueError::TooMany { kind, found, limit }) } else { Ok(()) }
}
