// The configurations for growing libraries, each reckoned by the program's own rules: what the README's table is made of.
import { connectionBudget } from "../../components/connection-budget.ts";
import { instanceTier } from "../../components/instance-tier.ts";
import { monthlyCost } from "../../cost/monthly-cost.ts";
import { pricedRegion, pricesAsOf, priceSources } from "../../cost/prices.ts";
import { defaultUsage, type Usage } from "../../cost/usage.ts";
import { parseConfig, type StackConfig } from "../../config.ts";
import type { Settings } from "../../config/schema.ts";
import { dollars } from "./report.ts";

export interface GrowthStep {
  readonly tracks: number;
  /** What differs from the default configuration. */
  readonly settings: Partial<Settings>;
  readonly serviceHours: number;
}

const tenMillion = {
  ...{ availabilityType: "REGIONAL", diskSizeGb: 100, diskAutoresizeLimitGb: 500 },
  ...{ databaseFlags: { max_connections: 400 }, serviceMinInstances: 4, serviceMaxInstances: 20 },
} satisfies Partial<Settings>;
const enterprise = { tier: "db-custom-8-30720", readReplicas: [{ name: "a" }] } satisfies Partial<Settings>;
/** The same vCPUs with twice the memory, a local disk as cache, and a pool that grows by a number. */
const enterprisePlus = {
  ...{ edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-8", dataCacheEnabled: true, readPoolNodes: 2 },
} satisfies Partial<Settings>;
const delivery = { contentDomain: "audio.loist.io" } satisfies Partial<Settings>;

/** A track is played once a month. From 100 000 tracks on with a standby: Google promises no uptime without one. */
export const growthSteps: readonly GrowthStep[] = [
  { tracks: 10_000, settings: {}, serviceHours: 100 },
  { tracks: 50_000, settings: {}, serviceHours: 400 },
  {
    tracks: 100_000,
    settings: { tier: "db-custom-2-7680", availabilityType: "REGIONAL", serviceMinInstances: 1 },
    serviceHours: 730,
  },
  {
    tracks: 1_000_000,
    settings: {
      tier: "db-custom-4-15360",
      availabilityType: "REGIONAL",
      diskSizeGb: 50,
      databaseFlags: { max_connections: 200 },
      serviceMinInstances: 2,
      serviceMaxInstances: 10,
    },
    serviceHours: 2000,
  },
  { tracks: 10_000_000, settings: { ...tenMillion, ...enterprise }, serviceHours: 8000 },
  { tracks: 10_000_000, settings: { ...tenMillion, ...enterprise, ...delivery }, serviceHours: 8000 },
  { tracks: 10_000_000, settings: { ...tenMillion, ...enterprisePlus, ...delivery }, serviceHours: 8000 },
];

export interface GrowthRow {
  readonly step: GrowthStep;
  readonly config: StackConfig;
  /** Connections of one pooler, and poolers at the most. */
  readonly poolSize: number;
  readonly poolers: number;
  readonly groups: ReturnType<typeof monthlyCost>["groups"];
  readonly total: number;
  readonly notes: readonly string[];
}

/** Throws ConfigError, ConnectionBudgetError or DatabaseFlagsError when a step would be refused in preview. */
export function growthRow(step: GrowthStep): GrowthRow {
  const place = { stack: "growth", project: "music-library-growth", region: pricedRegion };
  const config = parseConfig(step.settings, place);
  const { poolSize, poolers } = connectionBudget({ ...config, tier: instanceTier(config.tier) });
  const usage: Usage = {
    ...{ ...defaultUsage, tracks: step.tracks, playsPerMonth: step.tracks, serviceHours: step.serviceHours },
  };
  const cost = monthlyCost({ config, usage });
  return { step, config, poolSize, poolers, groups: cost.groups, total: cost.total, notes: cost.notes };
}

const marks = { begin: "<!-- growth:begin -->", end: "<!-- growth:end -->" };

/** README with one row a step between its marks. Throws when it has none. */
export async function withGrowthPath(text: string): Promise<string> {
  const [begin, end] = [text.indexOf(marks.begin), text.indexOf(marks.end)];
  if (begin < 0 || end < begin) {
    throw new Error(
      `README.md: has no place for the growth path; expected a line ${marks.begin} and a line ${marks.end}. Add them.`,
    );
  }
  const head = [
    "Tracks",
    "Edition",
    "Tier",
    "Availability",
    "Disk",
    "Pool",
    "Replicas",
    "Database",
    "Bucket",
    "Network",
    "Service",
    "A month",
  ];
  const rows = [head, head.map(() => "---"), ...growthSteps.map((step) => cells(growthRow(step)))];
  const table = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
  const sources = priceSources.map((address) => new URL(address).pathname.slice(1)).join(", ");
  const notes = [...new Set(growthSteps.flatMap((step) => growthRow(step).notes))];
  const caption = [
    `US dollars, list prices of ${pricedRegion} as of ${pricesAsOf} (cloud.google.com: ${sources}).`,
    `The network is Cloud CDN with ${String(defaultUsage.cacheHitPercent)} per cent of the plays in its caches.`,
    ...notes,
  ].join(" ");
  return `${text.slice(0, begin + marks.begin.length)}\n\n${table}\n\n${caption}\n\n${text.slice(end)}`;
}

function cells({ step, config, poolSize, poolers, groups, total }: GrowthRow): string[] {
  const thousands = new Intl.NumberFormat("en-US");
  return [
    thousands.format(step.tracks),
    config.edition,
    `\`${config.tier}\``,
    config.availabilityType,
    `${String(config.diskSizeGb)} GB`,
    `${String(poolers)} x ${String(poolSize)}`,
    config.readPoolNodes === 0 ? String(config.readReplicas.length) : `pool of ${String(config.readPoolNodes)}`,
    ...[groups.database, groups.bucket].map(dollars),
    config.contentDomain === "" ? "" : dollars(groups.network),
    ...[groups.service, total].map(dollars),
  ];
}
