import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  connectionBudget,
  type ConnectionBudgetArgs,
  ConnectionBudgetError,
} from "../../components/connection-budget.ts";
import { DatabaseFlagsError } from "../../components/database-flags.ts";
import { instanceTier } from "../../components/instance-tier.ts";
import { memoryBudget, memoryWindowProblems } from "../../components/memory-budget.ts";

const base: ConnectionBudgetArgs = {
  tier: instanceTier("db-custom-1-3840"),
  flagProfile: "computed",
  databaseFlags: {},
  administrationConnections: 5,
  serviceMaxInstances: 5,
  deployOverlap: 2,
};

/** So many processors that something else ends first. */
const manyProcessors = instanceTier("db-custom-64-245760");

function poolSize(args: Partial<ConnectionBudgetArgs>): number {
  return connectionBudget({ ...base, ...args }).poolSize;
}

describe("connectionBudget", () => {
  it("shares the server's connections among all poolers that may run", () => {
    const { flags, ...budget } = connectionBudget(base);
    expect(budget).toEqual({
      maxConnections: 100,
      poolers: 10,
      poolSize: 4,
      reservePoolSize: 1,
      maxDbConnections: 5,
      pooledConnections: 50,
      shares: { tracks: { maxInstances: 5, poolSize: 4, reservePoolSize: 1, maxDbConnections: 5 } },
      limitedBy: "processors",
      arithmetic: [
        "connections: floor((100 max_connections - 3 superuser - 5 Cloud SQL - 5 administration) / (5 instances x 2 overlap x 1 user x 1 database)) - 1 reserve = 7",
        "memory: 3456 MB usable - 960 shared_buffers - 240 maintenance_work_mem - 3 x 64 autovacuum = 2064 MB / 24 MB a session - 0 parallel workers = 86 sessions; floor((86 - 5 administration) / 10 poolers) - 1 reserve = 7",
        "Cloud Run: 100 - 1 reserve = 99",
        "processors: 2 x 1 + 2 = 4",
      ],
      warnings: [],
    });
    expect(flags).toContainEqual({ name: "work_mem", value: "8192" });
  });

  it.each([
    [5, 2, 5, 7],
    [10, 2, 5, 3],
    [20, 2, 5, 1],
    [21, 2, 5, 1],
    [5, 1, 5, 16],
    [1, 1, 5, 86],
    [1, 1, 2, 89],
  ])(
    "with %d instances x %d overlap and %d for administration: %d a pool",
    (serviceMaxInstances, deployOverlap, administrationConnections, expected) => {
      const asked = { serviceMaxInstances, deployOverlap, administrationConnections };
      expect(poolSize({ ...asked, tier: manyProcessors })).toBe(expected);
    },
  );

  it.each([
    ["db-g1-small", 4],
    ["db-custom-1-3840", 4],
    ["db-custom-2-7680", 6],
    ["db-perf-optimized-N-8", 18],
  ])("gives one pooler no more than keeps the processors of %s at work: %d", (tier, expected) => {
    const alone = { serviceMaxInstances: 1, deployOverlap: 1, databaseFlags: { work_mem: "1MB" } };
    const { limitedBy, poolSize } = connectionBudget({ ...base, ...alone, tier: instanceTier(tier) });
    expect({ limitedBy, poolSize }).toEqual({ limitedBy: "processors", poolSize: expected });
  });

  it("counts the instances of every consumer, and tells each its share", () => {
    const connectionShares = { "music-player": 2, reports: 1 };
    const { poolers, poolSize, pooledConnections, shares, arithmetic } = connectionBudget({
      ...base,
      connectionShares,
    });
    expect({ poolers, poolSize, pooledConnections }).toEqual({ poolers: 16, poolSize: 4, pooledConnections: 80 });
    expect(Object.entries(shares).map(([consumer, { maxInstances }]) => [consumer, maxInstances])).toEqual([
      ["tracks", 5],
      ["music-player", 2],
      ["reports", 1],
    ]);
    expect(shares["reports"]).toEqual({ maxInstances: 1, poolSize: 4, reservePoolSize: 1, maxDbConnections: 5 });
    expect(arithmetic[0]).toContain("((5 + 2 + 1) instances x 2 overlap");
  });

  it("says how many instances of the service are left beside the other consumers", () => {
    expect(() => connectionBudget({ ...base, connectionShares: { "music-player": 20 } })).toThrow(
      /\(5 \+ 20\) instances .* Use at most 1 instances/,
    );
  });

  it("gives less when the memory ends first", () => {
    const budget = connectionBudget({ ...base, databaseFlags: { work_mem: "16MB" } });
    expect([budget.limitedBy, budget.poolSize]).toEqual(["memory", 3]);
  });

  it("gives no more than Cloud Run lets one instance open", () => {
    const databaseFlags = { max_connections: 500 };
    const budget = connectionBudget({
      ...base,
      tier: manyProcessors,
      databaseFlags,
      serviceMaxInstances: 1,
      deployOverlap: 1,
    });
    expect([budget.limitedBy, budget.poolSize, budget.maxDbConnections]).toEqual(["cloudRun", 99, 100]);
  });

  it("refuses instances for which no connection is left, and says how many there can be", () => {
    const many = () => connectionBudget({ ...base, serviceMaxInstances: 22 });
    expect(many).toThrow(ConnectionBudgetError);
    expect(many).toThrow(/floor\(\(100 .* \/ \(22 instances .* = 0; expected 1 or more\. Use at most 21 instances/);
  });

  it("refuses administration that takes everything", () => {
    expect(() => connectionBudget({ ...base, administrationConnections: 92 })).toThrow(
      /or lower administrationConnections\.$/,
    );
  });

  it("warns of flags with which the memory could run out, shows the sum, and keeps the pools at their smallest", () => {
    const { warnings, poolSize, limitedBy } = connectionBudget({ ...base, flagProfile: "first-deployment" });
    expect({ poolSize, limitedBy }).toEqual({ poolSize: 1, limitedBy: "memory" });
    expect(warnings).toEqual([
      'tier "db-custom-1-3840": its memory could run out if every session were at its worst at the same time, because memory: 3456 MB usable - 768 shared_buffers - 1024 maintenance_work_mem - 3 x 1024 autovacuum = -1408 MB / 136 MB a session - 8 parallel workers = 0 sessions; floor((0 - 5 administration) / 10 poolers) - 1 reserve = -2; expected room for 25 sessions, which leaves 1 to each pool. Take a larger tier, lower serviceMaxInstances, or lower work_mem, maintenance_work_mem or autovacuum_work_mem in databaseFlags.',
    ]);
  });

  it("refuses what certainly does not fit: shared buffers and the sessions' own processes", () => {
    const certain = (sharedBuffers: string) => () =>
      connectionBudget({ ...base, databaseFlags: { shared_buffers: sharedBuffers, work_mem: "4MB" } });
    expect(certain("3257MB")).toThrow(ConnectionBudgetError);
    expect(certain("3257MB")).toThrow(
      'tier "db-custom-1-3840": cannot hold what the server allocates in any case, because 3456 MB usable - 3257 shared_buffers - 25 sessions x 8 = -1 MB; expected 0 MB or more. Take a larger tier, or lower shared_buffers in databaseFlags or serviceMaxInstances.',
    );
    expect(certain("3256MB")().warnings).toHaveLength(1);
  });

  it("counts parallel workers as sessions", () => {
    const parallel = connectionBudget({
      ...{ ...base, tier: instanceTier("db-custom-4-3840") },
      databaseFlags: { work_mem: "8MB", max_parallel_workers_per_gather: 2 },
    });
    expect(parallel.poolSize).toBe(6);
  });

  it("refuses a wrong flag before it counts", () => {
    expect(() => connectionBudget({ ...base, databaseFlags: { work_mem: "1" } })).toThrow(DatabaseFlagsError);
  });

  it("never over-commits connections, nor memory without a warning, whatever is asked", () => {
    const tiers = ["db-g1-small", "db-custom-1-3840", "db-custom-2-7680", "db-custom-8-30720", "db-perf-optimized-N-2"];
    const args = fc.record({
      tier: fc.constantFrom(...tiers).map((name) => instanceTier(name)),
      flagProfile: fc.constantFrom("computed" as const, "first-deployment" as const),
      databaseFlags: fc.record(
        {
          max_connections: fc.integer({ min: 1, max: 1000 }),
          work_mem: fc.integer({ min: 1, max: 512 }).map((mb) => `${mb}MB`),
          shared_buffers: fc.integer({ min: 64, max: 4096 }).map((mb) => `${mb}MB`),
          max_parallel_workers_per_gather: fc.integer({ min: 0, max: 4 }),
        },
        { requiredKeys: [] },
      ),
      administrationConnections: fc.integer({ min: 1, max: 100 }),
      serviceMaxInstances: fc.integer({ min: 1, max: 100 }),
      deployOverlap: fc.integer({ min: 1, max: 4 }),
    });
    let [accepted, warned] = [0, 0];
    fc.assert(
      fc.property(args, (asked) => {
        let budget;
        try {
          budget = connectionBudget(asked);
        } catch (error) {
          expect(error).toBeInstanceOf(ConnectionBudgetError);
          return;
        }
        accepted += 1;
        const sessions = budget.pooledConnections + asked.administrationConnections;
        expect(sessions + 3 + 5).toBeLessThanOrEqual(budget.maxConnections);
        expect(budget.maxDbConnections).toBeLessThanOrEqual(100);
        expect(budget.poolSize).toBeLessThanOrEqual(2 * Math.max(asked.tier.vCpus, 1) + 2);
        const memory = memoryBudget({ flags: budget.flags, tier: asked.tier });
        if (budget.warnings.length > 0) {
          warned += 1;
          expect(budget.poolSize).toBe(1);
          expect(memory.sharedBuffersMb + sessions * 8).toBeLessThanOrEqual(memory.usableMb);
        } else
          expect((sessions + memory.parallelWorkers) * memory.perSessionMb).toBeLessThanOrEqual(memory.availableMb);
      }),
      { numRuns: 500 },
    );
    expect(accepted - warned).toBeGreaterThan(20);
    expect(warned).toBeGreaterThan(20);
  });
});

describe("memoryWindowProblems", () => {
  const { tier } = base;
  const flags = (shared: number, cache: number) => [
    { name: "shared_buffers", value: String(shared) },
    { name: "effective_cache_size", value: String(cache) },
  ];

  it("accepts Cloud SQL's bounds themselves", () => {
    expect(memoryWindowProblems({ tier, flags: flags(49_152, 344_064) })).toEqual([]);
    expect(memoryWindowProblems({ tier, flags: flags(294_912, 49_152) })).toEqual([]);
  });

  it("refuses one page more or less", () => {
    expect(memoryWindowProblems({ tier, flags: flags(49_151, 344_065) })).toHaveLength(2);
    expect(memoryWindowProblems({ tier, flags: flags(294_913, 49_151) })).toHaveLength(2);
  });
});
