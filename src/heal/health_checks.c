/* health_checks.c — the questions, for servers from 13 on. */
#include "heal/health_checks.h"

/* Wraps a query into a JSON list of at most twenty. */
#define LIST(query)                                                                            \
    "SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (" query " LIMIT 20) x"

/* Not the server's own, nor the journal. */
#define OURS                                                                                   \
    "n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'outgrow')"

const struct health_check health_checks[] = {
    {"server",
     "SELECT json_build_object('status', 'ok', 'value', current_setting('server_version'),"
     " 'started', pg_postmaster_start_time(), 'standby', pg_is_in_recovery())",
     "ok", ""},
    {"size",
     "SELECT json_build_object('status', 'ok', 'value', pg_database_size(current_database()),"
     " 'tables', (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid ="
     " c.relnamespace WHERE c.relkind IN ('r', 'p') AND " OURS "))",
     "ok", ""},
    {"connections",
     "SELECT json_build_object('status', CASE WHEN total > 0.95 * most THEN"
     " 'critical' WHEN total > 0.8 * most OR idle_s > 300 OR active_s > 3600"
     " THEN 'warn' ELSE 'ok' END, 'value', total, 'max', most, 'active',"
     " active, 'longest_idle_in_transaction_s', idle_s, 'longest_statement_s',"
     " active_s) FROM (SELECT count(*) AS total, count(*) FILTER (WHERE state"
     " = 'active') AS active, current_setting('max_connections')::int AS most,"
     " round(max(extract(epoch FROM now() - xact_start)) FILTER (WHERE state"
     " LIKE 'idle in transaction%')) AS idle_s, round(max(extract(epoch FROM"
     " now() - query_start)) FILTER (WHERE state = 'active' AND pid <>"
     " pg_backend_pid())) AS active_s FROM pg_stat_activity WHERE backend_type"
     " = 'client backend') c",
     "warn", "end sessions that wait in a transaction; they keep VACUUM from cleaning up"},
    {"blocked",
     LIST(
         "SELECT pid, pg_blocking_pids(pid) AS blocked_by, wait_event_type, round(extract(epoch"
         " FROM now() - query_start)) AS waiting_s FROM pg_stat_activity WHERE"
         " cardinality(pg_blocking_pids(pid)) > 0"),
     "warn", "these sessions wait for the ones in blocked_by"},
    {"cache_hit",
     "SELECT json_build_object('status', CASE WHEN reads > 100000 AND hits < 0.95 * (hits +"
     " reads) THEN 'warn' ELSE 'ok' END, 'value', round(100.0 * hits / nullif(hits + reads, 0),"
     " 2)) FROM (SELECT coalesce(sum(heap_blks_hit + idx_blks_hit), 0) AS hits,"
     " coalesce(sum(heap_blks_read + idx_blks_read), 0) AS reads FROM"
     " pg_statio_user_tables) s",
     "warn",
     "less than 95 % of the blocks came from memory: raise shared_buffers, or add indexes"},
    {"invalid_indexes",
     LIST("SELECT n.nspname AS schema, c.relname AS index,"
          " i.indrelid::regclass::text AS table FROM pg_index i JOIN pg_class c ON"
          " c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
          " WHERE NOT i.indisvalid OR NOT i.indisready"),
     "warn", "they cost writes and serve no read: heal with problem invalid_index"},
    {"bloated_indexes",
     LIST("SELECT * FROM (SELECT n.nspname AS schema, c.relname AS index,"
          " c.relpages * 8192::bigint AS bytes, ceil(c.reltuples * (16 +"
          " coalesce((SELECT sum(s.avg_width) FROM pg_stats s JOIN pg_attribute a"
          " ON a.attrelid = i.indrelid AND a.attname = s.attname WHERE s.schemaname"
          " = tn.nspname AND s.tablename = t.relname AND a.attnum = ANY"
          " (i.indkey::int2[])), 16)) / 0.9)::bigint AS expected_bytes FROM"
          " pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n"
          " ON n.oid = c.relnamespace JOIN pg_class t ON t.oid = i.indrelid JOIN"
          " pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_am m ON m.oid ="
          " c.relam WHERE m.amname = 'btree' AND i.indisvalid AND c.relpages > 128"
          " AND c.reltuples >= 0 AND " OURS ") e WHERE bytes > 3 * expected_bytes"
          " ORDER BY bytes DESC"),
     "warn", "estimated: heal with problem bloated_index rebuilds one beside running writers"},
    {"duplicate_indexes",
     LIST("SELECT a.indrelid::regclass::text AS table, a.indexrelid::regclass::text"
          " AS duplicate, b.indexrelid::regclass::text AS keep FROM pg_index a JOIN"
          " pg_index b ON a.indrelid = b.indrelid AND a.indexrelid <> b.indexrelid"
          " AND a.indkey::text = b.indkey::text AND a.indclass::text ="
          " b.indclass::text AND a.indcollation::text = b.indcollation::text AND"
          " a.indoption::text = b.indoption::text AND"
          " coalesce(pg_get_expr(a.indexprs, a.indrelid), '') ="
          " coalesce(pg_get_expr(b.indexprs, b.indrelid), '') AND"
          " coalesce(pg_get_expr(a.indpred, a.indrelid), '') ="
          " coalesce(pg_get_expr(b.indpred, b.indrelid), '') AND (SELECT relam FROM"
          " pg_class WHERE oid = a.indexrelid) = (SELECT relam FROM pg_class WHERE"
          " oid = b.indexrelid) WHERE NOT a.indisunique AND NOT a.indisprimary AND"
          " (b.indisunique OR b.indisprimary OR a.indexrelid > b.indexrelid)"),
     "warn", "drop the duplicates with postgres_schema_alter: DROP INDEX CONCURRENTLY"},
    {"unused_indexes",
     LIST("SELECT s.indexrelid::regclass::text AS index,"
          " pg_relation_size(s.indexrelid) AS bytes, (SELECT stats_reset FROM"
          " pg_stat_database WHERE datname = current_database()) AS since FROM"
          " pg_stat_user_indexes s JOIN pg_index i USING (indexrelid) WHERE"
          " s.idx_scan = 0 AND NOT i.indisunique AND pg_relation_size(s.indexrelid)"
          " > 1048576"),
     "ok", "not read since then; look at standbys, too, before dropping one"},
    {"foreign_keys_without_index",
     LIST("SELECT c.conrelid::regclass::text AS table, c.conname AS constraint,"
          " pg_get_constraintdef(c.oid) AS definition FROM pg_constraint c JOIN"
          " pg_namespace n ON n.oid = c.connamespace WHERE c.contype = 'f' AND " OURS
          " AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid"
          " AND i.indisvalid AND i.indpred IS NULL AND "
          "(i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)"),
     "ok", "deleting a parent row reads all of the child table: create_performance_index"},
    {"no_primary_key",
     LIST("SELECT c.oid::regclass::text AS table FROM pg_class c JOIN pg_namespace n ON n.oid ="
          " c.relnamespace WHERE c.relkind = 'r' AND " OURS " AND NOT EXISTS (SELECT 1 FROM"
          " pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')"),
     "ok", "rows cannot be named one by one, nor replicated logically"},
    {"not_valid_constraints",
     LIST("SELECT n.nspname AS schema, t.relname AS table, c.conname AS constraint,"
          " pg_get_constraintdef(c.oid) AS definition FROM pg_constraint c JOIN pg_class t ON"
          " t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace WHERE NOT"
          " c.convalidated AND " OURS),
     "warn", "existing rows were never checked: heal with problem not_valid_constraint"},
    {"sequences_used",
     "SELECT json_build_object('status', CASE WHEN max(pct) > 90 THEN"
     " 'critical' WHEN max(pct) > 75 THEN 'warn' WHEN bool_or(last_value IS"
     " NULL AND NOT has_sequence_privilege(seq, 'SELECT, USAGE')) THEN"
     " 'unknown' ELSE 'ok' END, 'value', max(pct), 'detail',"
     " coalesce(json_agg(json_build_object('sequence', seq, 'percent', pct))"
     " FILTER (WHERE pct > 75), '[]')) FROM (SELECT s.last_value,"
     " format('%I.%I', schemaname, sequencename) AS seq, round(100.0 *"
     " last_value / least(max_value, CASE a.atttypid WHEN 21 THEN 32767 WHEN"
     " 23 THEN 2147483647 ELSE max_value END), 2) AS pct FROM pg_sequences s"
     " LEFT JOIN pg_depend d ON d.objid = format('%I.%I', schemaname,"
     " sequencename)::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid >"
     " 0 LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum ="
     " d.refobjsubid WHERE schemaname <> 'outgrow' AND increment_by > 0) q",
     "warn", "the column's or sequence's range is running out: widen the column to bigint"},
    {"wraparound",
     "SELECT json_build_object('status', CASE WHEN max(age(datfrozenxid)) > 1500000000 OR"
     " max(mxid_age(datminmxid)) > 1500000000 THEN 'critical' WHEN max(age(datfrozenxid)) >"
     " 2.5 * current_setting('autovacuum_freeze_max_age')::bigint THEN 'warn' ELSE 'ok' END,"
     " 'value', max(age(datfrozenxid)), 'multixact_age', max(mxid_age(datminmxid))) FROM"
     " pg_database WHERE datallowconn",
     "warn", "VACUUM (FREEZE) the oldest tables; look for old transactions and slots"},
    {"vacuum",
     LIST("SELECT relid::regclass::text AS table, n_live_tup, n_dead_tup,"
          " last_autovacuum, last_autoanalyze, last_analyze FROM"
          " pg_stat_user_tables WHERE schemaname <> 'outgrow' AND ((n_dead_tup >"
          " 1000 AND n_dead_tup > 0.2 * n_live_tup) OR (last_analyze IS NULL AND"
          " last_autoanalyze IS NULL AND n_live_tup > 0)) ORDER BY n_dead_tup DESC"),
     "warn", "many dead rows, or never analysed: run VACUUM (ANALYZE) on them"},
    {"replication",
     "SELECT json_build_object('status', CASE WHEN max(lag) > 1073741824 THEN 'warn' ELSE 'ok'"
     " END, 'value', count(*), 'detail', coalesce(json_agg(json_build_object('name',"
     " application_name, 'state', state, 'lag_bytes', lag)), '[]')) FROM (SELECT *,"
     " pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE"
     " pg_current_wal_lsn() END, replay_lsn) AS lag FROM pg_stat_replication) r",
     "warn", "a standby is more than a GiB behind"},
    {"slots",
     LIST("SELECT slot_name, slot_type, active, wal_status, pg_wal_lsn_diff(CASE"
          " WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE"
          " pg_current_wal_lsn() END, restart_lsn) AS retained_bytes FROM"
          " pg_replication_slots WHERE NOT active OR wal_status IN ('lost',"
          " 'unreserved')"),
     "warn", "a slot that nobody reads keeps WAL until the disk is full"},
    {"prepared_transactions",
     LIST("SELECT gid, prepared, owner FROM pg_prepared_xacts WHERE prepared <"
          " now() - interval '5 min'"),
     "warn", "COMMIT PREPARED or ROLLBACK PREPARED them: they hold locks"},
    {"collation_version",
     "SELECT coalesce((SELECT json_build_object('status', CASE WHEN was <>"
     " is_now THEN 'critical' ELSE 'ok' END, 'value', is_now, 'recorded', was)"
     " FROM (SELECT to_json(d) ->> 'datcollversion' AS was,"
     " pg_collation_actual_version(c.oid) AS is_now FROM pg_database d JOIN"
     " pg_collation c ON c.collname = 'default' WHERE d.datname ="
     " current_database()) v WHERE was IS NOT NULL AND is_now IS NOT NULL),"
     " json_build_object('status', 'ok', 'value', NULL))",
     "critical",
     "the system's sort order changed: REINDEX text indexes, then ALTER DATABASE ..."
     " REFRESH COLLATION VERSION"},
    {"settings",
     LIST("SELECT name, setting FROM pg_settings WHERE name IN ('autovacuum', 'fsync',"
          " 'full_page_writes', 'track_counts') AND setting = 'off'"),
     "critical",
     "the database is not safe against a crash (fsync, full_page_writes), or is not"
     " looked after (autovacuum, track_counts)"},
    {"role",
     "SELECT json_build_object('status', CASE WHEN rolsuper OR rolreplication"
     " OR rolbypassrls OR rolcreaterole OR pg_has_role(oid,"
     " 'pg_read_server_files', 'MEMBER') OR pg_has_role(oid,"
     " 'pg_write_server_files', 'MEMBER') OR pg_has_role(oid,"
     " 'pg_execute_server_program', 'MEMBER') THEN 'critical' ELSE 'ok' END,"
     " 'value', rolname) FROM pg_roles WHERE rolname = current_user",
     "critical",
     "this server reads with a role that may do too much: outgrow mcp --print-roles"},
    {"extensions",
     "SELECT json_build_object('status', 'ok', 'value', coalesce((SELECT"
     " json_agg(extname ORDER BY extname) FROM pg_extension), '[]'), 'hypopg',"
     " EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'hypopg'),"
     " 'pg_stat_statements', EXISTS (SELECT 1 FROM pg_extension WHERE extname"
     " = 'pg_stat_statements'))",
     "ok", ""},
};

const size_t health_check_count = sizeof health_checks / sizeof health_checks[0];
