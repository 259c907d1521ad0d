// Canaries in every way to fail: passwords, connection strings, values of rows. None may stand in what people or machines read.
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import * as readiness from "../../connections/readiness.ts";
import * as engine from "../../migrator/index.ts";
import { DynamicProvider, serializedProviders } from "../support/dynamic-provider.ts";
import { freshDatabase, optionsFor, query } from "../support/migration-database.ts";
import { migrateCommand } from "../support/migrate-command.ts";
import { MigrationFolder } from "../support/migration-folder.ts";
import { ProviderSetup } from "../support/provider-setup.ts";

// A busy machine starts a server and a process slowly.
jest.setTimeout(60_000);

const PASSWORD = "canary-password-d41a";
/** A row's value that looks like nothing, and one that tries to get out of its quotation marks. */
const ROW = "canary-row-77c2";
const QUOTED_ROW = 'a"canary-row-b9e5"b';
const canaries = /canary-(?:password-d41a|row-77c2|row-b9e5)/;

let setup: ProviderSetup;
let database: string;
let folder: MigrationFolder;

beforeAll(async () => {
  setup = await ProviderSetup.start();
  await query(setup.cluster, "postgres", `create role intruder login password '${PASSWORD}'`);
});
afterAll(() => setup.stop());
beforeEach(async () => {
  database = await freshDatabase(setup.cluster);
  folder = new MigrationFolder().add(
    1,
    "a",
    `create schema app;
     create table app.t (name text, at text);
     create function app.shout() returns trigger language plpgsql as
       $$ begin raise exception 'row "%" is not wanted', old.name; end $$;
     create trigger shout before update on app.t for each row execute function app.shout();`,
    "drop schema app cascade;",
  );
  await engine.up(options(), await set());
  const values = `('${ROW}', '2026'), ('${ROW}', '2026'), ('${QUOTED_ROW}', '2026')`;
  await query(setup.cluster, database, `insert into app.t values ${values}`);
});
afterEach(() => {
  folder.remove();
});

const set = (): Promise<engine.MigrationSet> => engine.loadMigrations({ folder: folder.path });
const options = (change: Partial<engine.MigratorOptions> = {}): engine.MigratorOptions => ({
  ...optionsFor(setup.cluster, database),
  ...{ retries: 0, retryDelayMs: 1 },
  ...change,
});
const run = (sql: string): Promise<Record<string, unknown>[]> => query(setup.cluster, database, sql);
const add = (sql: string, header = ""): void => {
  folder.add(2, "b", `${header}${sql}`);
};
const up = async (change?: Partial<engine.MigratorOptions>): Promise<unknown> =>
  engine.up(options(change), await set());

/** Everything that an error carries, its stack and its causes, and what the engine wrote into the database. */
async function traces(error: unknown): Promise<string> {
  const log = await run("select * from migrations.migration_event");
  const snapshot = await run("select * from migrations.migration_catalog").catch(() => []);
  return [inspect(error, { depth: 20, showHidden: true }), String(error), JSON.stringify([log, snapshot])].join("\n");
}

