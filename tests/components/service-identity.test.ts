import { describe, expect, it } from "@jest/globals";
import { ServiceIdentity } from "../../components/service-identity.ts";
import { names } from "../support/database-components.ts";
import { type Recording, recordProgram } from "../support/pulumi-mocks.ts";

const email = "loist-music-library-sa@music-project.iam.gserviceaccount.com";

async function record(operators: string[] = []): Promise<Recording> {
  return recordProgram(() => {
    const identity = new ServiceIdentity("identity", { project: "music-project", names, operators });
    return { email: identity.email, member: identity.member };
  });
}

describe("ServiceIdentity", () => {
  it("has three roles on the project, and none that could administer", async () => {
    const grants = (await record()).ofType("gcp:projects/iAMMember:IAMMember").map(({ inputs }) => inputs);

    expect(grants).toEqual(
      ["roles/cloudsql.client", "roles/logging.logWriter", "roles/monitoring.metricWriter"].map((role) => ({
        project: "music-project",
        role,
        member: `serviceAccount:${email}`,
      })),
    );
  });

  it("may sign as itself by a role with that one permission", async () => {
    const recording = await record();

    expect(recording.find("IAMCustomRole", "identity-signer").inputs).toMatchObject({
      roleId: "musicLibraryUrlSigner",
      permissions: ["iam.serviceAccounts.signBlob"],
    });
    expect(recording.ofType("gcp:serviceaccount/iAMMember:IAMMember").map(({ inputs }) => inputs)).toEqual([
      {
        serviceAccountId: `projects/music-project/serviceAccounts/${email}`,
        role: "projects/music-project/roles/musicLibraryUrlSigner",
        member: `serviceAccount:${email}`,
      },
    ]);
  });

  it("lets operators prove to be it, and no more", async () => {
    const grants = (await record(["group:operators@example.org"])).ofType("gcp:serviceaccount/iAMMember:IAMMember");

    expect(
      grants.filter(({ inputs }) => inputs.member === "group:operators@example.org").map(({ inputs }) => inputs),
    ).toEqual([
      {
        serviceAccountId: `projects/music-project/serviceAccounts/${email}`,
        role: "roles/iam.serviceAccountOpenIdTokenCreator",
        member: "group:operators@example.org",
      },
    ]);
  });

  it("has no key", async () => {
    const types = (await record()).resources.map(({ type }) => type);

    expect(types).toContain("gcp:serviceaccount/account:Account");
    expect(types.filter((type) => type.endsWith(":Key"))).toEqual([]);
  });

  it("says its address and its member form", async () => {
    expect((await record()).outputs).toEqual({ email, member: `serviceAccount:${email}` });
  });
});
