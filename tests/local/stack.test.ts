// The main job end to end: the unchanged program through the real engine, on real PostgreSQL, PgBouncer and the storage server.
// It proves that the stack comes up, stays, is repaired and goes; it does not prove that Google accepts the declarations.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import type { Contract } from "../../client/contract.ts";
import { adminOptions } from "../../local/postgres/admin.ts";
import { Processes } from "../../local/processes.ts";
import { startTimeOf } from "../../local/processes.ts";
import { LocalStack } from "../support/local-stack.ts";
import { MeasuredStack, operatorToken } from "../support/measured-stack.ts";
import { generatedPasswords, ROTATION_LINES, rotateKilledAfter } from "../support/rotation.ts";

const minutes = 60_000;
const languageHost = join(import.meta.dirname, "..", "support", "language-host.mjs");
const killedAfter = 1 + (Number(process.env["TEST_SEED"] ?? 1) % ROTATION_LINES);

describe("the local stack", () => {
  const stack = new LocalStack();
  let contract: Contract;
  let firstStart: string;

  const admin = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client(adminOptions(stack.paths, database));
    await client.connect();
    return client;
  };
  const asAdmin = async (sql: string, database = "music_library"): Promise<Record<string, unknown>[]> => {
    const client = await admin(database);
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const pulumi = async (...args: string[]): Promise<string> => {
    const { code, output } = await stack.run("pulumi", [...args, "--non-interactive", "--color", "never"]);
    if (code !== 0) throw new Error(output);
    return output;
  };

  beforeAll(async () => {
    // The first grants are in force three seconds late, as they are minutes late in Google's cloud.
    const env = { PATH: withGcloud(stack), MUSIC_LIBRARY_GRANT_DELAY_MS: "3000" };
    const { code, output } = await stack.run("start", [], env);
    firstStart = output;
    if (code !== 0) throw new Error(output);
    contract = JSON.parse((await stack.run("contract")).output) as Contract;
  }, 5 * minutes);

  afterAll(async () => {
    await stack.remove();
  }, minutes);

  it("comes up verified, every row passed", () => {
    expect(firstStart).toMatch(/verify: all \d+ passed/);
    expect(firstStart).not.toContain("FAILED");
    expect(firstStart).toContain("a grant may still be spreading, tried again for up to 11 minutes:");
  });

  it("never asks the user's gcloud, which would answer with credentials and a project of the user's own", () => {
    expect(existsSync(gcloudCalls(stack))).toBe(false);
  });

  it(
    "changes nothing when it is started again",
    async () => {
      const { code, output } = await stack.run("start");
      expect(output).toContain("0 changes");
      expect(code).toBe(0);
    },
    minutes,
  );

  it("leaves the checkout clean: salt and ports stand below .local/", () => {
    const workspace = readFileSync(join(stack.paths.root, "workspace", "Pulumi.local.yaml"), "utf8");
    expect(workspace).toContain("encryptionsalt");
    expect(workspace).toContain(String(contract.database.pooler.port));
  });

  it("listens on 127.0.0.1 only", () => {
    const ports = Object.values(
      JSON.parse(readFileSync(stack.paths.at("ports.json"), "utf8")) as Record<string, number>,
    );
    const sockets = ["tcp", "tcp6"].flatMap((file) =>
      readFileSync(`/proc/net/${file}`, "utf8").trim().split("\n").slice(1),
    );
    const listening = sockets
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === "0A")
      .map(([, local = ""]) => ({ address: local.split(":")[0], port: Number.parseInt(local.split(":")[1] ?? "", 16) }))
      .filter(({ port }) => ports.includes(port));
    expect(listening.length).toBeGreaterThanOrEqual(8);
    // 127.0.0.1 as the kernel writes it.
    expect(listening.filter(({ address }) => address !== "0100007F")).toEqual([]);
  });

  it("keeps every password out of state, logs and output", async () => {
    const secrets = await generatedPasswords(stack);
    expect(secrets).not.toContain("");
    expect(secrets.length).toBeGreaterThanOrEqual(6);
    const places = {
      state: stack.textBelow("state"),
      logs: stack.textBelow("logs"),
      output: firstStart,
      contract: JSON.stringify(contract),
    };
    for (const [place, text] of Object.entries(places)) {
      expect({ place, leaked: secrets.filter((secret) => text.includes(secret)).length }).toEqual({ place, leaked: 0 });
    }
  });

  it("makes no role of its own a superuser or a cloudsqlsuperuser, and every table the owner's", async () => {
    const roles = await asAdmin(`select rolname from pg_roles where rolname like 'music\\_library%'
      and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls or pg_has_role(rolname, 'cloudsqlsuperuser', 'member'))`);
    expect(roles).toEqual([]);
    const foreign =
      await asAdmin(`select relname from pg_class where relnamespace = 'library'::regnamespace and relkind in ('r', 'v', 'S')
      and pg_get_userbyid(relowner) <> 'music_library_owner'`);
    expect(foreign).toEqual([]);
  });

  it(
    "finds a flag, a grant, a search path, a table and a bucket that were changed by hand, and repairs them",
    async () => {
      await asAdmin("alter system set work_mem = '1MB'", "postgres");
      await asAdmin("select pg_reload_conf()", "postgres");
      await asAdmin("revoke usage on schema library from music_library_readwrite");
      await asAdmin("alter role music_library_user reset search_path");
      await asAdmin("create table library.by_hand ()");
      const { status } = await fetch(`${contract.endpoints.storage}/storage/v1/b/${contract.bucket.name}`, {
        method: "PATCH",
        headers: { authorization: `Bearer ${await operatorToken(stack.paths)}`, "content-type": "application/json" },
        body: JSON.stringify({ cors: [], lifecycle: { rule: [] } }),
      });
      expect(status).toBe(200);
      const seen = await pulumi("refresh", "--preview-only", "--diff");
      for (const drifted of ["databaseFlags", "privileges", "settings", "lifecycleRules", "cors"])
        expect(seen).toContain(drifted);
      // What migrations make nobody overwrites: the update stops there, and the change is undone by hand.
      expect(seen).toContain("table library.by_hand: added");
      expect(seen).toContain("schema library: grants -music_library_readwrite=USAGE");
      await expect(pulumi("up", "--refresh", "--yes", "--skip-preview")).rejects.toThrow(
        "table library.by_hand: added",
      );
      await asAdmin("drop table library.by_hand");
      await pulumi("up", "--refresh", "--yes", "--skip-preview");
      const [flag] = await asAdmin(
        "select count(*)::int as count from pg_settings where name = 'work_mem' and setting = '1024'",
        "postgres",
      );
      expect(flag).toEqual({ count: 0 });
      expect(await pulumi("up", "--refresh", "--yes", "--skip-preview", "--expect-no-changes")).toContain("unchanged");
      expect((await stack.run("verify")).code).toBe(0);
      expect(await pulumi("refresh", "--preview-only", "--diff")).not.toContain("drift");
    },
    3 * minutes,
  );

  it(
    "measures bucket, backups and pooler, and what it wrote is there",
    async () => {
      const measured = new MeasuredStack(stack.paths, contract, await operatorToken(stack.paths));
      expect({ ...(await measured.runJob()), log: stack.textBelow("logs") }).toMatchObject({ succeededCount: 1 });
      const { bytes, objects } = await measured.bucketContent();
      expect([measured.sum("bucket/bytes"), measured.sum("bucket/objects")]).toEqual([bytes, objects]);
      expect(measured.values("backup/age")).toEqual([expect.any(Number)]);
      expect(measured.values("recovery_point/age")).toEqual([expect.any(Number)]);
      // Written once a minute: in the full suite there is time to wait for it; tests/client/pooler-publisher has the rest.
      if (process.env["TEST_FULL"] !== "1") return;
      await measured.untilWritten("pooler/clients_waiting");
      expect(measured.sum("pooler/clients_waiting")).toBe(0);
    },
    4 * minutes,
  );

  it(
    "is reported as unchanged, by its own state and by its exported graph, which holds no secret",
    async () => {
      expect((await stack.run("preview-report", ["--stack", "local"])).output).toContain("`local`: no changes");

      const graph = await stack.run("graph");
      const file = join(stack.paths.root, "graph.json");
      writeFileSync(file, graph.output);
      expect(graph.output).not.toContain("ciphertext");
      expect((await stack.run("preview-report", ["--stack", "local", "--graph", file])).output).toContain(
        "`local`: no changes",
      );
    },
    minutes,
  );

  it(
    "sends the SDK's debug messages to the engine when somebody asks for them",
    async () => {
      const { output } = await stack.run("pulumi", ["preview", "--debug", "--non-interactive"]);
      expect(output).toContain("RegisterResource RPC prepared");
    },
    minutes,
  );

  it(
    "reports every wrong key at once, without a stack trace",
    async () => {
      const workspace = stack.paths.at("workspace", "Pulumi.local.yaml");
      const { code, output } = await stack.run("pulumi", [
        ...[
          "preview",
          "--non-interactive",
          "--color",
          "never",
          "-c",
          "music-library:tier=db-custom-3-1000",
          "-c",
          "music-library:retainedBackups=never",
        ],
        ...["-c", "music-library:teir=x", "--config-file", workspace],
      ]);
      expect(code).not.toBe(0);
      for (const key of ["tier", "retainedBackups", "teir"]) expect(output).toContain(key);
      expect(output).not.toMatch(/\n\s+at .*\.(ts|js):\d+/);
    },
    minutes,
  );

  it(
    "names in preview what restarts the database server",
    async () => {
      const flags = 'music-library:databaseFlags={"wal_buffers":"8MB","work_mem":"2MB"}';
      const config = ["-c", flags, "--config-file", stack.paths.at("workspace", "Pulumi.local.yaml")];
      const host = spawn(process.execPath, [languageHost], { stdio: ["pipe", "pipe", "inherit"] });
      try {
        const [port] = (await once(host.stdout, "data")) as [Buffer];
        expect(await pulumi("preview", ...config, `--client=127.0.0.1:${String(port).trim()}`)).toContain(
          "instance-server: this change restarts the database server (flag wal_buffers); every connection ends",
        );
        // The host that set-up builds knows no hooks; the program runs all the same.
        expect(await pulumi("preview", ...config)).toMatch(/~ 1 to update/);
      } finally {
        host.stdin.end();
      }
    },
    minutes,
  );

  it(
    "previews production with Google credentials in the environment, and reaches nothing outside this machine",
    async () => {
      const proxy = await recordingProxy();
      const address = `http://127.0.0.1:${proxy.port}`;
      const env = {
        ...{ HTTPS_PROXY: address, HTTP_PROXY: address, https_proxy: address, http_proxy: address },
        ...{ NO_PROXY: "127.0.0.1,localhost", no_proxy: "127.0.0.1,localhost" },
        ...{
          GOOGLE_OAUTH_ACCESS_TOKEN: "canary",
          GOOGLE_APPLICATION_CREDENTIALS: "/nowhere",
          GCE_METADATA_HOST: address,
        },
      };
      try {
        const args = ["preview", "--stack", "prod", "--non-interactive", "--color", "never"];
        const { code, output } = await stack.run("pulumi", args, env);
        expect(output).toMatch(/\+ \d+ to create/);
        expect(code).toBe(0);
        expect(proxy.asked).toEqual([]);
      } finally {
        proxy.close();
      }
    },
    2 * minutes,
  );

  it("refuses to change another stack than the local one", async () => {
    const { code, output } = await stack.run("pulumi", ["up", "--stack", "prod", "--yes"]);
    expect(code).toBe(1);
    expect(output).toContain('stack "prod": cannot be changed while the local cloud answers');
  });

  it(
    "recovers PostgreSQL with its data after kill -9",
    async () => {
      await asAdmin(
        "insert into library.audio_tracks (title, audio_path) values ('Survivor', 'gs://bucket/audio/survivor.mp3')",
      );
      const processes = new Processes(stack.paths);
      const name = processes.names().find((name) => name.startsWith("postgres/")) ?? "";
      const pid = processes.running(name) ?? 0;
      process.kill(pid, "SIGKILL");
      while (startTimeOf(pid) !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      const { output } = await stack.run("start");
      expect(output).toContain("0 changes");
      expect(await asAdmin("select title from library.audio_tracks where title = 'Survivor'")).toEqual([
        { title: "Survivor" },
      ]);
      await asAdmin("delete from library.audio_tracks where title = 'Survivor'");
    },
    2 * minutes,
  );

  it(
    `rotates the application's password, killed after line ${killedAfter} and repeated, with no password in the log of every statement`,
    async () => {
      await asAdmin("alter system set log_statement = 'all'", "postgres");
      await asAdmin("select pg_reload_conf()", "postgres");
      const earlier = await generatedPasswords(stack);
      const { before, after, output } = await rotateKilledAfter(stack, killedAfter);
      expect([before.user, after.user]).toEqual(["music_library_user", "music_library_user_b"]);
      expect(output).toContain("rotate: music_library_user_b serves; its password is due again by");
      expect(Date.parse(after.passwordExpires)).toBeGreaterThan(Date.parse(before.passwordExpires));

      const passwords = [...new Set([...earlier, ...(await generatedPasswords(stack))])];
      expect(passwords.length).toBeGreaterThan(earlier.length);
      const logs = stack.textBelow("logs");
      // Statements are there: what else is not there is left out on purpose.
      expect(logs).toContain('ALTER ROLE "music_library_user_b" CONNECTION LIMIT');
      expect(passwords.filter((password) => logs.includes(password))).toEqual([]);
      await asAdmin("alter system reset log_statement", "postgres");
    },
    3 * minutes,
  );

  it(
    "comes back with its data, and with the login of the rotation, after everything was stopped",
    async () => {
      const before = await asAdmin("select count(*)::int as tracks from library.audio_tracks");
      expect((await stack.run("stop")).output).toContain("stopped");
      const { code, output } = await stack.run("start");
      expect(output).toContain("0 changes");
      expect(code).toBe(0);
      expect(await asAdmin("select count(*)::int as tracks from library.audio_tracks")).toEqual(before);
    },
    2 * minutes,
  );

  it(
    "waits with a word for a second start at the same time",
    async () => {
      const [first, second] = await Promise.all([stack.run("start"), stack.run("start")]);
      expect([first.code, second.code]).toEqual([0, 0]);
      expect(first.output + second.output).toMatch(/waiting for the "npm start" that process \d+ runs/);
    },
    2 * minutes,
  );

  it(
    "is destroyed whole, after it was asked",
    async () => {
      expect((await stack.run("destroy")).output).toContain("--yes");
      const { code, output } = await stack.run("destroy", ["--yes"]);
      expect(output).toContain("is gone");
      expect(code).toBe(0);
      // What lived inside the instance went with it, unasked.
      expect(readdirSync(join(stack.paths.root, "cloud", "resources"))).toEqual([]);
    },
    2 * minutes,
  );
});

/** A proxy that refuses everything and remembers what it was asked for. */
async function recordingProxy(): Promise<{ port: number; asked: string[]; close: () => void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(502).end();
  });
  server.on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, asked, close: () => server.close() };
}

const gcloudCalls = (stack: LocalStack): string => join(stack.paths.root, "gcloud-calls");

/** A PATH on which a gcloud comes first that writes down each call. */
function withGcloud(stack: LocalStack): string {
  const folder = join(stack.paths.root, "bin");
  mkdirSync(folder);
  writeFileSync(join(folder, "gcloud"), `#!/bin/sh\necho "$@" >> ${gcloudCalls(stack)}\nexit 1\n`, { mode: 0o755 });
  return [folder, process.env["PATH"] ?? ""].join(delimiter);
}
