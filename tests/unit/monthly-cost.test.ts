// Prices to the cent. The tiers' figures are those of a published price calculation for us-central1, computed independently.
import { describe, expect, it } from "@jest/globals";
import { egressLines } from "../../cost/bucket-cost.ts";
import { roundedToCents, total } from "../../cost/cost-line.ts";
import { databaseCost } from "../../cost/database-cost.ts";
import { type CostedConfig, monthlyCost } from "../../cost/monthly-cost.ts";
import { defaultUsage, streamedGb, type Usage } from "../../cost/usage.ts";
import { parseConfig } from "../../config.ts";

const place = { stack: "dev", project: "music-project", region: "us-central1" };

function cost(overrides: Partial<CostedConfig> = {}, usage: Partial<Usage> = {}) {
  const config = { ...parseConfig({}, place), ...overrides };
  return monthlyCost({ config, usage: { ...defaultUsage, ...usage } });
}

function amount(of: ReturnType<typeof cost>, ...items: string[]): number {
  return total(of.lines.filter(({ item }) => items.includes(item)));
}

/** vCPUs and GB, zonal and regional compute of a month. */
const tiers: [vCpus: number, gb: number, zonal: number, regional: number][] = [
  [1, 3.75, 49.31, 98.62],
  [2, 7.5, 98.62, 197.25],
  [4, 15, 197.25, 394.49],
  [8, 30, 394.49, 788.98],
  [16, 60, 788.98, 1577.97],
  [32, 120, 1577.97, 3155.94],
  [64, 240, 3155.94, 6311.87],
];

