import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Bindings } from "../../local/identity/bindings.ts";
import { Identity } from "../../local/identity/identity.ts";
import { parseCondition } from "../../local/identity/condition.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { Ports } from "../../local/ports.ts";
import type { Kind } from "../../local/provider/kind.ts";
import { customRoleKinds } from "../../local/resources/custom-role.ts";
import { iamMemberKinds } from "../../local/resources/iam-members.ts";
import { serviceAccountKinds } from "../../local/resources/service-account.ts";
import { type Properties, ResourceStore } from "../../local/store.ts";

const project = "loist-music-library-local";
const scope = { project, region: "us-central1" };
const email = `loist-music-library-sa@${project}.iam.gserviceaccount.com`;
const member = `serviceAccount:${email}`;
const account = `projects/${project}/serviceAccounts/${email}`;
const bucket = "projects/_/buckets/audio";

let folder: string;
let store: ResourceStore;
let identity: Identity;
let kinds: Record<string, Kind>;

beforeAll(async () => {
  const parent = join(projectRoot, ".local", "tests");
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, "identity-access-"));
  const paths = new LocalPaths(folder);
  store = new ResourceStore(paths);
  identity = new Identity({ paths, store, ports: new Ports(paths) });
  kinds = {
    ...serviceAccountKinds({ store, identity }),
    ...iamMemberKinds({ store, bindings: identity.bindings }),
    ...customRoleKinds({ store }),
  };
  await declare("gcp:serviceaccount/account:Account", { accountId: "loist-music-library-sa" });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As the protocol layer does: create, then store. */
async function declare(type: string, inputs: Properties): Promise<string> {
  const kind = kinds[type]!;
  const id = kind.idOf(inputs, scope);
  const outputs = await kind.create(inputs, scope);
  store.put({ type, id, urn: `urn:pulumi:test::test::${type}::${id}`, inputs, outputs });
  return id;
}

const projectMember = "gcp:projects/iAMMember:IAMMember";

