// Cloud SQL's machine types for PostgreSQL: which names there are, what they hold, and which edition sells them. Pure.
// Figures: Google's pages "About instance settings" and "Machine series overview".

export type Edition = "ENTERPRISE" | "ENTERPRISE_PLUS";

export interface Tier {
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly edition: Edition;
}

const sharedCore: Record<string, Tier> = {
  "db-f1-micro": { vcpus: 1, memoryMb: 614, edition: "ENTERPRISE" },
  "db-g1-small": { vcpus: 1, memoryMb: 1740, edition: "ENTERPRISE" },
};

/** Enterprise Plus, N2: vCPUs -> GB. */
const performanceOptimised: Record<number, number> = {
  2: 16,
  4: 32,
  8: 64,
  16: 128,
  32: 256,
  48: 384,
  64: 512,
  80: 640,
  96: 768,
  128: 864,
};

/** The tier of a name, or what is wrong with the name: what is wrong, what is expected. */
export function parseTier(name: string): Tier | { wrong: string; expected: string } {
  const shared = sharedCore[name];
  if (shared !== undefined) return shared;
  const custom = /^db-custom-(?:N4-)?(\d+)-(\d+)$/.exec(name);
  if (custom !== null) return customTier(Number(custom[1]), Number(custom[2]));
  const optimised = /^db-perf-optimized-N-(\d+)$/.exec(name);
  const vcpus = Number(optimised?.[1]);
  const gigabytes = performanceOptimised[vcpus];
  if (gigabytes !== undefined) return { vcpus, memoryMb: gigabytes * 1024, edition: "ENTERPRISE_PLUS" };
  const c4a = /^db-c4a-highmem-(\d+)$/.exec(name);
  if (c4a !== null) return { vcpus: Number(c4a[1]), memoryMb: Number(c4a[1]) * 8192, edition: "ENTERPRISE_PLUS" };
  return {
    wrong: "is not a machine type of Cloud SQL for PostgreSQL",
    expected: `db-custom-<vCPUs>-<MB>, db-f1-micro, db-g1-small or db-perf-optimized-N-<${Object.keys(performanceOptimised).join("|")}>`,
  };
}

function customTier(vcpus: number, memoryMb: number): Tier | { wrong: string; expected: string } {
  if (vcpus !== 1 && (vcpus % 2 !== 0 || vcpus > 96 || vcpus === 0)) {
    return { wrong: `has a number of vCPUs that is not sold`, expected: "1, or an even number up to 96" };
  }
  const least = Math.max(3840, Math.ceil((vcpus * 0.9 * 1024) / 256) * 256);
  const most = Math.floor((vcpus * 6.5 * 1024) / 256) * 256;
  if (memoryMb % 256 !== 0 || memoryMb < least || memoryMb > most) {
    return {
      wrong: `has an amount of memory that is not sold with ${vcpus} vCPUs`,
      expected: `a multiple of 256 MB from ${least} to ${most}`,
    };
  }
  return { vcpus, memoryMb, edition: "ENTERPRISE" };
}
