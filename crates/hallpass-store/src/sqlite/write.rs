//! Commits: the log, the facts folded from it, and documents, in one transaction.

use hallpass::Revision;
use rusqlite::{Connection, TransactionBehavior, params};

use super::connection::Trouble;
use super::item::unwritable;
use super::rows::{Rows, app_number};
use super::schema::APP_TABLES;
use crate::commit::{Commit, DocumentKey};
use crate::fold::fold;

/// Writes all commits or none.
pub(super) fn commit_all(connection: &mut Connection, commits: &[Commit]) -> Result<Vec<Revision>, Trouble> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let revisions = commits.iter().map(|commit| commit_one(&transaction, commit)).collect::<Result<_, _>>()?;
    transaction.commit()?;
    Ok(revisions)
}

fn commit_one(connection: &Connection, commit: &Commit) -> Result<Revision, Trouble> {
    let (app, revision) = next_revision(connection, &commit.app)?;
    let documents: Vec<_> = commit.documents.iter().map(|write| DocumentKey { kind: write.kind.clone(), id: write.id.clone() }).collect();
    connection.prepare_cached("INSERT INTO log (app, revision, at, author, changes, documents) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(
        params![
            app,
            revision.0.cast_signed(),
            commit.at.as_ms().cast_signed(),
            commit.author,
            serde_json::to_string(&commit.changes).map_err(unwritable)?,
            serde_json::to_string(&documents).map_err(unwritable)?,
        ],
    )?;
    let mut rows = Rows::new(connection, app);
    for change in &commit.changes {
        fold(&mut rows, change)?;
    }
    for write in &commit.documents {
        match &write.body {
            Some(body) => rows.put_document(&write.kind, &write.id, body)?,
            None => rows.delete_document(&write.kind, &write.id)?,
        }
    }
    Ok(revision)
}

/// Number of the app, made known if need be, and its next revision, taken.
fn next_revision(connection: &Connection, app: &str) -> Result<(i64, Revision), Trouble> {
    let mut query = connection.prepare_cached(
        "INSERT INTO apps (name, revision) VALUES (?1, 1)
         ON CONFLICT (name) DO UPDATE SET revision = revision + 1 RETURNING id, revision",
    )?;
    let (number, revision) = query.query_row(params![app], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
    Ok((number, Revision(revision.cast_unsigned())))
}

/// Removes everything of an app.
pub(super) fn remove_app(connection: &mut Connection, app: &str) -> Result<(), Trouble> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(number) = app_number(&transaction, app)? {
        for table in APP_TABLES {
            transaction.execute(&format!("DELETE FROM {table} WHERE app = ?1"), params![number])?;
        }
        transaction.execute("DELETE FROM apps WHERE id = ?1", params![number])?;
    }
    transaction.commit()?;
    Ok(())
}
