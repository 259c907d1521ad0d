// Brings rows of one table back as they were at a moment: from a clone into the library in use, in one transaction.
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { RecoveryError } from "./sql-admin.ts";

export interface TableRows {
  /** Rows that the table had at the moment. */
  readonly then: number;
  /** Of those, how many were missing and are there again. */
  readonly broughtBack: number;
  /** Of those, how many are there with another content: overwritten, or left as they are. */
  readonly different: number;
}

interface TableShape {
  /** Quoted, without those that the database computes. */
  readonly columns: readonly string[];
  /** Quoted. */
  readonly key: readonly string[];
}

const schema = "library";
/** Nobody has the right to make temporary tables. This one comes and goes within the transaction: nobody else ever sees it. */
const restored = `${schema}.restored_rows`;

export interface RestoreTableArgs {
  readonly table: string;
  /** The clone, as the same login. */
  readonly from: pg.Client;
  /** The library in use, as a login that may become `owner`. */
  readonly into: pg.Client;
  readonly owner: string;
  /** Gives rows that are there with another content the one of then. */
  readonly overwrite: boolean;
  /** Else everything is undone at the end, and the figures say what would be done. */
  readonly commit: boolean;
}

/** Raises RecoveryError where the table is not there, has no key or has changed its columns since. */
export async function restoreTable(args: RestoreTableArgs): Promise<TableRows> {
  const { table, from, into, owner, overwrite, commit } = args;
  // A large table takes longer than a login's own limit.
  for (const client of [from, into]) await client.query("set statement_timeout = 0");
  await from.query(`set role ${pg.escapeIdentifier(owner)}`);
  const { columns, key } = await shapeOf(table, from, into);
  const name = `${schema}.${pg.escapeIdentifier(table)}`;
  const list = columns.join(", ");
  await into.query("begin");
  try {
    await into.query(`set local role ${pg.escapeIdentifier(owner)}`);
    await into.query(`create unlogged table ${restored} as select ${list} from ${name} where false`);
    await pipeline(
      from.query(copyTo(`copy (select ${list} from ${name}) to stdout (format binary)`)),
      into.query(copyFrom(`copy ${restored} (${list}) from stdin (format binary)`)),
    );
    await into.query(`analyze ${restored}`);
    const then = await count(into, `select count(*) from ${restored}`);
    const same = key.map((column) => `live.${column} = former.${column}`).join(" and ");
    const differs = `(${columns.map((column) => `live.${column}`).join(", ")}) is distinct from (${columns.map((column) => `former.${column}`).join(", ")})`;
    const different = await count(
      into,
      `select count(*) from ${name} live join ${restored} former on ${same} where ${differs}`,
    );
    // Deleted and inserted, not updated: what was true then need not be a step from what is true now.
    if (overwrite) await into.query(`delete from ${name} live using ${restored} former where ${same} and ${differs}`);
    const { rowCount } = await into.query(
      `insert into ${name} (${list}) overriding system value select ${list} from ${restored} on conflict do nothing`,
    );
    await into.query(`drop table ${restored}`);
    await into.query(commit ? "commit" : "rollback");
    return { then, different, broughtBack: (rowCount ?? 0) - (overwrite ? different : 0) };
  } catch (error) {
    await into.query("rollback").catch(() => undefined);
    throw error;
  }
}

async function shapeOf(table: string, from: pg.Client, into: pg.Client): Promise<TableShape> {
  const [then, now] = await Promise.all([tableShape(from, table), tableShape(into, table)]);
  const said = (shape: TableShape): string => (shape.columns.length === 0 ? "no table" : shape.columns.join(", "));
  if (then.columns.length === 0 || said(then) !== said(now)) {
    throw new RecoveryError(
      `table "${table}": is not the same then (${said(then)}) and now (${said(now)}); expected a table of schema ${schema} with the same columns. Restore the whole library, or copy by hand from a clone.`,
    );
  }
  if (then.key.length > 0) return then;
  throw new RecoveryError(
    `table "${table}": has no primary key; expected one, to tell which rows are missing. Copy by hand from a clone.`,
  );
}

async function tableShape(client: pg.Client, table: string): Promise<TableShape> {
  const { rows } = await client.query<{ column: string; keyed: boolean }>(
    `select quote_ident(a.attname) as column, a.attnum = any (coalesce(i.indkey::int2[], '{}')) as keyed
       from pg_class c join pg_attribute a on a.attrelid = c.oid
       left join pg_index i on i.indrelid = c.oid and i.indisprimary
      where c.relnamespace = $1::regnamespace and c.relname = $2 and c.relkind in ('r', 'p')
        and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      order by a.attnum`,
    [schema, table],
  );
  return {
    columns: rows.map(({ column }) => column),
    key: rows.filter(({ keyed }) => keyed).map(({ column }) => column),
  };
}

async function count(client: pg.Client, sql: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(sql);
  return Number(rows[0]?.count ?? 0);
}
