// Types, collations and text search.
import { comment, grants, hash, objects, qualified, watched, word } from "./sql.ts";

const types = objects({
  kind: word("t.typtype", "e enum, d domain, r range, b type"),
  name: qualified("s.nspname", "t.typname"),
  attributes: {
    owner: "pg_get_userbyid(t.typowner)",
    grants: grants("t.typacl", "T", "t.typowner"),
    labels: `(SELECT jsonb_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)`,
    type: "CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END",
    "not null": "nullif(t.typnotnull, false)",
    default: hash("t.typdefault"),
    collation: "CASE WHEN t.typtype = 'd' THEN nullif(t.typcollation, 0)::regcollation::text END",
    range: `(SELECT concat_ws(' ', rngsubtype::regtype, rngmultitypid::regtype, nullif(rngcollation, 0)::regcollation,
      nullif(rngcanonical, 0), nullif(rngsubdiff, 0)) FROM pg_range WHERE rngtypid = t.oid)`,
    storage: "CASE WHEN t.typtype = 'b' THEN concat_ws(' ', t.typinput, t.typoutput, t.typlen, t.typstorage) END",
    comment: comment("pg_type", "t.oid"),
  },
  // Arrays, multiranges and the row types of tables come and go with another object.
  from: `pg_type t JOIN schemas s ON s.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r', 'b') AND t.typcategory <> 'A' AND ${watched("pg_type", "t.oid", "t.typowner")}`,
});

const domainConstraints = objects({
  kind: "'constraint'",
  name: "format('%I.%I.%I', s.nspname, t.typname, k.conname)",
  of: qualified("s.nspname", "t.typname"),
  attributes: {
    definition: hash("pg_get_constraintdef(k.oid)"),
    valid: "k.convalidated",
    comment: comment("pg_constraint", "k.oid"),
  },
  from: `pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN schemas s ON s.oid = t.typnamespace
    WHERE ${watched("pg_type", "t.oid", "t.typowner")}`,
});

const collations = objects({
  kind: "'collation'",
  name: qualified("s.nspname", "c.collname"),
  attributes: {
    owner: "pg_get_userbyid(c.collowner)",
    // Not its version: that is the machine's.
    definition: `concat_ws(' ', c.collprovider, c.collcollate, c.collctype, c.colliculocale, c.collisdeterministic)`,
    comment: comment("pg_collation", "c.oid"),
  },
  from: `pg_collation c JOIN schemas s ON s.oid = c.collnamespace WHERE ${watched("pg_collation", "c.oid", "c.collowner")}`,
});

const configurations = objects({
  kind: "'text search configuration'",
  name: qualified("s.nspname", "c.cfgname"),
  attributes: {
    owner: "pg_get_userbyid(c.cfgowner)",
    parser: "(SELECT prsname FROM pg_ts_parser WHERE oid = c.cfgparser)",
    mappings: `(SELECT jsonb_agg(one ORDER BY one COLLATE "C") FROM (
      SELECT alias || ': ' || string_agg(mapdict::regdictionary::text, ', ' ORDER BY mapseqno) AS one
        FROM pg_ts_config_map JOIN ts_token_type(c.cfgparser) ON tokid = maptokentype
       WHERE mapcfg = c.oid GROUP BY alias) AS each)`,
    comment: comment("pg_ts_config", "c.oid"),
  },
  from: `pg_ts_config c JOIN schemas s ON s.oid = c.cfgnamespace WHERE ${watched("pg_ts_config", "c.oid", "c.cfgowner")}`,
});

const dictionaries = objects({
  kind: "'text search dictionary'",
  name: qualified("s.nspname", "d.dictname"),
  attributes: {
    owner: "pg_get_userbyid(d.dictowner)",
    template: "(SELECT tmplname FROM pg_ts_template WHERE oid = d.dicttemplate)",
    options: hash("d.dictinitoption"),
    comment: comment("pg_ts_dict", "d.oid"),
  },
  from: `pg_ts_dict d JOIN schemas s ON s.oid = d.dictnamespace WHERE ${watched("pg_ts_dict", "d.oid", "d.dictowner")}`,
});

export const typeParts = [types, domainConstraints, collations, configurations, dictionaries];