describe("the instance", () => {
  it.each(tiers)("with %i vCPUs and %d GB costs %d a month, and %d with a standby", (vCpus, gb, zonal, regional) => {
    const tier = `db-custom-${String(vCpus)}-${String(gb * 1024)}`;
    const compute = (availabilityType: "ZONAL" | "REGIONAL"): number => {
      const lines = databaseCost({ ...parseConfig({}, place), tier, availabilityType }, defaultUsage);
      return total(lines.filter(({ item }) => /: (vCPU|memory)$/.test(item)));
    };

    expect(compute("ZONAL")).toBe(zonal);
    expect(compute("REGIONAL")).toBe(regional);
  });

  it("of the default configuration costs 50 to 60 dollars with its disk and backups", () => {
    const { groups, lines } = cost();

    expect(lines.filter(({ group }) => group === "database").map(({ item }) => item)).toEqual([
      "db-custom-1-3840: vCPU",
      "db-custom-1-3840: memory",
      "disk, PD_SSD",
      "backups",
      "public address, in use",
    ]);
    expect(groups.database).toBe(53.27);
    expect(groups.database).toBeGreaterThanOrEqual(50);
    expect(groups.database).toBeLessThanOrEqual(60);
  });

  it("stays below 60 dollars until half of its disk is full", () => {
    expect(cost({}, { tracks: 22_500_000, playsPerMonth: 0 }).groups.database).toBeLessThanOrEqual(60);
  });

  it("has disk, backups and standby as lines of their own", () => {
    const regional = cost({ availabilityType: "REGIONAL", diskSizeGb: 100 });

    expect(amount(regional, "disk, PD_SSD")).toBe(17);
    expect(amount(regional, "standby: disk, PD_SSD")).toBe(17);
    expect(amount(cost({ diskType: "PD_HDD", diskSizeGb: 100 }), "disk, PD_HDD")).toBe(9);
    // 10 backups of 1 GB for the server and 4 GB for ten million tracks.
    expect(amount(cost({ retainedBackups: 10 }, { tracks: 10_000_000 }), "backups")).toBe(4);
  });

  it("pays for the disk that the data grew to, and says when the limit is below it", () => {
    const grown = cost({ diskSizeGb: 20, diskAutoresizeLimitGb: 30 }, { tracks: 100_000_000 });

    expect(amount(grown, "disk, PD_SSD")).toBe(6.97);
    expect(grown.notes).toEqual([
      "diskAutoresizeLimitGb: is less than the data of so many tracks (30); expected at least 41 GB. Raise it.",
    ]);
  });

  it.each([
    ["db-f1-micro", 7.67],
    ["db-g1-small", 25.55],
  ])("with a shared CPU has one price: %s", (tier, dollars) => {
    expect(amount(cost({ tier }), tier)).toBe(dollars);
  });

  it("of ENTERPRISE_PLUS is marked as an estimate", () => {
    const plus = cost({ edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-2" } as Partial<CostedConfig>);

    // (2 x 0.0413 + 16 x 0.007) x 730 x 1.3
    expect(amount(plus, "db-perf-optimized-N-2: vCPU", "db-perf-optimized-N-2: memory")).toBe(184.68);
    expect(plus.notes).toEqual(["ENTERPRISE_PLUS is reckoned as ENTERPRISE and 30 per cent: an estimate."]);
  });

  it("has no public address in a private network", () => {
    const items = cost({ privateNetwork: "projects/p/global/networks/n" }).lines.map(({ item }) => item);

    expect(items).not.toContain("public address, in use");
  });

  it("costs a second time for each replica, without its backups and standby, at the replica's own tier", () => {
    const readReplicas = [{ name: "a" }, { name: "b", tier: "db-custom-2-7680" }];
    const { lines } = cost({ readReplicas, availabilityType: "REGIONAL" });
    const of = (name: string) => lines.filter(({ item }) => item.startsWith(`replica ${name}: `));

    expect(total(of("a"))).toBe(52.71);
    expect(total(of("b"))).toBe(102.02);
    expect(of("a").map(({ item }) => item)).toEqual([
      "replica a: db-custom-1-3840: vCPU",
      "replica a: db-custom-1-3840: memory",
      "replica a: disk, PD_SSD",
    ]);
  });

  it("costs a machine more for every node of a read pool", () => {
    const plus = { edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-2" } as Partial<CostedConfig>;
    const pool = (readPoolNodes: number) =>
      total(cost({ ...plus, readPoolNodes }).lines.filter(({ item }) => item.startsWith("read pool node ")));

    expect([0, 1, 2].map(pool)).toEqual([0, 188.08, 376.15]);
  });

  it("costs a key version where the key is the stack's own, and says what it leaves out", () => {
    expect(amount(cost({ encryptionKey: "own" }), "encryption key")).toBe(0.06);
    expect(cost({ encryptionKey: "projects/p/locations/l/keyRings/r/cryptoKeys/k" }).total).toBe(cost().total);
    expect(cost({ dataCacheEnabled: true }).notes).toEqual([
      "dataCacheEnabled: the local disks of the data cache are not reckoned.",
    ]);
  });
});

describe("the bucket", () => {
  it("costs about 7 dollars for ten thousand tracks of 5 MB that are each streamed once a month", () => {
    const { groups } = cost();

    expect(groups.bucket).toBeGreaterThan(6.5);
    expect(groups.bucket).toBeLessThan(8);
  });

  it("costs the same to the cent when everything is new: 50 GB at rest, 50.4 GB streamed", () => {
    const fresh = cost({}, { libraryDays: 30 });

    expect(amount(fresh, "STANDARD: storage")).toBe(1);
    expect(amount(fresh, "streaming, from 0 GB")).toBe(6.05);
    // 20 000 writes and 30 000 reads.
    expect(amount(fresh, "STANDARD: writes")).toBe(0.1);
    expect(amount(fresh, "STANDARD: reads")).toBe(0.01);
    expect(fresh.groups.bucket).toBe(7.16);
  });

  it("holds in each class what the declared rules move there, and pays for reading it", () => {
    const year = cost({}, { libraryDays: 400 });
    const held = (storageClass: string): string | undefined =>
      year.lines.find(({ item }) => item === `${storageClass}: storage`)?.arithmetic;

    // Of 400 days 30, 60, 275 and 35, of 50 GB.
    expect(["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"].map(held)).toEqual([
      "3.75 GB x 0.02",
      "7.5 GB x 0.01",
      "34.375 GB x 0.004",
      "4.375 GB x 0.0012",
    ]);
    expect(amount(year, "COLDLINE: retrieval")).toBe(0.69);
    expect(amount(year, "COLDLINE: reads")).toBe(0.21);
    const never = cost({ nearlineAfterDays: 0, coldlineAfterDays: 0, archiveAfterDays: 0 }, { libraryDays: 400 });
    expect(amount(never, "STANDARD: storage")).toBe(1);
    expect(never.lines.some(({ item }) => item.includes("retrieval"))).toBe(false);
  });

  it("streams a million plays of four minutes, 5760 GB, for 643.84", () => {
    const usage = { ...defaultUsage, playsPerMonth: 1_000_000, minutesPerPlay: 4 };

    expect(streamedGb(usage)).toBe(5760);
    // 1024 x 0.12 + 4736 x 0.11
    expect(total(egressLines(streamedGb(usage)))).toBe(643.84);
  });

  it.each([
    [0, 0],
    [1024, 122.88],
    [1025, 122.99],
    [10_240, 1136.64],
    [12_500, 1317.44],
  ])("steps down in price as bytes grow: %d GB cost %d", (gb, dollars) => {
    expect(total(egressLines(gb))).toBe(dollars);
  });
});

describe("the content network", () => {
  const contentDomain = "audio.loist.io";
  /** 1 M plays of four minutes: 5760 GB, 5364.42 GiB, 3 M requests. */
  const million = { playsPerMonth: 1_000_000, minutesPerPlay: 4, cacheHitPercent: 80 };

  it("sends a million plays of four minutes for 429.15 where the bucket sends them for 643.84", () => {
    const network = cost({ contentDomain }, million);

    expect(amount(network, "streaming, from 0 GiB")).toBe(429.15);
    // 300 times ten thousand
    expect(amount(network, "cache lookups")).toBe(2.25);
    expect(amount(network, "forwarding rule")).toBe(18.25);
    // A fifth of the bytes: 1072.88 GiB
    expect(amount(network, "cache fill")).toBe(10.73);
    expect(amount(network, "load balancer, what no cache has")).toBe(8.58);
    expect(network.groups.network).toBe(468.97);
    expect(network.lines.map(({ item }) => item)).not.toContain("streaming, from 0 GB");
  });

  it("spares the bucket the reads and bytes that its caches answer, in every class", () => {
    const reads = (hit: number) => {
      const { lines } = cost({ contentDomain }, { ...million, libraryDays: 400, cacheHitPercent: hit });
      return total(lines.filter(({ item }) => /: (reads|retrieval)$/.test(item)));
    };
    const { lines } = cost({}, { ...million, libraryDays: 400 });
    const direct = total(lines.filter(({ item }) => /: (reads|retrieval)$/.test(item)));

    expect(reads(0)).toBe(direct);
    expect(reads(80)).toBeCloseTo(direct / 5, 1);
    expect(reads(100)).toBe(0);
  });

  it("steps down in price as bytes grow", () => {
    const { lines } = cost({ contentDomain }, { ...million, playsPerMonth: 100_000_000 });
    const of = (from: number) => lines.find(({ item }) => item === `streaming, from ${String(from)} GiB`)?.arithmetic;

    expect([of(0), of(10_240), of(153_600)]).toEqual([
      "10,240 GiB x 0.08",
      "143,360 GiB x 0.055",
      "382,841.8 GiB x 0.03",
    ]);
  });

  it("costs nothing where there is none, and its key a secret where there is one", () => {
    expect(cost().groups.network).toBe(0);
    expect(amount(cost({ contentDomain }), "secrets")).toBe(0.6);
    expect(amount(cost(), "secrets")).toBe(0.54);
  });
});

describe("the service", () => {
  it("costs what its two containers cost as long as an instance lives", () => {
    const warm = cost({ serviceMinInstances: 1 }, { serviceHours: 100 });

    // 2 vCPUs and 0.75 GiB for 2 628 000 seconds.
    expect(amount(warm, "Cloud Run: vCPU")).toBe(94.61);
    expect(amount(warm, "Cloud Run: memory")).toBe(3.94);
    expect(amount(cost({ connectionMode: "direct" }), "secrets")).toBe(0.78);
    expect(amount(cost({}, { serviceHours: 0 }), "Cloud Run: vCPU", "Cloud Run: memory")).toBe(0);
    // 100 hours: 2 x 360 000 x 0.000018 and 0.75 x 360 000 x 0.000002
    expect(amount(cost(), "Cloud Run: vCPU", "Cloud Run: memory")).toBe(13.5);
    expect(amount(cost(), "secrets")).toBe(0.54);
  });
});

describe("the job that measures", () => {
  const listCalls = (tracks: number) => amount(cost({}, { tracks }), "metrics: list calls");

  it("costs a minute an hour and its schedule", () => {
    // 730 x 60 x 0.000018 and half of 730 x 60 x 0.000002
    expect(amount(cost(), "metrics: vCPU", "metrics: memory")).toBe(0.83);
    expect(amount(cost(), "metrics: schedule")).toBe(0.1);
  });

  it.each<[tracks: number, dollars: number]>([
    [10_000, 0.07],
    [50_000, 0.37],
    // From here on the bucket is listed once a day.
    [50_001, 0.02],
    [1_000_000, 0.32],
    [10_000_000, 3.17],
  ])("lists %i tracks with their covers for %d dollars a month", (tracks, dollars) => {
    expect(listCalls(tracks)).toBe(dollars);
  });
});

describe("a bill", () => {
  it("is rounded once, at its end", () => {
    const { lines, total: all } = cost();
    const exact = lines.reduce((sum, { dollars }) => sum + dollars, 0);

    expect(all).toBe(Math.round(exact * 100) / 100);
    expect(roundedToCents(1.005)).toBe(1.01);
    expect(roundedToCents(2.675)).toBe(2.68);
  });

  it("says that prices are those of one region", () => {
    expect(cost({ region: "europe-west1" }).notes).toEqual([
      "The prices are those of us-central1; those of europe-west1 differ.",
    ]);
    expect(cost().notes).toEqual([]);
  });

  it("shows the product that makes each amount", () => {
    for (const { arithmetic, dollars } of cost().lines) {
      const factors = arithmetic.split(" x ").map((factor) => Number(factor.split(" ")[0]?.replaceAll(",", "")));
      expect(factors.reduce((product, factor) => product * factor, 1)).toBeCloseTo(dollars, 4);
    }
  });
});
