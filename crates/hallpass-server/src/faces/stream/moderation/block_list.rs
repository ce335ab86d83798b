//! Block lists: words that messages may not hold, and their five operations.

use std::collections::BTreeMap;

use hallpass::Timestamp;
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::documents;
use super::super::error::StreamError;
use super::super::fields::{Fields, wrong};
use super::{app_of, own_team};
use crate::lock::Footprint;

/// Kind of documents with block lists.
const BLOCK_LIST: &str = "block_list";
/// Most words in a list; Stream's limit.
const WORDS: usize = 10_000;
/// Longest word, in characters; Stream's limit.
const WORD_CHARS: usize = 40;
/// Longest name, in characters.
const NAME_CHARS: usize = 255;
/// What entries of a list are. Words are found as whole words, the others anywhere.
const TYPES: &[&str] = &["word", "domain", "email"];

/// A block list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct BlockList {
    pub(super) name: String,
    pub(super) words: Vec<String>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) team: Option<String>,
    pub(super) substring: bool,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl BlockList {
    /// Those of its words that a text holds.
    pub(super) fn found_in(&self, text: &str) -> Vec<String> {
        let text = text.to_lowercase();
        let anywhere = self.substring || self.kind != "word";
        self.words.iter().filter(|word| holds(&text, &word.to_lowercase(), anywhere)).cloned().collect()
    }

    /// In which team it is read. One of no team counts in all of them, and is read by whoever may in a team of their own.
    fn readers(&self, call: &Call) -> Option<String> {
        self.team.clone().or_else(|| own_team(call))
    }

    fn render(&self, call: &Call) -> Value {
        let mut shown = json!({
            "id": self.name,
            "name": self.name,
            "words": self.words,
            "type": self.kind,
            "is_confusable_folding_enabled": false,
            "is_leet_check_enabled": false,
            "is_plural_check_enabled": false,
            "is_substring_matching_enabled": self.substring,
            "created_at": call.dialect.time(self.created_at),
            "updated_at": call.dialect.time(self.updated_at),
        });
        if let (Some(team), Some(object)) = (&self.team, shown.as_object_mut()) {
            object.insert("team".to_owned(), json!(team));
        }
        shown
    }
}

/// Whether a text holds a word: as a whole word, or anywhere.
fn holds(text: &str, word: &str, anywhere: bool) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !word.is_empty()
        && text.match_indices(word).any(|(at, found)| {
            let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + found.len()..).unwrap_or_default());
            anywhere || !(is_part(before.chars().next_back()) || is_part(after.chars().next()))
        })
}

/// The lists of these names, of a team or of the whole app; those that are not there are left out.
pub(super) async fn named(call: &Call, names: Vec<String>) -> Result<BTreeMap<String, BlockList>, StreamError> {
    documents::several(&call.tenant, BLOCK_LIST, names).await
}

/// `POST /blocklists`
pub(in super::super) async fn create(call: Call) -> Result<Answer, StreamError> {
    let name = call.body.required_text("name")?.to_owned();
    if name.chars().count() > NAME_CHARS {
        return Err(StreamError::field("name", format!("has at most {NAME_CHARS} characters")));
    }
    let team = call.body.text("team")?.filter(|team| !team.is_empty()).map(str::to_owned);
    let mut list = BlockList { name: name.clone(), kind: "word".to_owned(), team, created_at: call.now, ..BlockList::default() };
    let edit = call.edit(Footprint::facts().entity(BLOCK_LIST, name.as_str())).await?;
    call.permit("CreateBlockList", app_of(list.team.as_deref()))?;
    fill(&mut list, &call.body)?;
    if list.words.is_empty() {
        return Err(StreamError::field("words", "is required"));
    }
    if named(&call, vec![name.clone()]).await?.contains_key(&name) {
        return Err(StreamError::field("name", format!("block list '{name}' exists already")).with("reason", "exists"));
    }
    list.updated_at = call.now;
    call.commit(edit, Vec::new(), vec![documents::put(BLOCK_LIST, &name, &list)?]).await?;
    Ok(Answer::from_iter([("blocklist".to_owned(), list.render(&call))]))
}

