// docs/schema.svg: tables and their relations, from the catalog of a database that the migrations have made.
import type pg from "pg";
import { colour, drawn, escaped, graphHead, quietText } from "./diagram.ts";

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly isKey: boolean;
}

export interface Table {
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly Column[];
}

export interface Relation {
  readonly from: string;
  readonly fromColumns: readonly string[];
  readonly to: string;
  readonly toColumns: readonly string[];
  /** What becomes of a row whose other end is deleted. */
  readonly onDelete: string;
}

export interface Schema {
  readonly tables: readonly Table[];
  readonly relations: readonly Relation[];
}

/** Tables of schema `library`, without partitions, and their foreign keys. */
export async function readSchema(client: Pick<pg.Client, "query">): Promise<Schema> {
  const { rows: tables } = await client.query<Table>(`
    select c.relname as name, coalesce(obj_description(c.oid, 'pg_class'), '') as comment,
      (select json_agg(json_build_object(
          'name', a.attname,
          'type', format_type(a.atttypid, a.atttypmod),
          'isRequired', a.attnotnull,
          'isKey', coalesce(a.attnum = any (k.conkey), false)) order by a.attnum)
        from pg_attribute a left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_class c
    where c.relnamespace = 'library'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname`);
  const { rows: relations } = await client.query<Relation>(`
    select f.relname as "from", t.relname as "to",
      (select json_agg(a.attname order by place) from unnest(k.conkey) with ordinality as key (number, place)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.number) as "fromColumns",
      (select json_agg(a.attname order by place) from unnest(k.confkey) with ordinality as key (number, place)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = key.number) as "toColumns",
      case k.confdeltype when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default'
        when 'r' then 'restrict' else 'no action' end as "onDelete"
    from pg_constraint k join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid
    where k.contype = 'f' and k.conparentid = 0 and f.relnamespace = 'library'::regnamespace
    order by f.relname, k.conname`);
  return { tables, relations };
}

export async function schemaPicture({ tables, relations }: Schema): Promise<string> {
  const dot = [
    "digraph {",
    graphHead("rankdir=LR nodesep=0.4 ranksep=1.1"),
    ...tables.map(tableText),
    ...relations.map(relationText),
    "}",
  ];
  const about = `Tables of schema library: ${tables.map(({ name }) => name).join(", ")}.`;
  return await drawn(dot.join("\n"), about);
}

function tableText({ name, comment, columns }: Table): string {
  const rows = columns.map(
    (column) =>
      `<tr><td port="${column.name}" align="left">${columnName(column)}</td><td align="left">${quietText(
        column.isRequired ? column.type : `${column.type}, may be null`,
      )}</td></tr>`,
  );
  const about = wrapped(comment).map((line) => `<tr><td colspan="2" align="left">${quietText(line)}</td></tr>`);
  const table = `<table border="1" style="rounded" cellborder="0" cellspacing="1" cellpadding="2" bgcolor="${colour("card")}" color="${colour("edge")}">`;
  return `"${name}" [label=<${table}<tr><td colspan="2" align="left"><b>${escaped(name)}</b></td></tr>${about.join("")}<hr/>${rows.join("")}</table>>]`;
}

/** Columns of the primary key are marked by colour and by a word: colour alone would not reach everybody. */
function columnName({ name, isKey }: Column): string {
  return isKey ? `<font color="${colour("key")}"><b>${escaped(name)}</b> key</font>` : escaped(name);
}

function relationText({ from, fromColumns, to, toColumns, onDelete }: Relation): string {
  const ends = `"${from}":"${fromColumns[0] ?? ""}" -> "${to}":"${toColumns[0] ?? ""}"`;
  return `${ends} [label="on delete ${onDelete}" dir=both arrowtail=crowodot arrowhead=teetee]`;
}

/** Lines of at most some fifty letters. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > 52) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
