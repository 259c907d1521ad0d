import { describe, expect, it } from "@jest/globals";
import { changedProperties } from "../../local/provider/diff.ts";
import { knownTypes, resourceSchema, schemaProblems, unknownValue, withDefaults } from "../../local/provider/schema.ts";
import type { Properties } from "../../local/store.ts";

function schema(type: string) {
  const found = resourceSchema(type);
  if (found === undefined) throw new Error(`no schema of ${type}`);
  return found;
}

const user = schema("gcp:sql/user:User");
const bucket = schema("gcp:storage/bucket:Bucket");
const instance = schema("gcp:sql/databaseInstance:DatabaseInstance");

describe("the schema check", () => {
  it("names an unknown property and what would be accepted", () => {
    const problems = schemaProblems(bucket, { name: "b", location: "EU", lifecyleRules: [] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ property: "lifecyleRules" });
    expect(problems[0]?.reason).toContain("lifecycleRules");
  });

  it("reports everything that is wrong at once, with nested paths", () => {
    const inputs: Properties = {
      name: "b",
      location: "EU",
      cors: [{ maxAgeSeconds: "60" }],
      versioning: {},
      uniformBucketLevelAccess: "yes",
    };
    expect(
      schemaProblems(bucket, inputs)
        .map(({ property }) => property)
        .sort(),
    ).toEqual(["cors[0].maxAgeSeconds", "uniformBucketLevelAccess", "versioning.enabled"]);
  });

  it("refuses a value for what the provider fills in", () => {
    expect(schemaProblems(instance, { databaseVersion: "POSTGRES_15", connectionName: "x" })).toMatchObject([
      { property: "connectionName" },
    ]);
  });

  it("refuses two properties that exclude each other", () => {
    const inputs: Properties = { instance: "i", name: "n", password: "a", passwordWo: "b" };
    expect(schemaProblems(user, inputs).map(({ property }) => property)).toEqual(["password", "passwordWo"]);
  });

  it("passes what is not known before up", () => {
    expect(schemaProblems(user, { instance: unknownValue, name: "n", databaseRoles: unknownValue })).toEqual([]);
  });

  it("fills in defaults at every level that is present", () => {
    const filled = withDefaults(instance, { databaseVersion: "POSTGRES_15", settings: { tier: "t" } });
    expect(filled).toMatchObject({
      deletionProtection: true,
      settings: { availabilityType: "ZONAL", diskAutoresize: true },
    });
  });

  it("knows a type for every schema file, by the token of the SDK", () => {
    expect(knownTypes()).toContain("gcp:cloudrunv2/service:Service");
    expect(new Set(knownTypes()).size).toBe(knownTypes().length);
  });
});

describe("the diff", () => {
  const paths = (type: Parameters<typeof changedProperties>[0], olds: Properties, news: Properties) =>
    changedProperties(type, olds, news).map(
      ({ path, change, replaces }) => `${change} ${path}${replaces ? " replaces" : ""}`,
    );

  it("is empty for equal inputs and for sets in another order", () => {
    const flags = (names: string[]): Properties => ({
      settings: { databaseFlags: names.map((name) => ({ name, value: "1" })) },
    });
    expect(paths(instance, flags(["a", "b"]), flags(["b", "a"]))).toEqual([]);
  });

  it("says what replaces", () => {
    expect(paths(instance, { region: "us-central1", name: "a" }, { region: "europe-west1", name: "a" })).toEqual([
      "update region replaces",
    ]);
    expect(
      paths(user, { name: "a", instance: "i", password: "x" }, { name: "a", instance: "i", password: "y" }),
    ).toEqual(["update password"]);
  });

  it("finds a change inside a list by its index", () => {
    expect(paths(bucket, { cors: [{ origins: ["a"] }] }, { cors: [{ origins: ["a", "b"] }] })).toEqual([
      "add cors[0].origins[1]",
    ]);
  });

  it("treats what the provider computes as unchanged when it is left out, and reports what is taken away", () => {
    expect(paths(bucket, { location: "EU", project: "p" }, { location: "EU" })).toEqual([]);
    expect(paths(bucket, { location: "EU", labels: { a: "b" } }, { location: "EU" })).toEqual(["delete labels"]);
  });

  it("takes an unknown new value for a change", () => {
    expect(paths(user, { name: "a", instance: "i" }, { name: "a", instance: unknownValue })).toEqual([
      "update instance replaces",
    ]);
  });
});
