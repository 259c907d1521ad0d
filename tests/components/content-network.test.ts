// The content network whole: every part's exact inputs, so that a reviewer sees each of them. What it does is Google's.
import { describe, expect, it } from "@jest/globals";
import { contentNetwork, type ContentNetworkArgs } from "../../components/content-network.ts";
import { signingKey } from "../../components/content-signing-keys.ts";
import { MediaBucket } from "../../components/media-bucket.ts";
import { prefixes } from "../../naming.ts";
import { labels, names } from "../support/database-components.ts";
import { generatedPassword } from "../support/mocked-outputs.ts";
import { type Recording, recordProgram, SECRET } from "../support/pulumi-mocks.ts";
import { bucketArgs } from "../support/bucket-arguments.ts";

const reader = "serviceAccount:service@music-project.iam.gserviceaccount.com";
const name = "loist-music-library-content";
const at = (collection: string, part = name): string => `projects/music-project/global/${collection}/${part}`;

function record(overrides: Partial<ContentNetworkArgs> = {}): Promise<Recording> {
  return recordProgram(() => {
    const bucket = new MediaBucket("media", bucketArgs());
    const own = { contentDomain: "audio.loist.io", contentKeyRotations: 0 };
    const network = contentNetwork("content", { ...own, names, bucket, prefixes, reader, labels, ...overrides });
    return {
      domain: network?.domain ?? "",
      address: network?.address ?? "",
      keyName: network?.signingKeys.keyName ?? "",
    };
  });
}

const keysOf = (recording: Recording) =>
  recording.ofType("BackendBucketSignedUrlKey").map(({ inputs }) => inputs.name as string);

describe("the content network", () => {
  it("is nothing at all without a domain", async () => {
    const recording = await record({ contentDomain: "" });

    expect(recording.resources.filter(({ name: resource }) => resource.startsWith("content"))).toEqual([]);
  });

  it("keeps recordings for a month and what is missing for seconds, and never what came without a signature", async () => {
    expect((await record()).find("BackendBucket", "content-backend").inputs).toEqual({
      name,
      bucketName: "loist-music-library-audio-dev",
      enableCdn: true,
      compressionMode: "DISABLED",
      cdnPolicy: {
        cacheMode: "CACHE_ALL_STATIC",
        signedUrlCacheMaxAgeSec: 2_592_000,
        defaultTtl: 3600,
        maxTtl: 86_400,
        clientTtl: 3600,
        negativeCaching: true,
        negativeCachingPolicies: [
          { code: 404, ttl: 10 },
          { code: 410, ttl: 10 },
        ],
        requestCoalescing: true,
        serveWhileStale: 86_400,
      },
    });
  });

  it("may read finished objects and no other, by the account that exists once there is a key, in a bucket that stays closed", async () => {
    const recording = await record();
    const fill = recording.find("BucketIAMMember", "content-fill");

    expect(fill.inputs).toEqual({
      bucket: "loist-music-library-audio-dev",
      role: "roles/storage.objectViewer",
      member: "serviceAccount:service-123456789012@cloud-cdn-fill.iam.gserviceaccount.com",
      condition: {
        title: "only-finished-objects",
        description: "Only objects below audio/ and thumbnails/",
        expression:
          'resource.name.startsWith("projects/_/buckets/loist-music-library-audio-dev/objects/audio/") || resource.name.startsWith("projects/_/buckets/loist-music-library-audio-dev/objects/thumbnails/")',
      },
    });
    expect(fill.dependsOn).toContain("content-key-0");
    expect(recording.find("Bucket", "media-bucket").inputs).toMatchObject({
      publicAccessPrevention: "enforced",
      uniformBucketLevelAccess: true,
    });
    expect(JSON.stringify(recording.resources)).not.toMatch(/allUsers|https-lb/);
  });

  it("signs with a generated key that stands in clear nowhere, and that the service alone may read", async () => {
    const recording = await record();
    const key = recording.find("BackendBucketSignedUrlKey", "content-key-0");
    const value = signingKey(generatedPassword("content-key-0-value"));

    expect(key.inputs).toEqual({ name: "key-0", backendBucket: name, keyValue: SECRET });
    expect(key.revealed.keyValue).toBe(value);
    expect(Buffer.from(value, "base64url")).toHaveLength(16);
    expect(recording.find("SecretVersion", "content-key-version").revealed.secretData).toBe(value);
    expect(recording.find("SecretVersion", "content-key-version").inputs.secretData).toBe(SECRET);
    expect(recording.find("SecretIamMember", "content-key-reader").inputs).toEqual({
      secretId: "loist-music-library-content-key",
      role: "roles/secretmanager.secretAccessor",
      member: reader,
    });
    expect(recording.outputs).toEqual({ domain: "audio.loist.io", address: "203.0.113.44", keyName: "key-0" });
  });

  it("keeps the key before beside the newest one, so that a rotation breaks no URL", async () => {
    expect(keysOf(await record())).toEqual(["key-0"]);
    expect(keysOf(await record({ contentKeyRotations: 1 }))).toEqual(["key-0", "key-1"]);
    const recording = await record({ contentKeyRotations: 2 });
    expect(keysOf(recording)).toEqual(["key-1", "key-2"]);
    expect(recording.outputs.keyName).toBe("key-2");
    expect(recording.find("SecretVersion", "content-key-version").revealed.secretData).toBe(
      signingKey(generatedPassword("content-key-2-value")),
    );
  });

  it("is one address with TLS 1.2 or newer, and nothing on port 80", async () => {
    const recording = await record();
    const inputs = (type: string, part: string) => recording.find(type, `content-front-${part}`).inputs;
    const certificate = `${name}-c2b58637`;

    expect(inputs("GlobalAddress", "address")).toEqual({ name, labels });
    expect(inputs("SSLPolicy", "tls")).toEqual({ name, profile: "MODERN", minTlsVersion: "TLS_1_2" });
    expect(inputs("ManagedSslCertificate", "certificate")).toEqual({
      name: certificate,
      managed: { domains: ["audio.loist.io"] },
    });
    expect(inputs("URLMap", "urls")).toEqual({ name, defaultService: at("backendBuckets") });
    expect(inputs("TargetHttpsProxy", "proxy")).toEqual({
      name,
      urlMap: at("urlMaps"),
      sslCertificates: [at("sslCertificates", certificate)],
      sslPolicy: at("sslPolicies"),
    });
    expect(inputs("GlobalForwardingRule", "https")).toEqual({
      name,
      target: at("targetHttpsProxies"),
      ipAddress: "203.0.113.44",
      portRange: "443",
      loadBalancingScheme: "EXTERNAL_MANAGED",
      labels,
    });
    expect(recording.ofType("GlobalForwardingRule")).toHaveLength(1);
  });

  it("has another certificate for another domain, which can stand beside the one in use", async () => {
    const nameFor = async (contentDomain: string) =>
      (await record({ contentDomain })).find("ManagedSslCertificate", "content-front-certificate").inputs.name;

    expect(await nameFor("audio.loist.io")).not.toBe(await nameFor("music.loist.io"));
    expect(String(await nameFor(`${"a".repeat(50)}.loist.io`)).length).toBeLessThanOrEqual(63);
  });
});
