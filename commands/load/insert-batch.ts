// Writes a batch into a library that is in use: one statement, and where the database refuses it, halves until the record
// is found.
import type pg from "pg";
import type { NumberedRecord, Rejects } from "./batches.ts";

const TYPES: Readonly<Record<string, string>> = {
  id: "uuid",
  year: "integer",
  duration: "numeric",
  channels: "integer",
  sample_rate: "integer",
  bitrate: "integer",
  popularity: "smallint",
  created_at: "timestamp with time zone",
};

/** Rows written; those whose id is there already are left as they are. Runs inside the caller's transaction. */
export async function insertBatch(
  client: pg.Client,
  columns: readonly string[],
  rows: readonly NumberedRecord[],
  rejects: Rejects,
): Promise<{ written: number; rejected: number }> {
  if (rows.length === 0) return { written: 0, rejected: 0 };
  await client.query("savepoint batch");
  try {
    const objects = rows.map(({ record }) =>
      Object.fromEntries(columns.map((column, place) => [column, record[place]])),
    );
    const list = columns.join(", ");
    const typed = columns.map((column) => `${column} ${TYPES[column] ?? "text"}`).join(", ");
    const text =
      `insert into library.audio_tracks (${list}) select ${list} from json_to_recordset($1) as r (${typed}) ` +
      "on conflict (id) do nothing";
    const { rowCount } = await client.query(text, [JSON.stringify(objects)]);
    await client.query("release savepoint batch");
    return { written: rowCount ?? 0, rejected: 0 };
  } catch (error) {
    // 22 wrong values, 23 constraints: a row's fault. Anything else is not.
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!/^2[23]/.test(code)) throw error;
    await client.query("rollback to savepoint batch");
    const [only] = rows;
    if (rows.length === 1 && only !== undefined) {
      rejects.add(only.line, only.raw, `the database does not take it (SQLSTATE ${code})`);
      return { written: 0, rejected: 1 };
    }
    const middle = Math.ceil(rows.length / 2);
    const first = await insertBatch(client, columns, rows.slice(0, middle), rejects);
    const second = await insertBatch(client, columns, rows.slice(middle), rejects);
    return { written: first.written + second.written, rejected: first.rejected + second.rejected };
  }
}
