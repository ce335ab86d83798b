//! Facts: users, channels, members, relations, clients, tokens.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{Change, Channel, Client, Member, Relation, RelationKind, Timestamp, Token, User};

use super::chance::Chance;
use super::policy;
use super::vocabulary::Vocabulary;

/// The time around which everything happens, in milliseconds.
pub(super) const NOON_MS: u64 = 1_000_000;
const KINDS: [RelationKind; 4] = [RelationKind::Ban, RelationKind::Mute, RelationKind::Block, RelationKind::Friend];

/// A small world.
pub(super) fn found(words: &Vocabulary, chance: &mut Chance) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for id in &words.users {
        if !chance.one_in(10) {
            // Plain first, so that the user is there even where a fact of it is refused.
            changes.push(Change::UserPut(User { id: id.clone(), ..User::default() }));
            changes.push(user(words, chance, id.clone()));
        }
    }
    for id in words.channels.clone() {
        if !chance.one_in(8) {
            changes.extend(id.parse().ok().map(|id| Change::ChannelPut(Channel::new(id))));
            changes.extend(channel(words, chance, &id));
        }
    }
    for user in &words.users {
        for other in words.users.iter().filter(|other| *other != user) {
            changes.extend(chance.maybe(6, |chance| {
                let kind = if chance.one_in(2) { RelationKind::Block } else { RelationKind::Friend };
                let other = Some(other.clone());
                Change::RelationPut(Relation { kind, user: user.clone(), other, channel: None, expires_at: expiry(chance) })
            }));
        }
    }
    changes.extend(words.clients.iter().map(|id| client(words, chance, id.clone())));
    changes.extend(words.tokens.iter().map(|id| token(words, chance, id.clone())));
    for _ in 0..chance.between(4, 16) {
        changes.push(if words.odd(3, chance) { relation(words, chance) } else { member(words, chance) });
    }
    changes
}

/// One fact that becomes different.
pub(super) fn change(words: &Vocabulary, chance: &mut Chance) -> Change {
    match chance.below(12) {
        0 | 1 => {
            let id = chance.word(&words.users);
            user(words, chance, id)
        }
        2 | 3 => {
            let id = chance.word(&words.channels);
            channel(words, chance, &id).unwrap_or_else(|| relation(words, chance))
        }
        4 | 5 => member(words, chance),
        6 => relation(words, chance),
        7 => {
            let id = chance.word(&words.tokens);
            token(words, chance, id)
        }
        8 => {
            let id = chance.word(&words.clients);
            client(words, chance, id)
        }
        _ => removal(words, chance),
    }
}

fn removal(words: &Vocabulary, chance: &mut Chance) -> Change {
    let channel = words.channel(chance);
    match (chance.below(6), channel) {
        (0, _) => Change::UserRemoved { id: chance.word(&words.users) },
        (1, Some(id)) => Change::ChannelRemoved { id },
        (2, Some(channel)) => Change::MemberRemoved { channel, user: chance.word(&words.users) },
        (3, _) => Change::ClientRemoved { id: chance.word(&words.clients) },
        (4, _) => Change::TokenRemoved { id: chance.word(&words.tokens) },
        _ => match relation(words, chance) {
            Change::RelationPut(relation) => Change::RelationRemoved(relation),
            other => other,
        },
    }
}

fn user(words: &Vocabulary, chance: &mut Chance, id: String) -> Change {
    let teams: BTreeSet<String> = chance.some_words(&words.teams, 2).into_iter().collect();
    let teams_role = words.teams.iter().filter(|_| words.odd(4, chance)).cloned().collect::<Vec<_>>();
    let teams_role: BTreeMap<String, String> = teams_role.into_iter().map(|team| (team, chance.word(&words.user_roles))).collect();
    let department = chance.maybe(2, |chance| chance.word(&words.values));
    Change::UserPut(User {
        id,
        roles: words.some_roles(&words.user_roles, 2, chance),
        teams,
        teams_role,
        attributes: department.into_iter().map(|value| ("department".to_owned(), value)).collect(),
        deactivated: words.odd(40, chance),
        deleted: words.odd(40, chance),
    })
}

fn channel(words: &Vocabulary, chance: &mut Chance, id: &str) -> Option<Change> {
    let features = &words.catalogue.features;
    let modified = if chance.one_in(2) { chance.some_words(&all_roles(words), 3) } else { Vec::new() };
    Some(Change::ChannelPut(Channel {
        owner: chance.maybe(2, |chance| chance.word(&words.users)),
        team: chance.maybe(2, |chance| chance.word(&words.teams)),
        access: chance.some_words(&words.groups, 2).into_iter().collect(),
        frozen: words.odd(4, chance),
        disabled: words.odd(5, chance),
        cooldown_s: if words.odd(3, chance) { 10 } else { 0 },
        features_off: if words.odd(2, chance) { chance.some_words(features, 1).into_iter().collect() } else { BTreeSet::new() },
        features_on: if words.odd(2, chance) { chance.some_words(features, 2).into_iter().collect() } else { BTreeSet::new() },
        modifiers: modified
            .into_iter()
            .map(|role| (role, (0..chance.between(1, 3)).filter_map(|_| policy::modifier(words, chance)).collect()))
            .collect(),
        deleted: words.odd(16, chance),
        ..Channel::new(id.parse().ok()?)
    }))
}

fn all_roles(words: &Vocabulary) -> Vec<String> {
    words.catalogue.roles.iter().map(|spec| spec.id.clone()).chain(words.custom_roles.iter().cloned()).collect()
}

fn member(words: &Vocabulary, chance: &mut Chance) -> Change {
    let user = chance.word(&words.users);
    match words.channel(chance) {
        Some(channel) => Change::MemberPut(Member {
            channel,
            user,
            roles: words.some_roles(&words.channel_roles, 2, chance),
            invited: words.odd(6, chance),
        }),
        None => relation(words, chance),
    }
}

fn relation(words: &Vocabulary, chance: &mut Chance) -> Change {
    let kind = if chance.one_in(3) { Some(RelationKind::Ban) } else { chance.pick(&KINDS).copied() };
    let kind = kind.unwrap_or(RelationKind::Ban);
    let in_channel = matches!(kind, RelationKind::Ban) && chance.one_in(2);
    let towards = !matches!(kind, RelationKind::Ban);
    Change::RelationPut(Relation {
        kind,
        user: chance.word(&words.users),
        other: if towards { Some(chance.word(&words.users)) } else { None },
        channel: if in_channel { words.channel(chance) } else { None },
        expires_at: expiry(chance),
    })
}

/// For ever, over, or over soon.
fn expiry(chance: &mut Chance) -> Option<Timestamp> {
    chance.maybe(2, |chance| {
        Timestamp([NOON_MS - 1, NOON_MS, NOON_MS + 1, NOON_MS * 2, NOON_MS * 3].get(chance.below(5)).copied().unwrap_or(NOON_MS))
    })
}

fn client(words: &Vocabulary, chance: &mut Chance, id: String) -> Change {
    Change::ClientPut(Client { id, scopes: chance.some_words(&words.permissions, 5).into_iter().collect() })
}

fn token(words: &Vocabulary, chance: &mut Chance, id: String) -> Change {
    let user = if chance.one_in(6) { chance.word(&words.users) } else { words.bearer(&id) };
    Change::TokenPut(Token {
        id,
        user,
        client: chance.maybe(2, |chance| chance.word(&words.clients)),
        scopes: chance.some_words(&words.permissions, 5).into_iter().collect(),
        expires_at: if chance.one_in(8) { expiry(chance) } else { None },
    })
}
