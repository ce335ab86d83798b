//! Which part of a line of messages is asked for: the newest, those before or after a message or a time, those around it.

use hallpass::Timestamp;

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::document::{self, MessageDocument};
use super::line;
use super::sight::Sight;

/// The line of the messages of a channel.
pub(in super::super) const MESSAGES: &str = line::TIMELINE;
/// The line of the replies to a message.
pub(in super::super) const REPLIES: &str = line::THREAD;

/// Messages in an answer that does not ask for a number.
pub(in super::super) const DEFAULT: usize = 25;
/// Most messages in an answer; Stream's limit.
pub(in super::super) const LIMIT: u64 = 300;

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Window {
    limit: usize,
    part: Part,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Newest,
    /// Older than this place.
    Older(String),
    /// Newer than this place, the oldest of them.
    Newer(String),
    /// On both sides of the places between these two, exclusively.
    Around {
        newer_than: String,
        older_than: String,
    },
}

/// A message or time that a window is measured from.
enum Mark {
    Message(String),
    Time(Timestamp),
}

impl Mark {
    /// Older than it are places after this one.
    fn older_than(&self) -> String {
        match self {
            Self::Message(order) => order.clone(),
            Self::Time(at) => format!("{}~", line::of_time(*at)),
        }
    }

    /// Newer than it are places before this one.
    fn newer_than(&self) -> String {
        match self {
            Self::Message(order) => order.clone(),
            Self::Time(at) => line::of_time(*at),
        }
    }

    /// Older than it, or itself, are places after this one.
    fn from(&self) -> String {
        match self {
            Self::Message(order) => just_before(order),
            Self::Time(at) => line::of_time(*at),
        }
    }

    /// Newer than it, or itself, are places before this one.
    fn until(&self) -> String {
        match self {
            Self::Message(order) => format!("{order}~"),
            Self::Time(at) => format!("{}~", line::of_time(*at)),
        }
    }
}

/// A text that sorts after every place before this one, and before this one. Places end in a hexadecimal digit.
fn just_before(order: &str) -> String {
    let mut text = order.to_owned();
    let digit = text.pop().map_or('/', |digit| match digit {
        '0' => '/',
        'a' => '9',
        other => char::from_u32(u32::from(other) - 1).unwrap_or('/'),
    });
    text.push(digit);
    text.push('~');
    text
}

const BY_ID: [&str; 5] = ["id_lt", "id_lte", "id_gt", "id_gte", "id_around"];
const BY_TIME: [&str; 5] =
    ["created_at_before", "created_at_before_or_equal", "created_at_after", "created_at_after_or_equal", "created_at_around"];

impl Window {
    /// The newest messages.
    pub(in super::super) fn newest(limit: usize) -> Self {
        Self { limit, part: Part::Newest }
    }

    /// Reads `limit` and what the part is measured from.
    ///
    /// # Errors
    /// When a field holds what it cannot, or names a message that is not in this channel or not seen.
    pub(in super::super) async fn read(
        call: &Call,
        fields: &Fields,
        default: usize,
        cid: &str,
        sight: &Sight,
    ) -> Result<Self, StreamError> {
        let limit = fields.number("limit", 0..=LIMIT)?.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default);
        for (at, (by_id, by_time)) in BY_ID.into_iter().zip(BY_TIME).enumerate() {
            let mark = match fields.text(by_id)?.filter(|id| !id.is_empty()) {
                Some(id) => Mark::Message(super::seen_in(call, id, cid, sight).await?.order),
                None => match fields.time(by_time)? {
                    Some(time) => Mark::Time(time),
                    None => continue,
                },
            };
            let part = match at {
                0 => Part::Older(mark.older_than()),
                1 => Part::Older(mark.from()),
                2 => Part::Newer(mark.newer_than()),
                3 => Part::Newer(mark.until()),
                _ => Part::Around { newer_than: mark.newer_than(), older_than: mark.from() },
            };
            return Ok(Self { limit, part });
        }
        Ok(Self { limit, part: Part::Newest })
    }

    /// The messages of this part that `sight` shows, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub(in super::super) async fn of(
        &self,
        call: &Call,
        kind: &'static str,
        of: &str,
        sight: &Sight,
    ) -> Result<Vec<MessageDocument>, StreamError> {
        if self.limit == 0 {
            return Ok(Vec::new());
        }
        let mut found = match &self.part {
            Part::Newest => older(call, kind, of, sight, None, self.limit).await?,
            Part::Older(place) => older(call, kind, of, sight, Some(place.clone()), self.limit).await?,
            Part::Newer(place) => newer(call, kind, of, sight, place, self.limit).await?,
            Part::Around { newer_than, older_than } => {
                let mut both = newer(call, kind, of, sight, newer_than, self.limit / 2).await?;
                both.extend(older(call, kind, of, sight, Some(older_than.clone()), self.limit - both.len()).await?);
                both
            }
        };
        found.reverse();
        Ok(found)
    }
}

/// The next messages from a place on, newest first.
async fn older(
    call: &Call,
    kind: &'static str,
    of: &str,
    sight: &Sight,
    mut after: Option<String>,
    limit: usize,
) -> Result<Vec<MessageDocument>, StreamError> {
    let mut found = Vec::new();
    while found.len() < limit {
        let page = limit.min(line::PAGE);
        let entries = line::read(call, kind, of, after, page).await?;
        let is_last = entries.len() < page;
        after = entries.last().map(|(place, _)| place.clone());
        let mut messages = document::messages(call, entries.iter().map(|(_, id)| id.clone()).collect()).await?;
        let shown = entries.iter().filter_map(|(_, id)| messages.remove(id)).filter(|message| sight.shows(message));
        found.extend(shown);
        if is_last {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// The last messages before a place, newest first.
async fn newer(
    call: &Call,
    kind: &'static str,
    of: &str,
    sight: &Sight,
    until: &str,
    limit: usize,
) -> Result<Vec<MessageDocument>, StreamError> {
    let mut entries: Vec<(String, String)> = Vec::new();
    loop {
        let page = line::read(call, kind, of, entries.last().map(|(place, _)| place.clone()), line::PAGE).await?;
        let is_last = page.len() < line::PAGE || page.last().is_some_and(|(place, _)| place.as_str() >= until);
        entries.extend(page.into_iter().filter(|(place, _)| place.as_str() < until));
        if is_last {
            break;
        }
    }
    let mut found = Vec::new();
    for chunk in entries.rchunks(line::PAGE) {
        let mut messages = document::messages(call, chunk.iter().map(|(_, id)| id.clone()).collect()).await?;
        let oldest_first = chunk.iter().rev().filter_map(|(_, id)| messages.remove(id));
        found.extend(oldest_first.filter(|message| sight.shows(message)));
        if found.len() >= limit {
            break;
        }
    }
    found.truncate(limit);
    found.reverse();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_right_behind_what_is_just_before_it() {
        for (place, neighbour) in [("f10", "f0f"), ("f1a", "f19"), ("f1b", "f1a"), ("f15", "f14")] {
            let between = just_before(place);
            assert!(neighbour < between.as_str() && between.as_str() < place, "{neighbour} {between} {place}");
        }
    }
}