/// `GET /blocklists`
pub(in super::super) async fn list(call: Call) -> Result<Answer, StreamError> {
    call.permit("ReadBlockLists", app_of(own_team(&call).as_deref()))?;
    let wanted = call.query.get("team").filter(|team| !team.is_empty());
    let all: BTreeMap<String, BlockList> = documents::scan(&call.tenant, BLOCK_LIST, "").await?;
    let shown = all.values().filter(|list| wanted.is_none() || list.team.as_deref() == wanted);
    let shown = shown.filter(|list| call.may("ReadBlockLists", app_of(list.readers(&call).as_deref())));
    let shown: Vec<Value> = shown.map(|list| list.render(&call)).collect();
    Ok(Answer::from_iter([("blocklists".to_owned(), Value::Array(shown))]))
}

/// `GET /blocklists/{name}`
pub(in super::super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let list = existing(&call, "ReadBlockLists", |list| list.readers(&call)).await?;
    Ok(Answer::from_iter([("blocklist".to_owned(), list.render(&call))]))
}

/// `PUT /blocklists/{name}`
pub(in super::super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let name = call.path("name")?.to_owned();
    let edit = call.edit(Footprint::facts().entity(BLOCK_LIST, name.as_str())).await?;
    let mut list = existing(&call, "UpdateBlockList", |list| list.team.clone()).await?;
    fill(&mut list, &call.body)?;
    list.updated_at = call.now;
    call.commit(edit, Vec::new(), vec![documents::put(BLOCK_LIST, &name, &list)?]).await?;
    Ok(Answer::from_iter([("blocklist".to_owned(), list.render(&call))]))
}

/// `DELETE /blocklists/{name}`
pub(in super::super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let name = call.path("name")?.to_owned();
    let edit = call.edit(Footprint::facts().entity(BLOCK_LIST, name.as_str())).await?;
    existing(&call, "DeleteBlockList", |list| list.team.clone()).await?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(BLOCK_LIST, name)]).await?;
    Ok(Answer::new())
}

/// The list that the path names, if the caller may do this in the team that `team` says. Whoever may do this with no list at all is not
/// told which there are.
async fn existing(call: &Call, action: &'static str, team: impl Fn(&BlockList) -> Option<String>) -> Result<BlockList, StreamError> {
    let name = call.path("name")?.to_owned();
    let found = named(call, vec![name.clone()]).await?.remove(&name);
    let team = found.as_ref().map_or_else(|| own_team(call), team);
    call.permit(action, app_of(team.as_deref()))?;
    found.ok_or_else(|| StreamError::not_found(format!("block list '{name}' does not exist")))
}

fn fill(list: &mut BlockList, fields: &Fields) -> Result<(), StreamError> {
    if let Some(words) = fields.texts("words")? {
        if words.len() > WORDS {
            return Err(StreamError::field("words", format!("a list has at most {WORDS} words, got {}", words.len())));
        }
        if let Some(at) = words.iter().position(|word| word.is_empty() || word.chars().count() > WORD_CHARS) {
            return Err(StreamError::field(&format!("words[{at}]"), format!("expected 1 to {WORD_CHARS} characters")));
        }
        list.words = words;
    }
    match fields.text("type")?.filter(|kind| !kind.is_empty()) {
        None => {}
        Some(kind) if TYPES.contains(&kind) => kind.clone_into(&mut list.kind),
        Some(other) => return Err(wrong("type", &format!("one of {}", TYPES.join(", ")), &Value::from(other))),
    }
    list.substring = fields.flag("is_substring_matching_enabled")?.unwrap_or(list.substring);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, substring: bool, kind: &str) -> Vec<String> {
        let words = ["darn", "holy cow", "spam.example"].map(str::to_owned).to_vec();
        BlockList { words, substring, kind: kind.to_owned(), ..BlockList::default() }.found_in(text)
    }

    #[test]
    fn words_are_found_whole_and_whatever_their_case() {
        assert_eq!(found("Darn! that hurt", false, "word"), ["darn"]);
        assert_eq!(found("darned", false, "word"), Vec::<String>::new());
        assert_eq!(found("darned", true, "word"), ["darn"]);
        assert_eq!(found("HOLY COW, look at spam.example", false, "word"), ["holy cow", "spam.example"]);
        assert_eq!(found("mail.spam.example/x", false, "domain"), ["spam.example"]);
    }
}
