import { describe, expect, it } from "@jest/globals";
import { ServiceIdentity } from "../../components/service-identity.ts";
import { names } from "../support/database-components.ts";
import { type Recording, recordProgram } from "../support/pulumi-mocks.ts";

const email = "loist-music-library-sa@music-project.iam.gserviceaccount.com";

async function record(kubernetesServiceAccounts: string[] = []): Promise<Recording> {
  return recordProgram(() => {
    const identity = new ServiceIdentity("identity", { project: "music-project", names, kubernetesServiceAccounts });
    return { email: identity.email, member: identity.member };
  });
}

describe("ServiceIdentity", () => {
  it("has three roles on the project, one of them on its instance only, and none that could administer", async () => {
    const grants = (await record()).ofType("gcp:projects/iAMMember:IAMMember").map(({ inputs }) => inputs);
    const granted = { project: "music-project", member: `serviceAccount:${email}` };

    expect(grants).toEqual([
      { ...granted, role: "roles/logging.logWriter" },
      { ...granted, role: "roles/monitoring.metricWriter" },
      {
        ...{ ...granted, role: "roles/cloudsql.client" },
        condition: {
          title: "only-the-library",
          description: "Only the instance loist-music-library-db",
          expression: expect.stringContaining(
            'resource.name == "projects/music-project/instances/loist-music-library-db"',
          ),
        },
      },
    ]);
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

  it("lets accounts of Kubernetes be it, and no more", async () => {
    const grants = (await record(["music/tracks"])).ofType("gcp:serviceaccount/iAMMember:IAMMember");

    expect(grants.map(({ inputs }) => inputs)).toContainEqual({
      serviceAccountId: `projects/music-project/serviceAccounts/${email}`,
      role: "roles/iam.workloadIdentityUser",
      member: "serviceAccount:music-project.svc.id.goog[music/tracks]",
    });
    expect(grants).toHaveLength(2);
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
