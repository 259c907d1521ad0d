import { literal } from "../run/script-query.ts";
import { relationParts } from "./relations.ts";
import { routineParts } from "./routines.ts";
import { qualified, watched } from "./sql.ts";
import { surroundingParts } from "./surroundings.ts";
import { typeParts } from "./types.ts";

/** One object: kind, name, the object that it belongs to ("" for none), attributes. */
export type CatalogObject = readonly [string, string, string, Readonly<Record<string, unknown>>];

/**
 * Common table expressions that end in `snapshot (fingerprint, objects)`: one row, whatever the database holds; `objects` is
 * JSON as text, which costs half of what a value of jsonb does. Watched is what stands in schemas of the history's owner, and
 * what this role owns elsewhere; the history's own schema is not, nor are the insides of extensions. Any login may read all of
 * it. Needs an empty search_path. `history` is the quoted name of the history's table. With `intended`, INVALID indexes are
 * left out: an interrupted build left them, nobody ever means them.
 */
export function snapshotQuery(history: string, { intended }: { intended: boolean }): string {
  const parts = [...relationParts, ...routineParts, ...typeParts, ...surroundingParts];
  return `history AS MATERIALIZED (
    SELECT relowner AS owner, relnamespace AS namespace FROM pg_class WHERE oid = to_regclass(${literal(history)})
  ), schemas AS MATERIALIZED (
    SELECT n.oid, n.nspname, n.nspowner = h.owner AS whole FROM pg_namespace n, history h
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.oid <> h.namespace
  ), members AS MATERIALIZED (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
  ), relations AS MATERIALIZED (
    SELECT c.*, s.nspname, ${qualified("s.nspname", "c.relname")} AS name
      FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND ${watched("pg_class", "c.oid", "c.relowner")}
  ), objects AS MATERIALIZED (
    ${parts.join("\n    UNION ALL ")}
  ), sorted AS (
    SELECT jsonb_build_array(kind, name, coalesce(parent, ''), definition)::text AS one FROM objects
     ${intended ? "WHERE kind <> 'index' OR coalesce(definition ->> 'valid', '') <> 'false'" : ""}
     ORDER BY kind COLLATE "C", name COLLATE "C"
  ), snapshot AS (
    SELECT encode(sha256(convert_to(objects, 'UTF8')), 'hex') AS fingerprint, objects
      FROM (SELECT concat('[', string_agg(one, ', '), ']') AS objects FROM sorted) AS whole
  )`;
}
