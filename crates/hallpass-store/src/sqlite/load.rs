//! The whole state of an app as changes: one scan per table.

use std::collections::HashMap;

use hallpass::{Change, ChannelId, Member, Relation, Timestamp};
use rusqlite::{Connection, Row, params};

use super::connection::Trouble;
use super::item::{MemberValue, item_of, relation_kind};
use super::rows::{channel_of, grants_of};
use crate::fold::{GrantsKey, Kind, LOAD_ORDER, Section};

pub(super) fn load(connection: &Connection, app: i64, each: &mut dyn FnMut(Change)) -> Result<(), Trouble> {
    for section in LOAD_ORDER {
        match section {
            Section::Items(kind) => load_items(connection, app, kind, each)?,
            Section::Grants => load_grants(connection, app, each)?,
            Section::Members => load_members(connection, app, each)?,
            Section::Relations => load_relations(connection, app, each)?,
        }
    }
    Ok(())
}

fn load_items(connection: &Connection, app: i64, kind: Kind, each: &mut dyn FnMut(Change)) -> Result<(), Trouble> {
    let mut query = connection.prepare_cached("SELECT key, body FROM items WHERE app = ?1 AND kind = ?2 ORDER BY key")?;
    let mut rows = query.query(params![app, kind.code()])?;
    while let Some(row) = rows.next()? {
        each(item_of(kind, row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?)?);
    }
    Ok(())
}

fn load_grants(connection: &Connection, app: i64, each: &mut dyn FnMut(Change)) -> Result<(), Trouble> {
    let mut query = connection.prepare_cached("SELECT level, role, layer, body FROM grants WHERE app = ?1 ORDER BY place")?;
    let mut rows = query.query(params![app])?;
    while let Some(row) = rows.next()? {
        each(match row.get_ref(3)?.as_str_or_null()? {
            Some(body) => Change::GrantsPut(grants_of(body)?),
            None => GrantsKey { level: row.get(0)?, role: row.get(1)?, layer: row.get(2)? }.reset(),
        });
    }
    Ok(())
}

/// Ten million rows in seconds: nothing here looks at JSON, and the channel is parsed once for all its members.
fn load_members(connection: &Connection, app: i64, each: &mut dyn FnMut(Change)) -> Result<(), Trouble> {
    let values = member_values(connection)?;
    let mut query = connection.prepare_cached("SELECT channel, user, value FROM members WHERE app = ?1 ORDER BY channel, user")?;
    let mut rows = query.query(params![app])?;
    let mut current: Option<ChannelId> = None;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(0)?.as_str()?;
        let channel = match current.take().filter(|channel| channel.as_str() == name) {
            Some(channel) => channel,
            None => channel_of(name)?,
        };
        let id: i64 = row.get(2)?;
        let value = values.get(&id).ok_or_else(|| Trouble::Row(format!("a member of '{name}' refers to the missing member value {id}")))?;
        each(Change::MemberPut(Member {
            channel: channel.clone(),
            user: row.get_ref(1)?.as_str()?.to_owned(),
            roles: value.roles.clone(),
            invited: value.invited,
        }));
        current = Some(channel);
    }
    Ok(())
}

fn member_values(connection: &Connection) -> Result<HashMap<i64, MemberValue>, Trouble> {
    let mut query = connection.prepare_cached("SELECT id, body FROM member_values")?;
    let mut rows = query.query([])?;
    let mut values = HashMap::new();
    while let Some(row) = rows.next()? {
        values.insert(row.get(0)?, member_value(row.get_ref(1)?.as_str()?)?);
    }
    Ok(values)
}

pub(super) fn member_value(body: &str) -> Result<MemberValue, Trouble> {
    serde_json::from_str(body).map_err(|error| Trouble::Row(format!("a member value cannot be read: {error}")))
}

fn load_relations(connection: &Connection, app: i64, each: &mut dyn FnMut(Change)) -> Result<(), Trouble> {
    let mut query = connection.prepare_cached(
        "SELECT kind, user, other, channel, expires_at FROM relations WHERE app = ?1 ORDER BY kind, user, other, channel",
    )?;
    let mut rows = query.query(params![app])?;
    while let Some(row) = rows.next()? {
        each(Change::RelationPut(relation_of(row)?));
    }
    Ok(())
}

/// A relation from the columns kind, user, other, channel, expires_at.
pub(super) fn relation_of(row: &Row<'_>) -> Result<Relation, Trouble> {
    let other: String = row.get(2)?;
    let channel = row.get_ref(3)?.as_str()?;
    let expires_at: Option<i64> = row.get(4)?;
    Ok(Relation {
        kind: relation_kind(row.get_ref(0)?.as_str()?)?,
        user: row.get(1)?,
        other: Some(other).filter(|other| !other.is_empty()),
        channel: if channel.is_empty() { None } else { Some(channel_of(channel)?) },
        expires_at: expires_at.map(|at| Timestamp(at.cast_unsigned())),
    })
}
