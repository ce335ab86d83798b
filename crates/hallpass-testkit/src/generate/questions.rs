//! Questions: mostly about what there is, now and then about what there is not, and with facts of their own.

use hallpass::{ActionLevel, Standing, Timestamp};

use super::chance::Chance;
use super::facts::NOON_MS;
use super::vocabulary::{Vocabulary, words as list};
use crate::owned_question::{OwnedQuestion, OwnedResource, OwnedSubject};

/// Custom roles, which an app may or may not have.
const CUSTOM: [&str; 3] = ["vip", "host", "zombie"];

/// A question.
pub(super) fn ask(words: &Vocabulary, chance: &mut Chance) -> OwnedQuestion {
    let action = if chance.one_in(40) { "Nothing".to_owned() } else { chance.word(&words.actions) };
    let spec = words.action(&action);
    let level = spec.map_or(ActionLevel::Either, |spec| spec.level);
    let towards_somebody = spec.is_some_and(|spec| spec.refused_when.contains(&Standing::Blocked));
    let attributes = list(&["message_type", "subject.department", "subject.scope", "resource.role"]);
    OwnedQuestion {
        subject: subject(words, chance),
        resource: resource(words, chance, level, towards_somebody),
        action,
        now: Timestamp(if chance.one_in(8) { 0 } else { NOON_MS }),
        last_posted_at: words.odd(3, chance).then(|| Timestamp(NOON_MS - if chance.one_in(2) { 9_999 } else { 10_000 })),
        attributes: (0..chance.below(3)).map(|_| (chance.word(&attributes), chance.word(&words.values))).collect(),
    }
}

fn subject(words: &Vocabulary, chance: &mut Chance) -> OwnedSubject {
    if chance.one_in(60) {
        return OwnedSubject::app();
    }
    let user = match chance.below(40) {
        0 => "nobody".to_owned(),
        1 => String::new(),
        _ => chance.word(&words.users),
    };
    let mut subject = OwnedSubject::user(user);
    let mine: Vec<String> = words.tokens.iter().filter(|token| words.bearer(token) == subject.user).cloned().collect();
    subject.token = words.odd(3, chance).then(|| match chance.below(24) {
        0 => "t-9".to_owned(),
        1 => chance.word(&words.tokens),
        _ => chance.word(&mine),
    });
    subject.token = subject.token.filter(|token| !token.is_empty());
    if words.odd(3, chance) {
        let roles = known_or_not(&words.user_roles, chance);
        let channel_roles = known_or_not(&words.channel_roles, chance);
        subject.roles = chance.maybe(3, |chance| chance.some_words(&roles, 2));
        subject.teams = chance.maybe(3, |chance| chance.some_words(&words.teams, 2));
        subject.teams_role = chance.maybe(4, |chance| [(chance.word(&words.teams), chance.word(&roles))].into());
        subject.channel_roles = chance.maybe(3, |chance| chance.some_words(&channel_roles, 2));
        subject.scopes = chance.maybe(4, |chance| chance.some_words(&words.permissions, 4));
        subject.client_scopes = chance.maybe(5, |chance| chance.some_words(&words.permissions, 4));
        subject.client = chance.maybe(5, |chance| if chance.one_in(6) { "nothing".to_owned() } else { chance.word(&words.clients) });
    }
    subject
}

/// These, and now and then one that no app has.
fn known_or_not(roles: &[String], chance: &mut Chance) -> Vec<String> {
    let custom_ones_too = chance.one_in(6);
    let mut roles: Vec<String> = roles.iter().filter(|role| custom_ones_too || !CUSTOM.contains(&role.as_str())).cloned().collect();
    roles.extend(chance.maybe(12, |_| "nonsense".to_owned()));
    roles
}

fn resource(words: &Vocabulary, chance: &mut Chance, level: ActionLevel, towards_somebody: bool) -> OwnedResource {
    let channel = match chance.below(60) {
        0 => "room:nowhere".to_owned(),
        1 => "nonsense:a".to_owned(),
        2 => "nonsense".to_owned(),
        _ => chance.word(&words.channels),
    };
    let mut resource = match (level, if words.everyday { chance.between(1, 8) } else { chance.below(8) }) {
        (_, which) if which == 0 || (towards_somebody && which < 4) => {
            OwnedResource { kind: "user".to_owned(), id: somebody(words, chance), ..OwnedResource::default() }
        }
        (ActionLevel::App, 1) | (_, 1) if chance.one_in(4) => OwnedResource::app(),
        (ActionLevel::App, 3..=5) => OwnedResource { kind: "poll".to_owned(), id: "p-1".to_owned(), ..OwnedResource::default() },
        (_, 1..=2) => OwnedResource { kind: "message".to_owned(), id: "m-1".to_owned(), ..OwnedResource::default() },
        _ => OwnedResource::channel(channel.clone()),
    };
    let lies_in_channel = !matches!(resource.kind.as_str(), "channel" | "app");
    resource.channel = (lies_in_channel && !chance.one_in(10)).then_some(channel);
    resource.owner = chance.maybe(2, |chance| somebody(words, chance));
    resource.team = words.odd(5, chance).then(|| if chance.one_in(3) { String::new() } else { chance.word(&words.teams) });
    resource.namespace = chance.maybe(3, |chance| chance.word(&words.clients));
    resource.access = chance.maybe(6, |chance| chance.some_words(&words.groups, 2));
    resource.hypothetical = words.odd(10, chance);
    resource
}

fn somebody(words: &Vocabulary, chance: &mut Chance) -> String {
    if chance.one_in(10) { "nobody".to_owned() } else { chance.word(&words.users) }
}
