// Tables, views, sequences, and what hangs on them. `relations` is the snapshot's list of watched ones.
import { comment, explode, grants, hash, objects, qualified, sorted, word } from "./sql.ts";

const enabled = (expression: string): string => word(expression, "O yes, D no, R in replica mode, A always");

const relations = objects({
  kind: word("r.relkind", "r table, p table, v view, m materialized view, f foreign table, S sequence, c type"),
  name: "r.name",
  attributes: {
    owner: "pg_get_userbyid(r.relowner)",
    grants: `CASE r.relkind WHEN 'c' THEN NULL WHEN 'S' THEN ${grants("r.relacl", "s", "r.relowner")}
      ELSE ${grants("r.relacl", "r", "r.relowner")} END`,
    comment: comment("pg_class", "r.oid"),
    definition: hash(`CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END`),
    columns: `CASE WHEN r.relkind IN ('r', 'p', 'f', 'c') THEN (SELECT jsonb_agg(a.attname ORDER BY a.attnum)
      FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped) END`,
    persistence: word("r.relpersistence", "u unlogged"),
    options: sorted("r.reloptions"),
    "access method": "(SELECT amname FROM pg_am WHERE oid = r.relam AND amname <> 'heap')",
    tablespace: "(SELECT spcname FROM pg_tablespace WHERE oid = r.reltablespace)",
    "row level security": "nullif(r.relrowsecurity, false)",
    "forced row level security": "nullif(r.relforcerowsecurity, false)",
    "replica identity": `CASE WHEN r.relkind IN ('r', 'p', 'm') THEN ${word("r.relreplident", "f full, i index, n nothing")} END`,
    parents: `(SELECT jsonb_agg(inhparent::regclass::text ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = r.oid)`,
    "partition key": hash("CASE WHEN r.relkind = 'p' THEN pg_get_partkeydef(r.oid) END"),
    "partition bound": hash("pg_get_expr(r.relpartbound, r.oid)"),
    "of type": "nullif(r.reloftype, 0)::regtype::text",
    server: `(SELECT srvname FROM pg_foreign_table JOIN pg_foreign_server v ON v.oid = ftserver WHERE ftrelid = r.oid)`,
    "server options": hash("(SELECT array_to_string(ftoptions, ',') FROM pg_foreign_table WHERE ftrelid = r.oid)"),
    sequence: `(SELECT concat_ws(' ', format_type(seqtypid, NULL), 'start', seqstart, 'increment', seqincrement, 'from',
      seqmin, 'to', seqmax, 'cache', seqcache, CASE WHEN seqcycle THEN 'cycle' END)
      FROM pg_sequence WHERE seqrelid = r.oid)`,
    "owned by": `(SELECT format('%s.%I', refobjid::regclass, attname) FROM pg_depend
      JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
      WHERE r.relkind = 'S' AND classid = 'pg_class'::regclass AND objid = r.oid AND deptype IN ('a', 'i')
        AND refclassid = 'pg_class'::regclass AND refobjsubid > 0)`,
  },
  from: "relations r",
});

const columns = objects({
  kind: "'column'",
  name: "format('%s.%I', r.name, a.attname)",
  of: "r.name",
  attributes: {
    type: "format_type(a.atttypid, a.atttypmod)",
    "not null": "nullif(a.attnotnull, false)",
    default: hash("pg_get_expr(d.adbin, d.adrelid)"),
    identity: word("a.attidentity", "a always, d by default"),
    generated: word("a.attgenerated", "s stored"),
    collation: `CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END`,
    storage: word(
      "CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END",
      "p plain, e external, m main, x extended",
    ),
    compression: "nullif(a.attcompression::text, '')",
    "statistics target": "nullif(a.attstattarget, -1)",
    options: sorted("a.attoptions"),
    grants: `CASE WHEN a.attacl IS NOT NULL THEN ${explode("a.attacl")} END`,
    comment: comment("pg_class", "r.oid", "a.attnum"),
    inherited: "nullif(NOT a.attislocal, false)",
  },
  from: `relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
    WHERE r.relkind <> 'S'`,
});

