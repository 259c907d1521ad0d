// What a stack costs a month, from its resolved configuration and a stated usage. No cloud is asked.
import { type NameArgs, prefixes, stackNames } from "../naming.ts";
import { type BucketConfig, bucketCost } from "./bucket-cost.ts";
import { contentCost } from "./content-cost.ts";
import { type CostGroup, type CostLine, total } from "./cost-line.ts";
import { type DatabaseConfig, databaseCost, databaseNotes } from "./database-cost.ts";
import { metricsCost } from "./metrics-cost.ts";
import { pricedRegion } from "./prices.ts";
import { type ServiceConfig, serviceCost } from "./service-cost.ts";
import { defaultUsage, type Usage } from "./usage.ts";

export interface CostedConfig extends NameArgs, DatabaseConfig, BucketConfig, ServiceConfig {
  /** The direct way needs a client certificate, which is kept as secrets. */
  readonly connectionMode: "cloudSqlConnector" | "direct";
}

export interface CostArgs {
  readonly config: CostedConfig;
  /** `defaultUsage` unless given. */
  readonly usage?: Usage;
}

/** US dollars a month, without taxes, discounts and free quotas. */
export interface MonthlyCost {
  readonly lines: readonly CostLine[];
  /** Each group's exact sum, rounded to the cent. */
  readonly groups: Readonly<Record<CostGroup, number>>;
  /** The exact sum of all lines, rounded to the cent: may differ by a cent from the sum of the rounded. */
  readonly total: number;
  /** What a reader must know of these figures, one sentence each. */
  readonly notes: readonly string[];
}

/** Throws InstanceTierError or LifecycleRulesError where the configuration was not checked. */
export function monthlyCost({ config, usage = defaultUsage }: CostArgs): MonthlyCost {
  const database = databaseCost(config, usage);
  const bucket = bucketCost(config, prefixes, usage);
  const network = contentCost(config, usage);
  const service = [...serviceCost(config, secretCount(config), usage), ...metricsCost(usage)];
  const lines = [...database, ...bucket, ...network, ...service];
  const elsewhere = `The prices are those of ${pricedRegion}; those of ${config.region} differ.`;
  return {
    lines,
    groups: { database: total(database), bucket: total(bucket), network: total(network), service: total(service) },
    total: total(lines),
    notes: [...(config.region === pricedRegion ? [] : [elsewhere]), ...databaseNotes(config, usage)],
  };
}

/** The client certificate of the direct way: whole for descriptors, and as three files for the pooler. */
const CERTIFICATE_SECRETS = 4;

/** Secrets that the stack makes, each with one version in use. */
export function secretCount(config: NameArgs & Pick<CostedConfig, "connectionMode" | "contentDomain">): number {
  const { passwords, poolerPassword, poolerStatsPassword, poolerConfig, poolerUsers } = stackNames(config).secrets;
  const always = [...Object.values(passwords), poolerPassword, poolerStatsPassword, poolerConfig, poolerUsers];
  const certificates = config.connectionMode === "direct" ? CERTIFICATE_SECRETS : 0;
  // The signing key before the newest stands in the network alone.
  return always.length + certificates + (config.contentDomain === "" ? 0 : 1);
}
