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

export interface ForeignKey {
  readonly from: string;
  readonly fromColumns: readonly string[];
  readonly to: string;
  readonly toColumns: readonly string[];
  /** What becomes of a row whose other end is deleted. */
  readonly onDelete: string;
}

/** A function that makes rows of one table out of another's: for a trigger out of the table's that it stands on. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly by: string;
}

/** A column whose comment names another table. */
export interface Mention {
  readonly from: string;
  readonly column: string;
  readonly to: string;
}

export interface Schema {
  readonly tables: readonly Table[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly flows: readonly Flow[];
  readonly mentions: readonly Mention[];
}

/** Tables of schema `library`, without partitions, and what leads from one to another. */
export async function readSchema(client: Pick<pg.Client, "query">): Promise<Schema> {
  const tables = await readTables(client);
  const names = tables.map(({ name }) => name);
  return {
    tables,
    foreignKeys: await readForeignKeys(client),
    flows: (await readFunctions(client)).flatMap((body) => flowsOf(body)).filter(({ to }) => names.includes(to)),
    mentions: (await readMentions(client)).filter(({ to }) => names.includes(to)),
  };
}

async function readTables(client: Pick<pg.Client, "query">): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
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
  return rows;
}

async function readForeignKeys(client: Pick<pg.Client, "query">): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(`
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
  return rows;
}

interface Body {
  readonly name: string;
  readonly text: string;
  /** Tables with a trigger that runs it. */
  readonly on: readonly string[];
}

async function readFunctions(client: Pick<pg.Client, "query">): Promise<Body[]> {
  const { rows } = await client.query<Body>(`
    select p.proname as name, p.prosrc as text,
      coalesce((select json_agg(distinct c.relname order by c.relname)
        from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where t.tgfoid = p.oid and not t.tgisinternal), '[]') as "on"
    from pg_proc p where p.pronamespace = 'library'::regnamespace and p.prokind in ('f', 'p')
    order by p.proname, pg_get_function_identity_arguments(p.oid)`);
  return rows;
}

/** PostgreSQL keeps the bodies of these functions as text alone: what they write is read there. */
function flowsOf({ name, text, on }: Body): Flow[] {
  const found = (pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map(([, table = ""]) => table))];
  const written = found(/\binsert\s+into\s+library\.(\w+)/gi);
  // A function that no trigger runs takes its rows where it deletes them and goes on with what it has deleted.
  const taken = found(/\bdelete\s+from\s+library\.(\w+)(?:(?!\b(?:delete|insert)\b)[^;])*?\breturning\b/gi);
  return [...on, ...taken].flatMap((from) => written.map((to) => ({ from, to, by: name })));
}

async function readMentions(client: Pick<pg.Client, "query">): Promise<Mention[]> {
  const { rows } = await client.query<Mention>(`
    select c.relname as "from", a.attname as "column", named[1] as "to"
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped,
      regexp_matches(coalesce(col_description(c.oid, a.attnum), ''), 'library\.([a-z_]+)', 'g') as named
    where c.relnamespace = 'library'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname, a.attnum`);
  return rows;
}

export async function schemaPicture({ tables, foreignKeys, flows, mentions }: Schema): Promise<string> {
  const legend = `arrow: a function that writes · dashed: a column's comment · ${foreignKeys.length} foreign keys`;
  const dot = [
    "digraph {",
    graphHead(`rankdir=LR nodesep=0.35 ranksep=0.8 labelloc=b label="${legend}"`),
    ...tables.map(tableText),
    ...foreignKeys.map(foreignKeyText),
    ...merged(flows).map(
      ({ from, to, by }) => `"${from}" -> "${to}" [label="${by.map((name) => `${name}()`).join("\\n")}"]`,
    ),
    ...mentions.map(({ from, column, to }) => `"${from}":"${column}":e -> "${to}" [style=dashed label="${column}"]`),
    "}",
  ];
  const about = `Tables of schema library: ${tables.map(({ name }) => name).join(", ")}.`;
  return await drawn(dot.join("\n"), about);
}

function tableText({ name, comment, columns }: Table): string {
  const rows = columns.map(
    (column) =>
      `<tr><td align="left">${columnName(column)}</td><td port="${column.name}" align="left">${quietText(
        column.isRequired ? column.type : `${column.type}, may be null`,
      )}</td></tr>`,
  );
  const about = wrapped(comment).map((line) => `<tr><td colspan="2" align="left">${quietText(line)}</td></tr>`);
  const table = `<table border="1" style="rounded" cellborder="0" cellspacing="1" cellpadding="2" bgcolor="${colour("card")}" color="${colour("edge")}">`;
  return `"${name}" [label=<${table}<tr><td colspan="2" align="left"><b>${escaped(name)}</b></td></tr>${about.join("")}<hr/>${rows.join("")}</table>>]`;
}

/** Columns of the primary key are marked by colour and by a word: colour alone would not reach everybody. */
function columnName({ name, isKey }: Column): string {
  return isKey ? `<font color="${colour("key")}"><b>${escaped(name)}</b>&#160;&#160;key</font>` : escaped(name);
}

/** One arrow between two tables, with all that draw it. */
function merged(flows: readonly Flow[]): { from: string; to: string; by: string[] }[] {
  const arrows = new Map<string, { from: string; to: string; by: string[] }>();
  for (const { from, to, by } of flows) {
    const arrow = arrows.get(`${from} ${to}`) ?? { from, to, by: [] };
    arrow.by.push(by);
    arrows.set(`${from} ${to}`, arrow);
  }
  return [...arrows.values()];
}

function foreignKeyText({ from, fromColumns, to, toColumns, onDelete }: ForeignKey): string {
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
