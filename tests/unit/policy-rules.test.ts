// Every rule of policy/ with graphs that break it and graphs that keep it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { GraphResource } from "../../policy/graph.ts";
import { labelPathsOf } from "../../policy/label-rules.ts";
import { rules, violations } from "../../policy/rules.ts";
import { policyCases, type Surroundings } from "../support/policy-cases.ts";

function found(resources: readonly GraphResource[], { stack = "prod", outputs = {} }: Surroundings = {}) {
  return violations({ stack, resources, outputs });
}

describe("the rules", () => {
  it("all have a case that breaks them and one that keeps them", () => {
    expect(Object.keys(policyCases)).toEqual(rules.map(({ name }) => name));
    for (const { breaking, keeping } of Object.values(policyCases)) {
      expect([breaking.length, keeping.length]).not.toContain(0);
    }
  });

  it("have names and descriptions that a policy pack accepts", () => {
    for (const { name, description } of rules) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(description).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe("README.md", () => {
  it("has the rules as a table", () => {
    const readme = readFileSync(join(import.meta.dirname, "..", "..", "README.md"), "utf8");
    const table = rules.map(({ name, description }) => `| \`${name}\` | ${description} |`).join("\n");

    expect(readme).toContain(`| rule | promise |\n|---|---|\n${table}\n\n`);
  });
});

describe("labels", () => {
  const folder = join(import.meta.dirname, "..", "..", "local", "provider", "schemas");
  const schemas = readdirSync(folder)
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as { type: string; properties: object })
    .filter(({ type }) => type.startsWith("gcp:"));

  it("are looked for exactly where the provider's schema has them", () => {
    const inSchema = ({ properties }: { properties: object }): string[] =>
      ["labels", "userLabels", "settings"].filter((name) => {
        const property = Reflect.get(properties, name) as { type: string } | undefined;
        // A map: a metric's list of labels says which ones its values have.
        const labelled = property?.type === "map" || name === "settings";
        return (
          property !== undefined &&
          labelled &&
          (name !== "settings" || JSON.stringify(property).includes('"userLabels"'))
        );
      });
    const declared = schemas.map(({ type, properties }) => {
      const places = inSchema({ properties });
      // A notification channel's `labels` are its address; userLabels are what everything else calls labels.
      return [type, places.includes("userLabels") ? ["userLabels"] : places];
    });
    // Instances made from a template carry labels of their own.
    const looked = schemas.map(({ type }) => [
      type,
      labelPathsOf(type)
        .map((path) => path.split(".")[0])
        .filter((property) => property !== "template"),
    ]);

    expect(declared.length).toBeGreaterThan(30);
    expect(looked).toEqual(declared);
  });
});

describe.each(Object.entries(policyCases).map(([name, both]) => ({ name, ...both })))(
  "$name",
  ({ name, breaking, keeping }) => {
    const broken = breaking.map(([what, resources, message, around]) => ({ what, resources, message, around }));
    it.each(broken)("refuses $what, and no other rule does", ({ resources, message, around }) => {
      expect(found(resources, around)).toEqual([{ rule: name, message }]);
    });

    const kept = keeping.map(([what, resources, around]) => ({ what, resources, around }));
    it.each(kept)("accepts $what", ({ resources, around }) => {
      expect(found(resources, around)).toEqual([]);
    });
  },
);
