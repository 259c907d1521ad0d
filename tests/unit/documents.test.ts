// The options that documents name are known to their commands. That the commands exist is held by readme.test.ts.
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

describe("docs/decisions.md", () => {
  const sections = text("docs/decisions.md").split(/^### /m).slice(1);

  it("says five things of each decision, in one line each", () => {
    expect(sections.length).toBeGreaterThan(30);
    for (const section of sections) {
      const [title = "", ...lines] = section
        .split(/^## /m)[0]!
        .trim()
        .split("\n")
        .filter((line) => line !== "");
      const labels = lines.map((line) => /^- \*\*(.+?)\.\*\* \S/.exec(line)?.[1]);
      expect({ title, labels }).toEqual({ title, labels: ["Context", "Decision", "Why", "Costs", "Change it when"] });
    }
  });

  it("is linked from the README, each decision by its heading", () => {
    const anchors = sections.map((section) => anchorOf(section.split("\n")[0]!));
    const linked = [...text("README.md").matchAll(/\(docs\/decisions\.md#([^)]*)\)/g)].map(([, anchor]) => anchor);
    expect(linked.toSorted()).toEqual(anchors.toSorted());
  });
});

describe("links to a heading", () => {
  it.each(["README.md", ...documents])("lead to one in %s", (file) => {
    const links = [...text(file).matchAll(/\]\(([^)\s:]*)#([^)\s]+)\)/g)];
    for (const [, target = "", anchor = ""] of links) {
      const page = target === "" ? file : join(dirname(file), target);
      const headings = [...text(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
      // typedoc numbers what stands twice, and names type parameters itself.
      const known = file.startsWith("docs/api/") ? anchor.replace(/-\d+$/, "") : anchor;
      expect({ page, known, isThere: headings.includes(known) || text(page).includes(`id="${anchor}"`) }).toEqual({
        ...{ page, known, isThere: true },
      });
    }
  });
});

/** A heading's address as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}
