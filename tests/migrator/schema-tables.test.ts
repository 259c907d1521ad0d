// The tables of the library: columns, constraints, rights, seeds, and the way down and up again.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { readSchema, schemaPicture } from "../../commands/docs/schema-picture.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import {
  applySchema,
  migrationFiles,
  prepareDatabase,
  runFiles,
  seedFiles,
  testDatabase,
  testPassword,
} from "../support/schema.ts";

let cluster: TestCluster;
let other: TestCluster | undefined;
let app: pg.Client;
let migrator: pg.Client;

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  app = await cluster.connect(testDatabase, "music_library_user", testPassword);
  migrator = await cluster.connect(testDatabase, "music_library_migrator", testPassword);
}, 60_000);

afterAll(async () => {
  await Promise.all([app.end(), migrator.end()]);
  await cluster.remove();
  await other?.remove();
});

/** Inserts a track with these columns beside the required ones; the new row. */
async function insertTrack(columns: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const row = { title: "Yesterday", audio_path: "gs://library/audio/yesterday.mp3", ...columns };
  const places = Object.keys(row).map((_, index) => `$${String(index + 1)}`);
  const sql = `insert into audio_tracks (${Object.keys(row).join(", ")}) values (${places.join(", ")}) returning *`;
  const { rows } = await app.query<Record<string, unknown>>(sql, Object.values(row));
  return rows[0] ?? {};
}

describe("docs/schema.svg", () => {
  it("shows the tables that the migrations make (`npm run docs` after a change on purpose)", async () => {
    const schema = await readSchema(migrator);
    expect(schema.tables.length).toBeGreaterThan(0);
    const written = readFileSync(new URL("../../docs/schema.svg", import.meta.url), "utf8");
    for (const { name } of schema.tables) expect(written).toContain(`>${name}<`);
    expect(await schemaPicture(schema)).toBe(written);
  });
});

