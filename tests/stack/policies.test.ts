// Rules that hold for every resource of every stack, whatever component made it: those of policy/, and those that only a
// recording can tell.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { holdsOrGuardsData, isInServer } from "../../policy/data-rules.ts";
import { type Graph, valueAt } from "../../policy/graph.ts";
import { rules, violations } from "../../policy/rules.ts";
import { policyGraph } from "../support/policy-graph.ts";
import type { Recording, RegisteredResource } from "../support/pulumi-mocks.ts";
import { recordStack } from "../support/stack-recording.ts";

const stacks = ["dev", "prod", "local"] as const;
type Stack = (typeof stacks)[number];
const recordings = new Map<Stack, Recording>();
beforeAll(async () => {
  for (const stack of stacks) recordings.set(stack, await recordStack(stack));
}, 120_000);

function recorded(stack: Stack): Recording {
  const recording = recordings.get(stack);
  if (recording === undefined) throw new Error(`stack "${stack}": was not recorded`);
  return recording;
}

const isComponent = ({ type }: RegisteredResource): boolean => type.startsWith("music-library:");

const say = ({ type, name }: RegisteredResource): string => `${type} ${name}`;

describe.each(stacks)("in stack %s", (stack) => {
  it.each(rules.map(({ name, description }) => [name, description]))("%s: %s", (name) => {
    const broken = violations(policyGraph(stack, recorded(stack))).filter(({ rule }) => rule === name);

    expect(broken.map(({ message }) => message)).toEqual([]);
  });

  // The operator of this machine calls the service as its account, Google's uptime check as itself where instances are kept
  // warm; in the cloud nobody else may until somebody is named.
  it("the roles that are granted are these and no others", () => {
    const granted = recorded(stack)
      .resources.filter(({ type }) => /iAMMember|IamMember|IAMMember/.test(type))
      .map(({ type, inputs }) => `${type.split("/")[0] ?? ""} ${String(inputs.role)}`);

    expect([...new Set(granted)].sort()).toEqual([
      ...(stack === "dev" ? [] : ["gcp:cloudrunv2 roles/run.invoker"]),
      `gcp:projects projects/${googleProject[stack]}/roles/musicLibraryMetricsWriter`,
      "gcp:projects roles/cloudsql.client",
      "gcp:projects roles/logging.logWriter",
      "gcp:projects roles/monitoring.metricWriter",
      "gcp:secretmanager roles/secretmanager.secretAccessor",
      ...(stack === "local"
        ? [`gcp:serviceaccount projects/${googleProject[stack]}/roles/musicLibraryKeyAuditor`]
        : []),
      `gcp:serviceaccount projects/${googleProject[stack]}/roles/musicLibraryUrlSigner`,
      ...(stack === "local" ? ["gcp:serviceaccount roles/iam.serviceAccountOpenIdTokenCreator"] : []),
      ...(stack === "local" ? ["gcp:storage roles/storage.bucketViewer"] : []),
      "gcp:storage roles/storage.legacyBucketReader",
      "gcp:storage roles/storage.objectUser",
    ]);
  });

  it("no password and no key stands in clear in an input or an output", () => {
    const { resources, outputs } = recorded(stack);
    const kept = /generated-for-|client key/;

    expect(resources.filter(({ revealed }) => kept.test(JSON.stringify(revealed))).length).toBeGreaterThan(10);
    expect(resources.filter(({ inputs }) => kept.test(JSON.stringify(inputs))).map(say)).toEqual([]);
    expect(JSON.stringify(outputs)).not.toMatch(/generated-for-|client key|\[secret\]/);
  });

  it("what lives in the server goes with the server", () => {
    const inServer = recorded(stack).resources.filter(isInServer);

    expect(inServer.length).toBeGreaterThan(30);
    const server = "instance-server";
    const wrong = inServer.filter(
      ({ deletedWith, replaceWith }) => deletedWith !== server || !replaceWith.includes(server),
    );
    expect(wrong.map(say)).toEqual([]);
  });

  it("the server takes clients with a certificate only, in the cloud only through Google's connectors", () => {
    const { inputs } = recorded(stack).find("DatabaseInstance", "instance-server");

    expect(valueAt(inputs, "settings.ipConfiguration.sslMode")).toBe("TRUSTED_CLIENT_CERTIFICATE_REQUIRED");
    const enforcement = stack === "local" ? "NOT_REQUIRED" : "REQUIRED";
    expect(valueAt(inputs, "settings.connectorEnforcement")).toBe(enforcement);
  });

  it("names begin with the component's, and components are of the project's types", () => {
    const { resources } = recorded(stack);
    const strangers = resources.filter(({ name, parent }) => parent !== "" && !name.startsWith(parent));
    const orphans = resources.filter((resource) => resource.parent === "" && !isComponent(resource));

    expect(strangers.map(say)).toEqual([]);
    expect(orphans.map(say)).toEqual(["pulumi-nodejs:dynamic/music-library:SchemaMigrations migrations"]);
    for (const { type } of resources.filter(isComponent)) expect(type).toMatch(/^music-library:[a-z]+:[A-Z][A-Za-z]+$/);
  });
});

describe.each(["dev", "prod"] as const)("the golden graph of %s", (stack) => {
  it("keeps every rule as it stands in its file", () => {
    const golden = readFileSync(join(import.meta.dirname, "golden", `${stack}.json`), "utf8");
    const { resources, outputs } = JSON.parse(golden) as Omit<Graph, "stack">;

    expect(resources.length).toBe(recorded(stack).resources.length);
    expect(violations({ stack, resources, outputs })).toEqual([]);
  });
});

const googleProject: Record<Stack, string> = {
  dev: "loist-music-library-dev",
  prod: "loist-music-library",
  local: "loist-music-library-local",
};

describe("production", () => {
  it("protects nothing that a rotation replaces", () => {
    const { resources, ofType } = recorded("prod");

    expect(resources.filter(holdsOrGuardsData).length).toBeGreaterThan(40);
    const replaced = [...ofType("SecretVersion"), ...ofType("RandomPassword")];
    expect(replaced.filter(({ protect }) => protect).map(say)).toEqual([]);
  });

  it("runs images by digest once they are its own", () => {
    const { inputs } = recorded("prod").find("gcp:cloudrunv2/service:Service", "tracks-service");
    const images = [0, 1].map((index) => valueAt(inputs, `template.containers.${String(index)}.image`));

    for (const image of images) expect(image).toMatch(/@sha256:[0-9a-f]{64}$|^us-docker\.pkg\.dev\/cloudrun\//);
  });
});

describe("the throw-away stacks", () => {
  it.each(["dev", "local"] as const)("%s protects nothing, so that it can be taken down", (stack) => {
    expect(
      recorded(stack)
        .resources.filter(({ protect }) => protect)
        .map(say),
    ).toEqual([]);
  });
});
