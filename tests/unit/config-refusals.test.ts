// Wrong configurations: each is refused with key, value, accepted set and next step, and none reaches the engine.
import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "../../config.ts";
import { type ConfigKey } from "../../config/key.ts";
import { configKeys } from "../../config/schema.ts";
import { refusedCombinations } from "../support/refused-combinations.ts";
import { refusedContentCombinations, refusedContentKeys } from "../support/refused-content-settings.ts";
import { refusedIdentityCombinations, refusedIdentityKeys } from "../support/refused-identity-settings.ts";
import { refusedInstanceCombinations } from "../support/refused-instance-combinations.ts";
import { refusedInstanceKeys } from "../support/refused-instance-keys.ts";
import { refusedKeys } from "../support/refused-keys.ts";
import { problemsOf } from "../support/stack-problems.ts";
import { recordProgram } from "../support/pulumi-mocks.ts";

const keys = [...refusedKeys, ...refusedInstanceKeys, ...refusedIdentityKeys, ...refusedContentKeys];
const combinations = [
  ...refusedCombinations,
  ...refusedInstanceCombinations,
  ...refusedIdentityCombinations,
  ...refusedContentCombinations,
];

/** By the kind of a key's default: a value of another kind, and what is said of it. */
function otherKind(key: ConfigKey<unknown>): { value: unknown; wrong: string } {
  if (typeof key.default === "boolean") return { value: "perhaps", wrong: "is no switch" };
  if (typeof key.default === "number") return { value: "many", wrong: "is no number" };
  if (Array.isArray(key.default)) return { value: "one", wrong: "is no list" };
  if (typeof key.default === "object") return { value: "one", wrong: "is no map" };
  return {
    value: 7,
    wrong:
      key.schema.safeParse("\u0000").error?.issues[0]?.code === "invalid_value"
        ? "is none of the values"
        : "is no text",
  };
}

const single = new Set(keys.map(([raw]) => JSON.stringify(raw)));
const kinds = Object.entries<ConfigKey<unknown>>(configKeys)
  .map(([name, key]) => ({ name, key, ...otherKind(key) }))
  .filter(({ name, value }) => !single.has(JSON.stringify({ [name]: value })));

describe("the wrong configurations", () => {
  it("are more than 120, none twice", () => {
    const all = [
      ...keys.map(([raw]) => raw),
      ...combinations.map(([stack, raw]) => ({ stack, ...raw })),
      ...kinds.map(({ name, value }) => ({ [name]: value })),
    ];
    const texts = all.map((one) => JSON.stringify(one));
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
    expect(all.length).toBeGreaterThanOrEqual(120);
  });

  it("break every key that is more than a switch by a value of its own kind, alone or with others", () => {
    const raws = [...keys.map(([raw]) => raw), ...combinations.map(([, raw]) => raw)];
    const broken = new Set(raws.flatMap((raw) => Object.keys(raw)));
    const unbroken = kinds.filter(({ name, key }) => typeof key.default !== "boolean" && !broken.has(name));
    expect(unbroken.map(({ name }) => name)).toEqual([]);
  });

  it.each(keys)("of a single key: refuses %j", (raw, problem) => {
    expect(problemsOf("prod", raw)).toEqual([problem]);
  });

  it.each(kinds)("of another kind: refuses $name $value", ({ name, key, value, wrong }) => {
    const [problem, ...more] = problemsOf("prod", { [name]: value });
    expect(more).toEqual([]);
    expect(problem).toContain(
      `${name}: ${wrong} (${JSON.stringify(value)}); expected ${key.accepted}. Correct it in Pulumi.prod.yaml`,
    );
  });

  it.each(combinations)("of several keys, in %s: refuses %j", (stack, raw, expected) => {
    expect(problemsOf(stack, raw)).toEqual(expected);
  });

  it("say where, what was seen, what is expected and what to do", () => {
    const sentences = [...keys.map(([, problem]) => problem), ...combinations.flatMap(([, , problems]) => problems)];
    for (const sentence of sentences)
      expect(sentence).toMatch(/^\S.*: .+\d.*; expected .+\. .+[.?]$|^\S.*: .+ \(.*\).*; expected .+\. .+[.?]$/s);
  });

  it("are all reported at once", () => {
    const alone = keys.filter(([raw]) => Object.keys(raw).length === 1).map(([raw]) => raw);
    const together: Record<string, unknown> = Object.assign({}, ...alone);
    expect(problemsOf("prod", together)).toHaveLength(Object.keys(together).length);
  });

  it("reach no resource: the program ends before its first", async () => {
    const config = {
      "gcp:region": "us-central1",
      "music-library:tier": "db-custom-3-1000",
      "music-library:diskSizeGb": "x",
    };
    // The query makes an instance of the module that no other test has loaded.
    const program = "../../index.ts?wrong";
    const recording = await recordProgram(
      async () => {
        await expect(import(program)).rejects.toThrow(ConfigError);
        return {};
      },
      { stack: "prod", config },
    );
    expect(recording.resources).toEqual([]);
  });
});

describe("the place", () => {
  const projects = "6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last";

  it.each(["", "short", "Loist-Music", "9lives-music", "loist-music-", "a".repeat(31), "loist_music"])(
    "refuses the project id %j",
    (project) => {
      expect(problemsOf("prod", {}, { project })).toEqual([
        `gcp:project: is no project id (${JSON.stringify(project)}); expected ${projects}. Set it in Pulumi.prod.yaml.`,
      ]);
    },
  );

  it.each(["", "us", "us-central1-a", "US-central1"])("refuses the region %j", (region) => {
    expect(problemsOf("prod", {}, { region })).toEqual([
      `gcp:region: is no region (${JSON.stringify(region)}); expected one as us-central1. Set it in Pulumi.prod.yaml.`,
    ]);
  });
});
