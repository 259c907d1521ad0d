// The options that documents name are known to their commands. That the commands exist is held by readme.test.ts.
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { DEPLOYER_ID, keyName, keyRing, stateBucket } from "../../commands/bootstrap/foundation.ts";
import { configKeys } from "../../config/schema.ts";
import { projectRoot } from "../../local/paths.ts";

const text = (file: string): string => readFileSync(join(projectRoot, file), "utf8");
const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
const documents = globSync(["CONTRIBUTING.md", "docs/**/*.md"], { cwd: projectRoot });

/** Every `npm run NAME -- ...` of a document with its options, wherever it stands. */
function commands(file: string): { name: string; options: string[] }[] {
  return [...text(file).matchAll(/npm run ([a-z:-]+)([^`\n]*)/g)].map(([, name = "", rest = ""]) => ({
    name,
    options: [...rest.matchAll(/(?<=\s)--([a-z-]{2,})/g)].map(([, option]) => option!),
  }));
}

describe.each(documents)("%s", (file) => {
  it("names only options that its commands know", () => {
    for (const { name, options } of commands(file)) {
      const source = /^node (commands\/[\w-]+)\.ts$/.exec(scripts[name] ?? "")?.[1];
      // What stands behind `npm run pulumi --` is the engine's own.
      if (source === undefined || name === "pulumi") continue;
      const parts = existsSync(join(projectRoot, source)) ? readdirSync(join(projectRoot, source)) : [];
      const sources = [
        `${source}.ts`,
        ...parts.filter((part) => part.endsWith(".ts")).map((part) => `${source}/${part}`),
      ];
      const known = sources.map(text).join("\n");
      for (const option of options) expect(known).toMatch(new RegExp(`--${option}\\b|\\b"?${option}"?: \\{ type:`));
    }
  });
});

describe("docs/quick-start.md", () => {
  const guide = text("docs/quick-start.md");
  const place = { stack: "dev", region: "us-central1" };

  it("names what bootstrap makes as bootstrap names it", () => {
    expect(guide).toContain(`gs://${stateBucket("YOUR-PROJECT", place)}`);
    expect(guide).toContain(`gcpkms://${keyName("YOUR-PROJECT", place)}`);
    expect(guide).toContain(`key ring \`${keyRing("YOUR-PROJECT", place.region).id}\``);
    expect(guide).toContain(`${DEPLOYER_ID}@YOUR-PROJECT.iam.gserviceaccount.com`);
  });

  it("names only configuration keys that exist", () => {
    const named = [...guide.matchAll(/(?:set|to) `(\w+)`/g)].map(([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in configKeys))).toEqual([]);
  });

  it("ends in verify", () => {
    expect(guide.indexOf("npm run bootstrap")).toBeLessThan(guide.indexOf("pulumi up"));
    expect(guide.indexOf("pulumi up")).toBeLessThan(guide.indexOf("npm run verify"));
  });
});
