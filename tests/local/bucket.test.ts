// The kinds Bucket and BucketIAMMember: Google's value rules, what the verbs do, and what refresh finds.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Properties } from "../../local/store.ts";
import {
  bucketName,
  declaredBucket,
  email,
  memberType,
  objectUser,
  scope,
  startStorage,
  type StorageSetup,
} from "./storage-setup.ts";

let storage: StorageSetup;

beforeEach(async () => {
  storage = await startStorage();
});

afterEach(async () => {
  await storage.close();
});

const problemsOf = (inputs: Properties): string[] =>
  storage
    .kind()
    .check?.({ ...declaredBucket, ...inputs }, scope)
    .map(({ property }) => property) ?? [];

const patch = async (body: object): Promise<Response> =>
  await fetch(`${storage.server.endpoint}/storage/v1/b/${bucketName}`, {
    method: "PATCH",
    headers: { authorization: "Bearer token-of-sa" },
    body: JSON.stringify(body),
  });

describe("a bucket's declaration", () => {
  it("as the stack has it is taken", () => {
    expect(problemsOf({})).toEqual([]);
  });

  it.each([
    ["ab"],
    ["x".repeat(64)],
    ["Upper"],
    ["-dash"],
    ["dash-"],
    ["192.168.5.4"],
    ["goog-music"],
    ["my-google-music"],
    ["g00gle"],
    ["a..b"],
    ["with space"],
  ])("with the name %s is refused", (name) => {
    expect(new Set(problemsOf({ name }))).toEqual(new Set(["name"]));
  });

  it("tells every problem at once, each with the value seen and what is expected", () => {
    const inputs: Properties = {
      location: "us-central9",
      storageClass: "WARM",
      publicAccessPrevention: "maybe",
      softDeletePolicy: { retentionDurationSeconds: 3600 },
      labels: { Environment: "local" },
      cors: [{ origins: ["https://a.example/path"], methods: ["FETCH"], responseHeaders: [] }],
      lifecycleRules: [
        { action: { type: "Delete" }, condition: { age: 0 } },
        {
          action: { type: "SetStorageClass", storageClass: "ICE" },
          condition: { matchesPrefixes: [""], withState: "DEAD" },
        },
      ],
    };
    expect(problemsOf(inputs)).toEqual([
      ...["location", "storageClass", "publicAccessPrevention", "softDeletePolicy.retentionDurationSeconds"],
      ...["labels.Environment", "cors[0].methods", "cors[0].origins", "lifecycleRules[1].condition.withState"],
      ...[
        "lifecycleRules[0].condition",
        "lifecycleRules[1].action.storageClass",
        "lifecycleRules[1].condition.matchesPrefixes",
      ],
    ]);
    const reasons = storage.kind().check?.({ ...declaredBucket, ...inputs }, scope) ?? [];
    expect(reasons[0]?.reason).toBe(
      "unknown location (us-central9); expected a region such as us-central1, or one of ASIA, EU, US, ASIA1, EUR4, EUR5, EUR7, EUR8, NAM4.",
    );
  });

  it("sends an age of zero only where that is said", () => {
    const rule = (condition: Properties): Properties => ({
      lifecycleRules: [{ action: { type: "Delete" }, condition }],
    });
    expect(problemsOf(rule({ age: 0, sendAgeIfZero: true }))).toEqual([]);
    expect(problemsOf(rule({ numNewerVersions: 0 }))).toEqual(["lifecycleRules[0].condition"]);
  });

  it("of something that is not here is refused by name when it is made, not when it is planned", async () => {
    const inputs = { ...declaredBucket, retentionPolicy: { retentionPeriod: "86400" }, requesterPays: true };
    expect(problemsOf(inputs)).toEqual([]);
    await expect(storage.declare(inputs)).rejects.toThrow(
      "the storage server of the local cloud has no requesterPays, retentionPolicy",
    );
    expect(storage.server.buckets.find(bucketName)).toBeUndefined();
  });
});

