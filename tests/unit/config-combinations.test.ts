import { describe, expect, it } from "@jest/globals";
import { digest, network, type Stack } from "../support/refused-combinations.ts";
import { problemsOf } from "../support/stack-problems.ts";

describe("keys that fit together", () => {
  it.each<[stack: Stack, raw: Record<string, unknown>]>([
    ["dev", {}],
    ["prod", {}],
    ["local", {}],
    ["dev", { poolerImage: "docker.io/edoburu/pgbouncer:v1.25.2-p0", invokers: ["group:music@loist.example"] }],
    ["prod", { serviceImage: `us-docker.pkg.dev/loist-music-library/images/tracks:1.0.0${digest}` }],
    ["prod", { availabilityType: "REGIONAL" }],
    ["prod", { billingAccount: "012345-6789AB-CDEF01" }],
    [
      "prod",
      {
        edition: "ENTERPRISE_PLUS",
        tier: "db-perf-optimized-N-2",
        transactionLogRetentionDays: 35,
        retainedBackups: 35,
      },
    ],
    ["prod", { connectionMode: "direct", privateNetwork: network, privateNetworkReachable: true }],
    ["prod", { nearlineAfterDays: 0, coldlineAfterDays: 0, archiveAfterDays: 1 }],
    ["prod", { serviceMaxInstances: 21 }],
    ["local", { databasePort: 15432, poolerPort: 8080, storageEndpoint: "http://127.0.0.1:9000" }],
    // These could exhaust the machine, which the program warns of.
    ["prod", { flagProfile: "first-deployment" }],
    ["prod", { databaseFlags: { work_mem: "256MB" } }],
  ])("in %s: accepts %j", (stack, raw) => {
    expect(problemsOf(stack, raw)).toEqual([]);
  });
});
