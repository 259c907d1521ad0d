import { describe, expect, it } from "@jest/globals";
import {
  allLogins,
  bucketNameProblems,
  labels,
  limits,
  nameProblems,
  secretPath,
  stackNames,
  type NameArgs,
} from "../../naming.ts";

const prod: NameArgs = {
  environment: "prod",
  project: "loist-music-library",
  region: "us-central1",
  nameSuffix: "",
  bucketName: "",
};

describe("stackNames", () => {
  it("gives production the names that the design names", () => {
    expect(stackNames(prod)).toEqual({
      accessLogBucket: "loist-music-library-audio-logs",
      uploadTopic: "loist-music-library-uploads",
      contentNetwork: "loist-music-library-content",
      customRoleIds: {
        deployer: "musicLibraryDeployer",
        previewer: "musicLibraryPreviewer",
        developer: "musicLibraryDeveloper",
        signer: "musicLibraryUrlSigner",
        keyAuditor: "musicLibraryKeyAuditor",
        metricsWriter: "musicLibraryMetricsWriter",
      },
      deployerAccountId: "music-library-deploy",
      previewerAccountId: "music-library-preview",
      metricsAccountId: "music-library-metrics",
      federationPoolId: "music-library-github",
      instance: "loist-music-library-db",
      connectionName: "loist-music-library:us-central1:loist-music-library-db",
      network: "loist-music-library-network",
      keyRing: "loist-music-library-keys",
      socketFolder: "/cloudsql/loist-music-library:us-central1:loist-music-library-db",
      database: "music_library",
      bucket: "loist-music-library-audio",
      serviceAccountId: "loist-music-library-sa",
      serviceAccountEmail: "loist-music-library-sa@loist-music-library.iam.gserviceaccount.com",
      signerRoleId: "musicLibraryUrlSigner",
      service: "loist-music-library-tracks",
      metricsJob: "loist-music-library-metrics",
      imageRepository: "loist-music-library-images",
      secrets: {
        passwords: {
          postgres: "loist-music-library-password-postgres",
          music_library_migrator: "loist-music-library-password-music-library-migrator",
          music_library_user: "loist-music-library-password-music-library-user",
          music_library_user_b: "loist-music-library-password-music-library-user-b",
          music_library_verifier: "loist-music-library-password-music-library-verifier",
        },
        poolerPassword: "loist-music-library-pooler-password",
        poolerStatsPassword: "loist-music-library-pooler-stats-password",
        poolerConfig: "loist-music-library-pooler-config",
        poolerUsers: "loist-music-library-pooler-users",
        databaseTls: "loist-music-library-database-tls",
        serviceAccountKey: "loist-music-library-service-account-key",
        contentKey: "loist-music-library-content-key",
      },
    });
  });

  it("has a secret for every login", () => {
    expect(Object.keys(stackNames(prod).secrets.passwords).sort()).toEqual(["postgres", ...allLogins].sort());
  });

  it("sets the global bucket name apart by environment", () => {
    expect(stackNames({ ...prod, environment: "dev" }).bucket).toBe("loist-music-library-audio-dev");
    expect(stackNames({ ...prod, environment: "local" }).bucket).toBe("loist-music-library-audio-local");
  });

  it("prefers a given bucket name", () => {
    expect(stackNames({ ...prod, bucketName: "loist-masters", nameSuffix: "b2" }).bucket).toBe("loist-masters");
  });

  it("puts the suffix on everything that stays blocked after a deletion", () => {
    const names = stackNames({ ...prod, nameSuffix: "b2" });
    expect([names.instance, names.serviceAccountId, names.signerRoleId, names.service, names.bucket]).toEqual([
      "loist-music-library-db-b2",
      "loist-music-library-sa-b2",
      "musicLibraryUrlSigner_b2",
      "loist-music-library-tracks-b2",
      "loist-music-library-audio-b2",
    ]);
    expect(names.connectionName).toBe("loist-music-library:us-central1:loist-music-library-db-b2");
    expect(names.secrets.databaseTls).toBe("loist-music-library-database-tls-b2");
  });
});

describe("nameProblems", () => {
  it("finds nothing with the longest project id and suffix in the longest region", () => {
    const longest = { ...prod, project: "p".repeat(30), nameSuffix: "1234567" };
    expect(nameProblems({ ...longest, region: "us-central1" })).toEqual([]);
  });

  it("refuses a suffix that the service account has no room for", () => {
    expect(nameProblems({ ...prod, nameSuffix: "12345678" })).toEqual([
      'service account "loist-music-library-sa-12345678": is too long (31 characters); expected 6 to 30 characters. Shorten nameSuffix.',
    ]);
  });

  it("refuses a socket path that a Unix socket cannot carry", () => {
    const region = `northamerica-northeast${"1".repeat(20)}`;
    const [problem] = nameProblems({ ...prod, project: "p".repeat(30), region, nameSuffix: "1234567" });
    const folder = `/cloudsql/${"p".repeat(30)}:${region}:loist-music-library-db-1234567`;
    const bytes = `${folder}/.s.PGSQL.5432`.length;
    expect(problem).toBe(
      `socket path "${folder}/.s.PGSQL.5432": is too long (${bytes} bytes); expected at most 107 bytes. Shorten nameSuffix or use a shorter project id.`,
    );
  });

  it("accepts a socket path of exactly the limit", () => {
    const region = "r".repeat(limits.socketPathBytes - "/cloudsql/::/.s.PGSQL.5432".length - 19 - 22);
    expect(nameProblems({ ...prod, region })).toEqual([]);
    expect(nameProblems({ ...prod, region: `${region}r` })).toHaveLength(1);
  });

  it("refuses an instance name that is too long with its project", () => {
    const problems = nameProblems({ ...prod, project: "p".repeat(76) });
    expect(problems[0]).toMatch(/^instance ".*": is too long \(99 characters\); expected 1 to 98 characters\./);
  });
});

describe("bucketNameProblems", () => {
  it.each(["loist-music-library-audio", "abc", "a".repeat(63), "under_score-9", "9lives"])("accepts %j", (name) => {
    expect(bucketNameProblems(name)).toEqual([]);
  });

  it.each([
    ["ab", "is too short"],
    ["a".repeat(64), "is too long"],
    ["Loist-audio", "has characters that are not allowed"],
    ["loist audio", "has characters that are not allowed"],
    ["-loist", "begins or ends wrongly"],
    ["loist_", "begins or ends wrongly"],
    ["music.loist.io", "has a dot"],
    ["192.168.5.4", "has a dot"],
    ["goog-audio", "begins with a reserved word"],
    ["my-google-audio", "contains a reserved word"],
    ["my-g00gle-audio", "contains a reserved word"],
    ["my-goog1e-audio", "contains a reserved word"],
  ])("refuses %j: %s", (name, wrong) => {
    expect(bucketNameProblems(name)[0]).toContain(`bucket "${name}": ${wrong} (`);
  });
});

describe("labels", () => {
  it("say whose a resource is", () => {
    expect(labels("prod")).toEqual({ environment: "prod", application: "music-library", "managed-by": "pulumi" });
  });
});

describe("secretPath", () => {
  it("is how descriptors and the contract name a secret", () => {
    expect(secretPath("loist-music-library", "s")).toBe("projects/loist-music-library/secrets/s");
  });
});
