// What stands around the objects of migrations and may be made by other hands: schemas, extensions, default privileges;
// and what watches or publishes them.
import { comment, explode, grants, hash, objects, sorted, word } from "./sql.ts";

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

const notOfExtension = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM members m WHERE m.classid = '${catalog}'::regclass AND m.objid = ${oid})`;

const casts = objects({
  kind: "'cast'",
  name: "format('%s as %s', c.castsource::regtype, c.casttarget::regtype)",
  attributes: {
    function: "nullif(c.castfunc, 0)::regprocedure::text",
    context: word("c.castcontext", "e explicit, a in assignments, i implicit"),
    method: word("c.castmethod", "f function, i input and output, b none"),
  },
  // Those that PostgreSQL brings along have lower numbers.
  from: `pg_cast c WHERE c.oid >= 16384 AND ${notOfExtension("pg_cast", "c.oid")}`,
});

const foreignDataWrappers = objects({
  kind: "'foreign-data wrapper'",
  name: "quote_ident(w.fdwname)",
  attributes: {
    owner: "pg_get_userbyid(w.fdwowner)",
    grants: grants("w.fdwacl", "F", "w.fdwowner"),
    functions: "concat_ws(' ', nullif(w.fdwhandler, 0)::regproc, nullif(w.fdwvalidator, 0)::regproc)",
    options: hash("array_to_string(w.fdwoptions, ',')"),
  },
  from: `pg_foreign_data_wrapper w WHERE ${notOfExtension("pg_foreign_data_wrapper", "w.oid")}`,
});

const foreignServers = objects({
  kind: "'foreign server'",
  name: "quote_ident(v.srvname)",
  attributes: {
    owner: "pg_get_userbyid(v.srvowner)",
    grants: grants("v.srvacl", "S", "v.srvowner"),
    type: "v.srvtype",
    version: "v.srvversion",
    options: hash("array_to_string(v.srvoptions, ',')"),
  },
  from: `pg_foreign_server v WHERE ${notOfExtension("pg_foreign_server", "v.oid")}`,
});

// Only its owner and the server's may see what a mapping says.
const userMappings = objects({
  kind: "'user mapping'",
  name: "format('for %I on %I', u.usename, u.srvname)",
  attributes: {},
  from: "pg_user_mappings u",
});

const subscriptions = objects({
  kind: "'subscription'",
  name: "quote_ident(u.subname)",
  attributes: {
    owner: "pg_get_userbyid(u.subowner)",
    enabled: "u.subenabled",
    publications: sorted("u.subpublications"),
    slot: "u.subslotname",
  },
  from: "pg_subscription u WHERE u.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
});

export const surroundingParts = [
  ...[schemas, extensions, defaultPrivileges, eventTriggers, publications],
  ...[casts, foreignDataWrappers, foreignServers, userMappings, subscriptions],
];
