import { describe, expect, it } from "@jest/globals";
import type { Contract } from "../../client/contract.ts";
import { TrackService, type TrackServiceArgs } from "../../components/track-service.ts";
import { readSettings } from "../../service/settings.ts";
import { exampleContract } from "../client/contract-example.ts";
import { labels, names } from "../support/database-components.ts";
import { type Recording, recordProgram } from "../support/pulumi-mocks.ts";
import { sidecar } from "../support/service-components.ts";

const email = "service@music-project.iam.gserviceaccount.com";
const contract = { version: 1, environment: "dev" } as Contract;

async function record(overrides: Partial<TrackServiceArgs> = {}): Promise<Recording> {
  return recordProgram(() => {
    const args: TrackServiceArgs = {
      names,
      region: "us-central1",
      serviceImage: "example.org/tracks@sha256:1",
      placeholderImage: "example.org/hello",
      servicePort: 8080,
      serviceAccount: email,
      contract,
      sidecar: sidecar(),
      content: undefined,
      serviceMinInstances: 0,
      serviceMaxInstances: 5,
      serviceConcurrency: 80,
      ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY",
      invokers: [],
      ...{ oidcIssuer: "", oidcAudience: "", publicReads: false },
      network: undefined,
      serviceDeletionProtection: true,
      labels,
      ...overrides,
    };
    return { uri: new TrackService("tracks", args).uri };
  });
}

interface Container {
  name: string;
  image: string;
  commands: string[];
  args: string[];
  workingDir: string;
  dependsOns?: string[];
  envs: { name: string; value?: string; valueSource?: unknown }[];
}
interface Template {
  containers: [Container, Container];
  volumes: { name: string }[];
  vpcAccess?: unknown;
}

const service = (recording: Recording) => recording.find("gcp:cloudrunv2/service:Service", "tracks-service");
const template = (recording: Recording): Template => service(recording).inputs.template as Template;

describe("TrackService", () => {
  it("has a repository for its images, which keeps the newest and forgets the old", async () => {
    const repository = (await record()).find("gcp:artifactregistry/repository:Repository", "tracks-images-repository");
    expect(repository.inputs).toMatchObject({
      repositoryId: names.imageRepository,
      location: "us-central1",
      format: "DOCKER",
      labels,
      cleanupPolicies: [
        { action: "KEEP", mostRecentVersions: { keepCount: 20 } },
        { action: "DELETE", condition: { tagState: "ANY", olderThan: "2592000s" } },
      ],
    });
  });

  it("runs the application with the pooler beside it, started first", async () => {
    const recording = await record();
    const [application, pooler] = template(recording).containers;

    expect(application).toMatchObject({
      name: "application",
      image: "example.org/tracks@sha256:1",
      commands: ["node"],
      args: ["service/main.ts"],
      workingDir: "/app",
      ports: { containerPort: 8080 },
      startupProbe: { httpGet: { path: "/ready" }, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
      livenessProbe: { httpGet: { path: "/live" }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
      dependsOns: ["pgbouncer"],
    });
    expect(pooler.name).toBe("pgbouncer");
    expect(template(recording).volumes.map(({ name }) => name)).toEqual(["pooler-config", "pooler-users", "cloudsql"]);
  });

  it("hands the contract over as text and the pooler's password by reference", async () => {
    const [application] = template(await record()).containers;

    expect(application.envs).toEqual([
      { name: "MUSIC_LIBRARY_CONTRACT", value: JSON.stringify(contract) },
      { name: "PUBLISH_METRICS", value: "true" },
      {
        name: "POOLER_PASSWORD",
        valueSource: { secretKeyRef: { secret: "loist-music-library-pooler-password", version: "1" } },
      },
      { name: "OIDC_ISSUER", value: "" },
      { name: "OIDC_AUDIENCE", value: "" },
      { name: "PUBLIC_READS", value: "false" },
    ]);
  });

  it("tells the application in its own words who must say who they are", async () => {
    const asked = { oidcIssuer: "https://id.example.org", oidcAudience: "tracks", publicReads: true };
    const [{ envs }] = template(await record(asked)).containers;
    const environment = Object.fromEntries(envs.map(({ name, value = "set" }) => [name, value]));

    expect(readSettings({ ...environment, MUSIC_LIBRARY_CONTRACT: JSON.stringify(exampleContract()) }).access).toEqual({
      publicReads: true,
      identity: { issuer: "https://id.example.org", audience: "tracks" },
    });
  });

  it("always says how many instances there may be, and who it runs as", async () => {
    const recording = await record();

    expect(service(recording).inputs).toMatchObject({
      name: "loist-music-library-tracks",
      location: "us-central1",
      ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY",
      deletionProtection: true,
      labels,
      template: {
        serviceAccount: email,
        maxInstanceRequestConcurrency: 80,
        scaling: { minInstanceCount: 0, maxInstanceCount: 5 },
        labels,
      },
    });
    expect(recording.outputs.uri).toBe("https://loist-music-library-tracks-abcdefghij-uc.a.run.app");
  });

  it("starts after it may read its secrets", async () => {
    expect(service(await record()).dependsOn).toEqual(
      expect.arrayContaining(["pooler-config-reader", "pooler-users-reader", "pooler-client-reader"]),
    );
  });

  it("deploys the public hello image, with its own program, until there is an application", async () => {
    const [application] = template(await record({ serviceImage: "" })).containers;

    expect(application).toMatchObject({
      image: "example.org/hello",
      commands: ["/server"],
      args: [],
      workingDir: "/",
      dependsOns: ["pgbouncer"],
    });
  });

  it("is private until somebody is named", async () => {
    expect((await record()).ofType("ServiceIamMember")).toEqual([]);

    const invokers = ["user:a@example.org", "serviceAccount:caller@music-project.iam.gserviceaccount.com"];
    const grants = (await record({ invokers })).ofType("ServiceIamMember");
    expect(grants.map(({ inputs }) => inputs)).toEqual(
      invokers.map((member) => ({
        name: "loist-music-library-tracks",
        location: "us-central1",
        role: "roles/run.invoker",
        member,
      })),
    );
  });

  it("enters the private network of the instance, and none otherwise", async () => {
    const network = "projects/music-project/global/networks/private";

    expect(template(await record()).vpcAccess).toBeUndefined();
    expect(template(await record({ network: { network } })).vpcAccess).toEqual({
      networkInterfaces: [{ network }],
      egress: "PRIVATE_RANGES_ONLY",
    });
  });
});