describe("audio_tracks", () => {
  it("has exactly these columns", async () => {
    const { rows } = await app.query<{ column: string }>(
      `select attname || ' ' || format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end
         as column
       from pg_attribute where attrelid = 'audio_tracks'::regclass and attnum > 0 and not attisdropped order by attnum`,
    );
    expect(rows.map((row) => row.column)).toEqual([
      "id uuid not null",
      "created_at timestamp with time zone not null",
      "updated_at timestamp with time zone not null",
      "status character varying(20) not null",
      "artist character varying(255)",
      "title character varying(255) not null",
      "album character varying(255)",
      "genre character varying(255)",
      "year integer",
      "duration numeric(10,3)",
      "channels integer",
      "sample_rate integer",
      "bitrate integer",
      "format character varying(20)",
      "audio_path text not null",
      "thumbnail_path text",
      "search_vector tsvector",
      "popularity smallint not null",
    ]);
  });

  it("fills in id, times and status", async () => {
    const track = await insertTrack();
    expect(track["id"]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(track["status"]).toBe("PENDING");
    expect(track["created_at"]).toEqual(track["updated_at"]);
    expect(Math.abs(Date.now() - Number(track["created_at"]))).toBeLessThan(60_000);
  });

  it("sets updated_at at each update and keeps created_at", async () => {
    const track = await insertTrack();
    const { rows } = await app.query<{ created_at: Date; later: boolean }>(
      // Compared by the server, whose clock is finer than a Date.
      `update audio_tracks set genre = 'Pop', updated_at = '2000-01-01' where id = $1
       returning created_at, updated_at > created_at as later`,
      [track["id"]],
    );
    expect(rows).toEqual([{ created_at: track["created_at"], later: true }]);
  });

  it.each([
    ["status", "DONE"],
    ["title", "  "],
    ["year", 999],
    ["year", 2101],
    ["duration", 0],
    ["duration", -1],
    ["channels", 0],
    ["channels", 65],
    ["sample_rate", 999],
    ["sample_rate", 49_152_001],
    ["bitrate", 0],
    ["popularity", -1],
    ["popularity", 101],
    ["audio_path", "audio/yesterday.mp3"],
    ["audio_path", "https://library/audio/yesterday.mp3"],
    ["audio_path", "gs://library"],
    ["audio_path", "gs://library/"],
    ["audio_path", "gs://library/audio/"],
    ["audio_path", "gs://Library/audio/yesterday.mp3"],
    ["audio_path", "gs://library/audio/a\nb.mp3"],
    ["audio_path", `gs://library/${"ü".repeat(700)}`],
    ["thumbnail_path", "thumbnails/yesterday.jpg"],
    ["thumbnail_path", "gs://library/thumbnails/"],
  ])("refuses %s %j by its constraint", async (column, value) => {
    await expect(insertTrack({ [column]: value })).rejects.toMatchObject({
      code: "23514",
      constraint: `ck_audio_tracks_${column}`,
    });
  });

  it.each(["title", "audio_path", "status"])("refuses a null %s", async (column) => {
    await expect(insertTrack({ [column]: null })).rejects.toMatchObject({ code: "23502", column });
  });

  it("takes what lies on the limits", async () => {
    await insertTrack({ year: 1000, duration: 0.001, channels: 1, sample_rate: 1000, bitrate: 1, format: "MP3" });
    await insertTrack({
      year: 2100,
      duration: "9999999.999",
      channels: 64,
      sample_rate: 49_152_000,
      bitrate: 2 ** 31 - 1,
    });
    const long = "ü".repeat(255);
    await insertTrack({ title: long, artist: long, album: long, genre: long });
    const path = `gs://${"b".repeat(63)}/${"o".repeat(1024)}`;
    expect(await insertTrack({ audio_path: path, thumbnail_path: path })).toMatchObject({ audio_path: path });
  });
});

describe("rights", () => {
  it("gives every table, function and text search object to the owner", async () => {
    const { rows } = await app.query<{ owner: string }>(
      `select distinct pg_get_userbyid(owner) as owner from (
         select relowner as owner, relnamespace as space from pg_class
         union all select proowner, pronamespace from pg_proc
         union all select cfgowner, cfgnamespace from pg_ts_config
         union all select dictowner, dictnamespace from pg_ts_dict) objects
       where space = 'library'::regnamespace`,
    );
    expect(rows).toEqual([{ owner: "music_library_owner" }]);
  });

  it.each([
    "create table library.mine ()",
    "create table public.mine ()",
    "create table migrations.mine ()",
    "create schema mine",
    "create function library.mine() returns int language sql return 1",
    "drop table library.audio_tracks",
    "alter table library.audio_tracks add column mine int",
    "truncate library.audio_tracks",
    "select * from migrations.history",
    "insert into library.audio_formats values ('X', 'audio/x', 'x')",
    "set role music_library_owner",
  ])("refuses the application: %s", async (sql) => {
    const refused: unknown = await app.query(sql).catch((error: unknown) => error);
    expect(refused).toHaveProperty("code", "42501");
  });

  it("lets the application write and delete tracks, and the verifier only read and search", async () => {
    const { id } = await insertTrack({ title: "Fleeting" });
    const verifier = await cluster.connect(testDatabase, "music_library_verifier", testPassword);
    const { rows } = await verifier.query(
      "select id from search_tracks('fleeting') union select id from fuzzy_tracks('fleting')",
    );
    expect(rows).toEqual([{ id }]);
    await expect(verifier.query("delete from audio_tracks")).rejects.toMatchObject({ code: "42501" });
    await verifier.end();
    expect((await app.query("delete from audio_tracks where id = $1", [id])).rowCount).toBe(1);
  });

  it("leaves PUBLIC nothing in the schema", async () => {
    const { rows } = await app.query(
      `select proname as name from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0
         and pronamespace = 'library'::regnamespace
       union all select relname from pg_class, aclexplode(relacl) where grantee = 0
         and relnamespace = 'library'::regnamespace`,
    );
    expect(rows).toEqual([]);
  });
});

describe("seeds", () => {
  it("change nothing when they run again, and mend what was edited", async () => {
    const formats = "select format, mime_type, extension, xmin::text from library.audio_formats order by format";
    const before = (await app.query(formats)).rows;
    expect(before.length).toBeGreaterThan(0);
    await runFiles(migrator, seedFiles());
    expect((await app.query(formats)).rows).toEqual(before);
    await migrator.query("set role music_library_owner");
    await migrator.query("update library.audio_formats set mime_type = 'audio/wrong' where format = 'MP3'");
    await migrator.query("reset role");
    await runFiles(migrator, seedFiles());
    const mended = await app.query("select mime_type from audio_formats where format = 'MP3'");
    expect(mended.rows).toEqual([{ mime_type: "audio/mpeg" }]);
  });
});

describe("down migrations", () => {
  /** Everything in the catalog that lives in schema library, with its definition and rights. */
  const catalog = `
    select 'relation', relname || ' ' || relkind::text || coalesce(relacl::text, '') from pg_class
      where relnamespace = 'library'::regnamespace
    union all select 'constraint', conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'library'::regnamespace
    union all select 'index', indexdef from pg_indexes where schemaname = 'library'
    union all select 'function', pg_get_functiondef(oid) || coalesce(proacl::text, '') from pg_proc
      where pronamespace = 'library'::regnamespace
    union all select 'trigger', pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = tgrelid
      where relnamespace = 'library'::regnamespace and not tgisinternal
    union all select 'configuration', cfgname from pg_ts_config where cfgnamespace = 'library'::regnamespace
    union all select 'dictionary', dictname from pg_ts_dict where dictnamespace = 'library'::regnamespace
    union all select 'type', typname from pg_type where typnamespace = 'library'::regnamespace
    union all select 'default', defaclrole::regrole::text || defaclobjtype::text || defaclacl::text from pg_default_acl
    order by 1, 2`;

  it("bring back the empty schema, and up the same schema again", async () => {
    other = await startCluster();
    await prepareDatabase(other);
    const client = await other.connect(testDatabase, "music_library_migrator", testPassword);
    const empty = (await client.query(catalog)).rows;
    await runFiles(client, migrationFiles("up"));
    const full = (await client.query(catalog)).rows;
    await runFiles(client, migrationFiles("down"));
    expect((await client.query(catalog)).rows).toEqual(empty);
    await runFiles(client, migrationFiles("up"));
    expect((await client.query(catalog)).rows).toEqual(full);
    expect(full.length).toBeGreaterThan(empty.length + 40);
    await client.end();
  }, 60_000);

  it("exist for every up migration, and no file is longer than 250 lines", () => {
    const up = migrationFiles("up");
    expect(migrationFiles("down").toReversed()).toEqual(up.map((file) => file.replace(".up.sql", ".down.sql")));
    for (const file of [...up, ...migrationFiles("down")]) {
      expect(readFileSync(file, "utf8").split("\n").length).toBeLessThanOrEqual(251);
    }
  });
});
