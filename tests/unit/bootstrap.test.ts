// Bootstrap against a project that behaves as Google's: what it makes, that it can be cut off anywhere, that it asks.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ownServices } from "../../commands/bootstrap/foundation.ts";
import { GoogleApi } from "../../commands/bootstrap/google-api.ts";
import { bootstrap, type BootstrapArgs, nextSteps } from "../../commands/bootstrap/run.ts";
import { requiredServices } from "../../components/project-services.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { FakeGoogleProject } from "../support/fake-google-project.ts";

const home = "music-home";
const places = ["dev", "prod"].map((stack) => {
  const email = (id: string): string => `${id}@music-${stack}.iam.gserviceaccount.com`;
  const accounts = { deployer: email("deploy"), previewer: email("preview") };
  return { stack, project: `music-${stack}`, region: "us-central1", accounts };
});
const projects = [home, "music-dev", "music-prod"];
const services = [
  ...new Set([...ownServices, ...requiredServices({ privateNetwork: "", encryptionKey: "", billingAccount: "" })]),
];
const operator = "user:owner@example.org";
const billing = "billingAccounts/000000-000000-000000";
const deployer = "serviceAccount:music-library-deployer-0@music-home.iam.gserviceaccount.com";

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(new LocalPaths().folder("tests"), "bootstrap-"));
  for (const stack of ["dev", "prod"])
    cpSync(join(projectRoot, `Pulumi.${stack}.yaml`), join(folder, `Pulumi.${stack}.yaml`));
  said = [];
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const file = (stack: string): string => readFileSync(join(folder, `Pulumi.${stack}.yaml`), "utf8");
const run = async (project: FakeGoogleProject, changes: Partial<BootstrapArgs> = {}) =>
  await bootstrap({
    ...{ home, places, services, operator, billingAccount: "", now: new Date("2026-11-24T00:00:00Z"), folder },
    api: new GoogleApi(project.transport, { pauseMs: 1 }),
    dryRun: false,
    say: (line) => said.push(line),
    confirm: () => Promise.resolve(true),
    ...changes,
  });

