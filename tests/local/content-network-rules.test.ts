// Google's value rules of a content network, and what the condition on its grant lets through, without a cloud.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { contentCaching, onlyFolders } from "../../components/content-caching.ts";
import { parseCondition, subjectOf } from "../../local/identity/condition.ts";
import { SeriesStore } from "../../local/monitoring/series-store.ts";
import { LocalPaths } from "../../local/paths.ts";
import { PackageProvider } from "../../local/provider/package-provider.ts";
import { unknownValue } from "../../local/provider/schema.ts";
import { recordedKinds } from "../../local/resources/recorded.ts";
import { type Properties, ResourceStore } from "../../local/store.ts";

const types = {
  backend: "gcp:compute/backendBucket:BackendBucket",
  key: "gcp:compute/backendBucketSignedUrlKey:BackendBucketSignedUrlKey",
  rule: "gcp:compute/globalForwardingRule:GlobalForwardingRule",
  certificate: "gcp:compute/managedSslCertificate:ManagedSslCertificate",
  tls: "gcp:compute/sSLPolicy:SSLPolicy",
  proxy: "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
  urls: "gcp:compute/uRLMap:URLMap",
} as const;

/** What Google asks for of each. */
const least: Readonly<Record<keyof typeof types, Properties>> = {
  backend: { bucketName: "library" },
  key: { backendBucket: "content", keyValue: "AAECAwQFBgcICQoLDA0ODw==" },
  rule: { target: "proxy" },
  certificate: { managed: { domains: ["audio.loist.io"] } },
  tls: {},
  proxy: { urlMap: "urls", sslCertificates: ["certificate"] },
  urls: { defaultService: "backend" },
};

const paths = new LocalPaths(mkdtempSync(join(new LocalPaths().folder("tests"), "content-")));
const store = new ResourceStore(paths);
const provider = new PackageProvider({
  ...{ name: "gcp", version: "1.0.0", store, kinds: recordedKinds({ store, series: new SeriesStore(paths) }) },
  defaults: { project: "loist-music-library", region: "us-central1" },
});
afterAll(() => rmSync(paths.root, { recursive: true, force: true }));

const problems = (type: keyof typeof types, changes: Properties): string[] =>
  provider
    .check(
      `urn:pulumi:prod::music-library::${types[type]}::content`,
      {},
      { name: "content", ...least[type], ...changes },
    )
    .problems.map(({ property, reason }) => `${property} ${reason}`);

const caching = JSON.parse(JSON.stringify(contentCaching)) as Properties;
const backend = (changes: Properties): Properties => ({ cdnPolicy: { ...caching, ...changes } });

describe("the value rules of a content network", () => {
  it.each<[keyof typeof types, Properties]>([
    ["backend", { cdnPolicy: caching, compressionMode: "DISABLED" }],
    ["backend", { cdnPolicy: { cacheMode: "USE_ORIGIN_HEADERS", signedUrlCacheMaxAgeSec: 0 } }],
    ["key", { keyValue: "AAECAwQFBgcICQoLDA0ODw==" }],
    ["key", { keyValue: "AAECAwQFBgcICQoLDA0ODw" }],
    ["rule", { portRange: "443-443", loadBalancingScheme: "EXTERNAL_MANAGED" }],
    ["certificate", { managed: { domains: ["audio.loist.io"] } }],
    ["tls", { profile: "RESTRICTED", minTlsVersion: "TLS_1_3" }],
    ["certificate", { managed: unknownValue }],
    ["key", { keyValue: unknownValue, backendBucket: unknownValue }],
    ["proxy", { sslCertificates: [unknownValue], urlMap: unknownValue }],
    ["rule", { ipAddress: unknownValue, target: unknownValue }],
    ["urls", { defaultService: unknownValue }],
  ])("take a %s %j", (type, inputs) => {
    expect(problems(type, inputs)).toEqual([]);
  });

  it.each<[keyof typeof types, Properties, RegExp]>([
    ["backend", { name: "Content" }, /^name is no name/],
    ["backend", { compressionMode: "GZIP" }, /^compressionMode is not known/],
    ["backend", backend({ cacheMode: "ALL" }), /^cdnPolicy.cacheMode is not known \("ALL"\)/],
    ["backend", backend({ signedUrlCacheMaxAgeSec: 31_622_401 }), /^cdnPolicy.signedUrlCacheMaxAgeSec is out of range/],
    [
      "backend",
      backend({ clientTtl: 86_401 }),
      /^cdnPolicy.clientTtl is above maxTtl \(86401\); expected at most 86400/,
    ],
    ["backend", backend({ serveWhileStale: 604_801 }), /^cdnPolicy.serveWhileStale is out of range/],
    ["backend", backend({ negativeCaching: false }), /^cdnPolicy.negativeCachingPolicies is given without/],
    ["backend", backend({ negativeCachingPolicies: [{ code: 403, ttl: 10 }] }), /code cannot be kept \(403\)/],
    ["backend", backend({ negativeCachingPolicies: [{ code: 404, ttl: 1801 }] }), /ttl is out of range \(1801\)/],
    [
      "backend",
      { cdnPolicy: { cacheMode: "USE_ORIGIN_HEADERS", clientTtl: 60 } },
      /^cdnPolicy.clientTtl is given with USE_ORIGIN_HEADERS \(60\)/,
    ],
    ["key", { keyValue: "AAECAwQFBgcICQoLDA0ODxA=" }, /^keyValue is no key \(24 characters\)/],
    ["rule", { portRange: "80-443" }, /^portRange is no port of a proxy/],
    ["rule", { loadBalancingScheme: "INTERNAL" }, /^loadBalancingScheme is not known/],
    ["certificate", { managed: { domains: [] } }, /^managed.domains has 0 items/],
    ["certificate", { managed: { domains: ["*.loist.io"] } }, /^managed.domains has no host name/],
    ["certificate", { managed: { domains: [`${"a".repeat(60)}.loist.io`] } }, /^managed.domains has no host name/],
    ["tls", { profile: "STRICT" }, /^profile is not known/],
    ["tls", { profile: "MODERN", minTlsVersion: "TLS_1_3" }, /^minTlsVersion needs another profile/],
    ["proxy", { sslCertificates: [] }, /^sslCertificates has 0 items; expected at least 1 and at most 15/],
    ["urls", { defaultService: null }, /^defaultService is missing/],
  ])("refuse a %s %j", (type, inputs, message) => {
    expect(problems(type, inputs)).toEqual([expect.stringMatching(message)]);
  });

  it("never show a key that they refuse", () => {
    expect(problems("key", { keyValue: "hunter2-hunter2" }).join()).not.toContain("hunter2");
  });
});

describe("the condition on the grant of the account that fetches", () => {
  const { expression } = onlyFolders("library", ["audio/", "thumbnails/"]);
  const allowed = (object: string): boolean =>
    parseCondition(expression)(subjectOf(`projects/_/buckets/library/objects/${object}`, "123456789012"));

  it.each(["audio/a.flac", "thumbnails/a.jpg"])("lets it read %s", (object) => {
    expect(allowed(object)).toBe(true);
  });

  it.each(["temp/a.flac", "audio", "audiobooks/a.flac", "other/audio/a.flac"])("does not let it read %s", (object) => {
    expect(allowed(object)).toBe(false);
  });

  it("lets it list nothing: a list is asked of the bucket", () => {
    expect(parseCondition(expression)(subjectOf("projects/_/buckets/library", "123456789012"))).toBe(false);
  });
});
