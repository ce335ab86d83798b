//! Names of scopes: their grammar, the lists that they come in, and which contains which.
//!
//! `chats.conversation--my:write` is a resource (`chats`), a part of it (`conversation`), a reach (`my`) and a verb (`write`). A name is
//! split at the first `--`; a single `-` belongs to the resource (`agents-bot`). Where no `:` follows, the word after `--` is the verb
//! (`customers.identity--manage`). Older names are a noun and a verb, `reports_read`. (docs/livechat.md, Scopes.)
//!
//! The grammar says what a name could be; the catalogue says which there are. A name that is not in it is refused, however well formed.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::Catalogue;

/// A name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScopeName<'a> {
    /// What it is about: `chats`, `agents-bot`.
    pub(crate) resource: &'a str,
    /// Which part of it, with its dots: `conversation`, `license.value`. Empty: all.
    pub(crate) part: &'a str,
    /// How far it reaches: `my`, `access`, `groups`, `all`. Empty where the resource knows no reach.
    pub(crate) reach: &'a str,
    /// What it lets one do: `ro`, `rw`, `read`, `write`, `rc`, `own`, `manage`.
    pub(crate) verb: &'a str,
}

const REACHES: [&str; 6] = ["my", "all", "access", "groups", "chat_scopes", "configuration"];
const VERBS: [&str; 6] = ["read", "write", "ro", "rw", "rc", "own"];
const NOUN_VERBS: [&str; 4] = ["read", "write", "manage", "admin"];
/// Most parts of a resource after its name: `properties.license.value`.
const PARTS_MAX: usize = 2;

impl<'a> ScopeName<'a> {
    /// Takes a name apart; `None` if it is not of the grammar.
    pub(crate) fn parse(name: &'a str) -> Option<Self> {
        let (front, verb, reach) = match name.split_once("--") {
            Some((front, after)) => match after.split_once(':') {
                Some((reach, verb)) if REACHES.contains(&reach) && VERBS.contains(&verb) => (front, verb, reach),
                None if after == "manage" => (front, after, ""),
                _ => return None,
            },
            None => match name.split_once(':') {
                Some((front, verb)) if VERBS.contains(&verb) => (front, verb, ""),
                Some(_) => return None,
                None => {
                    let (noun, verb) = name.rsplit_once('_').filter(|(noun, verb)| is_word(noun) && NOUN_VERBS.contains(verb))?;
                    return Some(Self { resource: noun, part: "", reach: "", verb });
                }
            },
        };
        let (resource, part) = front.split_once('.').unwrap_or((front, ""));
        let parts = part.split('.').filter(|_| !part.is_empty());
        let is_named = resource.split('-').all(is_word) && parts.clone().all(is_word) && parts.count() <= PARTS_MAX;
        (is_named && !front.ends_with('.')).then_some(Self { resource, part, reach, verb })
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The names in a list, which is separated by spaces (RFC 6749) or commas (the vendor).
pub(crate) fn split(list: &str) -> BTreeSet<String> {
    list.split([' ', ',', '\t', '\n', '\r']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// As standards write a list.
pub(crate) fn with_spaces(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// As the vendor writes a list.
pub(crate) fn with_commas(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}

/// Why a name is not a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownScope {
    /// The name, shortened.
    pub(crate) name: String,
    /// Whether it is at least of the grammar.
    pub(crate) is_well_formed: bool,
    /// The scope most like it.
    pub(crate) nearest: Option<String>,
}

impl std::fmt::Display for UnknownScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_well_formed {
            write!(f, "there is no scope '{}'", self.name)?;
        } else {
            write!(f, "'{}' is not the name of a scope (expected resource, reach and verb, such as chats--access:rw)", self.name)?;
        }
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean '{nearest}'?"),
            None => Ok(()),
        }
    }
}

/// The catalogue's scopes: which there are, and which contain which.
pub(crate) struct Scopes<'a> {
    contains: BTreeMap<&'a str, &'a [String]>,
}

