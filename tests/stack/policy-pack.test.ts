// The policy pack as the published engine runs it: the same rules, over the engine's protocol. The engine that is built where
// downloads are closed cannot run packs; what it would ask is asked here.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import type { GraphResource } from "../../policy/graph.ts";
import { rules } from "../../policy/rules.ts";
import { policyGraph } from "../support/policy-graph.ts";
import { type RunningPack, startPolicyPack } from "../support/policy-pack.ts";
import { recordStack } from "../support/stack-recording.ts";

const folder = join(import.meta.dirname, "..", "..", "policy");
const text = (file: string): string => readFileSync(join(folder, file), "utf8");

/** What the engine sends for a text that only an update will know. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const bucket: GraphResource = {
  type: "gcp:storage/bucket:Bucket",
  name: "media-bucket",
  inputs: {
    ...{ location: "us-central1", publicAccessPrevention: "inherited", uniformBucketLevelAccess: true },
    ...{ forceDestroy: false, labels: { environment: "prod", application: "music-library", "managed-by": "pulumi" } },
  },
};

let pack: RunningPack;
beforeAll(async () => {
  pack = await startPolicyPack();
}, 60_000);
afterAll(async () => {
  await pack.close();
});

describe("the policy pack", () => {
  it("offers every rule, each so that it stops a deployment", () => {
    expect(pack.name).toBe("music-library");
    expect(pack.rules).toEqual(rules.map(({ name, description }) => ({ name, description, mandatory: true })));
  });

  it("judges a resource with its stack and its protection", async () => {
    const broken = async (stack: string, change: Partial<GraphResource> = {}): Promise<string[]> =>
      (await pack.analyze(stack, { ...bucket, ...change })).map(({ rule }) => rule);

    expect(await broken("prod")).toEqual(["no-public-bucket", "protected-in-prod"]);
    expect(await broken("prod", { protect: true })).toEqual(["no-public-bucket"]);
    expect(await broken("dev")).toEqual(["no-public-bucket", "labelled"]);
    const later = { ...bucket.inputs, publicAccessPrevention: unknownText };
    expect(await broken("prod", { inputs: later, protect: true })).toEqual([]);
  });

  it("finds nothing in the recorded production, one by one and as a whole, and a secret where there is one", async () => {
    const { stack, resources, outputs } = policyGraph("prod", await recordStack("prod"));

    for (const resource of resources) expect(await pack.analyze(stack, resource)).toEqual([]);
    expect(await pack.analyzeStack(stack, resources, outputs)).toEqual([]);
    const told = { ...outputs, password: "correct horse battery" };
    const version: GraphResource = {
      ...{ type: "gcp:secretmanager/secretVersion:SecretVersion", name: "version" },
      inputs: { secretData: told.password },
    };
    const found = await pack.analyzeStack(stack, [...resources, version], told);
    expect(found.map(({ rule }) => rule)).toEqual(["secrets-in-their-places"]);
  }, 60_000);

  it("has one version and one entry", () => {
    const { version, main } = JSON.parse(text("package.json")) as { version: string; main: string };

    expect(parse(text("PulumiPolicy.yaml"))).toMatchObject({ runtime: "nodejs", version, main });
    expect(text(main)).toContain('import "./pack.ts"');
  });
});