const constraints = objects({
  kind: "'constraint'",
  name: "format('%s.%I', r.name, k.conname)",
  of: "r.name",
  attributes: {
    definition: hash("pg_get_constraintdef(k.oid)"),
    valid: "k.convalidated",
    // Foreign keys are held by triggers of the system's own, which a superuser can turn off.
    enforced: `(SELECT nullif(bool_and(tgenabled = 'O'), true) FROM pg_trigger WHERE tgconstraint = k.oid)`,
    comment: comment("pg_constraint", "k.oid"),
  },
  from: "relations r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype <> 't'",
});

const indexes = objects({
  kind: "'index'",
  name: qualified("r.nspname", "x.relname"),
  of: "r.name",
  attributes: {
    definition: hash("pg_get_indexdef(i.indexrelid)"),
    valid: "CASE WHEN x.relkind = 'i' THEN i.indisvalid END",
    // That of a partitioned table is valid once every partition has one: a step on the way, and meant.
    complete: "CASE WHEN x.relkind = 'I' THEN i.indisvalid END",
    clustered: "nullif(i.indisclustered, false)",
    "replica identity": "nullif(i.indisreplident, false)",
    tablespace: "(SELECT spcname FROM pg_tablespace WHERE oid = x.reltablespace)",
    "statistics targets": `(SELECT jsonb_object_agg(attname, attstattarget) FROM pg_attribute
      WHERE attrelid = i.indexrelid AND attstattarget >= 0)`,
    comment: comment("pg_class", "i.indexrelid"),
  },
  from: "relations r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class x ON x.oid = i.indexrelid",
});

const triggers = objects({
  kind: "'trigger'",
  name: "format('%s.%I', r.name, g.tgname)",
  of: "r.name",
  attributes: {
    definition: hash("pg_get_triggerdef(g.oid)"),
    enabled: enabled("g.tgenabled"),
    comment: comment("pg_trigger", "g.oid"),
  },
  from: "relations r JOIN pg_trigger g ON g.tgrelid = r.oid AND NOT g.tgisinternal",
});

const policies = objects({
  kind: "'policy'",
  name: "format('%s.%I', r.name, p.polname)",
  of: "r.name",
  attributes: {
    command: word("p.polcmd", "r select, a insert, w update, d delete, * all"),
    permissive: "p.polpermissive",
    roles: `(SELECT jsonb_agg(CASE one WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(one)::text END ORDER BY one = 0,
      pg_get_userbyid(one)::text COLLATE "C") FROM unnest(p.polroles) AS one)`,
    using: hash("pg_get_expr(p.polqual, p.polrelid)"),
    check: hash("pg_get_expr(p.polwithcheck, p.polrelid)"),
    comment: comment("pg_policy", "p.oid"),
  },
  from: "relations r JOIN pg_policy p ON p.polrelid = r.oid",
});

const rules = objects({
  kind: "'rule'",
  name: "format('%s.%I', r.name, w.rulename)",
  of: "r.name",
  attributes: {
    definition: hash("pg_get_ruledef(w.oid)"),
    enabled: enabled("w.ev_enabled"),
    comment: comment("pg_rewrite", "w.oid"),
  },
  from: "relations r JOIN pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'",
});

const statistics = objects({
  kind: "'statistics'",
  name: "format('%s.%I', e.stxnamespace::regnamespace, e.stxname)",
  of: "r.name",
  attributes: {
    definition: hash("pg_get_statisticsobjdef(e.oid)"),
    owner: "pg_get_userbyid(e.stxowner)",
    target: "nullif(e.stxstattarget, -1)",
    comment: comment("pg_statistic_ext", "e.oid"),
  },
  from: "relations r JOIN pg_statistic_ext e ON e.stxrelid = r.oid",
});

export const relationParts = [relations, columns, constraints, indexes, triggers, policies, rules, statistics];
