// Production with all that a growing library asks for: the key, a read pool of ENTERPRISE_PLUS, and the content network.
import { beforeAll, describe, expect, it } from "@jest/globals";
import { parseContract } from "../../client/contract.ts";
import { stackConfiguration } from "../../commands/stack-configuration.ts";
import { deploymentPermissions, outsideProject } from "../../components/deployment-permissions.ts";
import { signingKey } from "../../components/content-signing-keys.ts";
import { secretCount } from "../../cost/monthly-cost.ts";
import { valueAt } from "../../policy/graph.ts";
import { violations } from "../../policy/rules.ts";
import { generatedPassword } from "../support/mocked-outputs.ts";
import type { Recording } from "../support/pulumi-mocks.ts";
import { policyGraph } from "../support/policy-graph.ts";
import { recordStack } from "../support/stack-recording.ts";

const settings = {
  ...{ edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-4", availabilityType: "REGIONAL" },
  ...{ readPoolNodes: 2, dataCacheEnabled: true, encryptionKey: "own" },
  ...{ contentDomain: "audio.loist.io", contentKeyRotations: 1 },
};

let grown: Recording;
let plain: Recording;
beforeAll(async () => {
  plain = await recordStack("prod");
  grown = await recordStack(
    "prod",
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [`music-library:${key}`, value])),
  );
}, 60_000);

describe("a grown production", () => {
  it("keeps every policy, and is all of types that the deployer may work with", () => {
    expect(violations(policyGraph("prod", grown))).toEqual([]);
    const known = [...Object.keys(deploymentPermissions), ...outsideProject];
    const types = grown.resources.map(({ type }) => type).filter((type) => type.startsWith("gcp:"));
    expect(types.filter((type) => !known.includes(type))).toEqual([]);
    expect(types).toContain("gcp:compute/globalForwardingRule:GlobalForwardingRule");
  });

  it("has one part more for each of its settings, and is the same otherwise", () => {
    const listed = ({ resources }: Recording): string[] =>
      resources.map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`);
    const [before, after] = [listed(plain), listed(grown)];

    expect(before.filter((one) => !after.includes(one))).toEqual([]);
    expect(after.filter((one) => !before.includes(one)).sort()).toEqual([
      "AlertPolicy alerts-replication-lag",
      "BackendBucket content-backend",
      "BackendBucketSignedUrlKey content-key-0",
      "BackendBucketSignedUrlKey content-key-1",
      "BucketIAMMember content-fill",
      "ContentFront content-front",
      "ContentNetwork content",
      "ContentSigningKeys content-key",
      "CryptoKey instance-encryption-key",
      "CryptoKeyIAMMember instance-encryption-storage",
      "CryptoKeyIAMMember instance-encryption-user",
      "DatabaseInstance instance-replica-read-pool",
      "EncryptionKey instance-encryption",
      "GlobalAddress content-front-address",
      "GlobalForwardingRule content-front-https",
      "KeyRing instance-encryption-ring",
      "ManagedSslCertificate content-front-certificate",
      "RandomPassword content-key-0-value",
      "RandomPassword content-key-1-value",
      "ReadReplicas instance-replica",
      "SSLPolicy content-front-tls",
      "Secret content-key-secret",
      "SecretIamMember content-key-reader",
      "SecretVersion content-key-version",
      "Service services-cloudkms",
      "Service services-compute",
      "ServiceIdentity instance-encryption-cloud-sql",
      "StoredSecret content-key",
      "TargetHttpsProxy content-front-proxy",
      "URLMap content-front-urls",
    ]);
  });

  it("tells applications where to and with which key, and the service the key itself", () => {
    const { contract } = grown.outputs;
    const parsed = parseContract(JSON.stringify(contract));

    expect(parsed).toEqual(contract);
    expect(parsed.contentNetwork).toEqual({
      domain: "audio.loist.io",
      address: "203.0.113.44",
      keyName: "key-1",
      keySecret: "projects/loist-music-library/secrets/loist-music-library-content-key",
    });
    const service = grown.find("gcp:cloudrunv2/service:Service", "tracks-service");
    expect(valueAt(service.inputs, "template.containers.0.envs")).toContainEqual({
      name: "CONTENT_KEY",
      valueSource: { secretKeyRef: { secret: "loist-music-library-content-key", version: "1" } },
    });
    expect(service.dependsOn).toEqual(expect.arrayContaining(["content-fill", "content-key-reader"]));
    expect(plain.outputs.contract).not.toHaveProperty("contentNetwork");
    expect(JSON.stringify(plain.find("gcp:cloudrunv2/service:Service", "tracks-service").inputs)).not.toContain(
      "CONTENT_KEY",
    );
  });

  it("has the secrets that its bill counts", () => {
    expect(grown.ofType("gcp:secretmanager/secret:Secret")).toHaveLength(
      secretCount({ ...stackConfiguration("prod"), contentDomain: "audio.loist.io" }),
    );
  });

  it("shows no key in an input or an output", () => {
    const kept = [0, 1].map((number) => signingKey(generatedPassword(`content-key-${String(number)}-value`)));
    const holding = (what: "inputs" | "revealed") =>
      grown.resources
        .filter((one) => kept.some((key) => JSON.stringify(one[what]).includes(key)))
        .map(({ name }) => name);

    expect(holding("revealed").sort()).toEqual(["content-key-0", "content-key-1", "content-key-version"]);
    expect(holding("inputs")).toEqual([]);
    expect(kept.some((key) => JSON.stringify(grown.outputs).includes(key))).toBe(false);
  });

  it("encrypts instance and bucket with one key", () => {
    const key =
      "projects/loist-music-library/locations/us-central1/keyRings/loist-music-library-keys/cryptoKeys/library";

    expect(grown.find("DatabaseInstance", "instance-server").inputs.encryptionKeyName).toBe(key);
    expect(grown.find("Bucket", "media-bucket").inputs.encryption).toEqual({ defaultKmsKeyName: key });
  });
});
