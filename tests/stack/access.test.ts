// The program with everybody named: that the grants declared are those of the matrix, and that nobody named is nothing declared.
import { beforeAll, describe, expect, it } from "@jest/globals";
import { bucketRoles } from "../../components/bucket-roles.ts";
import { customRoles, rights } from "../../components/identity-matrix.ts";
import { stackNames } from "../../naming.ts";
import { rules, violations } from "../../policy/rules.ts";
import { deploymentPermissions, outsideProject } from "../../components/deployment-permissions.ts";
import type { Recording } from "../support/pulumi-mocks.ts";
import { recordStack } from "../support/stack-recording.ts";

const project = "loist-music-library";
const account = (name: string): string => `serviceAccount:${name}@${project}.iam.gserviceaccount.com`;
const service = account("loist-music-library-sa");
const [operator, developer] = ["group:operators@loist.example", "group:developers@loist.example"];
const repository = "loist/music-library";

let everybody: Recording;
let nobody: Recording;
beforeAll(async () => {
  everybody = await recordStack("prod", {
    "music-library:serviceImage": `us-central1-docker.pkg.dev/${project}/images/tracks@sha256:${"a".repeat(64)}`,
    "music-library:operators": [operator],
    "music-library:developers": [developer],
    "music-library:githubRepository": repository,
    "music-library:kubernetesServiceAccounts": ["music/tracks"],
    "music-library:contentDomain": "audio.loist.io",
    "music-library:serviceAccountKeyDates": ["2026-06-01", "2026-08-30"],
    "music-library:bucketMembers": {
      streaming: [account("streamer")],
      upload: [account("uploader")],
      pipeline: [account("pipeline")],
      people: ["group:listeners@loist.example"],
    },
  });
  nobody = await recordStack("prod", { "music-library:dataAccessLogs": false });
}, 60_000);

/** What a condition leaves, in words. */
function conditionOf(condition: unknown): string {
  const titles: Record<string, string> = {
    "only-the-library": " on one instance",
    "only-finished-objects": " on finished objects",
  };
  const { title } = (condition ?? { title: "" }) as { title: string };
  return titles[title] ?? title;
}

/** Every grant: who, on what, which role. */
function grants({ resources }: Recording): string[] {
  return (
    resources
      .filter(({ inputs }) => typeof inputs.member === "string" && typeof inputs.role === "string")
      // Google's own agent, which asks whether the service answers.
      .filter(({ inputs }) => !String(inputs.member).includes("gcp-sa-monitoring-notification"))
      .map(({ type, inputs }) => {
        const condition = conditionOf(inputs.condition);
        return `${String(inputs.member)} ${type.split(":")[1]?.split("/")[0] ?? ""} ${String(inputs.role)}${condition}`;
      })
  );
}

const members = {
  deployer: account("music-library-deploy"),
  previewer: account("music-library-preview"),
  verifier: operator,
  "track service": service,
  "metrics job": account("music-library-metrics"),
  developer,
};
const places = {
  project: "projects",
  instance: "projects",
  bucket: "storage",
  "service account": "serviceaccount",
  "metrics account": "serviceaccount",
  "metrics job": "cloudrunv2",
  itself: "serviceaccount",
  "pooler's secrets": "secretmanager",
  "content network's key": "secretmanager",
  "verifier's password": "secretmanager",
};