describe("declared members", () => {
  it("give what their role holds on the whole project, and nothing more", async () => {
    const id = await declare(projectMember, { project, role: "roles/cloudsql.client", member });
    expect(id).toBe(`${project}/roles/cloudsql.client/${member}`);
    expect(identity.allowed(member, "cloudsql.instances.connect", `projects/${project}/instances/db`)).toBe(true);
    expect(identity.allowed(member, "cloudsql.instances.delete", `projects/${project}/instances/db`)).toBe(false);
    expect(identity.allowed("user:somebody@else.org", "cloudsql.instances.connect", `projects/${project}`)).toBe(false);
    expect(identity.allowed(undefined, "cloudsql.instances.connect", `projects/${project}`)).toBe(false);
  });

  it("give a managed folder's role on the objects below it, and on nothing beside", async () => {
    const type = "gcp:storage/managedFolderIamMember:ManagedFolderIamMember";
    const inputs = { bucket: "audio", managedFolder: "temp/", role: "roles/storage.objectCreator", member };
    await expect(kinds[type]!.create(inputs, scope)).rejects.toThrow("does not exist (audio/temp/)");
    const folderType = "gcp:storage/managedFolder:ManagedFolder";
    store.put({ type: folderType, id: "audio/temp/", urn: "urn:test::folder", inputs: {}, outputs: {} });
    expect(await declare(type, inputs)).toBe(`b/audio/managedFolders/temp//roles/storage.objectCreator/${member}`);
    const may = (object: string) => identity.allowed(member, "storage.objects.create", `${bucket}/objects/${object}`);
    expect([may("temp/a.mp3"), may("temp"), may("temporary/a.mp3"), may("audio/a.mp3")]).toEqual([
      ...[true, false, false, false],
    ]);
    expect(identity.allowed(member, "storage.objects.create", bucket)).toBe(false);
  });

  it("end with their deletion", async () => {
    const id = await declare(projectMember, { project, role: "roles/logging.logWriter", member });
    expect(identity.allowed(member, "logging.logEntries.create", `projects/${project}`)).toBe(true);
    store.remove(projectMember, id);
    expect(identity.allowed(member, "logging.logEntries.create", `projects/${project}`)).toBe(false);
    expect(await kinds[projectMember]!.read(id, { inputs: {}, outputs: {} }, scope)).toBeUndefined();
  });

  it("give a custom role's permissions on one service account only", async () => {
    const role = await declare("gcp:projects/iAMCustomRole:IAMCustomRole", {
      roleId: "trackSigner",
      title: "Signs",
      permissions: ["iam.serviceAccounts.signBlob"],
    });
    await declare("gcp:serviceaccount/iAMMember:IAMMember", { serviceAccountId: account, role, member });
    expect(identity.allowed(member, "iam.serviceAccounts.signBlob", `projects/-/serviceAccounts/${email}`)).toBe(true);
    expect(identity.allowed(member, "iam.serviceAccounts.getAccessToken", account)).toBe(false);
    const other = `projects/-/serviceAccounts/other-account@${project}.iam.gserviceaccount.com`;
    expect(identity.allowed(member, "iam.serviceAccounts.signBlob", other)).toBe(false);
  });

  it("hold on a bucket and its objects, where the condition says so", () => {
    const binding = (role: string, who: string, expression?: string): void => {
      const inputs: Properties = { bucket: "audio", role, member: who };
      if (expression !== undefined) inputs["condition"] = { title: "temp", expression };
      const type = "gcp:storage/bucketIAMMember:BucketIAMMember";
      store.put({ type, id: `b/audio/${role}/${who}/${expression ?? ""}`, urn: role + who, inputs, outputs: inputs });
    };
    binding("roles/storage.objectUser", member);
    binding(
      "roles/storage.objectCreator",
      "user:uploader@music.org",
      `resource.type == "storage.googleapis.com/Object" && resource.name.startsWith("${bucket}/objects/temp/")`,
    );
    expect(identity.allowed(member, "storage.objects.get", `${bucket}/objects/audio/a.mp3`)).toBe(true);
    expect(identity.allowed(member, "storage.buckets.update", bucket)).toBe(false);
    expect(identity.allowed(member, "storage.objects.get", "projects/_/buckets/audio-2/objects/a")).toBe(false);
    const uploads = (name: string): boolean =>
      identity.allowed("user:uploader@music.org", "storage.objects.create", `${bucket}/objects/${name}`);
    expect([uploads("temp/a.mp3"), uploads("audio/a.mp3"), uploads("temporary/a")]).toEqual([true, false, false]);
  });

  it("open nothing to everybody on a bucket that prevents public access", () => {
    const put = (name: string, publicAccessPrevention: string): void => {
      const inputs = { name, publicAccessPrevention };
      store.put({ type: "gcp:storage/bucket:Bucket", id: name, urn: name, inputs, outputs: { ...inputs, project } });
      const grant = { bucket: name, role: "roles/storage.objectViewer", member: "allUsers" };
      const type = "gcp:storage/bucketIAMMember:BucketIAMMember";
      store.put({ type, id: `b/${name}/all`, urn: `${name}-all`, inputs: grant, outputs: grant });
    };
    put("open", "inherited");
    put("closed", "enforced");
    expect(identity.allowed(undefined, "storage.objects.get", "projects/_/buckets/open/objects/a")).toBe(true);
    expect(identity.allowed(undefined, "storage.objects.get", "projects/_/buckets/closed/objects/a")).toBe(false);
  });

  it("let the operator do everything but act as a service account", () => {
    const operator = "user:operator@music-library.local";
    expect(identity.allowed(operator, "storage.objects.get", `${bucket}/objects/a`)).toBe(true);
    expect(identity.allowed(operator, "iam.serviceAccounts.signBlob", account)).toBe(false);
  });

  it("mean nothing while their account is disabled", async () => {
    const accountId = "disabled-account";
    await declare("gcp:serviceaccount/account:Account", { accountId, disabled: true });
    const disabled = `serviceAccount:${accountId}@${project}.iam.gserviceaccount.com`;
    await declare(projectMember, { project, role: "roles/cloudsql.client", member: disabled });
    expect(identity.allowed(disabled, "cloudsql.instances.connect", `projects/${project}`)).toBe(false);
  });
});

