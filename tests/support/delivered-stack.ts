// What follows a deployment, held on a stack that is up: the steps of the workflows as they stand in .github/, and a second
// program that lives on the contract. Registers its tests in the file that has the stack.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseContract } from "../../client/contract.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { Consumer } from "./consumer.ts";
import { FakePrograms } from "./fake-programs.ts";
import type { LocalStack } from "./local-stack.ts";
import { generatedPasswords } from "./rotation.ts";
import { runStep, stepOf } from "./workflows.ts";

const minutes = 60_000;

export interface DeliveredStack {
  readonly stack: LocalStack;
  /** Runs SQL as the database's administrator. */
  readonly sql: (text: string) => Promise<Record<string, unknown>[]>;
}

export function describeDelivery({ stack, sql }: DeliveredStack): void {
  describe("the workflows' steps on it", () => {
    const temp = mkdtempSync(join(new LocalPaths().folder("tests"), "delivery-"));
    const programs = new FakePrograms(join(temp, "programs"), []);
    const summary = join(temp, "summary.md");

    beforeAll(() => {
      // The engine as the local stack is met: the project's own wrapper instead of the installed command line.
      const wrapper = `#!/usr/bin/env bash\nexec node ${join(projectRoot, "commands", "pulumi.ts")} "$@"\n`;
      writeFileSync(join(temp, "programs", "pulumi"), wrapper);
      chmodSync(join(temp, "programs", "pulumi"), 0o755);
    });

    afterAll(() => {
      rmSync(temp, { recursive: true, force: true });
    });

    const run = async (file: string, job: string, name: string, env: NodeJS.ProcessEnv = {}) =>
      await runStep(stepOf(file, job, name), {
        ...{ STACK: "local", PATH: programs.path, RUNNER_TEMP: temp, GITHUB_STEP_SUMMARY: summary },
        MUSIC_LIBRARY_LOCAL_DIR: stack.paths.root,
        ...env,
      });

    it(
      "publish contract and graph",
      async () => {
        expect(await run("deploy-stack.yml", "deploy", "Contract and graph")).toMatchObject({ code: 0 });
        const contract = parseContract(readFileSync(join(temp, "contract-local.json"), "utf8"));
        expect(contract.environment).toBe("local");
        expect(readFileSync(join(temp, "graph-local.json"), "utf8")).toContain(
          "gcp:sql/databaseInstance:DatabaseInstance",
        );
      },
      minutes,
    );

    it(
      "preview with the engine: nothing is to be done, and the report says so",
      async () => {
        const preview = await run("preview-stack.yml", "preview", "Preview", {
          PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
        });
        expect(preview).toMatchObject({ code: 0 });
        const { code, output } = await run("preview-stack.yml", "preview", "Report");
        const report = readFileSync(join(temp, "report-local.md"), "utf8");
        expect({ code, output, report }).toEqual({
          code: 0,
          output: "",
          report: expect.stringContaining("no changes"),
        });
        expect(readFileSync(summary, "utf8")).toBe(report);
      },
      2 * minutes,
    );

    it(
      "find no drift, and name what somebody has changed by hand",
      async () => {
        const file = join(temp, "drift-local.md");
        expect((await run("drift.yml", "find", "Look for drift")).output).toContain("drift of local: none");
        expect(readFileSync(file, "utf8")).toBe("");
        await sql("create table library.intruder (id int); alter role music_library_user set search_path = public");
        expect((await run("drift.yml", "find", "Look for drift")).output).toContain("3 findings");
        const text = readFileSync(file, "utf8");
        expect(text).toContain("- table `library.intruder` added");
        expect(text).toContain("changed: `settings.music_library_user.search_path`");
        await sql("drop table library.intruder; alter role music_library_user set search_path = library, extensions");
      },
      2 * minutes,
    );
  });

  describe("a second program", () => {
    let consumer: Consumer;

    beforeAll(async () => {
      const { project, region } = parseContract((await stack.run("contract")).output);
      consumer = await Consumer.prepare(stack.paths, {
        ...{ "gcp:project": project, "gcp:region": region, "music-player:library": "organization/music-library/local" },
        ...{ "music-player:image": "example.org/player:1", "music-player:poolerImage": "example.org/pgbouncer:1" },
      });
      await consumer.pulumi("up", "--yes", "--skip-preview");
    }, 2 * minutes);

    it(
      "lives on the contract: searches the library through a pooler and as an account of its own",
      async () => {
        const [track] = await sql("select title, artist from library.audio_tracks where artist is not null limit 1");
        const { uri, contractVersion } = await consumer.outputs();
        expect(contractVersion).toBe(1);
        const search = `${String(uri)}/tracks?${new URLSearchParams({ q: String(track?.["title"]) }).toString()}`;
        expect((await fetch(search)).status).toBe(403);
        const answer = await fetch(search, { headers: await consumer.callerHeaders(String(uri)) });
        const { tracks } = (await answer.json()) as { tracks: { title: string; artist: string }[] };
        expect(tracks).toContainEqual(track);
        const sessions = await sql(
          "select distinct usename from pg_stat_activity where application_name like 'music-player%'",
        );
        expect(sessions).toEqual([{ usename: "music_library_user" }]);
      },
      minutes,
    );

    it(
      "keeps the library's password out of its state, and changes nothing the second time",
      async () => {
        const passwords = await generatedPasswords(stack);
        expect(passwords.length).toBeGreaterThanOrEqual(6);
        const said = [
          await consumer.pulumi("stack", "export"),
          await consumer.pulumi("preview", "--expect-no-changes", "--diff"),
        ].join("\n");
        expect(passwords.filter((password) => said.includes(password))).toEqual([]);
      },
      minutes,
    );

    it(
      "is refused more connections than its share, before anything is changed",
      async () => {
        const greedy = consumer.pulumi("preview", "--config", "music-player:maxInstances=99");
        await expect(greedy).rejects.toThrow(/consumer "music-player"[^]*99/);
      },
      minutes,
    );

    it(
      "goes, and leaves the library as it was",
      async () => {
        await consumer.pulumi("destroy", "--yes", "--skip-preview");
        expect((await stack.run("contract")).code).toBe(0);
      },
      minutes,
    );
  });
}