impl<'a> Scopes<'a> {
    /// Those of a catalogue that tokens may carry.
    pub(crate) fn of(catalogue: &'a Catalogue) -> Self {
        let carried =
            catalogue.permissions.iter().filter(|spec| spec.layers.is_empty() || spec.layers.iter().any(|layer| layer == "token"));
        Self { contains: carried.map(|spec| (spec.id.as_str(), spec.contains.as_slice())).collect() }
    }

    /// All names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.contains.keys().copied()
    }

    /// What is wrong with a name, if anything.
    pub(crate) fn unknown(&self, name: &str) -> Option<UnknownScope> {
        if self.contains.contains_key(name) {
            return None;
        }
        let shown: String = name.chars().take(80).collect();
        Some(UnknownScope {
            is_well_formed: ScopeName::parse(name).is_some(),
            nearest: hallpass::nearest(&shown, self.names()).map(str::to_owned),
            name: shown,
        })
    }

    /// The scopes with all that they contain, all the way down.
    pub(crate) fn closure<'b>(&self, scopes: impl IntoIterator<Item = &'b str>) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut next: Vec<&'a str> =
            scopes.into_iter().filter_map(|name| self.contains.get_key_value(name).map(|(name, _)| *name)).collect();
        while let Some(name) = next.pop() {
            if found.insert(name) {
                next.extend(self.contains.get(name).into_iter().flat_map(|inner| inner.iter()).map(String::as_str));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use hallpass::Profile;
    use serde_json::Value;

    use super::*;

    fn facts() -> Vec<Value> {
        let facts: Value = serde_json::from_str(include_str!("../../../../corpus/facts/livechat_scopes.json")).unwrap();
        facts["scopes"].as_array().unwrap().clone()
    }

    /// docs/livechat.md, Scopes: the grammar holds for every name that there ever was, but two from early examples.
    #[test]
    fn every_scope_of_the_facts_is_taken_apart_as_they_do() {
        for fact in facts() {
            let name = fact["scope"].as_str().unwrap();
            if ["manage_accounts", "email"].contains(&name) {
                assert_eq!(ScopeName::parse(name), None, "{name}");
                continue;
            }
            let parsed = ScopeName::parse(name).unwrap_or_else(|| panic!("{name}"));
            if fact["family"] == "rest_v2" {
                assert!(NOUN_VERBS.contains(&parsed.verb), "{name}");
                continue;
            }
            assert_eq!(parsed.resource, fact["resource"].as_str().unwrap(), "{name}");
            assert_eq!(parsed.part, fact["sub"].as_str().unwrap_or_default(), "{name}");
            assert_eq!(parsed.reach, fact["reach"].as_str().filter(|reach| *reach != "none").unwrap_or_default(), "{name}");
            assert_eq!(parsed.verb, fact["access"].as_str().unwrap(), "{name}");
        }
    }

    #[test]
    fn misspelt_names_are_refused_with_the_nearest_known() {
        let profile = Profile::livechat();
        let scopes = Scopes::of(profile.catalogue());
        let nearest = |name: &str| scopes.unknown(name).map(|unknown| (unknown.is_well_formed, unknown.nearest));
        assert_eq!(nearest("chats--all:read"), None);
        assert_eq!(nearest("agents-all:rw"), Some((true, Some("agents--all:rw".to_owned()))));
        assert_eq!(nearest("Chats--all:read"), Some((false, Some("chats--all:read".to_owned()))));
        assert_eq!(nearest("chats--mine:read"), Some((false, Some("chats--my:read".to_owned()))));
        assert_eq!(nearest("<script>"), Some((false, None)));
        for wrong in ["", "chats", "chats--all", "chats--all:", "--all:rw", "a.b.c.d--my:rw", "chats.--my:rw", "a b:ro"] {
            assert_eq!(ScopeName::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lists_come_with_spaces_and_with_commas() {
        assert_eq!(split("a:ro, b:rw  c:ro"), ["a:ro", "b:rw", "c:ro"].map(str::to_owned).into());
        assert_eq!((with_spaces(&split("b,a")), with_commas(&split("b a"))), ("a b".to_owned(), "a,b".to_owned()));
    }
}
