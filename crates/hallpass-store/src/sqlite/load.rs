//! The whole state of an app as changes: one scan per table.

use std::collections::HashMap;

use hallpass::{Change, ChannelId, Member, Relation, Timestamp};
use rusqlite::{Connection, Row, params};

use super::connection::Trouble;
use super::item::{MemberValue, item_of, relation_kind};
use super::rows::{channel_of, grants_of};
use crate::fold::{GrantsKey, Kind, LOAD_ORDER, Section};

/// Changes on their way out, part by part.
pub(super) struct Parts<'e> {
    size: usize,
    /// Where the next changes go. It may still hold changes of a part that has served: those from `filled` on.
    part: Vec<Change>,
    filled: usize,
    exchange: &'e mut dyn FnMut(Vec<Change>) -> Vec<Change>,
}

impl<'e> Parts<'e> {
    pub(super) fn new(size: usize, exchange: &'e mut dyn FnMut(Vec<Change>) -> Vec<Change>) -> Self {
        Self { size, part: Vec::new(), filled: 0, exchange }
    }

    fn put(&mut self, change: Change) {
        match self.part.get_mut(self.filled) {
            Some(old) => *old = change,
            None => self.part.push(change),
        }
        self.grown();
    }

    /// A member, written over an old one where there is one: ten million of them would be forty million texts to allocate and free.
    fn put_member(&mut self, channel: &ChannelId, user: &str, value: &MemberValue) {
        let Some(Change::MemberPut(old)) = self.part.get_mut(self.filled) else {
            let (user, roles) = (user.to_owned(), value.roles.clone());
            return self.put(Change::MemberPut(Member { channel: channel.clone(), user, roles, invited: value.invited }));
        };
        if old.channel != *channel {
            old.channel.clone_from(channel);
        }
        old.user.clear();
        old.user.push_str(user);
        if old.roles != value.roles {
            old.roles.clone_from(&value.roles);
        }
        old.invited = value.invited;
        self.grown();
    }

    fn grown(&mut self) {
        self.filled += 1;
        if self.filled >= self.size {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        self.part.truncate(self.filled);
        self.part = (self.exchange)(std::mem::take(&mut self.part));
        self.filled = 0;
    }

    fn finish(mut self) {
        if self.filled > 0 {
            self.hand_over();
        }
    }
}

pub(super) fn load(connection: &Connection, app: i64, mut parts: Parts<'_>) -> Result<(), Trouble> {
    for section in LOAD_ORDER {
        match section {
            Section::Items(kind) => load_items(connection, app, kind, &mut parts)?,
            Section::Grants => load_grants(connection, app, &mut parts)?,
            Section::Members => load_members(connection, app, &mut parts)?,
            Section::Relations => load_relations(connection, app, &mut parts)?,
        }
    }
    parts.finish();
    Ok(())
}

fn load_items(connection: &Connection, app: i64, kind: Kind, parts: &mut Parts<'_>) -> Result<(), Trouble> {
    let mut query = connection.prepare_cached("SELECT key, body FROM items WHERE app = ?1 AND kind = ?2 ORDER BY key")?;
    let mut rows = query.query(params![app, kind.code()])?;
    while let Some(row) = rows.next()? {
        parts.put(item_of(kind, row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?)?);
    }
    Ok(())
}

fn load_grants(connection: &Connection, app: i64, parts: &mut Parts<'_>) -> Result<(), Trouble> {
    let mut query = connection.prepare_cached("SELECT level, role, layer, body FROM grants WHERE app = ?1 ORDER BY place")?;
    let mut rows = query.query(params![app])?;
    while let Some(row) = rows.next()? {
        parts.put(match row.get_ref(3)?.as_str_or_null()? {
            Some(body) => Change::GrantsPut(grants_of(body)?),
            None => GrantsKey { level: row.get(0)?, role: row.get(1)?, layer: row.get(2)? }.reset(),
        });
    }
    Ok(())
}

/// Ten million rows in seconds: nothing here looks at JSON, and the channel is parsed once for all its members.
fn load_members(connection: &Connection, app: i64, parts: &mut Parts<'_>) -> Result<(), Trouble> {
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
        parts.put_member(&channel, row.get_ref(1)?.as_str()?, value);
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

fn load_relations(connection: &Connection, app: i64, parts: &mut Parts<'_>) -> Result<(), Trouble> {
    let mut query = connection.prepare_cached(
        "SELECT kind, user, other, channel, expires_at FROM relations WHERE app = ?1 ORDER BY kind, user, other, channel",
    )?;
    let mut rows = query.query(params![app])?;
    while let Some(row) = rows.next()? {
        parts.put(Change::RelationPut(relation_of(row)?));
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
