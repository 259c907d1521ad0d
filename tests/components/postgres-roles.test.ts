import { beforeAll, describe, expect, it } from "@jest/globals";
import { databaseWithRoles } from "../support/database-components.ts";
import { type Recording, recordProgram, type RegisteredResource } from "../support/pulumi-mocks.ts";

let recording: Recording;
beforeAll(async () => {
  recording = await recordProgram(() => {
    databaseWithRoles({}, { protect: true });
  });
});

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function row({ inputs }: RegisteredResource): string {
  const { objectType, schema, role, privileges } = inputs;
  const granted = (privileges as string[]).join(",");
  return [objectType, schema, role, granted].map((part) => text(part)).join(" | ");
}

describe("PostgresRoles", () => {
  it("makes three roles without login and without any attribute", () => {
    const made = recording.ofType("postgresql:index/role:Role");

    expect(made.map(({ inputs }) => inputs)).toEqual(
      ["music_library_owner", "music_library_readwrite", "music_library_readonly"].map((name) => ({
        name,
        login: false,
      })),
    );
  });

  it("makes three schemas of the owner, and trusted extensions apart from them", () => {
    expect(recording.ofType("Schema").map(({ inputs }) => inputs)).toEqual(
      ["library", "extensions", "migrations"].map((name) => ({
        name,
        database: "music_library",
        owner: "music_library_owner",
      })),
    );
    expect(recording.ofType("Extension").map(({ inputs }) => inputs)).toEqual(
      ["uuid-ossp", "pg_trgm", "unaccent"].map((name) => ({ name, database: "music_library", schema: "extensions" })),
    );
  });

  it("lets only the three roles in, and takes from PUBLIC what PostgreSQL gives it", () => {
    expect(recording.ofType("Grant").map(row).sort()).toEqual(
      [
        "database |  | public | ",
        "database |  | music_library_owner | CONNECT",
        "database |  | music_library_readwrite | CONNECT",
        "database |  | music_library_readonly | CONNECT",
        "schema | public | public | ",
        "schema | library | music_library_readwrite | USAGE",
        "schema | library | music_library_readonly | USAGE",
        "schema | extensions | music_library_readwrite | USAGE",
        "schema | extensions | music_library_readonly | USAGE",
        "schema | migrations | music_library_readonly | USAGE",
      ].sort(),
    );
  });

  it("gives rights on tables by default privileges alone, and the application none on the history", () => {
    expect(recording.ofType("DefaultPrivileges").map(row).sort()).toEqual(
      [
        "function |  | public | ",
        "table | library | music_library_readwrite | SELECT,INSERT,UPDATE,DELETE",
        "sequence | library | music_library_readwrite | USAGE,SELECT",
        "function | library | music_library_readwrite | EXECUTE",
        "table | library | music_library_readonly | SELECT",
        "sequence | library | music_library_readonly | SELECT",
        "function | library | music_library_readonly | EXECUTE",
        "table | migrations | music_library_readonly | SELECT",
      ].sort(),
    );
    const owners = recording.ofType("DefaultPrivileges").map(({ inputs }) => inputs.owner);
    expect(new Set(owners)).toEqual(new Set(["music_library_owner"]));
  });

  it("grants after roles and schemas are there", () => {
    const { dependsOn } = recording.find("Grant", "roles-usage-library-readonly");

    expect(dependsOn).toEqual(expect.arrayContaining(["roles-owner", "roles-readonly", "roles-library"]));
  });

  it("makes all of it by the administrator's provider, bound to the fate of the server", () => {
    const made = recording.resources.filter(({ type }) => type.startsWith("postgresql:"));

    expect(made).toHaveLength(3 + 3 + 3 + 10 + 8);
    for (const resource of made) {
      expect(resource).toMatchObject({
        provider: "administrator-provider",
        protect: true,
        deletedWith: "instance-server",
        replaceWith: ["instance-server"],
      });
    }
  });
});