describe("a bucket", () => {
  it("is made with the outputs of the published provider, and adopted when it is made again", async () => {
    const outputs = await storage.declare();
    expect(outputs).toMatchObject({
      name: bucketName,
      url: `gs://${bucketName}`,
      selfLink: `${storage.server.endpoint}/storage/v1/b/${bucketName}`,
      location: "US-CENTRAL1",
      project: scope.project,
      projectNumber: 100000000001,
      effectiveLabels: declaredBucket["labels"],
      softDeletePolicy: { retentionDurationSeconds: 0, effectiveTime: "" },
      timeCreated: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await storage.declare()).toEqual(outputs);
    await storage.restart();
    expect(await storage.declare()).toEqual(outputs);
    await expect(storage.declare({ ...declaredBucket, location: "EU" })).rejects.toThrow(
      "bucket name is not available",
    );
  });

  it("that nobody touched is read back letter by letter", async () => {
    const outputs = await storage.declare();
    const read = await storage.kind().read(bucketName, { inputs: declaredBucket, outputs }, scope);
    expect(read).toEqual({ inputs: declaredBucket, outputs });
    expect(await storage.kind().read("another", { inputs: {}, outputs: {} }, scope)).toBeUndefined();
  });

  it("that somebody edited shows what differs, and the next update repairs it", async () => {
    const outputs = await storage.declare();
    storage.access.grants.set(`serviceAccount:${email}`, [
      ...objectUser,
      "storage.buckets.get",
      "storage.buckets.update",
    ]);
    const rule = { action: { type: "Delete" }, condition: { age: 3, matchesPrefix: ["temp/"], isLive: true } };
    const edited = await patch({
      cors: [{ origin: ["*"], method: ["GET"] }],
      lifecycle: { rule: [rule] },
      labels: { environment: null },
    });
    expect(edited.status).toBe(200);
    const read = await storage.kind().read(bucketName, { inputs: declaredBucket, outputs }, scope);
    expect(read?.inputs).toEqual({
      ...declaredBucket,
      labels: { application: "music-library" },
      cors: [{ origins: ["*"], methods: ["GET"], responseHeaders: [] }],
      lifecycleRules: [
        { action: { type: "Delete" }, condition: { age: 3, matchesPrefixes: ["temp/"], withState: "LIVE" } },
      ],
    });
    const known = read ?? { inputs: {}, outputs: {} };
    await storage.kind().update(bucketName, known, declaredBucket, scope);
    const repaired = await storage.kind().read(bucketName, { inputs: declaredBucket, outputs }, scope);
    expect(repaired?.inputs).toEqual(declaredBucket);
  });

  it("is edited only by who may, and only to what Google would take", async () => {
    await storage.declare();
    expect((await patch({ storageClass: "NEARLINE" })).status).toBe(403);
    storage.access.grants.set(`serviceAccount:${email}`, ["storage.buckets.update", "storage.buckets.get"]);
    const refused = await patch({
      lifecycle: { rule: [{ action: { type: "Delete" }, condition: { moonPhase: "full" } }] },
    });
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining("unknown condition (moonPhase)"),
    ]);
    expect((await patch({ softDeletePolicy: { retentionDurationSeconds: "60" } })).status).toBe(400);
    expect((await patch({ autoclass: { enabled: true } })).status).toBe(501);
    const [metadata] = await storage.client.bucket(bucketName).getMetadata();
    expect(metadata).toMatchObject({ storageClass: "STANDARD", metageneration: "1", locationType: "region" });
  });

  it("that holds objects is not deleted, unless forceDestroy says so", async () => {
    const outputs = await storage.declare();
    await storage.client.bucket(bucketName).file("a").save("x", { resumable: false });
    await storage.client.bucket(bucketName).file("a").delete();
    const olds = { inputs: declaredBucket, outputs };
    await expect(storage.kind().delete(bucketName, olds, scope)).rejects.toThrow(
      "The bucket you tried to delete is not empty. You must delete all object versions.",
    );
    await expect(
      storage.kind().delete(bucketName, { outputs, inputs: { ...declaredBucket, deletionPolicy: "PREVENT" } }, scope),
    ).rejects.toThrow("deletionPolicy PREVENT");
    await storage.kind().delete(bucketName, { outputs, inputs: { ...declaredBucket, forceDestroy: true } }, scope);
    expect(storage.server.buckets.find(bucketName)).toBeUndefined();
    await storage.kind().delete(bucketName, olds, scope);
    await storage.restart();
    expect(storage.server.buckets.list()).toEqual([]);
  });
});

describe("a bucket's IAM member", () => {
  const member: Properties = {
    bucket: bucketName,
    role: "roles/storage.objectUser",
    member: `serviceAccount:${email}`,
  };

  it("has the provider's id and outputs", async () => {
    const kind = storage.kind(memberType);
    await storage.declare();
    expect(kind.idOf(member, scope)).toBe(`b/${bucketName}/roles/storage.objectUser/serviceAccount:${email}`);
    const condition = { title: "t", expression: 'resource.name.startsWith("x")' };
    expect(kind.idOf({ ...member, condition }, scope)).toContain('/t//resource.name.startsWith("x")');
    const outputs = await kind.create(member, scope);
    expect(outputs).toMatchObject({ ...member, bucket: `b/${bucketName}`, etag: expect.any(String) });
  });

  it("is refused with a wrong member or role, or on a bucket that is not there", async () => {
    const kind = storage.kind(memberType);
    const problems = (inputs: Properties): string[] =>
      kind.check?.({ ...member, ...inputs }, scope).map(({ property }) => property) ?? [];
    expect(problems({})).toEqual([]);
    expect(problems({ member: "somebody@example.com" })).toEqual(["member"]);
    expect(problems({ role: "storage.objectUser" })).toEqual(["role"]);
    expect(problems({ role: "roles/owner" })).toEqual(["role"]);
    await expect(kind.create(member, scope)).rejects.toThrow("The specified bucket does not exist");
  });

  it("of everyone is refused where public access is prevented, and an unknown role everywhere", async () => {
    const kind = storage.kind(memberType);
    await storage.declare();
    await expect(kind.create({ ...member, member: "allUsers" }, scope)).rejects.toThrow(
      "public access prevention is enforced",
    );
    await expect(kind.create({ ...member, role: "roles/storage.unheardOf" }, scope)).rejects.toThrow(
      "roles/storage.unheardOf",
    );
    await storage.declare({ ...declaredBucket, publicAccessPrevention: "inherited" });
    await expect(kind.create({ ...member, member: "allUsers" }, scope)).resolves.toMatchObject({ member: "allUsers" });
  });

  it("is read back while it is declared, and shown in the bucket's policy", async () => {
    const kind = storage.kind(memberType);
    await storage.declare();
    const id = kind.idOf(member, scope);
    const outputs = await kind.create(member, scope);
    expect(await kind.read(id, { inputs: member, outputs }, scope)).toBeUndefined();
    storage.store.put({ type: memberType, id, urn: "urn", inputs: member, outputs });
    expect(await kind.read(id, { inputs: member, outputs }, scope)).toEqual({ inputs: member, outputs });
    storage.access.grants.set(`serviceAccount:${email}`, ["storage.buckets.getIamPolicy"]);
    const [policy] = await storage.client.bucket(bucketName).iam.getPolicy();
    expect(policy.bindings).toEqual([{ role: member["role"], members: [member["member"]] }]);
  });
});
