//! The few names that a generated case is about, so that what is granted, what is true and what is asked meet often.

use hallpass::{ActionLevel, ActionSpec, Catalogue, ChannelId, RoleLevel};

use super::chance::Chance;

/// How many actions a case is about. Few, so that grants and questions meet.
const ACTIONS: usize = 5;

/// The names of one case.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    pub(super) catalogue: Catalogue,
    /// Whether the case is of the common kind: one role each, nothing in the way, nothing brought along. Engines have short ways for that,
    /// which cases full of exceptions never take.
    pub(super) everyday: bool,
    /// Names of the actions that grants and questions are about.
    pub(super) actions: Vec<String>,
    /// Permissions that bear on these actions, and a few others.
    pub(super) permissions: Vec<String>,
    pub(super) custom_permissions: Vec<String>,
    pub(super) user_roles: Vec<String>,
    pub(super) channel_roles: Vec<String>,
    pub(super) custom_roles: Vec<String>,
    pub(super) channel_types: Vec<String>,
    pub(super) users: Vec<String>,
    pub(super) teams: Vec<String>,
    /// Teams, and the group that everybody is in.
    pub(super) groups: Vec<String>,
    pub(super) channels: Vec<String>,
    pub(super) clients: Vec<String>,
    pub(super) tokens: Vec<String>,
    pub(super) values: Vec<String>,
}

impl Vocabulary {
    /// Whether something happens that is one in so many; in an everyday case, ten times as seldom.
    pub(super) fn odd(&self, many: usize, chance: &mut Chance) -> bool {
        chance.one_in(if self.everyday { many * 10 } else { many })
    }

    /// Up to so many of some roles; in an everyday case one.
    pub(super) fn some_roles(&self, roles: &[String], most: usize, chance: &mut Chance) -> Vec<String> {
        if self.everyday { vec![chance.word(roles)] } else { chance.some_words(roles, most) }
    }

    pub(super) fn choose(catalogue: Catalogue, everyday: bool, chance: &mut Chance) -> Self {
        let much_asked: Vec<ActionSpec> =
            catalogue.actions.iter().filter(|action| !action.refused_when.is_empty() || action.feature.is_some()).cloned().collect();
        let pick = |number: usize, chance: &mut Chance| {
            let standing = if number.is_multiple_of(2) { chance.pick(&much_asked).cloned() } else { None };
            standing.or_else(|| chance.pick(&catalogue.actions).cloned())
        };
        let chosen: Vec<ActionSpec> = (0..ACTIONS).filter_map(|number| pick(number, chance)).collect();
        let mut actions: Vec<String> = chosen.iter().map(|action| action.name.clone()).collect();
        let exemptions = [&catalogue.exemptions.frozen, &catalogue.exemptions.disabled, &catalogue.exemptions.slow_mode];
        actions.extend(exemptions.into_iter().flatten().cloned());
        let permissions = permissions_of(&catalogue, &actions, chance);
        let custom_roles = words(&["vip", "host", "zombie"]);
        let mut channel_types: Vec<String> = catalogue.channel_types.iter().map(|spec| spec.name.clone()).collect();
        channel_types.truncate(2);
        if catalogue.limits.channel_types.is_none_or(|most| catalogue.channel_types.len() < most as usize) {
            channel_types.push("lounge".to_owned());
        }
        let channels = channel_types.iter().flat_map(|kind| [format!("{kind}:a"), format!("{kind}:b")]).collect();
        let teams = words(&["red", "blue"]);
        let groups = teams.iter().cloned().chain(catalogue.everybody_group.clone()).collect();
        let of_level = |level| catalogue.roles.iter().filter(move |spec| spec.level == level).map(|spec| spec.id.clone());
        Self {
            everyday,
            actions,
            permissions,
            custom_permissions: words(&["own-1", "own-2"]),
            user_roles: of_level(RoleLevel::User).chain(custom_roles.iter().cloned()).collect(),
            channel_roles: of_level(RoleLevel::Channel).chain(custom_roles.iter().cloned()).collect(),
            custom_roles,
            channel_types,
            users: words(&["ana", "bob", "eve", "zoe"]),
            teams,
            groups,
            channels,
            clients: words(&["desk", "robot"]),
            tokens: words(&["t-1", "t-2", "t-3", "t-4"]),
            values: words(&["text", "image", "sales"]),
            catalogue,
        }
    }

    /// Attributes that demands may read.
    pub(super) fn attributes(&self) -> Vec<String> {
        words(&["message_type", "subject.department", "subject.scope", "resource.role", "resource.scope"])
    }

    /// The specification of an action of the case.
    pub(super) fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.catalogue.actions.iter().find(|action| action.name == name)
    }

    /// Whether a permission may be granted at the app (or at a channel type), in a layer.
    pub(super) fn fits(&self, permission: &str, at_app: bool, layer: &str) -> bool {
        let spec = self.catalogue.permissions.iter().find(|spec| spec.id == permission);
        spec.is_none_or(|spec| {
            let level = spec.level.unwrap_or(ActionLevel::Either);
            let unfit = if at_app { ActionLevel::Channel } else { ActionLevel::App };
            level != unfit && (spec.layers.is_empty() || spec.layers.iter().any(|name| name == layer))
        })
    }

    /// The user for whom a token is mostly made: the first token is the first user's.
    pub(super) fn bearer(&self, token: &str) -> String {
        let number = self.tokens.iter().position(|id| id == token).unwrap_or(0);
        self.users.get(number).cloned().unwrap_or_default()
    }

    pub(super) fn channel(&self, chance: &mut Chance) -> Option<ChannelId> {
        chance.word(&self.channels).parse().ok()
    }
}

/// Permissions that the actions ask for, those that contain them, and a few that have nothing to do with them.
fn permissions_of(catalogue: &Catalogue, actions: &[String], chance: &mut Chance) -> Vec<String> {
    let named = |name: &String| catalogue.actions.iter().find(|action| action.name == *name);
    let mut ids: Vec<String> = actions.iter().filter_map(named).flat_map(|action| &action.any_of).flat_map(|way| way.all.clone()).collect();
    let containers = catalogue.permissions.iter().filter(|spec| spec.contains.iter().any(|id| ids.contains(id)));
    ids.extend(containers.map(|spec| spec.id.clone()).collect::<Vec<_>>());
    ids.extend((0..3).filter_map(|_| chance.pick(&catalogue.permissions)).map(|spec| spec.id.clone()));
    ids.sort();
    ids.dedup();
    ids
}

pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}
