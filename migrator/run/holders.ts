// Who stands in the way, in words: for messages about locks. Of what others run only its kind is told, never a literal.
import type pg from "pg";

/** Columns of pg_stat_activity (alias "a") that `describe` reads. */
export const activityColumns = `a.pid, a.application_name AS application, coalesce(a.state, 'unknown') AS state,
  a.backend_start::timestamptz(0)::text AS since, a.state_change::timestamptz(0)::text AS changed, a.query`;

export interface Activity extends pg.QueryResultRow {
  pid: number | null;
  application: string | null;
  state: string;
  /** When it connected, and when it got into its state. */
  since: string | null;
  changed: string | null;
  query: string | null;
}

/** `pid 42, application "psql", connected since ..., idle in transaction since ..., last ran "ALTER TABLE"`. */
export function describe({ pid, application, state, since, changed, query }: Activity): string {
  const connected = `pid ${String(pid ?? "?")}, application "${application ?? "?"}", connected since ${since ?? "?"}`;
  const kind = queryKind(query ?? "");
  const ran = kind === "" ? "" : `, ${state === "active" ? "runs" : "last ran"} ${kind}`;
  return `${connected}, ${state} since ${changed ?? "?"}${ran}`;
}

const words = new Set(
  (
    "ALTER ANALYZE BEGIN CALL CLUSTER COLUMN COMMIT CONCURRENTLY COPY CREATE DATABASE DELETE DO DROP EXECUTE EXTENSION FETCH " +
    "FROM FUNCTION GRANT INDEX INSERT INTO LOCK MATERIALIZED MERGE OR POLICY REFRESH REINDEX REPLACE REVOKE ROLE ROLLBACK " +
    "SCHEMA SELECT SEQUENCE SET SHOW START TABLE TRANSACTION TRIGGER TRUNCATE TYPE UNIQUE UPDATE VACUUM VIEW WITH"
  ).split(" "),
);
const ownComment = /^\/\* migration (\S+) \*\//;

/** The engine's own messages begin with it: the server's list of sessions then shows the file at work. */
export function nameFile(file: string): string {
  return `/* migration ${file.replaceAll(/[^\w.@-]/g, "_")} */ `;
}

/** The leading key words of a query, or the file that a runner of this engine is at. */
export function queryKind(query: string): string {
  const file = ownComment.exec(query)?.[1];
  if (file !== undefined) return `migration "${file}"`;
  const bare = query.replace(/^(?:\s+|--[^\n]*\n|\/\*[^]*?\*\/)+/, "");
  const leading: string[] = [];
  for (const word of bare.split(/[\s(;]+/, 5).map((part) => part.toUpperCase())) {
    if (!words.has(word)) break;
    leading.push(word);
  }
  return leading.length === 0 ? "" : `"${leading.join(" ")}"`;
}
