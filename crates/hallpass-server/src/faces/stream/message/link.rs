//! Links in messages.

use std::collections::BTreeSet;

use linkify::{LinkFinder, LinkKind};
use serde_json::Value;

/// Fields of an attachment that people follow as a link.
const LINK_FIELDS: [&str; 3] = ["og_scrape_url", "title_link", "author_link"];

/// The links that a message carries: addresses in its text, with or without a scheme, and those that its attachments lead to. Where a
/// picture or file lies is no link.
pub(super) fn links<'a>(text: &'a str, attachments: &'a [Value]) -> BTreeSet<&'a str> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]).url_must_have_scheme(false);
    let mut found: BTreeSet<&str> = finder.links(text).map(|link| link.as_str()).collect();
    for attachment in attachments {
        let values = LINK_FIELDS.iter().filter_map(|field| attachment.get(*field)?.as_str());
        found.extend(values.filter(|value| !value.is_empty()));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_people_can_follow_is_a_link() {
        for (text, expected) in [
            ("see https://example.com/a?b=c.", vec!["https://example.com/a?b=c"]),
            ("see example.com, or www.example.org", vec!["example.com", "www.example.org"]),
            ("write to ana@example.com", vec![]),
            ("done at 10.30, e.g. by ana.b", vec![]),
        ] {
            assert_eq!(links(text, &[]).into_iter().collect::<Vec<_>>(), expected, "{text}");
        }
        let attachments =
            [json!({"title_link": "https://a.example"}), json!({"image_url": "https://b.example/c.png", "og_scrape_url": ""})];
        assert_eq!(links("", &attachments).into_iter().collect::<Vec<_>>(), ["https://a.example"]);
    }
}
