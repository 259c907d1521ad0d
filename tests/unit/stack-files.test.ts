import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { generatedFiles } from "../../commands/config-docs.ts";
import { stackConfiguration } from "../../commands/stack-configuration.ts";
import { configKeys } from "../../config/schema.ts";
import { monthlyCost } from "../../cost/monthly-cost.ts";

const root = join(import.meta.dirname, "..", "..");
const stacks = ["dev", "prod", "local"];
const namespace = "music-library:";

function fileText(name: string): string {
  return readFileSync(join(root, name), "utf8");
}

interface ConfigFile {
  config: Record<string, unknown>;
}

function stackFile(stack: string): ConfigFile {
  return parse(fileText(`Pulumi.${stack}.yaml`)) as ConfigFile;
}

describe("the stacks' files", () => {
  it("have the same keys in the same order, which is that of the schema", () => {
    const [dev, prod, local] = stacks.map((stack) => Object.keys(stackFile(stack).config));
    expect(prod).toEqual(dev);
    expect(local).toEqual(dev);
    const own = dev?.filter((key) => key.startsWith(namespace)).map((key) => key.slice(namespace.length));
    expect(own).toEqual(Object.keys(configKeys).filter((key) => own?.includes(key)));
  });

  it.each(stacks)("hold nothing but configuration, so no encryption salt: %s", (stack) => {
    expect(Object.keys(stackFile(stack))).toEqual(["config"]);
  });

  it.each(stacks)("are accepted: %s", (stack) => {
    expect(stackConfiguration(stack)).toMatchObject({ environment: stack, region: "us-central1" });
  });

  it("have one Google project each", () => {
    expect(stacks.map((stack) => stackConfiguration(stack).project)).toEqual([
      "loist-music-library-dev",
      "loist-music-library",
      "loist-music-library-local",
    ]);
  });

  it("lock production three times and the service once", () => {
    expect(stackConfiguration("prod")).toMatchObject({
      protectResources: true,
      deletionProtection: true,
      deletionProtectionEnabled: true,
      serviceDeletionProtection: true,
      bucketForceDestroy: false,
    });
  });

  it.each(["dev", "prod"])(
    "have a budget that covers the computed cost, and half as much again at the most: %s",
    (stack) => {
      const config = stackConfiguration(stack);
      const { total } = monthlyCost({ config });
      expect(config.monthlyBudgetUsd).toBeGreaterThan(total);
      expect(config.monthlyBudgetUsd).toBeLessThan(1.5 * total);
    },
  );

  it("let nobody call the service who is not named", () => {
    expect(["dev", "prod"].map((stack) => stackConfiguration(stack).invokers)).toEqual([[], []]);
  });
});

describe("Pulumi.yaml", () => {
  const project = parse(fileText("Pulumi.yaml")) as ConfigFile;

  it("describes and defaults every key, and leaves types to the program", () => {
    expect(Object.keys(project.config)).toEqual(Object.keys(configKeys));
    for (const [name, key] of Object.entries(configKeys)) {
      const description = `${key.description} Accepts ${key.accepted}.`;
      expect({ [name]: project.config[name] }).toEqual({ [name]: { description, default: key.default } });
    }
  });
});

describe("what is generated from the schema", () => {
  it.each(generatedFiles)("is up to date: $file", async ({ file, renew }) => {
    const text = fileText(file);
    expect(await renew(text)).toBe(text);
  });
});
