// Rules that hold for every resource of every stack, whatever component made it.
import { beforeAll, describe, expect, it } from "@jest/globals";
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

/** Where each type that Google lets carry labels carries them. */
const labelled: Record<string, readonly string[]> = {
  "gcp:sql/databaseInstance:DatabaseInstance": ["settings.userLabels"],
  "gcp:storage/bucket:Bucket": ["labels"],
  "gcp:secretmanager/secret:Secret": ["labels"],
  "gcp:cloudrunv2/service:Service": ["labels", "template.labels"],
};

/** The value at a path of property names; undefined where there is none. */
function valueAt(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
}

/** Types that have no labels at Google. */
const unlabelled = new Set([
  "gcp:projects/service:Service",
  "gcp:projects/iAMMember:IAMMember",
  "gcp:projects/iAMCustomRole:IAMCustomRole",
  "gcp:serviceaccount/account:Account",
  "gcp:serviceaccount/iAMMember:IAMMember",
  "gcp:sql/database:Database",
  "gcp:sql/user:User",
  "gcp:sql/sslCert:SslCert",
  "gcp:secretmanager/secretVersion:SecretVersion",
  "gcp:secretmanager/secretIamMember:SecretIamMember",
  "gcp:storage/bucketIAMMember:BucketIAMMember",
  "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
]);

const isGoogles = ({ type }: RegisteredResource): boolean => type.startsWith("gcp:");
const isComponent = ({ type }: RegisteredResource): boolean => type.startsWith("music-library:");

/** What lives inside the server and goes with it. */
function isInServer({ type }: RegisteredResource): boolean {
  if (type.startsWith("postgresql:") || type.startsWith("pulumi-nodejs:dynamic/")) return true;
  return type.startsWith("gcp:sql/") && type !== "gcp:sql/databaseInstance:DatabaseInstance";
}

/** What holds data, or guards the way to it. */
function holdsOrGuardsData(resource: RegisteredResource): boolean {
  const { type, name } = resource;
  if (isInServer(resource)) return true;
  if (type === "gcp:secretmanager/secret:Secret") return !name.startsWith("pooler-");
  return ["gcp:sql/databaseInstance:DatabaseInstance", "gcp:storage/bucket:Bucket"].includes(type);
}

const say = ({ type, name }: RegisteredResource): string => `${type} ${name}`;

describe.each(stacks)("in stack %s", (stack) => {
  it("everything that can carry labels carries the three of the stack", () => {
    const wrong = recorded(stack)
      .resources.filter(isGoogles)
      .filter(({ type, inputs }) => {
        const paths = labelled[type] ?? (unlabelled.has(type) ? [] : ["labels"]);
        const expected = { environment: stack, application: "music-library", "managed-by": "pulumi" };
        return paths.some((path) =>
          Object.entries(expected).some(([key, value]) => valueAt(inputs, `${path}.${key}`) !== value),
        );
      });

    expect(wrong.map(say)).toEqual([]);
  });

  it("nothing is granted to the public", () => {
    const text = JSON.stringify(recorded(stack).resources.map(({ inputs }) => inputs));

    expect(text).toContain('"roles/storage.objectUser"');
    expect(text).not.toMatch(/allUsers|allAuthenticatedUsers/);
  });

  // The operator of this machine calls the service as its account; in the cloud nobody may until somebody is named.
  it("the roles that are granted are these and no others", () => {
    const granted = recorded(stack)
      .resources.filter(({ type }) => /iAMMember|IamMember|IAMMember/.test(type))
      .map(({ type, inputs }) => `${type.split("/")[0] ?? ""} ${String(inputs.role)}`);

    expect([...new Set(granted)].sort()).toEqual([
      ...(stack === "local" ? ["gcp:cloudrunv2 roles/run.invoker"] : []),
      "gcp:projects roles/cloudsql.client",
      "gcp:projects roles/logging.logWriter",
      "gcp:projects roles/monitoring.metricWriter",
      "gcp:secretmanager roles/secretmanager.secretAccessor",
      `gcp:serviceaccount projects/${googleProject[stack]}/roles/musicLibraryUrlSigner`,
      ...(stack === "local" ? ["gcp:serviceaccount roles/iam.serviceAccountOpenIdTokenCreator"] : []),
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

  it("no service account has a key", () => {
    expect(recorded(stack).ofType("Key")).toEqual([]);
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

  it("no address is open: no authorised network, TLS only", () => {
    const { inputs } = recorded(stack).find("DatabaseInstance", "instance-server");

    expect(valueAt(inputs, "settings.ipConfiguration")).not.toHaveProperty("authorizedNetworks");
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

const googleProject: Record<Stack, string> = {
  dev: "loist-music-library-dev",
  prod: "loist-music-library",
  local: "loist-music-library-local",
};

describe("production", () => {
  it("protects everything that holds or guards data, and nothing that a rotation replaces", () => {
    const { resources, ofType } = recorded("prod");
    const wrong = resources.filter((resource) => holdsOrGuardsData(resource) && !resource.protect);

    expect(wrong.map(say)).toEqual([]);
    const replaced = [...ofType("SecretVersion"), ...ofType("RandomPassword")];
    expect(replaced.filter(({ protect }) => protect).map(say)).toEqual([]);
  });

  it("has all locks of the instance and that of the service", () => {
    const { find } = recorded("prod");

    expect(find("DatabaseInstance", "instance-server").inputs).toMatchObject({
      deletionProtection: true,
      settings: { deletionProtectionEnabled: true },
    });
    expect(find("gcp:cloudrunv2/service:Service", "tracks-service").inputs.deletionProtection).toBe(true);
    expect(find("Bucket", "media-bucket").inputs.forceDestroy).toBe(false);
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
