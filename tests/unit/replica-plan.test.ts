import { describe, expect, it } from "@jest/globals";
import { type ReadReplica, replicaPlan, type ReplicaPlanArgs, replicaProblems } from "../../components/replica-plan.ts";

function args(...readReplicas: ReadReplica[]): ReplicaPlanArgs {
  return { readReplicas, tier: "db-custom-2-7680", flagProfile: "computed", databaseFlags: {}, sessions: 85 };
}

function flag(flags: readonly { name: string; value: string }[], name: string): string | undefined {
  return flags.find((candidate) => candidate.name === name)?.value;
}

describe("replicaPlan", () => {
  it("gives a replica the primary's tier and flags where it says nothing", () => {
    const primary = replicaPlan(args({ name: "a" }));
    expect(primary).toMatchObject([{ name: "a", tier: "db-custom-2-7680", source: undefined }]);
    expect(flag(primary[0]!.flags, "shared_buffers")).toBe("245760");
  });

  it("computes the flags of another tier anew, and lets its own flags win over the primary's", () => {
    const { flags } = replicaPlan({
      ...args({ name: "a", tier: "db-custom-4-15360", databaseFlags: { max_connections: 300, jit: true } }),
      databaseFlags: { max_connections: 200, log_lock_waits: true },
    })[0]!;
    expect(flag(flags, "shared_buffers")).toBe("491520");
    expect(flag(flags, "max_connections")).toBe("300");
    expect(flag(flags, "jit")).toBe("on");
    expect(flag(flags, "log_lock_waits")).toBe("on");
  });
});

describe("replicas that can be", () => {
  it.each<[string, ReadReplica[]]>([
    ["none", []],
    ["one", [{ name: "a" }]],
    ["a chain of three", [{ name: "a" }, { name: "b", source: "a" }, { name: "c", source: "b" }]],
    ["a larger one", [{ name: "a", tier: "db-custom-4-15360", databaseFlags: { max_connections: 200 } }]],
  ])("%s", (_what, replicas) => {
    expect(replicaProblems(args(...replicas))).toEqual([]);
  });
});

describe("replicas that cannot be", () => {
  it.each<[string, ReadReplica[], RegExp]>([
    ["a name twice", [{ name: "a" }, { name: "a" }], /"a": is there twice \(a\); expected each name once\./],
    ["a source without one", [{ name: "a", source: "b" }], /is not before it \(b\); expected no source\./],
    [
      "a source that comes later",
      [{ name: "a" }, { name: "b", source: "c" }, { name: "c" }],
      /"b": follows a replica that is not before it \(c\); expected one of those before it, a\./,
    ],
    [
      "a chain of four",
      [{ name: "a" }, { name: "b", source: "a" }, { name: "c", source: "b" }, { name: "d", source: "c" }],
      /"d": stands too deep in a chain \(4\); expected at most 3/,
    ],
    [
      "no such tier",
      [{ name: "a", tier: "db-custom-3-11520" }],
      /"a": tier "db-custom-3-11520": has a number of vCPUs/,
    ],
    ["another edition", [{ name: "a", tier: "db-perf-optimized-N-2" }], /another edition than the primary/],
    ["a flag without unit", [{ name: "a", databaseFlags: { work_mem: 64 } }], /"a": databaseFlags "work_mem": has no/],
    ["fewer connections", [{ name: "a", databaseFlags: { max_connections: 99 } }], /\(99\); expected at least 100\./],
    ["fewer workers", [{ name: "a", databaseFlags: { max_worker_processes: 4 } }], /\(4\); expected at least 8\./],
    [
      "too large a share of memory",
      [{ name: "a", databaseFlags: { shared_buffers: "6GB" } }],
      /"a": databaseFlags "shared_buffers": is 80.0 % of the memory of db-custom-2-7680/,
    ],
  ])("%s", (_what, replicas, message) => {
    expect(replicaProblems(args(...replicas))).toEqual([expect.stringMatching(message)]);
  });
});