describe("a grant", () => {
  it("of a role that is not known here is refused by name", async () => {
    await expect(declare(projectMember, { project, role: "roles/dataflow.admin", member })).rejects.toThrow(
      'role "roles/dataflow.admin": its permissions are not known to the local cloud; expected one of roles/artifactregistry.reader',
    );
    await expect(declare(projectMember, { project, role: `projects/${project}/roles/nope`, member })).rejects.toThrow(
      "does not exist; expected a custom role that is declared",
    );
  });

  it("with a condition that is not evaluated here is refused by name", async () => {
    const condition = { title: "hours", expression: "request.time.getHours() < 18" };
    const grant = { project, role: "roles/cloudsql.client", member, condition };
    await expect(declare(projectMember, grant)).rejects.toThrow('"request.time" is not evaluated by the local cloud');
  });

  it.each([
    ["roles/", member, "role"],
    ["storage.objectUser", member, "role"],
    ["roles/storage.objectUser", email, "member"],
    ["roles/storage.objectUser", "serviceAccount:nobody", "member"],
    ["roles/storage.objectUser", "everyone", "member"],
    ["roles/storage.objectUser", "allUsers", "member"],
  ])("of %s to %s on a project is refused for its %s", (role, who, property) => {
    const problems = kinds[projectMember]!.check!({ project, role, member: who }, scope);
    expect(problems.map((problem) => problem.property)).toEqual([property]);
  });

  it.each([
    member,
    "user:a@b.org",
    "group:a@b.org",
    "domain:b.org",
    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.repository/o/r",
    `serviceAccount:${project}.svc.id.goog[namespace/name]`,
  ])("to %s is accepted", (who) => {
    const grant = { project, role: "roles/cloudsql.client", member: who };
    expect(kinds[projectMember]!.check!(grant, scope)).toEqual([]);
  });
});

describe("a condition", () => {
  const subject = {
    "resource.name": "projects/_/buckets/b/objects/temp/a",
    "resource.type": "storage.googleapis.com/Object",
    "resource.service": "storage.googleapis.com",
  };

  it.each([
    ['resource.name == "projects/_/buckets/b/objects/temp/a"', true],
    ['resource.name != "projects/_/buckets/b/objects/temp/a"', false],
    ["resource.name.endsWith('/a') && resource.service == 'storage.googleapis.com'", true],
    ['resource.type == "storage.googleapis.com/Bucket" || resource.name.startsWith("projects/_/buckets/b/")', true],
    ['!(resource.name.contains("temp")) || false_is_no_attribute == "x"', undefined],
    ['!(resource.name.contains("temp")) && resource.name == ""', false],
    ['resource.name.matches(".*")', undefined],
    ['resource.name == "a" resource.name', undefined],
    ['resource.name.extract("objects/{a}") == "b"', undefined],
    ["", undefined],
  ])("%s is %s", (expression, expected) => {
    if (expected === undefined) expect(() => parseCondition(expression)).toThrow("is not evaluated by the local cloud");
    else expect(parseCondition(expression)(subject)).toBe(expected);
  });
});

describe("a service account", () => {
  it.each(["short", "Upper-case", "1digit-first", "ends-in-hyphen-", "a".repeat(31)])("named %s is refused", (id) => {
    const problems = kinds["gcp:serviceaccount/account:Account"]!.check!({ accountId: id }, scope);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.reason).toContain("expected 6 to 30");
  });

  it("has the outputs that the provider returns, and its e-mail in preview", async () => {
    const kind = kinds["gcp:serviceaccount/account:Account"]!;
    const inputs = { accountId: "loist-music-library-sa" };
    expect(await kind.create(inputs, scope)).toMatchObject({ email, member, name: account, project, disabled: false });
    expect((await kind.create(inputs, scope))["uniqueId"]).toMatch(/^1\d{20}$/);
    expect(kind.previewOutputs!(inputs, scope)).toMatchObject({ email, member });
    expect(kind.idOf(inputs, scope)).toBe(account);
  });

  it("keeps its key when it is created again, and loses it with its deletion", async () => {
    const kind = kinds["gcp:serviceaccount/account:Account"]!;
    const inputs = { accountId: "passing-account" };
    const passing = `passing-account@${project}.iam.gserviceaccount.com`;
    const outputs = await kind.create(inputs, scope);
    const key = identity.publicKeysOf(passing)![0]!.export({ type: "spki", format: "pem" });
    await kind.create(inputs, scope);
    expect(identity.publicKeysOf(passing)![0]!.export({ type: "spki", format: "pem" })).toBe(key);
    await kind.delete(kind.idOf(inputs, scope), { inputs, outputs }, scope);
    expect(identity.publicKeysOf(passing)).toBeUndefined();
  });
});

describe("a grant that is still spreading", () => {
  it("is in force only after its delay, and others are as before", async () => {
    const slow = new Bindings(store, 60);
    const other = "serviceAccount:late@somewhere.iam.gserviceaccount.com";
    await declare(projectMember, { project, role: "roles/logging.logWriter", member: other });
    const may = (bindings: Bindings): boolean =>
      bindings.allowed(other, "logging.logEntries.create", `projects/${project}`);
    expect([may(slow), may(identity.bindings)]).toEqual([false, true]);
    while (!may(slow)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(may(slow)).toBe(true);
  });
});
