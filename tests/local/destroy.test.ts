// Destroying and replacing the whole stack: locks hold, what fails loses nothing, what is replaced is followed, and names that
// Google keeps are kept here too. It proves the order of things; it does not prove that Google answers the same.
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { GoogleAuth } from "google-auth-library";
import pg from "pg";
import { runningDaemon } from "../../local/control.ts";
import { adminOptions } from "../../local/postgres/admin.ts";
import { type CommandResult, LocalStack } from "../support/local-stack.ts";

const minutes = 60_000;
const project = "loist-music-library-local";
const locked = {
  ...{ protectResources: true, deletionProtection: true, deletionProtectionEnabled: true },
  // The service may go: what holds data must hold by itself.
  bucketForceDestroy: false,
};
/** A suffix renames the account that calls the service. */
const suffixed = (suffix: string) => ({
  nameSuffix: suffix,
  invokers: JSON.stringify([`serviceAccount:loist-music-library-sa-${suffix}@${project}.iam.gserviceaccount.com`]),
});

const stack = new LocalStack();

const set = (settings: Readonly<Record<string, string | boolean>>): void =>
  writeFileSync(stack.paths.at("settings.json"), JSON.stringify(settings));

const pulumi = async (...args: string[]): Promise<CommandResult> =>
  await stack.run("pulumi", [...args, "--non-interactive", "--color", "never"]);

const succeeds = async (run: Promise<CommandResult>): Promise<string> => {
  const { code, output } = await run;
  if (code !== 0) throw new Error(output);
  return output;
};

/** What a destroy must not lose: rows, roles, and what stands in the history of migrations. */
async function data(): Promise<Record<string, unknown>> {
  const client = new pg.Client(adminOptions(stack.paths, "music_library"));
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(
      `select (select count(*)::int from library.audio_tracks) as tracks,
        (select count(*)::int from pg_roles where rolname like 'music\\_library%') as roles,
        (select string_agg(version, ' ' order by installed_rank) from migrations.schema_history where version is not null) as versions`,
    );
    return rows[0] ?? {};
  } finally {
    await client.end();
  }
}

/** As an operator does beside the stack, in Google's console. */
async function closeGooglesLock(instance: string): Promise<void> {
  const { management = "", operatorCredentials = "" } = runningDaemon(stack.paths)?.addresses ?? {};
  const auth = new GoogleAuth({
    keyFile: operatorCredentials,
    scopes: "https://www.googleapis.com/auth/cloud-platform",
  });
  const { status } = await fetch(`${management}/v1/projects/${project}/instances/${instance}`, {
    method: "PATCH",
    headers: {
      authorization: `Bearer ${(await auth.getAccessToken()) ?? ""}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ settings: { deletionProtectionEnabled: true } }),
  });
  expect(status).toBe(200);
}

afterAll(async () => {
  await stack.remove();
}, minutes);

describe("a stack with production's locks", () => {
  let before: Record<string, unknown>;

  beforeAll(async () => {
    set(locked);
    await succeeds(stack.run("start"));
    before = await data();
  }, 6 * minutes);

  it("holds something that could be lost", () => {
    expect(before).toEqual({ tracks: 24, roles: 7, versions: expect.stringMatching(/^0001 0002 /) });
  });

  it(
    "is not destroyed by this project's command, which names every lock before its first step",
    async () => {
      const { code, output } = await stack.run("destroy", ["--yes"]);

      expect(code).toBe(1);
      for (const key of Object.keys(locked)) expect(output).toContain(key);
      expect(output).not.toContain("deleted");
    },
    minutes,
  );

  it.each([
    ["with a preview", ["destroy", "--yes"]],
    ["without a preview", ["destroy", "--yes", "--skip-preview"]],
  ])(
    "loses nothing to the engine's own destroy %s",
    async (_how, args) => {
      const { code, output } = await pulumi(...args);

      expect(code).not.toBe(0);
      expect(output).toMatch(/protect/i);
      expect(await data()).toEqual(before);
    },
    3 * minutes,
  );
});

/** Some minutes more, for `npm run test:full`. */
const whole = process.env["TEST_FULL"] === "1" ? describe : describe.skip;

whole("a stack without locks", () => {
  let before: Record<string, unknown>;

  beforeAll(async () => {
    // What the destroys above took is there again, and every lock is open: the documented first step.
    set({});
    await succeeds(stack.run("start"));
    before = await data();
  }, 6 * minutes);

  it(
    "comes back with all its data when the instance refuses to go after its children left the state",
    async () => {
      await closeGooglesLock("loist-music-library-db");

      const { code, output } = await stack.run("destroy", ["--yes"]);

      expect(code).toBe(1);
      expect(output).toContain("The instance is protected");
      expect(output).toContain("the state of before is put back");
      expect(await data()).toEqual(before);
      expect(await succeeds(stack.run("start"))).toMatch(/verify: all \d+ passed/);
      expect(await data()).toEqual(before);
    },
    8 * minutes,
  );

  it(
    "is followed by roles, grants and migrations when the instance is replaced",
    async () => {
      set(suffixed("two"));

      const output = await succeeds(stack.run("start"));

      expect(output).toMatch(/verify: all \d+ passed/);
      expect(output).toMatch(/replaced +instance-server/);
      const { roles, versions } = await data();
      expect({ roles, versions }).toEqual({ roles: before.roles, versions: before.versions });
    },
    8 * minutes,
  );

  it(
    "is really destroyed once no lock is closed, and its names stay taken: the next one needs a suffix",
    async () => {
      await succeeds(pulumi("destroy", "--yes", "--skip-preview"));

      const again = await stack.run("start");
      expect(again.code).not.toBe(0);
      expect(again.output).toMatch(/"loist-music-library-db-two": the name belonged to one that was deleted/);

      set(suffixed("three"));
      expect(await succeeds(stack.run("start"))).toMatch(/verify: all \d+ passed/);
    },
    10 * minutes,
  );

  it(
    "leaves no name taken when this project's command removes it, for the local project goes with it",
    async () => {
      await succeeds(stack.run("destroy", ["--yes"]));
      expect(await succeeds(stack.run("start"))).toMatch(/verify: all \d+ passed/);
    },
    8 * minutes,
  );
});
