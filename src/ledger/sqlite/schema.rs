//! The schema: its migrations, and whose file this is.

use super::failure::Failure;
use rusqlite::{Connection, TransactionBehavior};

/// Marks a file as a ledger of this program ("THOR"); what `file` and SQLite show as the application id.
pub(super) const APPLICATION_ID: i64 = 0x5448_4f52;

/// Each step brings the schema from its index to the next; `user_version` says how many were done. A step that has
/// been released is never edited: a change is a new step.
const MIGRATIONS: &[&str] = &[include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// The schema that this program reads and writes.
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// The schema of a file that is a ledger, or empty (0). Only reads, so a file that is not ours stays as it is.
pub(super) fn version(connection: &Connection) -> Result<i64, Failure> {
    // In one statement, so at one moment: another process may be making this file a ledger right now.
    let sql = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
               FROM pragma_application_id, pragma_user_version";
    let (application, found, objects): (i64, i64, i64) =
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    match (application, found) {
        (APPLICATION_ID, found) if found > KNOWN => Err(Failure::NewerSchema { found, known: KNOWN }),
        (APPLICATION_ID, found) => Ok(found),
        (0, 0) if objects == 0 => Ok(0),
        _ => Err(Failure::Foreign),
    }
}

/// Brings the schema up to [`KNOWN`], each step in its own transaction with its number.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Failure> {
    while version(connection)? < KNOWN {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again inside: another process may have done this step meanwhile.
        let from = version(&transaction)?;
        if let Some(step) = usize::try_from(from).ok().and_then(|from| MIGRATIONS.get(from)) {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", from + 1)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Kind, SessionRow};

    /// The table is SQL that never changes; the row's declaration is Rust that may. They have to say the same.
    #[test]
    fn the_table_has_the_columns_of_the_row_in_their_order() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let mut statement =
            connection.prepare("SELECT name, type FROM pragma_table_info('sessions')").unwrap();
        let columns: Vec<(String, String)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let expected = SessionRow::COLUMNS.iter().map(|column| (column.name.into(), affinity(column.kind)));
        let expected: Vec<(String, String)> =
            std::iter::once(("id".into(), "INTEGER".into())).chain(expected).collect();
        assert_eq!(columns, expected);
    }

    fn affinity(kind: Kind) -> String {
        match kind {
            Kind::Integer => "INTEGER",
            Kind::Text | Kind::Instant => "TEXT",
            Kind::Price | Kind::Percent => "NUMERIC",
        }
        .into()
    }
}