describe("everybody's grants", () => {
  it("are those of the matrix and of the bucket's parts, and no others", () => {
    const ids = stackNames({
      environment: "prod",
      project,
      region: "us-central1",
      nameSuffix: "",
      bucketName: "",
    }).customRoleIds;
    const roleName = (role: string): string =>
      role in ids ? `projects/${project}/roles/${ids[role as keyof typeof ids]}` : role;
    const expected = rights.map(({ identity, on, role }) => {
      const condition = on === "instance" ? " on one instance" : "";
      return `${members[identity]} ${places[on]} ${roleName(role)}${condition}`;
    });
    const parts = [
      `${account("streamer")} storage ${bucketRoles.streaming.role}`,
      `${account("streamer")} serviceaccount ${roleName("signer")}`,
      `${account("uploader")} storage ${bucketRoles.upload.role}`,
      `${account("pipeline")} storage ${bucketRoles.pipeline.role}`,
      `group:listeners@loist.example storage ${bucketRoles.people.role}`,
    ];
    const fetching = `serviceAccount:service-123456789012@cloud-cdn-fill.iam.gserviceaccount.com`;
    const delivered = [`${fetching} storage roles/storage.objectViewer on finished objects`];
    const pool =
      "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/music-library-github";
    const federated = [
      `${pool}/subject/repo:${repository}:environment:prod serviceaccount roles/iam.workloadIdentityUser`,
      `${pool}/subject/repo:${repository}:ref:refs/heads/main serviceaccount roles/iam.workloadIdentityUser`,
      `${pool}/subject/repo:${repository}:pull_request serviceaccount roles/iam.workloadIdentityUser`,
      `serviceAccount:${project}.svc.id.goog[music/tracks] serviceaccount roles/iam.workloadIdentityUser`,
    ];
    expect([...new Set(grants(everybody))].sort()).toEqual(
      [...new Set([...expected, ...parts, ...delivered, ...federated])].sort(),
    );
  });

  it("let uploads write below temp/ only, by a managed folder", () => {
    expect(everybody.ofType("ManagedFolder").map(({ inputs }) => inputs)).toEqual([
      { bucket: "loist-music-library-audio", name: "temp/" },
    ]);
    expect(everybody.ofType("ManagedFolderIamMember").map(({ inputs }) => inputs)).toEqual([
      {
        bucket: "loist-music-library-audio",
        managedFolder: "temp/",
        role: "roles/storage.objectCreator",
        member: account("uploader"),
      },
    ]);
  });

  it("let in one repository, for one environment and for pull requests", () => {
    const { inputs } = everybody.find("WorkloadIdentityPoolProvider", "access-github-provider");
    expect(inputs).toMatchObject({
      oidc: { issuerUri: "https://token.actions.githubusercontent.com" },
      attributeCondition:
        'assertion.repository == "loist/music-library" && assertion.sub in ["repo:loist/music-library:environment:prod", "repo:loist/music-library:pull_request", "repo:loist/music-library:ref:refs/heads/main"]',
    });
  });

  it("make the custom roles with the matrix' permissions", () => {
    const declared = everybody.ofType("IAMCustomRole").map(({ inputs }) => [inputs.title, inputs.permissions]);
    const expected = Object.values(customRoles).map(({ title, permissions }) => [title, permissions]);
    expect(declared.toSorted()).toEqual(expected.toSorted());
  });

  it("keep two keys while one takes over, and store the newest", () => {
    const keys = everybody.ofType("gcp:serviceaccount/key:Key");
    expect(keys.map(({ inputs }) => inputs.keepers)).toEqual([{ madeOn: "2026-06-01" }, { madeOn: "2026-08-30" }]);
    const stored = everybody.find("SecretVersion", "access-keys-version");
    expect(stored.revealed.secretData).toBe("key file access-keys-2026-08-30");
    expect(stored.inputs.secretData).toBe("[secret]");
  });

  it("log access to data of four APIs", () => {
    const audited = everybody.ofType("IAMAuditConfig").map(({ inputs }) => inputs.service);
    expect(audited).toEqual(["cloudsql", "iam", "secretmanager", "storage"].map((api) => `${api}.googleapis.com`));
  });

  it("keep every policy, and are all of types that the deployer may work with", () => {
    const { resources, outputs } = everybody;
    expect(violations({ stack: "prod", resources, outputs })).toEqual([]);
    expect(rules.length).toBeGreaterThan(5);
    const known = [...Object.keys(deploymentPermissions), ...outsideProject];
    expect(
      resources.map(({ type }) => type).filter((type) => type.startsWith("gcp:") && !known.includes(type)),
    ).toEqual([]);
  });
});

describe("nobody", () => {
  it("is let in, has a key or is logged", () => {
    const types = ["WorkloadIdentityPool", "gcp:serviceaccount/key:Key", "ManagedFolder", "IAMAuditConfig"];
    for (const type of types) expect([type, nobody.ofType(type)]).toEqual([type, []]);
    const accounts = [service, members["metrics job"]];
    expect(new Set(grants(nobody).map((grant) => grant.split(" ")[0]))).toEqual(new Set(accounts));
  });
});