/** How each class of error comes about, always with a canary near by. */
const failures: { error: string; what: string; fail: () => Promise<unknown> }[] = [
  {
    error: "MigrationFailedError",
    what: "a unique index over equal rows",
    fail: () => (add("create unique index on app.t (name);"), up()),
  },
  {
    error: "MigrationFailedError",
    what: "a cast of a row's text",
    fail: () => (add("alter table app.t alter name type int using name::int;"), up()),
  },
  {
    error: "MigrationFailedError",
    what: "a cast of a text with quotation marks",
    fail: () => (add("alter table app.t alter name type date using case when name ~ '^a' then name::date end;"), up()),
  },
  {
    error: "MigrationFailedError",
    what: "a check that rows violate",
    fail: () => (add("alter table app.t add constraint c check (name = '');"), up()),
  },
  {
    error: "MigrationFailedError",
    what: "what a trigger says of a row",
    fail: () => (add("update app.t set at = null;"), up()),
  },
  {
    error: "MigrationFailedError",
    what: "a concurrent index outside a transaction",
    fail: () => (add("create unique index concurrently u on app.t (name);", "-- migrator: no-transaction\n"), up()),
  },
  {
    error: "MigrationFilesError",
    what: "a file that is no SQL",
    fail: () => (add("create tabel x ();"), up()),
  },
  {
    error: "PlanError",
    what: "an edited file",
    fail: () => (folder.add(1, "a", "create schema app;"), up()),
  },
  {
    error: "LockLostError",
    what: "a file that throws the lock away",
    fail: () => (add("select pg_advisory_unlock_all();"), up()),
  },
  {
    error: "ConnectionLostError",
    what: "a connection that breaks",
    fail: () => {
      add(`select pg_sleep(1), '${ROW}';`);
      const connect = async (): ReturnType<engine.MigratorOptions["connect"]> => {
        const client = await options().connect();
        const { stream } = (client as unknown as { connection: { stream: { destroy: () => void } } }).connection;
        setTimeout(() => stream.destroy(), 200);
        return client;
      };
      return up({ connect });
    },
  },
  {
    error: "InterruptedError",
    what: "a run that is stopped",
    fail: () => (add("create table app.x ();"), up({ signal: AbortSignal.abort() })),
  },
  {
    error: "PooledConnectionError",
    what: "a pooler in the way",
    fail: async () => {
      add("create index concurrently i on app.t (name);", "-- migrator: no-transaction\n");
      const connect = async (): ReturnType<engine.MigratorOptions["connect"]> =>
        Object.assign(await options().connect(), { processID: 1 });
      return up({ connect });
    },
  },
  {
    error: "LockTimeoutError",
    what: "another runner, whose query holds a canary",
    fail: async () => {
      // Held by the test, so that the runner stays at work however slow the machine is.
      const holder = await setup.cluster.connect(database);
      await holder.query("select pg_advisory_lock(7)");
      add(`select pg_advisory_xact_lock(7), '${ROW}';`);
      const first = up({ lockTimeoutMs: 60_000 }).catch((error: unknown) => error);
      try {
        for (;;) {
          const [busy] = await run("select count(*)::int n from pg_locks where locktype = 'advisory' and not granted");
          if (busy?.["n"] === 1) break;
        }
        return await up({ runnerLockTimeoutMs: 100 });
      } finally {
        await holder.end();
        await first;
      }
    },
  },
  { error: "DownRefusedError", what: "an unknown version", fail: () => engine.down(options(), "9") },
  {
    error: "DriftError",
    what: "a default, a comment and a function by hand",
    fail: async () => {
      await run(`alter table app.t alter name set default '${ROW}'; comment on table app.t is '${ROW}';
                 create function app.f() returns text language sql as $$ select '${PASSWORD}' $$;
                 alter function app.shout() set application_name = '${PASSWORD}'`);
      add("create table app.x ();");
      return up();
    },
  },
  {
    error: "VerifyError",
    what: "a check by hand",
    fail: async () => {
      await run(`alter table app.t add constraint c check (name <> '${PASSWORD}')`);
      return engine.verify(options(), await set());
    },
  },
  {
    error: "NotReadyError",
    what: "a wrong password",
    fail: () =>
      readiness.waitUntilReady({
        connect: () => setup.cluster.connect(database, "intruder", `${PASSWORD}-wrong`),
        ...{ ownerRole: "", requiredSchemas: [], deadlineMs: 100 },
      }),
  },
  { error: "BaselineRefusedError", what: "a history", fail: () => engine.baseline(options(), "1", ROW) },
  {
    error: "RepairRefusedError",
    what: "no reason",
    fail: async () => engine.repair(options(), await set(), { reason: "" }),
  },
  {
    error: "AdoptionRefusedError",
    what: "a foreign history that fits no file",
    fail: async () => {
      await run(
        `create table public.schema_migrations (version varchar(128) primary key); insert into public.schema_migrations values ('20260101'); grant select on public.schema_migrations to public`,
      );
      return engine.adopt(options(), await set(), { from: "dbmate" });
    },
  },
  {
    error: "UnknownOutcomeError",
    what: "an interrupted block",
    fail: async () => {
      const block = `do $$ begin perform '${ROW}'; commit; end $$`;
      add(`${block};\nvacuum app.t;`, "-- migrator: no-transaction\n");
      const { sql } = (await set()).migrations[1]?.statements.map(({ text }) => ({ sql: text }))[0] ?? { sql: "" };
      await run(
        `insert into migrations.migration_progress values ('V0002__b.up.sql', 0, encode(sha256(convert_to($c$${sql}$c$, 'UTF8')), 'hex'), false)`,
      );
      return up();
    },
  },
];

