//! Questions to the rows, each on one snapshot.

use hallpass::{Channel, ChannelId, Member, Relation, RelationKind, Revision, Timestamp, User};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::Value;

use super::connection::Trouble;
use super::item::parse;
use super::load::Parts;
use super::rows::{app_number, channel_of};
use crate::commit::Committed;
use crate::fold::{Kind, RelationKey, relation_code};
use crate::store::PAGE_BYTES;

// A page starts at its `after` by a plain lower bound, which is what lets SQLite seek there instead of walking; the second condition
// leaves `after` itself out.

/// A limit as SQLite takes it.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn revision(connection: &Connection, app: &str) -> Result<Revision, Trouble> {
    let mut query = connection.prepare_cached("SELECT revision FROM apps WHERE name = ?1")?;
    let revision: Option<i64> = query.query_row(params![app], |row| row.get(0)).optional()?;
    Ok(revision.map(|revision| Revision(revision.cast_unsigned())).unwrap_or_default())
}

pub(super) fn apps(connection: &Connection) -> Result<Vec<String>, Trouble> {
    let mut query = connection.prepare_cached("SELECT name FROM apps ORDER BY name")?;
    Ok(query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

pub(super) fn changes_after(connection: &Connection, app: &str, after: Revision, limit: usize) -> Result<Vec<Committed>, Trouble> {
    let Some(number) = app_number(connection, app)? else { return Ok(Vec::new()) };
    // Revisions above the highest that SQLite can hold do not exist; nothing comes after them.
    let Ok(after) = i64::try_from(after.0) else { return Ok(Vec::new()) };
    let mut query = connection.prepare_cached(
        "SELECT revision, at, author, changes, documents FROM log WHERE app = ?1 AND revision > ?2 ORDER BY revision LIMIT ?3",
    )?;
    let mut found = query.query(params![number, after, rows(limit)])?;
    let mut page = Vec::new();
    let mut bytes = 0;
    while let Some(row) = found.next()? {
        let revision = Revision(row.get::<_, i64>(0)?.cast_unsigned());
        if page.is_empty() {
            refuse_gap(app, Revision(after.cast_unsigned()), revision)?;
        }
        let changes = row.get_ref(3)?.as_str()?;
        bytes += changes.len();
        if bytes > PAGE_BYTES && !page.is_empty() {
            break;
        }
        page.push(Committed {
            app: app.to_owned(),
            revision,
            at: Timestamp(row.get::<_, i64>(1)?.cast_unsigned()),
            author: row.get(2)?,
            changes: parse_log(app, revision, changes)?,
            documents: parse_log(app, revision, row.get_ref(4)?.as_str()?)?,
        });
    }
    Ok(page)
}

/// Whether all that came after a revision is there.
pub(super) fn log_reaches(connection: &Connection, app: &str, after: Revision) -> Result<(), Trouble> {
    let Some(number) = app_number(connection, app)? else { return Ok(()) };
    let Ok(from) = i64::try_from(after.0) else { return Ok(()) };
    let mut query = connection.prepare_cached("SELECT min(revision) FROM log WHERE app = ?1 AND revision > ?2")?;
    let next: Option<i64> = query.query_row(params![number, from], |row| row.get(0))?;
    next.map_or(Ok(()), |next| refuse_gap(app, after, Revision(next.cast_unsigned())))
}

/// Revisions have no gaps but where the log was trimmed, which is at its beginning: `next` is the first one that is there after `after`.
fn refuse_gap(app: &str, after: Revision, next: Revision) -> Result<(), Trouble> {
    if next.0 - 1 > after.0 { Err(Trouble::LogTrimmed { app: app.to_owned(), after, first: next }) } else { Ok(()) }
}

fn parse_log<'a, T: Deserialize<'a>>(app: &str, revision: Revision, json: &'a str) -> Result<T, Trouble> {
    serde_json::from_str(json).map_err(|error| Trouble::Row(format!("revision {revision} of app '{app}' cannot be read: {error}")))
}

pub(super) fn documents(connection: &Connection, app: &str, kind: &str, ids: &[&str]) -> Result<Vec<(String, Value)>, Trouble> {
    let Some(number) = app_number(connection, app)? else { return Ok(Vec::new()) };
    let mut query = connection.prepare_cached("SELECT body FROM documents WHERE app = ?1 AND kind = ?2 AND id = ?3")?;
    let mut found = Vec::new();
    for id in ids {
        let mut matching = query.query(params![number, kind, id])?;
        if let Some(row) = matching.next()? {
            found.push(((*id).to_owned(), parse_document(kind, id, row.get_ref(0)?.as_str()?)?));
        }
    }
    Ok(found)
}

pub(super) fn scan_documents(
    connection: &Connection,
    app: &str,
    kind: &str,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, Value)>, Trouble> {
    let Some(number) = app_number(connection, app)? else { return Ok(Vec::new()) };
    let from = after.unwrap_or_default().max(prefix);
    let mut query = connection.prepare_cached(
        "SELECT id, body FROM documents WHERE app = ?1 AND kind = ?2 AND id >= ?3 AND (?4 IS NULL OR id > ?4) ORDER BY id LIMIT ?5",
    )?;
    let mut matching = query.query(params![number, kind, from, after, rows(limit)])?;
    let mut found = Vec::new();
    while let Some(row) = matching.next()? {
        let id = row.get_ref(0)?.as_str()?;
        if !id.starts_with(prefix) {
            break;
        }
        found.push((id.to_owned(), parse_document(kind, id, row.get_ref(1)?.as_str()?)?));
    }
    Ok(found)
}

fn parse_document(kind: &str, id: &str, body: &str) -> Result<Value, Trouble> {
    serde_json::from_str(body).map_err(|error| Trouble::Row(format!("the document {kind} '{id}' cannot be read: {error}")))
}

pub(super) fn members(
    connection: &Connection,
    app: &str,
    channel: &ChannelId,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Member>, Trouble> {
    let Some(number) = app_number(connection, app)? else { return Ok(Vec::new()) };
    let mut query = connection.prepare_cached(
        "SELECT channel, user, body FROM members JOIN member_values ON member_values.id = members.value
         WHERE app = ?1 AND channel = ?2 AND user >= ?3 AND (?4 IS NULL OR user > ?4) ORDER BY user LIMIT ?5",
    )?;
    let found = query.query(params![number, channel.as_str(), after.unwrap_or_default(), after, rows(limit)])?;
    collect(found, member_of)
}

pub(super) fn memberships(
    connection: &Connection,
    app: &str,
    user: &str,
    after: Option<&ChannelId>,
    limit: usize,
) -> Result<Vec<Member>, Trouble> {
    let Some(number) = app_number(connection, app)? else { return Ok(Vec::new()) };
    let mut query = connection.prepare_cached(
        "SELECT channel, user, body FROM members JOIN member_values ON member_values.id = members.value
         WHERE app = ?1 AND user = ?2 AND channel >= ?3 AND (?4 IS NULL OR channel > ?4) ORDER BY channel LIMIT ?5",
    )?;
    let after = after.map(ChannelId::as_str);
    let found = query.query(params![number, user, after.unwrap_or_default(), after, rows(limit)])?;
    collect(found, member_of)
}

fn member_of(row: &rusqlite::Row<'_>) -> Result<Member, Trouble> {
    let value = super::load::member_value(row.get_ref(2)?.as_str()?)?;
    let channel = channel_of(row.get_ref(0)?.as_str()?)?;
    Ok(Member { channel, user: row.get(1)?, roles: value.roles, invited: value.invited })
}

pub(super) fn member_count(connection: &Connection, app: &str, channel: &ChannelId) -> Result<u64, Trouble> {
    let Some(number) = app_number(connection, app)? else { return Ok(0) };
    let mut query = connection.prepare_cached("SELECT count(*) FROM members WHERE app = ?1 AND channel = ?2")?;
    let count: i64 = query.query_row(params![number, channel.as_str()], |row| row.get(0))?;
    Ok(count.cast_unsigned())
}

pub(super) fn users(connection: &Connection, app: &str, after: Option<&str>, limit: usize) -> Result<Vec<User>, Trouble> {
    items(connection, app, Kind::User, "", after, limit)
}

pub(super) fn channels(
    connection: &Connection,
    app: &str,
    channel_type: Option<&str>,
    after: Option<&ChannelId>,
    limit: usize,
) -> Result<Vec<Channel>, Trouble> {
    let prefix = channel_type.map(|name| format!("{name}:")).unwrap_or_default();
    items(connection, app, Kind::Channel, &prefix, after.map(ChannelId::as_str), limit)
}

fn items<T: serde::de::DeserializeOwned>(
    connection: &Connection,
    app: &str,
    kind: Kind,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<T>, Trouble> {
    let Some(number) = app_number(connection, app)? else { return Ok(Vec::new()) };
    let from = after.unwrap_or_default().max(prefix);
    let mut query = connection.prepare_cached(
        "SELECT key, body FROM items WHERE app = ?1 AND kind = ?2 AND key >= ?3 AND (?4 IS NULL OR key > ?4) ORDER BY key LIMIT ?5",
    )?;
    let mut matching = query.query(params![number, kind.code(), from, after, rows(limit)])?;
    let mut found = Vec::new();
    while let Some(row) = matching.next()? {
        let key = row.get_ref(0)?.as_str()?;
        if !key.starts_with(prefix) {
            break;
        }
        found.push(parse(kind, key, row.get_ref(1)?.as_str()?)?);
    }
    Ok(found)
}

pub(super) fn relations(
    connection: &Connection,
    app: &str,
    kind: RelationKind,
    user: Option<&str>,
    after: Option<&Relation>,
    limit: usize,
) -> Result<Vec<Relation>, Trouble> {
    let Some(number) = app_number(connection, app)? else { return Ok(Vec::new()) };
    let after = after.map(RelationKey::of);
    let (after_user, after_other, after_channel) = match &after {
        Some(key) => (Some(&key.user), Some(&key.other), Some(&key.channel)),
        None => (None, None, None),
    };
    // One user's relations and everybody's are two statements, so that each runs along the primary key.
    let of_user = if user.is_some() { "user = ?3" } else { "?3 IS NULL" };
    let since = if after.is_some() { "(user, other, channel) > (?4, ?5, ?6)" } else { "coalesce(?4, ?5, ?6) IS NULL" };
    let mut query = connection.prepare_cached(&format!(
        "SELECT kind, user, other, channel, expires_at FROM relations
         WHERE app = ?1 AND kind = ?2 AND {of_user} AND {since} ORDER BY user, other, channel LIMIT ?7"
    ))?;
    let code = relation_code(kind);
    let found = query.query(params![number, code, user, after_user, after_other, after_channel, rows(limit)])?;
    collect(found, super::load::relation_of)
}

fn collect<T>(mut found: rusqlite::Rows<'_>, mut one: impl FnMut(&rusqlite::Row<'_>) -> Result<T, Trouble>) -> Result<Vec<T>, Trouble> {
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(one(row)?);
    }
    Ok(all)
}

/// One load: the state as changes, and the revision that they add up to.
pub(super) fn load(connection: &Connection, app: &str, parts: Parts<'_>) -> Result<Revision, Trouble> {
    let reached = revision(connection, app)?;
    if let Some(number) = app_number(connection, app)? {
        super::load::load(connection, number, parts)?;
    }
    Ok(reached)
}
