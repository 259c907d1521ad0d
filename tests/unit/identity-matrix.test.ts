// The identity matrix by itself: what each may do is enough for what the stack declares, and no more than it says.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { permissionsOfRole, withIdentityTables } from "../../commands/identity-docs.ts";
import { deploymentPermissions, outsideProject } from "../../components/deployment-permissions.ts";
import { customRoles, identities, onlyInstance, rights } from "../../components/identity-matrix.ts";

const root = join(import.meta.dirname, "..", "..");
const held = (identity: string): string[] =>
  rights.filter((right) => right.identity === identity).flatMap(({ role }) => permissionsOfRole(role));

describe("the identity matrix", () => {
  it.each(["dev", "prod"])("lets the deployer make every type of resource that %s declares", (stack) => {
    const golden = readFileSync(join(root, "tests", "stack", "golden", `${stack}.json`), "utf8");
    const types = (JSON.parse(golden) as { resources: { type: string }[] }).resources.map(({ type }) => type);
    const known = [...Object.keys(deploymentPermissions), ...outsideProject];
    expect(
      [...new Set(types.filter((type) => type.startsWith("gcp:")))].filter((type) => !known.includes(type)),
    ).toEqual([]);
  });

  it("gives nobody what would make them somebody else or owner", () => {
    const forbidden =
      /^(resourcemanager\.projects\.setIamPolicy|iam\.serviceAccounts\.(create|setIamPolicy|getAccessToken|signJwt|implicitDelegation)|iam\.serviceAccountKeys\.create|iam\.roles\.(create|update)|iam\.workloadIdentityPool.*\.(create|update))$/;
    for (const identity of identities)
      expect([identity, held(identity).filter((one) => forbidden.test(one))]).toEqual([identity, []]);
  });

  it("lets only the deployer change anything but objects and telemetry", () => {
    const changing = (identity: string): string[] =>
      held(identity).filter((one) => /\.(create|delete|update|setIamPolicy|add|destroy)$/.test(one));
    expect(changing("deployer").length).toBeGreaterThan(60);
    expect([changing("previewer"), changing("verifier"), changing("developer")]).toEqual([[], [], []]);
    expect(
      changing("track service").filter(
        (one) =>
          !/^(storage\.(objects|folders|managedFolders|multipartUploads)|logging\.logEntries|monitoring)\./.test(one),
      ),
    ).toEqual([]);
  });

  it("shows the previewer neither a secret's value nor an object", () => {
    expect(
      held("previewer").filter((one) => /^secretmanager\.versions\.access$|^storage\.objects\./.test(one)),
    ).toEqual([]);
    expect(held("previewer")).toContain("secretmanager.secrets.getIamPolicy");
  });

  it("has custom roles that Google accepts", () => {
    for (const { title, description, permissions } of Object.values(customRoles)) {
      expect(title.length).toBeLessThanOrEqual(100);
      expect(description.length).toBeLessThanOrEqual(256);
      expect(new Set(permissions).size).toBe(permissions.length);
      for (const permission of permissions) expect(permission).toMatch(/^[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+$/);
      // 64 KiB for title, description and permissions together: cloud.google.com/iam/docs/creating-custom-roles
      expect(permissions.join("").length + title.length + description.length).toBeLessThan(65_536);
    }
  });

  it("names the one instance by name, type and service", () => {
    expect(onlyInstance("p", "db").expression).toBe(
      'resource.name == "projects/p/instances/db" && resource.type == "sqladmin.googleapis.com/Instance" && resource.service == "sqladmin.googleapis.com"',
    );
  });

  it("stands in the README as it is", async () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    expect(await withIdentityTables(readme)).toBe(readme);
    await expect(withIdentityTables("no marks")).rejects.toThrow("has no place for the identities");
  });
});
