// Runbooks that bring a stack up or take it away as a whole, each followed word by word. The full suite only: minutes each.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import { copyOfProject } from "../support/project-copy.ts";
import { LocalStack } from "../support/local-stack.ts";
import { commandsOf, type Followed, follow, followed } from "../support/runbook.ts";

const minutes = 60_000;
const whole = process.env["TEST_FULL"] === "1" ? describe : describe.skip;

const failed = (all: readonly Followed[]): Followed[] => all.filter(({ code }) => code !== 0);
const last = (all: readonly Followed[]): string => all.at(-1)?.output ?? "";

/** A project of its own, because runbooks change the stack's file. */
function ownProject() {
  const project = copyOfProject();
  const stack = new LocalStack({}, project);
  const remove = async () => {
    await stack.remove();
    rmSync(project, { recursive: true, force: true });
  };
  const succeed = async (name: string, args: readonly string[]): Promise<string> => {
    const { code, output } = await stack.run(name, args);
    if (code !== 0) throw new Error(output);
    return output;
  };
  return { project, stack, remove, succeed };
}

whole("runbooks of a whole stack", () => {
  describe("destroy-for-real, then instance-name-reserved", () => {
    const { project, stack, remove, succeed } = ownProject();
    const file = join(project, "Pulumi.local.yaml");

    afterAll(remove, minutes);

    it(
      "opens every lock, leaves nothing in the state, and the next stack comes up under another name",
      async () => {
        const close = (text: string) =>
          text
            .replace(
              /(music-library:(?:protectResources|deletionProtection|deletionProtectionEnabled)): .*/g,
              "$1: true",
            )
            .replace(/(music-library:bucketForceDestroy): .*/, "$1: false");
        writeFileSync(file, close(readFileSync(file, "utf8")));
        await succeed("start", []);

        const destroyed = await follow(stack, "destroy-for-real");

        expect(failed(destroyed)).toEqual([]);
        expect(last(destroyed)).not.toMatch(/gcp:|postgresql:/);

        const refused = await stack.run("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"]);
        expect(refused.output).toMatch(/Error 409.*the name belonged to one that was deleted/);

        const again = await follow(stack, "instance-name-reserved");

        expect(failed(again)).toEqual([]);
        expect(last(again)).toMatch(/verify: all \d+ passed/);
        expect(await succeed("contract", [])).toContain("loist-music-library-db-two");
      },
      15 * minutes,
    );
  });

  describe("adopt-existing", () => {
    const { stack, remove, succeed } = ownProject();
    const adopted = { instance: "instance-server", bucket: "media-bucket" };

    afterEach(remove, minutes);

    it(
      "takes in an instance and a bucket that no state knows, and changes neither before the update",
      async () => {
        const targets = [
          ...["**ProjectServices::services", "**gcp:projects/service:Service::**"],
          ...[
            "**PostgresInstance::instance",
            `**::${adopted.instance}`,
            "**MediaBucket::media",
            `**::${adopted.bucket}`,
          ],
        ];
        const chosen = targets.flatMap((target) => ["--target", target]);
        // The engine ends with what it was told to leave out; the two are there by then.
        await stack.run("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", ...chosen]);
        const made = await succeed("pulumi", ["stack", "--stack", "local"]);
        for (const name of Object.values(adopted)) expect(made).toContain(name);
        // As on another machine: what is there is there, and no state says so.
        rmSync(stack.paths.at("state"), { recursive: true });

        const [preview = "", ...rest] = commandsOf("adopt-existing");
        const first = await followed(stack, preview);
        expect(first.code).toBe(0);
        keepWhatIsThere(join(stack.paths.root, "workspace", "adopt.json"));
        const all: Followed[] = [];
        for (const line of rest) all.push(await followed(stack, line));

        expect(failed(all)).toEqual([]);
        expect(all[0]?.output).toMatch(/4 imported/);
        // The preview after the import: everything else is new, these two and their components are not.
        expect(all[1]?.output).not.toMatch(/replace/);
        expect(last(all)).toMatch(/verify: all \d+ passed/);
      },
      15 * minutes,
    );

    /** The step that people do by hand. */
    function keepWhatIsThere(path: string): void {
      interface ImportFile {
        nameTable?: Record<string, string>;
        resources: { name: string; type: string; id?: string; component?: boolean }[];
      }
      const file = JSON.parse(readFileSync(path, "utf8")) as ImportFile;
      const ids: Record<string, string> = {
        [adopted.instance]: "loist-music-library-db",
        [adopted.bucket]: "loist-music-library-audio-local",
      };
      const components = ["PostgresInstance", "MediaBucket"];
      const resources = file.resources
        .filter(({ name, type }) => name in ids || components.includes(type.split(":").at(-1) ?? ""))
        .map((resource) => (resource.name in ids ? { ...resource, id: ids[resource.name] } : resource));
      expect(resources.map(({ name }) => name).sort()).toEqual([
        "instance",
        "instance-server",
        "media",
        "media-bucket",
      ]);
      writeFileSync(path, JSON.stringify({ ...file, resources }));
    }
  });
});
