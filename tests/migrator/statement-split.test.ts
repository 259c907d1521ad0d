// Where the engine cuts a file is where the server does. The server is asked three ways: a whole file as one message gives as
// many results, with the same contents, as its statements one by one; each statement alone counts as exactly one; and what the
// engine leaves out between them counts as none.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import type { Statement } from "../../migrator/index.ts";
import { generatedFile, randomFrom } from "../support/generated-sql.ts";
import { parsed } from "../support/parsed-statement.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";

const full = process.env["TEST_FULL"] === "1";
const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 100_000);
const files = full ? 10_000 : 300;

let cluster: TestCluster;
let client: pg.Client;

beforeAll(async () => {
  cluster = await startCluster();
  client = await cluster.connect();
  await client.query("create table generated (a int)");
}, 60_000);

afterAll(async () => {
  await client.end();
  await cluster.remove();
});

/** What the server answers to a message: one entry a statement, none for an empty one. */
async function results(sql: string): Promise<unknown[]> {
  const answer: unknown = await client.query({ text: sql, rowMode: "array" });
  const list = (Array.isArray(answer) ? answer : [answer]) as pg.QueryArrayResult[];
  return list
    .filter(({ command }) => (command as string | null) !== null)
    .map(({ command, rows, fields }) => [command, fields.map(({ name }) => name), rows]);
}

function gaps(sql: string, statements: readonly Statement[]): string[] {
  let from = 0;
  const between = statements.map(({ offset, text }) => {
    expect(sql.slice(offset, offset + text.length)).toBe(text);
    const gap = sql.slice(from, offset);
    from = offset + text.length;
    return gap;
  });
  return [...between, sql.slice(from)];
}

async function compare(sql: string): Promise<number> {
  const statements = await parsed(sql);
  const whole = await results(sql);
  const single: unknown[] = [];
  for (const { text } of statements) {
    const alone = await results(text);
    expect(alone).toHaveLength(1);
    single.push(...alone);
  }
  expect(single).toEqual(whole);
  for (const gap of gaps(sql, statements)) expect(await results(gap)).toEqual([]);
  const lines = statements.map(({ offset }) => sql.slice(0, offset).split("\n").length);
  expect(statements.map(({ line }) => line)).toEqual(lines);
  return statements.length;
}

describe("the split of a file", () => {
  it(
    `is the server's for ${String(files)} generated files (TEST_SEED=${String(seed)})`,
    async () => {
      const random = randomFrom(seed);
      let statements = 0;
      for (let count = 0; count < files; count += 1) {
        const sql = generatedFile(random);
        try {
          statements += await compare(sql);
        } catch (error) {
          throw new Error(`file ${String(count)} of seed ${String(seed)}: ${JSON.stringify(sql)}`, { cause: error });
        }
      }
      expect(statements).toBeGreaterThan(files * 3);
    },
    full ? 600_000 : 60_000,
  );

  it.each([
    ["a comment that ends with a carriage return", "-- a\rselect 1; -- b\rselect 2"],
    ["a no-break space, which is a letter to PostgreSQL", "select 1 as \u00a0; select 2 as \u00a0"],
    ["a byte order mark in the middle", "select 1 as \ufeff;\nselect 2"],
    ["a comment in the last statement", "select 1 /* ; */ -- ;"],
    ["nothing but comments", "/* a /* b */ ; */ -- c"],
    ["characters outside the basic plane before it", "select '🎵'; select '日本'"],
  ])("is the server's for %s", async (_, sql) => {
    expect(await compare(sql)).toBeGreaterThanOrEqual(0);
  });

  it("takes linear time: 20,000 statements in one file", async () => {
    const sql = "insert into s.t (a, b) values (1, 'é');\n".repeat(20_000);
    const statements = await parsed(sql);
    expect(statements).toHaveLength(20_000);
    expect(statements.at(-1)).toMatchObject({ line: 20_000, offset: sql.length - 40 });
  }, 60_000);
});
