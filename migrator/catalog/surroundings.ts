// What stands around the objects of migrations and may be made by other hands: schemas, extensions, default privileges;
// and what watches or publishes them.
import { comment, explode, grants, hash, objects, sorted } from "./sql.ts";

/** Kinds that the infrastructure may manage beside the migrations. */
export const surroundingKinds: readonly string[] = ["schema", "extension", "default privileges"];

const schemas = objects({
  kind: "'schema'",
  name: "quote_ident(n.nspname)",
  attributes: {
    owner: "pg_get_userbyid(n.nspowner)",
    grants: grants("n.nspacl", "n", "n.nspowner"),
    comment: comment("pg_namespace", "n.oid"),
  },
  from: "schemas s JOIN pg_namespace n ON n.oid = s.oid WHERE s.whole",
});

const extensions = objects({
  kind: "'extension'",
  name: "quote_ident(e.extname)",
  attributes: { version: "e.extversion", schema: "e.extnamespace::regnamespace::text" },
  // Google adds extensions of its own to databases, for its own maintenance. Owners are not kept by dumps.
  from: "pg_extension e, history WHERE e.extname NOT LIKE 'google%'",
});

const defaultPrivileges = objects({
  kind: "'default privileges'",
  name: `format('of %I on %s%s', pg_get_userbyid(d.defaclrole), CASE d.defaclobjtype WHEN 'r' THEN 'tables'
    WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' END,
    CASE WHEN n.nspname IS NOT NULL THEN format(' in %I', n.nspname) ELSE '' END)`,
  attributes: { grants: explode("d.defaclacl") },
  from: `pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
    WHERE d.defaclrole = (SELECT owner FROM history) AND d.defaclnamespace IS DISTINCT FROM (SELECT namespace FROM history)
       OR d.defaclnamespace IN (SELECT oid FROM schemas WHERE whole)`,
});

const eventTriggers = objects({
  kind: "'event trigger'",
  name: "quote_ident(e.evtname)",
  attributes: {
    owner: "pg_get_userbyid(e.evtowner)",
    event: "e.evtevent",
    enabled: "e.evtenabled::text",
    function: "e.evtfoid::regprocedure::text",
    tags: sorted("e.evttags"),
  },
  from: `pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid WHERE e.evtowner = (SELECT owner FROM history)
    OR p.pronamespace IN (SELECT oid FROM schemas WHERE whole)`,
});

const publications = objects({
  kind: "'publication'",
  name: "quote_ident(p.pubname)",
  attributes: {
    owner: "pg_get_userbyid(p.pubowner)",
    definition: `concat_ws(' ', CASE WHEN p.puballtables THEN 'all' END, CASE WHEN p.pubinsert THEN 'insert' END,
      CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
      CASE WHEN p.pubtruncate THEN 'truncate' END, CASE WHEN p.pubviaroot THEN 'via root' END)`,
    tables: `(SELECT jsonb_agg(prrelid::regclass::text ORDER BY prrelid::regclass::text COLLATE "C")
      FROM pg_publication_rel WHERE prpubid = p.oid)`,
    filters: hash(`(SELECT string_agg(concat_ws(' ', prrelid::regclass, prattrs, pg_get_expr(prqual, prrelid)), ','
      ORDER BY prrelid::regclass::text COLLATE "C") FROM pg_publication_rel WHERE prpubid = p.oid)`),
    schemas: `(SELECT jsonb_agg(pnnspid::regnamespace::text ORDER BY pnnspid::regnamespace::text COLLATE "C")
      FROM pg_publication_namespace WHERE pnpubid = p.oid)`,
  },
  from: `pg_publication p WHERE p.puballtables
    OR EXISTS (SELECT FROM pg_publication_rel JOIN relations r ON r.oid = prrelid WHERE prpubid = p.oid)
    OR EXISTS (SELECT FROM pg_publication_namespace JOIN schemas s ON s.oid = pnnspid WHERE pnpubid = p.oid AND s.whole)`,
});

export const surroundingParts = [schemas, extensions, defaultPrivileges, eventTriggers, publications];
