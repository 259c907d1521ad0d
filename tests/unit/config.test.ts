import { describe, expect, it } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { configKeys } from "../../config/schema.ts";
import { ConfigError, loadConfig, parseConfig } from "../../config.ts";

const context = { stack: "dev", project: "loist-music-library-dev", region: "us-central1" };

/** The error that a call throws; fails when it throws none. */
function refusal(call: () => unknown): ConfigError {
  try {
    call();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("parseConfig", () => {
  it("takes every default where a stack says nothing", () => {
    const defaults = Object.fromEntries(Object.entries(configKeys).map(([name, key]) => [name, key.default]));
    expect(parseConfig({}, context)).toEqual({ ...defaults, ...context });
  });

  it("has defaults that its own rules accept", () => {
    for (const [name, key] of Object.entries(configKeys)) {
      expect([name, key.schema.safeParse(key.default).success]).toEqual([name, true]);
    }
  });

  it("reads the engine's text form of numbers, switches, lists and maps", () => {
    const config = parseConfig(
      {
        diskSizeGb: "30",
        protectResources: "false",
        corsOrigins: '["https://a.example","http://localhost:3000"]',
        databaseFlags: '{"work_mem":"4MB","jit":true,"max_connections":120}',
        tier: "db-custom-2-7680",
      },
      context,
    );
    expect(config).toMatchObject({
      diskSizeGb: 30,
      protectResources: false,
      corsOrigins: ["https://a.example", "http://localhost:3000"],
      databaseFlags: { work_mem: "4MB", jit: true, max_connections: 120 },
      tier: "db-custom-2-7680",
    });
  });

  it("reports single keys, unknown keys, the place and combinations in one error", () => {
    const raw = { diskSizeGb: "x", edition: "ENTERPRISE_PLUS", tierr: "db-custom-1-3840", retainedBackups: 2 };
    const error = refusal(() => parseConfig(raw, { ...context, region: "moon" }));
    expect(error.problems.map((line) => line.split(/[ :]/)[0])).toEqual([
      "gcp",
      "tierr",
      "diskSizeGb",
      "tier",
      "transactionLogRetentionDays",
    ]);
    expect(error.message).toBe(
      ['5 problems in the configuration of stack "dev":', ...error.problems.map((line) => `  - ${line}`)].join("\n"),
    );
  });

  it("speaks of one problem in the singular", () => {
    expect(refusal(() => parseConfig({ diskSizeGb: 1 }, context)).message).toMatch(/^1 problem in /);
  });

  it("does not judge a combination by a key that is wrong itself", () => {
    const error = refusal(() => parseConfig({ diskSizeGb: 99_999, diskAutoresizeLimitGb: 50 }, context));
    expect(error.problems).toHaveLength(1);
  });

  it("shows a long value shortened", () => {
    const error = refusal(() => parseConfig({ activeLogin: "x".repeat(500) }, context));
    expect(error.message).toContain(`("${"x".repeat(78)}…)`);
  });

  it.each<[what: string, raw: Record<string, unknown>, secret: string]>([
    ["a single key", { ingress: "hidden-ingress" }, "hidden-ingress"],
    ["a long value", { activeLogin: `hidden-${"x".repeat(200)}` }, "hidden-"],
    ["an entry of a map", { databaseFlags: '{"work_mem":"hidden-size"}' }, "hidden-size"],
    ["a combination", { storageEndpoint: "http://hidden.example" }, "hidden.example"],
    ["a derived name", { bucketName: "hidden_bucket_" }, "hidden_bucket_"],
  ])("never shows a secret: %s", (_what, raw, secret) => {
    const secretKeys = new Set(Object.keys(raw));
    const { message } = refusal(() => parseConfig(raw, { ...context, secretKeys }));
    expect(message).toContain("[secret]");
    expect(message).not.toContain(secret);
  });

  it("makes an error that the engine prints without a stack trace", () => {
    expect(pulumi.RunError.isInstance(refusal(() => parseConfig({ diskSizeGb: 1 }, context)))).toBe(true);
  });
});

describe("loadConfig", () => {
  function running(stack: string, config: Record<string, string>, secretKeys: string[] = []): void {
    pulumi.runtime.setAllConfig(config, secretKeys);
    const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
    void pulumi.runtime.setMocks(mocks, "music-library", stack);
  }

  it("reads the project's own namespace and Google's project and region", () => {
    running("dev", {
      "gcp:project": "loist-music-library-dev",
      "gcp:region": "europe-west1",
      "music-library:bucketLocation": "europe-west1",
      "other:diskSizeGb": "1",
    });
    expect(loadConfig()).toMatchObject({
      stack: "dev",
      project: "loist-music-library-dev",
      region: "europe-west1",
      bucketLocation: "europe-west1",
      diskSizeGb: 20,
    });
  });

  it("says what is missing when Google's project and region are not set", () => {
    running("dev", {});
    expect(refusal(loadConfig).problems.map((line) => line.slice(0, 11))).toEqual(["gcp:project", "gcp:region:"]);
  });

  it("knows which values were set as secrets", () => {
    const key = "music-library:ingress";
    running("dev", { "gcp:project": context.project, "gcp:region": context.region, [key]: "hidden" }, [key]);
    expect(refusal(loadConfig).message).toMatch(/ingress: is none of the values \(\[secret\]\)/);
  });
});
