import { z } from "zod";
import { connectionKeys } from "./connection-keys.ts";
import { type ConfigKey, fact, oneOf, text, wholeNumber } from "./key.ts";
import { recoveryKeys } from "./recovery-keys.ts";

/** Replicas of one primary. cloud.google.com/sql/docs/postgres/replication */
const MOST_REPLICAS = 10;

/** One of `readReplicas`; what is left out is as in the primary. */
interface ReadReplicaSettings {
  name: string;
  tier?: string | undefined;
  source?: string | undefined;
  databaseFlags?: Record<string, string | number | boolean> | undefined;
  port?: number | undefined;
}

const flagValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const tier = text(
  /^db-[a-zA-Z0-9-]+$/,
  "db-custom-CPUS-MB, db-f1-micro or db-g1-small (ENTERPRISE), db-perf-optimized-N-CPUS (ENTERPRISE_PLUS)",
  {
    default: "db-custom-1-3840",
    description: "Machine type: vCPUs and memory in MB. A change restarts the instance.",
  },
);

const databaseFlags: ConfigKey<z.infer<typeof flagValues>> = {
  schema: flagValues,
  default: {},
  accepted: 'a map of flag to value, sizes and times with their unit as "64MB" or "500ms"',
  description: "Single flags that replace those of the profile. Some restart the instance when changed.",
};

const readReplicas: ConfigKey<ReadReplicaSettings[]> = {
  schema: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9]{0,9}$/),
        tier: tier.schema.optional(),
        source: z.string().min(1).optional(),
        databaseFlags: flagValues.optional(),
        port: z.int().min(1024).max(65535).optional(),
      }),
    )
    .max(MOST_REPLICAS),
  default: [],
  accepted: `a list of at most ${MOST_REPLICAS} replicas as {"name": "a"}, each also with tier, source (an earlier one's name), databaseFlags or, only on one machine, port`,
  description:
    "Read replicas in the order in which they would be promoted. A source makes one follow another replica instead of the primary. What is not given is as in the primary.",
};

const machineKeys = {
  edition: oneOf(["ENTERPRISE", "ENTERPRISE_PLUS"], {
    default: "ENTERPRISE",
    description: "Cloud SQL edition; written down because Google's own default changes with the PostgreSQL version.",
  }),
  tier,
  availabilityType: oneOf(["ZONAL", "REGIONAL"], {
    default: "ZONAL",
    description:
      "REGIONAL keeps a standby in a second zone at twice the price; ZONAL has no uptime promise from Google.",
  }),
  diskType: oneOf(["PD_SSD", "PD_HDD"], {
    default: "PD_SSD",
    description: "Disk of the instance. A change replaces it.",
  }),
  diskSizeGb: wholeNumber(
    { min: 10, max: 65_536, unit: "GB" },
    {
      default: 20,
      description: "Disk at creation. Grows by itself up to diskAutoresizeLimitGb and never shrinks.",
    },
  ),
  diskAutoresizeLimitGb: wholeNumber(
    { min: 10, max: 65_536, unit: "GB" },
    {
      default: 100,
      description: "Size at which the disk stops growing: growth cannot be undone, so it has a limit.",
    },
  ),
  dataCacheEnabled: fact({
    default: false,
    description:
      "Keeps pages on a local disk beside memory; only ENTERPRISE_PLUS has it. A change restarts the instance.",
  }),
  flagProfile: oneOf(["computed", "first-deployment"], {
    default: "computed",
    description: "Database flags: computed from tier and pool, or exactly those that the first deployment ran with.",
  }),
  databaseFlags,
  pgauditEnabled: fact({
    default: false,
    description:
      "Writes changes of schema, roles and rights into the log, without the values of parameters. A change restarts the instance.",
  }),
  readReplicas,
  readPoolNodes: wholeNumber(
    { min: 0, max: 20, unit: "nodes" },
    {
      default: 0,
      description: "Nodes of one read pool behind a single address; 0 for none. Only ENTERPRISE_PLUS has it.",
    },
  ),
};

/** Keys of the Cloud SQL instance and of the way to it, in the order in which files and tables list them. */
export const instanceKeys = { ...machineKeys, ...recoveryKeys, ...connectionKeys };
