//! What stands in a database: its columns, indexes and foreign keys, a sentence each.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// What stands in the schema that this connection makes its tables in: columns, indexes and foreign keys, a sentence each,
/// without what keeps the history of migrations.
///
/// # Errors
/// When a statement fails.
pub async fn facts(connection: &impl ConnectionTrait) -> Result<BTreeSet<String>, DbErr> {
    let backend = connection.get_database_backend();
    let queries = match backend {
        DbBackend::Sqlite => SQLITE,
        _ => POSTGRES,
    };
    let mut facts = BTreeSet::new();
    for query in queries {
        for row in connection.query_all_raw(Statement::from_string(backend, *query)).await? {
            facts.insert(row.try_get_by_index(0)?);
        }
    }
    Ok(facts)
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
     FROM pg_attribute a
          JOIN pg_class c ON c.oid = a.attrelid
          JOIN pg_namespace s ON s.oid = c.relnamespace
     WHERE c.relkind = 'r' AND s.nspname = current_schema()
           AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT LIKE 'seaql_%'",
    // An index that could not be finished is in nobody's way, and of no use.
    "SELECT CASE WHEN i.indisvalid THEN '' ELSE 'unfinished ' END
            || CASE WHEN i.indisunique THEN 'unique index ' ELSE 'index ' END || n.relname
            || ' on ' || t.relname || ' ('
            || (SELECT string_agg(pg_get_indexdef(i.indexrelid, k, true), ', ' ORDER BY k)
                FROM generate_series(1, i.indnkeyatts) k) || ')'
     FROM pg_index i
          JOIN pg_class n ON n.oid = i.indexrelid
          JOIN pg_class t ON t.oid = i.indrelid
          JOIN pg_namespace s ON s.oid = t.relnamespace
     WHERE s.nspname = current_schema() AND t.relname NOT LIKE 'seaql_%'",
    "SELECT 'foreign key ' || c.conrelid::regclass || ' ' || pg_get_constraintdef(c.oid)
     FROM pg_constraint c JOIN pg_namespace s ON s.oid = c.connamespace
     WHERE c.contype = 'f' AND s.nspname = current_schema()",
];