/** Part of another class, or never seen by callers. */
const covered = [
  ...["MigrationError", "EditedMigrationError", "FailedHistoryError", "MissingMigrationError"],
  ...["OutOfOrderMigrationError", "RenamedMigrationError", "HistoryMovedError"],
  ...["DuplicateVersionError", "VersionGapError", "UnlistedFileError"],
  ...["RemovedFileError", "EditedFileError", "ReorderedFileError"],
];

describe("no canary", () => {
  it("is left out: every class of error has its row", () => {
    const classes = Object.keys({ ...engine, ...readiness }).filter(
      (name) => name.endsWith("Error") && /^[A-Z]/.test(name),
    );
    expect([...new Set([...failures.map(({ error }) => error), ...covered])].sort()).toEqual(classes.sort());
  });

  it.each(failures)("gets into $error by $what", async ({ error, fail }) => {
    const thrown = await fail().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect((thrown as Error | undefined)?.name).toBe(error);
    expect(withoutOwnFiles(await traces(thrown))).not.toMatch(canaries);
  });

  /** A message shows the line of the file that failed: that one is the author's own, and in the repository. */
  function withoutOwnFiles(text: string): string {
    return text.replace(/^.*\d+ \| .*$/gm, "");
  }
});

describe("the command", () => {
  const url = (password: string, host = "127.0.0.1", port = setup.cluster.port): string =>
    `postgresql://intruder:${password}@${host}:${String(port)}/${database}`;
  const commands = [
    ["plan"],
    ["up"],
    ["down", "--to", "0"],
    ["status"],
    ["verify"],
    ["baseline", "--at", "1", "--reason", "x"],
    ["repair", "--reason", "x"],
    ["adopt", "--from", "dbmate"],
    ["accept-drift", "--reason", "x"],
  ];
  const targets: [string, () => string][] = [
    ["no right to anything", () => url(PASSWORD)],
    ["a wrong password", () => url(`${PASSWORD}-wrong`)],
    ["nobody at the port", () => url(PASSWORD, "127.0.0.1", 1)],
    ["a URL that cannot be decoded", () => url(`${PASSWORD}%zz`)],
    ["a database that is not there", () => url(PASSWORD).replace(/[^/]*$/, "missing")],
    ["a certificate that nobody vouches for", () => `${url(PASSWORD)}?sslmode=verify-full`],
    ["no URL at all", () => `${PASSWORD} is no URL`],
  ];
  const full = process.env["TEST_FULL"] === "1";
  const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 100_000);
  const all = commands.flatMap((args) =>
    targets.map(([why, target]) => ({ command: args.join(" "), args, why, target })),
  );
  // Each target once; the seed says of which commands.
  const sample = full
    ? all
    : targets.map((_, at) => all[(((seed + at * 4) % commands.length) * targets.length + at) % all.length]!);

  it.each(sample)("$command gives nothing away with $why", async ({ args, target }) => {
    for (const json of [[], ["--json"]]) {
      const { code, out, err } = await migrateCommand([...args, ...json], target());
      expect(code).toBe(1);
      expect(`${out}${err}`).not.toBe("");
      expect(`${out}${err}`).not.toMatch(canaries);
    }
  });
});

describe("the provider's process", () => {
  it("keeps passwords and rows out of its errors, its state and what it prints", async () => {
    setup.google.secrets.set("projects/p/secrets/password", PASSWORD);
    await query(
      setup.cluster,
      "postgres",
      `alter role migrator password '${PASSWORD}'; alter role reader password '${PASSWORD}'`,
    );
    const provider = await DynamicProvider.start(serializedProviders().SchemaMigrations);
    try {
      add("alter table app.t alter name type int using name::int;");
      const news = setup.declared(database, folder.path);
      const { inputs } = await provider.check({}, news);
      const failed = await provider.create(inputs).catch((error: unknown) => error);
      setup.google.secrets.set("projects/p/secrets/tls", `{"serverCa": "${PASSWORD}"`);
      const broken = await provider.create({ ...inputs, readinessDeadlineMs: 100 }).catch((error: unknown) => error);
      expect([failed, broken]).toEqual([expect.any(Error), expect.any(Error)]);
      expect(withoutCanary(inspect([inputs, failed, broken], { depth: 20 }), provider.printed)).toEqual([]);
    } finally {
      await provider.stop();
      await query(setup.cluster, "postgres", "alter role migrator password 'test'; alter role reader password 'test'");
    }
  });

  function withoutCanary(...texts: string[]): string[] {
    return texts.flatMap((text) => canaries.exec(text) ?? []);
  }
});
