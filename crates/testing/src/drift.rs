//! The comparison of a schema with the entities and indexes that are declared for it.

use std::collections::BTreeSet;

use db::{Database, schema::tables};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, TransactionSession, TransactionTrait};

use crate::{Kind, TestDatabase};

/// In what `db`'s schema differs from the declared one, a sentence each; nothing when they agree.
///
/// The declared schema is made in a database of its own, so that the server itself says what each
/// declaration means.
pub async fn drift(db: &TestDatabase) -> Vec<String> {
    let declared = TestDatabase::empty(db.kind()).await;
    declare(&declared).await.expect("the declared schema can be made");
    let declared = facts(&declared).await.expect("a schema can be read");
    let migrated = facts(db).await.expect("a schema can be read");
    let lacks = declared
        .difference(&migrated)
        .map(|fact| format!("declared, but no migration makes it: {fact}"));
    let adds = migrated
        .difference(&declared)
        .map(|fact| format!("migrated, but nothing declares it: {fact}"));
    lacks.chain(adds).collect()
}

/// Makes the tables and indexes that the entities declare.
async fn declare(db: &Database) -> Result<(), DbErr> {
    let tx = db.writer().begin().await?;
    for table in tables() {
        tx.execute(&(table.create)(db.backend())).await?;
        for index in table.indexes {
            tx.execute(&index.statement()).await?;
        }
    }
    TransactionSession::commit(tx).await
}

/// What stands in a database: its columns, indexes and foreign keys, a sentence each.
///
/// # Errors
/// When a statement fails.
pub async fn facts(db: &TestDatabase) -> Result<BTreeSet<String>, DbErr> {
    let queries = match db.kind() {
        Kind::Sqlite => SQLITE,
        Kind::Postgres => POSTGRES,
    };
    let mut facts = BTreeSet::new();
    for query in queries {
        let rows = db.query_all_raw(Statement::from_string(backend(db.kind()), *query)).await?;
        for row in rows {
            facts.insert(row.try_get_by_index(0)?);
        }
    }
    Ok(facts)
}

fn backend(kind: Kind) -> DbBackend {
    match kind {
        Kind::Sqlite => DbBackend::Sqlite,
        Kind::Postgres => DbBackend::Postgres,
    }
}

const SQLITE: &[&str] = &[
    r#"SELECT 'column ' || m.name || '.' || c.name || ' ' || lower(c.type)
              || CASE WHEN c."notnull" THEN ' not null' ELSE '' END
              || CASE WHEN c.pk > 0 THEN ' primary key ' || c.pk ELSE '' END
       FROM sqlite_master m, pragma_table_info(m.name) c
       WHERE m.type = 'table' AND m.name NOT LIKE 'seaql_%' AND m.name NOT LIKE 'sqlite_%'"#,
    r#"SELECT CASE WHEN i."unique" THEN 'unique index ' ELSE 'index ' END || i.name
              || ' on ' || m.name || ' ('
              || (SELECT group_concat(name, ', ')
                  FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')'
       FROM sqlite_master m, pragma_index_list(m.name) i
       WHERE m.type = 'table' AND m.name NOT LIKE 'seaql_%' AND i.origin = 'c'"#,
    r#"SELECT 'foreign key ' || m.name || '.' || f."from" || ' to ' || f."table" || '.' || f."to"
              || ' on delete ' || lower(f.on_delete) || ' on update ' || lower(f.on_update)
       FROM sqlite_master m, pragma_foreign_key_list(m.name) f
       WHERE m.type = 'table'"#,
];

const POSTGRES: &[&str] = &[
    "SELECT 'column ' || c.relname || '.' || a.attname
            || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
           AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT LIKE 'seaql_%'",
    "SELECT CASE WHEN i.indisunique THEN 'unique index ' ELSE 'index ' END || n.relname
            || ' on ' || t.relname || ' ('
            || (SELECT string_agg(pg_get_indexdef(i.indexrelid, k, true), ', ' ORDER BY k)
                FROM generate_series(1, i.indnkeyatts) k) || ')'
     FROM pg_index i
          JOIN pg_class n ON n.oid = i.indexrelid
          JOIN pg_class t ON t.oid = i.indrelid
     WHERE t.relnamespace = 'public'::regnamespace AND t.relname NOT LIKE 'seaql_%'",
    "SELECT 'foreign key ' || c.conrelid::regclass || ' ' || pg_get_constraintdef(c.oid)
     FROM pg_constraint c
     WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace",
];