describe("an empty project", () => {
  it("gets states, keys, a deployer and its grants, and both stacks their secrets provider", async () => {
    const project = new FakeGoogleProject(projects, { billing });
    expect(await run(project)).toBeGreaterThan(10);

    expect([...project.enabled].sort()).toEqual([...services].sort());
    const kms = "cloudkms.googleapis.com/v1/projects/music-home/locations/us-central1/keyRings/music-library";
    expect([...project.resources.keys()].sort()).toEqual(
      [
        ...["dev", "prod"].map((stack) => `storage.googleapis.com/storage/v1/b/music-home-pulumi-${stack}`),
        ...["", "/cryptoKeys/state-dev", "/cryptoKeys/state-prod"].map((key) => kms + key),
        `iam.googleapis.com/v1/projects/music-home/serviceAccounts/${deployer.split(":")[1]!}`,
      ].sort(),
    );
    expect(project.resources.get("storage.googleapis.com/storage/v1/b/music-home-pulumi-prod")).toMatchObject({
      location: "us-central1",
      versioning: { enabled: true },
      iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: "enforced" },
    });
    expect(project.resources.get(`${kms}/cryptoKeys/state-dev`)).toMatchObject({
      purpose: "ENCRYPT_DECRYPT",
      rotationPeriod: "7776000s",
      nextRotationTime: "2027-02-22T00:00:00.000Z",
    });
    for (const stack of ["dev", "prod"]) {
      const provider = `gcpkms://projects/music-home/locations/us-central1/keyRings/music-library/cryptoKeys/state-${stack}`;
      expect(file(stack)).toContain(`\nsecretsprovider: ${provider}\nconfig:\n`);
      expect(file(stack).replace(`secretsprovider: ${provider}\n`, "")).toBe(
        readFileSync(join(projectRoot, `Pulumi.${stack}.yaml`), "utf8"),
      );
    }
  });

  it("gives nobody a primitive role, and only the first deployer rights on projects, states and keys", async () => {
    const project = new FakeGoogleProject(projects, { billing });
    await run(project);
    const bindings = [...project.policies.values()].flatMap((policy) => policy.bindings);
    expect(bindings.map(({ role }) => role).filter((role) => /roles\/(owner|editor|viewer)$/.test(role))).toEqual([]);
    const others = bindings.filter(({ members }) => members.some((member) => member !== deployer));
    expect(others).toEqual([{ role: "roles/iam.serviceAccountTokenCreator", members: [operator] }]);
    expect(project.policies.has("cloudresourcemanager.googleapis.com/v3/projects/music-home")).toBe(false);
  });

  it("is left alone by a second run", async () => {
    const project = new FakeGoogleProject(projects, { billing });
    await run(project);
    const before = [project.changes.length, file("dev"), file("prod")];
    expect(await run(project)).toBe(0);
    expect(said.at(-1)).toBe("Everything is there.");
    expect([project.changes.length, file("dev"), file("prod")]).toEqual(before);
  });

  it("comes to the same state wherever a run is cut off, by the same command", async () => {
    const whole = new FakeGoogleProject(projects, { billing });
    await run(whole);
    const files = [file("dev"), file("prod")];
    expect(whole.changes.length).toBeGreaterThan(8);
    for (let breaksAt = 1; breaksAt <= whole.changes.length; breaksAt++) {
      for (const stack of ["dev", "prod"]) {
        cpSync(join(projectRoot, `Pulumi.${stack}.yaml`), join(folder, `Pulumi.${stack}.yaml`));
      }
      const project = new FakeGoogleProject(projects, { billing });
      project.breaksAt = breaksAt;
      await expect(run(project)).rejects.toThrow("socket hang up");
      await run(project);
      expect(project.state).toEqual(whole.state);
      expect([file("dev"), file("prod")]).toEqual(files);
    }
  });

  it("takes what another run makes at the same time", async () => {
    const project = new FakeGoogleProject(projects, { billing });
    await run(project);
    const { state } = project;
    project.late = 4;
    expect(await run(project)).toBe(4);
    expect(project.state).toEqual(state);
  });

  it("waits until Google knows the new account, and keeps what somebody else grants meanwhile", async () => {
    const project = new FakeGoogleProject(projects, { billing });
    Object.assign(project, { accountDelay: 3, rivals: 2 });
    await run(project);
    const bindings = [...project.policies.values()].flatMap((policy) => policy.bindings);
    const members = bindings.flatMap((binding) => binding.members);
    expect(members).toEqual(expect.arrayContaining(["user:rival-0@example.org", "user:rival-1@example.org", operator]));
  });
});

describe("a project whose stack has declared the workflows' accounts", () => {
  it("opens the state and the key of that stack to them: to the previewer for reading only", async () => {
    const project = new FakeGoogleProject(projects, { billing });
    await run(project);
    for (const email of Object.values(places[0]!.accounts)) {
      project.resources.set(`iam.googleapis.com/v1/projects/music-dev/serviceAccounts/${email}`, {});
    }
    expect(await run(project)).toBe(2);
    const grants = [...project.policies].flatMap(([name, { bindings }]) =>
      bindings.flatMap(({ role, members }) =>
        members.map((member) => `${name.split("/").at(-1) ?? ""} ${role} ${member}`),
      ),
    );
    expect(grants.filter((grant) => grant.includes("@music-dev")).sort()).toEqual([
      "music-home-pulumi-dev roles/storage.legacyBucketReader serviceAccount:deploy@music-dev.iam.gserviceaccount.com",
      "music-home-pulumi-dev roles/storage.legacyBucketReader serviceAccount:preview@music-dev.iam.gserviceaccount.com",
      "music-home-pulumi-dev roles/storage.objectAdmin serviceAccount:deploy@music-dev.iam.gserviceaccount.com",
      "music-home-pulumi-dev roles/storage.objectViewer serviceAccount:preview@music-dev.iam.gserviceaccount.com",
      "state-dev roles/cloudkms.cryptoKeyDecrypter serviceAccount:preview@music-dev.iam.gserviceaccount.com",
      "state-dev roles/cloudkms.cryptoKeyEncrypterDecrypter serviceAccount:deploy@music-dev.iam.gserviceaccount.com",
    ]);
    expect(await run(project)).toBe(0);
  });
});

