//! Tables, the format version, and how a file is looked at before it is trusted.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::connection::{self, Trouble};
use crate::error::StoreError;

/// Version of the tables below. A build opens files of this format and refuses newer ones.
pub(super) const FORMAT: u64 = 1;

/// The tables. `app` is the number of an app in `apps`, so that its name is stored once. An absent user, channel or layer in a key is
/// the empty string. Member rows hold the number of their roles, since nearly all members of an app have one of few sets of them.
const TABLES: &str = "
CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE apps (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL) STRICT;
CREATE TABLE log (
    place INTEGER NOT NULL PRIMARY KEY, app INTEGER NOT NULL, revision INTEGER NOT NULL, at INTEGER NOT NULL,
    author TEXT NOT NULL, changes TEXT NOT NULL, documents TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX log_by_revision ON log (app, revision);
CREATE TABLE items (
    app INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, holder TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (app, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX items_by_holder ON items (app, holder) WHERE holder <> '';
CREATE TABLE grants (
    app INTEGER NOT NULL, level TEXT NOT NULL, role TEXT NOT NULL, layer TEXT NOT NULL, place INTEGER NOT NULL, body TEXT,
    PRIMARY KEY (app, level, role, layer)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX grants_by_place ON grants (app, place);
CREATE TABLE member_values (id INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE members (
    app INTEGER NOT NULL, channel TEXT NOT NULL, user TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (app, channel, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (app, user, channel);
CREATE TABLE relations (
    app INTEGER NOT NULL, kind TEXT NOT NULL, user TEXT NOT NULL, other TEXT NOT NULL, channel TEXT NOT NULL, expires_at INTEGER,
    PRIMARY KEY (app, kind, user, other, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX relations_by_other ON relations (app, other) WHERE other <> '';
CREATE INDEX relations_by_channel ON relations (app, channel) WHERE channel <> '';
CREATE TABLE documents (
    place INTEGER NOT NULL PRIMARY KEY, app INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX documents_by_id ON documents (app, kind, id);
";

/// Tables whose rows belong to an app.
pub(super) const APP_TABLES: [&str; 6] = ["log", "items", "grants", "members", "relations", "documents"];

/// Makes an empty database at `path`. It appears there whole or not at all, so that an empty or half-made file is never ours.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    let unfinished = path.with_extension("db.new");
    for leftover in [unfinished.clone(), path.with_extension("db.new-journal")] {
        match fs::remove_file(&leftover) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::directory("remove", &leftover)(error));
            }
            _ => {}
        }
    }
    create_private(&unfinished)?;
    let made = (|| {
        let connection = Connection::open(&unfinished)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(&format!("BEGIN; {TABLES} INSERT INTO meta (key, value) VALUES ('format', '{FORMAT}'); COMMIT;"))?;
        connection.close().map_err(|(_, error)| Trouble::from(error))
    })();
    made.map_err(|trouble| trouble.at(&unfinished, "create the tables"))?;
    fs::rename(&unfinished, path).map_err(StoreError::directory("rename", &unfinished))?;
    sync_parent(path)
}

/// Creates an empty file that only this user may read: facts about people are nobody else's business.
pub(super) fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(StoreError::directory("create", path))
}

/// Makes the names in a file's directory durable.
pub(super) fn sync_parent(path: &Path) -> Result<(), StoreError> {
    // Elsewhere a directory cannot be opened as a file, and renames are durable without it.
    #[cfg(unix)]
    {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(parent).and_then(|directory| directory.sync_all()).map_err(StoreError::directory("sync", parent))?;
    }
    Ok(())
}

/// Looks at a whole database without changing it, and refuses one that is damaged or newer.
pub(super) fn inspect(path: &Path) -> Result<(), StoreError> {
    quick_check(path, &glance(path)?)
}

/// Looks at what takes no time, without changing anything, and refuses a database that is newer or plainly not as it should be. The
/// connection is for looking at the rest.
pub(super) fn glance(path: &Path) -> Result<Connection, StoreError> {
    let size = fs::metadata(path).map_err(StoreError::directory("read", path))?.len();
    if size == 0 {
        return Err(damaged(path, "it is empty"));
    }
    let connection = connection::open_reader(path)?;
    let failed = |trouble: Trouble| trouble.at(path, "read the format");
    check_format(path, format_of(&connection).map_err(failed)?)?;
    let missing: Vec<_> = expected().map_err(failed)?.difference(&objects(&connection).map_err(failed)?).cloned().collect();
    if let Some((kind, name, _)) = missing.first() {
        return Err(damaged(path, &format!("the {kind} '{name}' is missing or not as it should be")));
    }
    match app_beside_its_log(&connection).map_err(failed)? {
        None => Ok(connection),
        Some((app, revision, last)) => {
            Err(damaged(path, &format!("app '{app}' is at revision {revision}, but its log ends at revision {last}")))
        }
    }
}

/// Looks at every page.
pub(super) fn quick_check(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let verdict: Result<String, _> = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    let verdict = verdict.map_err(|error| Trouble::from(error).at(path, "check itself"))?;
    if verdict == "ok" { Ok(()) } else { Err(damaged(path, &format!("SQLite's quick_check says: {verdict}"))) }
}

/// An app whose facts are not those of the end of its log.
fn app_beside_its_log(connection: &Connection) -> Result<Option<(String, i64, i64)>, Trouble> {
    let mut query = connection.prepare(
        "SELECT name, revision, last FROM
         (SELECT name, revision, ifnull((SELECT max(log.revision) FROM log WHERE log.app = apps.id), 0) AS last FROM apps)
         WHERE revision <> last",
    )?;
    Ok(query.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?)
}

fn check_format(path: &Path, format: Option<String>) -> Result<(), StoreError> {
    let Some(text) = format else {
        return Err(damaged(path, "it holds no format version, so it was not written by hallpass"));
    };
    match text.parse::<u64>() {
        Ok(FORMAT) => Ok(()),
        Ok(found) if found > FORMAT => Err(StoreError::NewerFormat { path: path.to_owned(), found, known: FORMAT }),
        _ => Err(damaged(path, &format!("it says format '{text}', which never existed"))),
    }
}

fn format_of(connection: &Connection) -> Result<Option<String>, Trouble> {
    let has_meta: bool =
        connection.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta')", [], |row| row.get(0))?;
    if !has_meta {
        return Ok(None);
    }
    Ok(connection.query_row("SELECT value FROM meta WHERE key = 'format'", [], |row| row.get(0)).optional()?)
}

/// Kind, name and definition of tables and indexes.
type Objects = BTreeSet<(String, String, String)>;

fn expected() -> Result<Objects, Trouble> {
    let model = Connection::open_in_memory()?;
    model.execute_batch(TABLES)?;
    objects(&model)
}

fn objects(connection: &Connection) -> Result<Objects, Trouble> {
    let mut query = connection.prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn damaged(path: &Path, problem: &str) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), problem: problem.to_owned() }
}
