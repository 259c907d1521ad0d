// Generated documents are what they are generated from. docs/schema.svg is held by tests/migrator/schema-tables.test.ts.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { architecturePicture, strays } from "../../commands/docs/architecture.ts";
import { flagGuide, profileFlags } from "../../commands/docs/flag-guide.ts";
import { flagNotes } from "../../commands/docs/flag-notes.ts";
import { readGoldenGraph } from "../../commands/docs/golden-graph.ts";
import { projectRoot } from "../../local/paths.ts";

const text = (file: string): string => readFileSync(join(projectRoot, file), "utf8");
const full = process.env["TEST_FULL"] === "1" ? it : it.skip;

describe("docs/architecture.svg", () => {
  it("is drawn from the golden graph of prod (`npm run docs` after a change on purpose)", async () => {
    expect(await architecturePicture(readGoldenGraph("prod"))).toBe(text("docs/architecture.svg"));
  });

  it("stands for every resource", () => {
    const graph = readGoldenGraph("prod");
    expect(strays(graph)).toEqual([]);
    const foreign = { type: "gcp:redis/instance:Instance", name: "cache", inputs: {} };
    expect(strays({ ...graph, resources: [...graph.resources, foreign] })).toEqual([foreign]);
  });
});

describe.each(["docs/architecture.svg", "docs/schema.svg"])("%s", (file) => {
  it("renders where pictures are shown without rights: nothing foreign, nothing loaded, dark as well as light", () => {
    const svg = text(file);
    expect(svg).not.toMatch(/foreignObject|<script|<image|@import|@font-face|url\(|xlink:href|\bon\w+=/);
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).toMatch(/^<svg [^>]*viewBox=/);
    // Drawn in colours that the dark has an answer for, and in no others.
    const colours = new Set([...svg.matchAll(/(?:fill|stroke)="(#\w+)"/g)].map(([, colour = ""]) => colour));
    expect([...colours].filter((colour) => !svg.includes(`[fill="${colour}"]`))).toEqual([]);
  });
});

describe("docs/database-flags.md", () => {
  it("is what catalogue, profiles and notes say (`npm run docs` after a change on purpose)", () => {
    expect(flagGuide()).toBe(text("docs/database-flags.md"));
  });

  it("has a note for each flag that any tier or profile sets, and for no other", () => {
    const tiers = ["db-f1-micro", "db-custom-1-3840", "db-custom-4-15360", "db-custom-16-61440"];
    const computed = tiers.flatMap((tier) => Object.keys(profileFlags("computed", tier)));
    const all = new Set([...computed, ...Object.keys(profileFlags("first-deployment"))]);
    expect(Object.keys(flagNotes).sort()).toEqual([...all].sort());
  });
});

describe("docs/api", () => {
  it.each(["client", "migrator"])("has every name that %s exports", (room) => {
    // Markdown takes an underscore for emphasis unless it is told.
    const page = text(`docs/api/${room}.md`).replaceAll("\\_", "_");
    const exported = text(`${room}/index.ts`)
      .replaceAll(/\/\/.*$/gm, "")
      .matchAll(/export (?:type )?\{([^}]*)\}/g);
    const names = [...exported].flatMap(([, list = ""]) =>
      list.split(",").map((name) => name.replace(/\btype\b/, "").trim()),
    );
    const headings = new Set([...page.matchAll(/^### (\w+)/gm)].map(([, name = ""]) => name));
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => name !== "" && !headings.has(name))).toEqual([]);
  });
});

describe("generated documents", () => {
  full(
    "are all up to date",
    () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, ["commands/docs.ts", "--check"], {
        ...{ cwd: projectRoot, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
      });
      expect({ status, stdout, stderr }).toMatchObject({ status: 0, stderr: "" });
    },
    120_000,
  );
});
