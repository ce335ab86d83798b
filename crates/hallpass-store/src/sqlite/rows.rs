//! The state of one app as rows: what the fold writes, inside the transaction of the commit.

use std::collections::HashMap;

use hallpass::{Change, ChannelId, Member, Relation, RoleGrants};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::connection::Trouble;
use super::item::{MemberValue, body_of, item_of, unwritable};
use crate::fold::{GrantsKey, Kind, RelationKey, State, holder};

/// Rows of one app.
pub(super) struct Rows<'t> {
    connection: &'t Connection,
    app: i64,
    /// Numbers of member values that this commit has met.
    member_values: HashMap<String, i64>,
}

impl<'t> Rows<'t> {
    pub(super) fn new(connection: &'t Connection, app: i64) -> Self {
        Self { connection, app, member_values: HashMap::new() }
    }

    pub(super) fn put_document(&self, kind: &str, id: &str, body: &Value) -> Result<(), Trouble> {
        let body = serde_json::to_string(body).map_err(unwritable)?;
        self.execute(
            "INSERT INTO documents (app, kind, id, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (app, kind, id) DO UPDATE SET body = excluded.body",
            params![self.app, kind, id, body],
        )
    }

    pub(super) fn delete_document(&self, kind: &str, id: &str) -> Result<(), Trouble> {
        self.execute("DELETE FROM documents WHERE app = ?1 AND kind = ?2 AND id = ?3", params![self.app, kind, id])
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Result<(), Trouble> {
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }

    fn member_value(&mut self, member: &Member) -> Result<i64, Trouble> {
        let value = MemberValue { roles: member.roles.clone(), invited: member.invited };
        let body = serde_json::to_string(&value).map_err(unwritable)?;
        if let Some(id) = self.member_values.get(&body) {
            return Ok(*id);
        }
        self.execute("INSERT INTO member_values (body) VALUES (?1) ON CONFLICT (body) DO NOTHING", params![body])?;
        let mut query = self.connection.prepare_cached("SELECT id FROM member_values WHERE body = ?1")?;
        let id = query.query_row(params![body], |row| row.get(0))?;
        self.member_values.insert(body, id);
        Ok(id)
    }
}

impl State for Rows<'_> {
    type Error = Trouble;

    fn put_item(&mut self, kind: Kind, key: &str, item: &Change) -> Result<(), Trouble> {
        self.execute(
            "INSERT INTO items (app, kind, key, holder, body) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (app, kind, key) DO UPDATE SET holder = excluded.holder, body = excluded.body",
            params![self.app, kind.code(), key, holder(item), body_of(item)?],
        )
    }

    fn remove_item(&mut self, kind: Kind, key: &str) -> Result<(), Trouble> {
        self.execute("DELETE FROM items WHERE app = ?1 AND kind = ?2 AND key = ?3", params![self.app, kind.code(), key])
    }

