/** What a Cloud SQL machine type gives. */
export interface InstanceTier {
  name: string;
  edition: Edition;
  /** 0 for a share of one. */
  vCpus: number;
  /** MB of 1024 kB. */
  memoryMb: number;
}

export type Edition = "ENTERPRISE" | "ENTERPRISE_PLUS";

/** A machine type that Cloud SQL does not have. */
export class InstanceTierError extends Error {
  override readonly name = "InstanceTierError";
}

// cloud.google.com/sql/docs/postgres/instance-settings: the machine types and the rule for custom ones.
const sharedCoreMb: Record<string, number> = { "db-f1-micro": 614, "db-g1-small": 1740 };
const performanceOptimizedGb: Record<string, number> = {
  "2": 16,
  "4": 32,
  "8": 64,
  "16": 128,
  "32": 256,
  "48": 384,
  "64": 512,
  "80": 640,
  "128": 864,
};
const customMemory = { stepMb: 256, minMb: 3840, minMbPerCpu: 0.9 * 1024, maxMbPerCpu: 6.5 * 1024 };
const maxCustomCpus = 96;

/** Reads a tier's name; throws InstanceTierError with every rule that it breaks. */
export function instanceTier(name: string): InstanceTier {
  const sharedMb = sharedCoreMb[name];
  if (sharedMb !== undefined) return { name, edition: "ENTERPRISE", vCpus: 0, memoryMb: sharedMb };

  const [, plusCpus] = /^db-perf-optimized-N-(\d+)$/.exec(name) ?? [];
  if (plusCpus !== undefined) {
    const memoryGb = performanceOptimizedGb[plusCpus];
    if (memoryGb !== undefined) {
      return { name, edition: "ENTERPRISE_PLUS", vCpus: Number(plusCpus), memoryMb: memoryGb * 1024 };
    }
    const known = Object.keys(performanceOptimizedGb).join(", ");
    throw new InstanceTierError(
      `tier "${name}": has a number of vCPUs that does not exist (${plusCpus}); expected one of ${known}. Take the next larger one.`,
    );
  }

  const [, cpus, megabytes] = /^db-custom-(\d+)-(\d+)$/.exec(name) ?? [];
  if (cpus === undefined || megabytes === undefined) {
    throw new InstanceTierError(
      `tier "${name}": is no machine type of Cloud SQL for PostgreSQL (${name}); expected db-custom-CPUS-MB, db-perf-optimized-N-CPUS, ` +
        "db-f1-micro or db-g1-small. Begin with db-custom-1-3840.",
    );
  }
  const custom = { name, edition: "ENTERPRISE" as const, vCpus: Number(cpus), memoryMb: Number(megabytes) };
  const problems = customTierProblems(custom);
  if (problems.length > 0) throw new InstanceTierError(problems.join("\n"));
  return custom;
}

function customTierProblems({ name, vCpus, memoryMb }: InstanceTier): string[] {
  const problems: string[] = [];
  if (vCpus < 1 || vCpus > maxCustomCpus || (vCpus > 1 && vCpus % 2 === 1)) {
    problems.push(
      `tier "${name}": has a number of vCPUs that Cloud SQL refuses (${vCpus}); expected 1 or an even number up to ${maxCustomCpus}. ` +
        "Take the next even number.",
    );
  }
  if (memoryMb % customMemory.stepMb !== 0) {
    const next = Math.ceil(memoryMb / customMemory.stepMb) * customMemory.stepMb;
    problems.push(
      `tier "${name}": has memory between two steps (${memoryMb} MB); expected a multiple of ${customMemory.stepMb} MB. ` +
        `Take ${next} MB.`,
    );
  }
  const least = Math.max(customMemory.minMb, Math.ceil(vCpus * customMemory.minMbPerCpu));
  const most = Math.floor(vCpus * customMemory.maxMbPerCpu);
  if (vCpus >= 1 && (memoryMb < least || memoryMb > most)) {
    const wrong = memoryMb < least ? "has too little memory" : "has too much memory";
    problems.push(
      `tier "${name}": ${wrong} for its vCPUs (${memoryMb} MB); expected ${least} to ${most} MB ` +
        `(0.9 to 6.5 GB a vCPU, at least 3.75 GB). Take memory in that range.`,
    );
  }
  return problems;
}
