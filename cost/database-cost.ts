import { instanceTier } from "../components/instance-tier.ts";
import { type CostLine, costLine, type Factor } from "./cost-line.ts";
import { hoursPerMonth, keyPrices, sqlPrices } from "./prices.ts";
import { databaseGb, type Usage } from "./usage.ts";

/** A machine with its disk: the primary, a read replica, a node of a read pool. */
interface MachineConfig {
  readonly tier: string;
  readonly availabilityType: "ZONAL" | "REGIONAL";
  readonly diskType: "PD_SSD" | "PD_HDD";
  /** Disk at creation, GB. */
  readonly diskSizeGb: number;
}

export interface DatabaseConfig extends MachineConfig {
  readonly diskAutoresizeLimitGb: number;
  readonly retainedBackups: number;
  /** "" where the instance has a public address. */
  readonly privateNetwork: string;
  /** Each with the primary's tier where it names none. */
  readonly readReplicas: readonly { readonly name: string; readonly tier?: string | undefined }[];
  /** Each a machine as large as the primary. */
  readonly readPoolNodes: number;
  /** "own" where the stack has a key of its own. */
  readonly encryptionKey: string;
  readonly dataCacheEnabled: boolean;
}

/** The instance, its standby, disk, backups and address, and its replicas. Throws InstanceTierError on an unknown tier. */
export function databaseCost(config: DatabaseConfig, usage: Usage): CostLine[] {
  const usedGb = databaseGb(usage);
  const { retainedBackups, privateNetwork, readReplicas, readPoolNodes, encryptionKey } = config;
  const zonal: MachineConfig = { ...config, availabilityType: "ZONAL" };
  const nodes = Array.from({ length: readPoolNodes }, (_, index) => `read pool node ${index + 1}: `);
  return [
    ...machineCost("", config, usedGb),
    // An upper bound: Google bills what changed since the backup before, here every backup counts as a full one.
    costLine("database", "backups", [[retainedBackups, "backups"], [usedGb, "GB"], [sqlPrices.backupGbMonth]]),
    ...(privateNetwork === ""
      ? [costLine("database", "public address, in use", [[0, "idle h"], [sqlPrices.idleAddressHour]])]
      : []),
    ...readReplicas.flatMap(({ name, tier = config.tier }) =>
      machineCost(`replica ${name}: `, { ...zonal, tier }, usedGb),
    ),
    ...nodes.flatMap((node) => machineCost(node, zonal, usedGb)),
    // Every rotation adds a version that stays: this is the first quarter's.
    ...(encryptionKey === "own"
      ? [costLine("database", "encryption key", [[1, "version"], [keyPrices.activeVersionMonth]])]
      : []),
  ];
}

/** What the configuration does not allow for, one sentence each. */
export function databaseNotes(
  { tier, diskAutoresizeLimitGb, dataCacheEnabled }: DatabaseConfig,
  usage: Usage,
): string[] {
  const usedGb = databaseGb(usage);
  const notes: string[] = [];
  if (instanceTier(tier).edition === "ENTERPRISE_PLUS") {
    const percent = Math.round((sqlPrices.enterprisePlusFactor - 1) * 100);
    notes.push(`ENTERPRISE_PLUS is reckoned as ENTERPRISE and ${percent} per cent: an estimate.`);
  }
  if (dataCacheEnabled) notes.push("dataCacheEnabled: the local disks of the data cache are not reckoned.");
  if (usedGb > diskAutoresizeLimitGb) {
    notes.push(
      `diskAutoresizeLimitGb: is less than the data of so many tracks (${diskAutoresizeLimitGb}); ` +
        `expected at least ${Math.ceil(usedGb)} GB. Raise it.`,
    );
  }
  return notes;
}

function machineCost(prefix: string, machine: MachineConfig, usedGb: number): CostLine[] {
  const compute = computeFactors(machine.tier).map(([item, factors]) => ({ item, factors }));
  const disk: readonly Factor[] = [
    [Math.max(machine.diskSizeGb, Math.ceil(usedGb)), "GB"],
    [sqlPrices.diskGbMonth[machine.diskType]],
  ];
  const once = [...compute, { item: `disk, ${machine.diskType}`, factors: disk }];
  // The standby is a second machine with a second disk, at the same price.
  const all =
    machine.availabilityType === "REGIONAL"
      ? [...once, ...once.map(({ item, factors }) => ({ item: `standby: ${item}`, factors }))]
      : once;
  return all.map(({ item, factors }) => costLine("database", `${prefix}${item}`, factors));
}

function computeFactors(name: string): [item: string, factors: readonly Factor[]][] {
  const { edition, vCpus, memoryMb } = instanceTier(name);
  const hours: Factor = [hoursPerMonth, "h"];
  const shared = sqlPrices.sharedCoreHour[name];
  if (shared !== undefined) return [[name, [hours, [shared]]]];
  const plus: readonly Factor[] = edition === "ENTERPRISE_PLUS" ? [[sqlPrices.enterprisePlusFactor]] : [];
  return [
    [`${name}: vCPU`, [[vCpus, "vCPU"], hours, [sqlPrices.vCpuHour], ...plus]],
    [`${name}: memory`, [[memoryMb / 1024, "GB"], hours, [sqlPrices.memoryGbHour], ...plus]],
  ];
}
