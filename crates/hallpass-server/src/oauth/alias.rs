//! What the scopes of February 2018 are called today. By succession, not by equality: `rw` contains reading, `write` did not.

/// 2018's name, and its successors, the last of which is on today's public page (`renamed_to` in corpus/facts/livechat_scopes.json).
#[rustfmt::skip]
pub(crate) const SUCCESSORS: [(&str, &[&str]); 26] = [
    ("agents--all:write", &["agents--all:rw"]),
    ("agents--my:write", &["agents--my:rw"]),
    ("agents-bot--all:read", &["agents-bot--all:ro"]),
    ("agents-bot--all:write", &["agents-bot--all:rw"]),
    ("agents-bot--my:read", &["agents-bot--my:ro"]),
    ("agents-bot--my:write", &["agents-bot--my:rw"]),
    ("auto_chat_scopes:read", &["access_rules:ro"]),
    ("auto_chat_scopes:write", &["access_rules:rw"]),
    ("chats--all:read", &["chats--all:ro"]),
    ("chats--my:read", &["chats--my:ro"]),
    ("chats.conversation--all:write", &["chats.conversation--all:rw", "chats--all:rw"]),
    ("chats.conversation--my:write", &["chats.conversation--my:rw", "chats--my:rw"]),
    ("chats.meta--all:write", &["chats--all:rw"]),
    ("chats.meta--my:write", &["chats--my:rw"]),
    ("customers.ban:write", &["customers.ban:rw"]),
    ("customers.identity--manage", &["customers:own"]),
    ("customers:read", &["customers:ro"]),
    ("customers:write", &["customers:rw"]),
    ("multicast:write", &["multicast:rw"]),
    ("properties--all:read", &["properties--all:ro"]),
    ("properties--my:read", &["properties--my:ro", "properties.configuration:rw"]),
    ("properties--my:write", &["properties--my:rw", "properties.configuration:rw"]),
    ("webhooks--all:read", &["webhooks--all:ro"]),
    ("webhooks--all:write", &["webhooks--all:rw"]),
    ("webhooks--my:read", &["webhooks--my:ro", "webhooks.configuration:rw"]),
    ("webhooks--my:write", &["webhooks--my:rw", "webhooks.configuration:rw"]),
];

/// What a scope of 2018 is called since; empty for all others.
pub(crate) fn successors(scope: &str) -> &'static [&'static str] {
    SUCCESSORS.iter().find(|(name, _)| *name == scope).map_or(&[], |(_, since)| since)
}

#[cfg(test)]
mod tests {
    use hallpass::Profile;
    use serde_json::Value;

    use super::*;

    /// The field `renamed_to` of corpus/facts/livechat_scopes.json, which names the first successor (and more where there were more).
    #[test]
    fn each_scope_of_2018_has_the_successors_of_the_facts() {
        let facts: Value = serde_json::from_str(include_str!("../../../../corpus/facts/livechat_scopes.json")).unwrap();
        let of_2018: Vec<&Value> = facts["scopes"].as_array().unwrap().iter().filter(|fact| fact["in_2018"] == true).collect();
        assert_eq!(of_2018.len(), SUCCESSORS.len());
        let profile = Profile::livechat();
        for fact in of_2018 {
            let since = successors(fact["scope"].as_str().unwrap());
            let named: Vec<&str> = fact["renamed_to"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            assert!(since.starts_with(&named), "{fact}");
            assert!(since.iter().all(|name| profile.catalogue().permissions.iter().any(|spec| spec.id == *name)), "{fact}");
        }
        assert_eq!(successors("chats--all:ro"), &[] as &[&str]);
    }
}