    fn items_of(&mut self, user: &str) -> Result<Vec<Change>, Trouble> {
        let mut query =
            self.connection.prepare_cached("SELECT kind, key, body FROM items WHERE app = ?1 AND holder = ?2 AND holder <> ''")?;
        let mut rows = query.query(params![self.app, user])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            let kind = Kind::from_code(row.get_ref(0)?.as_str()?)?;
            items.push(item_of(kind, row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?)?);
        }
        Ok(items)
    }

    fn put_grants(&mut self, key: GrantsKey, grants: Option<&RoleGrants>) -> Result<(), Trouble> {
        let body = grants.map(serde_json::to_string).transpose().map_err(unwritable)?;
        self.execute(
            "INSERT INTO grants (app, level, role, layer, place, body)
             VALUES (?1, ?2, ?3, ?4, (SELECT ifnull(max(place), 0) + 1 FROM grants WHERE app = ?1), ?5)
             ON CONFLICT (app, level, role, layer) DO UPDATE SET place = excluded.place, body = excluded.body",
            params![self.app, key.level, key.role, key.layer, body],
        )
    }

    fn remove_grants_at(&mut self, level: &str) -> Result<(), Trouble> {
        self.execute("DELETE FROM grants WHERE app = ?1 AND level = ?2", params![self.app, level])
    }

    fn remove_grants_of(&mut self, role: &str) -> Result<(), Trouble> {
        self.execute("DELETE FROM grants WHERE app = ?1 AND role = ?2", params![self.app, role])
    }

    fn remove_permission(&mut self, id: &str) -> Result<(), Trouble> {
        // Grants are few (levels × roles), and a permission is rarely removed.
        let bodies: Vec<(i64, String)> = self
            .connection
            .prepare_cached("SELECT place, body FROM grants WHERE app = ?1 AND body IS NOT NULL")?
            .query_map(params![self.app], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (place, body) in bodies {
            let mut grants = grants_of(&body)?;
            let before = grants.grants.len();
            grants.grants.retain(|grant| grant.permission != id);
            if grants.grants.len() < before {
                let body = serde_json::to_string(&grants).map_err(unwritable)?;
                self.execute("UPDATE grants SET body = ?3 WHERE app = ?1 AND place = ?2", params![self.app, place, body])?;
            }
        }
        Ok(())
    }

    fn put_member(&mut self, member: &Member) -> Result<(), Trouble> {
        let value = self.member_value(member)?;
        self.execute(
            "INSERT INTO members (app, channel, user, value) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (app, channel, user) DO UPDATE SET value = excluded.value",
            params![self.app, member.channel.as_str(), member.user, value],
        )
    }

    fn remove_member(&mut self, channel: &ChannelId, user: &str) -> Result<(), Trouble> {
        self.execute("DELETE FROM members WHERE app = ?1 AND channel = ?2 AND user = ?3", params![self.app, channel.as_str(), user])
    }

    fn remove_memberships(&mut self, user: &str) -> Result<Vec<ChannelId>, Trouble> {
        let mut query = self.connection.prepare_cached("SELECT channel FROM members WHERE app = ?1 AND user = ?2")?;
        let mut rows = query.query(params![self.app, user])?;
        let mut channels = Vec::new();
        while let Some(row) = rows.next()? {
            channels.push(channel_of(row.get_ref(0)?.as_str()?)?);
        }
        for channel in &channels {
            self.remove_member(channel, user)?;
        }
        Ok(channels)
    }

    fn remove_members(&mut self, channel: &ChannelId) -> Result<(), Trouble> {
        self.execute("DELETE FROM members WHERE app = ?1 AND channel = ?2", params![self.app, channel.as_str()])
    }

    fn put_relation(&mut self, key: RelationKey, relation: &Relation) -> Result<(), Trouble> {
        let expires_at = relation.expires_at.map(|at| at.as_ms().cast_signed());
        self.execute(
            "INSERT INTO relations (app, kind, user, other, channel, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (app, kind, user, other, channel) DO UPDATE SET expires_at = excluded.expires_at",
            params![self.app, key.kind, key.user, key.other, key.channel, expires_at],
        )
    }

    fn remove_relation(&mut self, key: &RelationKey) -> Result<(), Trouble> {
        self.execute(
            "DELETE FROM relations WHERE app = ?1 AND kind = ?2 AND user = ?3 AND other = ?4 AND channel = ?5",
            params![self.app, key.kind, key.user, key.other, key.channel],
        )
    }

    fn remove_relations_of(&mut self, user: &str) -> Result<(), Trouble> {
        self.execute(
            "DELETE FROM relations WHERE app = ?1 AND kind IN ('ban', 'block', 'friend', 'mute') AND user = ?2",
            params![self.app, user],
        )?;
        self.execute("DELETE FROM relations WHERE app = ?1 AND other = ?2 AND other <> ''", params![self.app, user])
    }

    fn remove_relations_in(&mut self, channel: &ChannelId) -> Result<(), Trouble> {
        self.execute("DELETE FROM relations WHERE app = ?1 AND channel = ?2 AND channel <> ''", params![self.app, channel.as_str()])
    }

    fn remove_document(&mut self, kind: &str, id: &str) -> Result<(), Trouble> {
        self.delete_document(kind, id)
    }

    fn remove_documents_with_prefix(&mut self, kind: &str, prefix: &str) -> Result<(), Trouble> {
        // The ids that start with the prefix stand together; the first that does not ends them.
        let mut query =
            self.connection.prepare_cached("SELECT place, id FROM documents WHERE app = ?1 AND kind = ?2 AND id >= ?3 ORDER BY id")?;
        let mut rows = query.query(params![self.app, kind, prefix])?;
        let mut places: Vec<i64> = Vec::new();
        while let Some(row) = rows.next()? {
            if !row.get_ref(1)?.as_str()?.starts_with(prefix) {
                break;
            }
            places.push(row.get(0)?);
        }
        for place in places {
            self.execute("DELETE FROM documents WHERE place = ?1", params![place])?;
        }
        Ok(())
    }
}

/// Number of an app, if it has commits.
pub(super) fn app_number(connection: &Connection, app: &str) -> Result<Option<i64>, Trouble> {
    let mut query = connection.prepare_cached("SELECT id FROM apps WHERE name = ?1")?;
    Ok(query.query_row(params![app], |row| row.get(0)).optional()?)
}

pub(super) fn channel_of(text: &str) -> Result<ChannelId, Trouble> {
    text.parse().map_err(|error| Trouble::Row(format!("{error}")))
}

pub(super) fn grants_of(body: &str) -> Result<RoleGrants, Trouble> {
    serde_json::from_str(body).map_err(|error| Trouble::Row(format!("grants cannot be read: {error}")))
}