describe("a dry run", () => {
  it("prints every call and makes none", async () => {
    const project = new FakeGoogleProject(projects, { billing, enabled: services });
    const before = [file("dev"), file("prod")];
    await run(project, { dryRun: true, confirm: () => Promise.reject(new Error("asked")) });
    expect(project.changes).toEqual([]);
    expect([file("dev"), file("prod")]).toEqual(before);
    const dry = said
      .filter((line) => line.startsWith("    "))
      .map((line) => line.trim().split(" ").slice(0, 2).join(" "));
    await run(project);
    expect(dry).toEqual(project.changes.map((change) => change.replace(" ", " https://")));
    expect(dry.length).toBeGreaterThan(8);
  });

  it("says when it can see no further", async () => {
    const project = new FakeGoogleProject(projects, { billing });
    await run(project, { dryRun: true });
    expect(said.join("\n")).toContain("enable cloudresourcemanager.googleapis.com, cloudbilling.googleapis.com");
    expect(said.at(-1)).toContain("once these are enabled");
    expect(project.changes).toEqual([]);
  });
});

describe("a run", () => {
  it("changes nothing when somebody says no", async () => {
    const project = new FakeGoogleProject(projects, { billing, enabled: services });
    expect(await run(project, { confirm: () => Promise.resolve(false) })).toBe(false);
    expect(project.changes).toEqual([]);
  });

  it("asks for a billing account where there is none, and links the one that is given", async () => {
    const project = new FakeGoogleProject(projects, { enabled: [...ownServices] });
    await expect(run(project)).rejects.toThrow(/project "music-home": has no billing account.*--billing-account/);
    expect(project.changes).toEqual([]);
    await run(project, { billingAccount: "012345-6789AB-CDEF01" });
    expect(project.billing).toBe("billingAccounts/012345-6789AB-CDEF01");
  });

  it("refuses a project that is not there, before it makes anything", async () => {
    const project = new FakeGoogleProject([home, "music-dev"], { billing, enabled: services });
    await expect(run(project)).rejects.toThrow(/project "music-prod": is not there or not active \(not found\)/);
    expect(project.changes).toEqual([]);
  });

  it("refuses a stack that is encrypted otherwise, and says how to change that", async () => {
    const project = new FakeGoogleProject(projects, { billing, enabled: services });
    writeFileSync(join(folder, "Pulumi.prod.yaml"), `encryptionsalt: v1:abc\n${file("prod")}`);
    await expect(run(project)).rejects.toThrow(/a passphrase.*pulumi stack change-secrets-provider --stack prod/);
    expect(project.changes).toEqual([]);
  });

  it("closes a state's bucket that somebody opened", async () => {
    const project = new FakeGoogleProject(projects, { billing, enabled: services });
    await run(project);
    const address = "storage.googleapis.com/storage/v1/b/music-home-pulumi-dev";
    project.resources.set(address, { ...project.resources.get(address), versioning: { enabled: false } });
    await run(project);
    expect(project.changes.at(-1)).toBe(`PATCH ${address}`);
    expect(project.resources.get(address)).toMatchObject({ versioning: { enabled: true } });
  });

  it("tells what to do next, with the address of each state", () => {
    const text = nextSteps({ home, places, operator }).join("\n");
    expect(text).toContain("DEV_BACKEND_URL = gs://music-home-pulumi-dev");
    expect(text).toContain(`--impersonate-service-account=${deployer.split(":")[1]!}`);
    expect(text).toContain('pulumi stack init prod --secrets-provider "gcpkms://projects/music-home/');
  });
});
