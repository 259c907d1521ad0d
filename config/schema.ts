import { type ConfigKey, endpoint, fact, image, oneOf, port, text, texts, wholeNumber } from "./key.ts";
import { bucketKeys } from "./bucket-keys.ts";
import { callerKeys } from "./caller-keys.ts";
import { consumerKeys } from "./consumer-keys.ts";
import { contentKeys } from "./content-keys.ts";
import { identityKeys } from "./identity-keys.ts";
import { instanceKeys } from "./instance-keys.ts";
import { operationsKeys } from "./operations-keys.ts";
import { rotationKeys } from "./rotation-keys.ts";
import { environments } from "../naming.ts";

const general = {
  environment: oneOf(environments, {
    default: "dev",
    description:
      "Kind of stack; goes into labels and into the bucket's name. A stack named dev, prod or local has its own name here.",
  }),
  nameSuffix: text(/^[a-z0-9]{0,7}$/, '"" or 1 to 7 lower-case letters and digits', {
    default: "",
    description:
      "Appended to physical names. An instance's name stays blocked for about a week after deletion: change this to create it again sooner. A change replaces everything.",
  }),
};

const locks = {
  protectResources: fact({
    default: true,
    description: "First lock: Pulumi refuses to delete or replace what holds or guards data.",
  }),
  deletionProtection: fact({ default: true, description: "Second lock: the provider refuses to delete the instance." }),
  deletionProtectionEnabled: fact({
    default: true,
    description: "Third lock: Google refuses to delete the instance, whoever asks.",
  }),
};

const migrations = {
  migrationTarget: text(/^\d{0,18}$/, '"" or a version in quotes, as "0008"', {
    default: "",
    description:
      'Last migration to apply; "" applies all. Below what is applied it goes back, if migrationAllowDown says so: what the later ones hold is lost.',
  }),
  migrationAllowDown: fact({
    default: false,
    description: "Lets migrationTarget lie below what is applied. Set it for one update only.",
  }),
};

const service = {
  serviceImage: image({
    default: "",
    description:
      'Image of the application; "" deploys Google\'s public hello image until there is one. In prod by digest.',
  }),
  poolerImage: image({
    // edoburu/pgbouncer:v1.25.2-p0. Before 1.25.2 a malformed SCRAM packet crashes PgBouncer without a login (CVE-2026-6664).
    default: "docker.io/edoburu/pgbouncer@sha256:7d7a27d9e90985cab5cf42256f5c13a3120baa4b055b69df37beb272b89b2340",
    description: "Image of PgBouncer, 1.25.2 or newer. In prod by digest.",
  }),
  serviceMinInstances: wholeNumber(
    { min: 0, max: 100, unit: "instances" },
    {
      default: 0,
      description: "Instances of the service that are kept warm, each with its own PgBouncer.",
    },
  ),
  serviceMaxInstances: wholeNumber(
    { min: 1, max: 100, unit: "instances" },
    {
      default: 5,
      description:
        "Instances of the service at the most. Each has its own pool, so this divides the database's connections.",
    },
  ),
  serviceConcurrency: wholeNumber(
    { min: 1, max: 1000, unit: "requests" },
    {
      default: 80,
      description: "Requests that one instance of the service answers at a time.",
    },
  ),
  deployOverlap: wholeNumber(
    { min: 1, max: 4, unit: "revisions" },
    {
      default: 2,
      description: "Revisions of the service that run at the same time while one replaces another.",
    },
  ),
  administrationConnections: wholeNumber(
    { min: 1, max: 100, unit: "connections" },
    {
      default: 5,
      description: "Connections kept for migrations, checks and people.",
    },
  ),
  ingress: oneOf(["INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "INGRESS_TRAFFIC_ALL"], {
    default: "INGRESS_TRAFFIC_INTERNAL_ONLY",
    description: "From where the service can be reached; who may call it is decided by invokers.",
  }),
  invokers: texts(/^(user|group|serviceAccount|domain):[^\s:]+$/, "user:, group:, serviceAccount: or domain: members", {
    default: [],
    description:
      "Who may call the service. The public is refused: the reference application trusts Cloud Run to know its callers.",
  }),
  ...callerKeys,
  ...identityKeys,
  serviceDeletionProtection: fact({ default: true, description: "The provider refuses to delete the service." }),
  ...rotationKeys,
  ...consumerKeys,
  poolerPort: port({ default: 6432, description: "Port of PgBouncer on the loopback address." }),
};

const endpoints = {
  storageEndpoint: endpoint("Cloud Storage"),
  iamCredentialsEndpoint: endpoint("the IAM Credentials API"),
  secretManagerEndpoint: endpoint("Secret Manager"),
  managementEndpoint: endpoint("the Admin APIs of Cloud SQL, Cloud Run and Cloud Monitoring"),
};

/** Every key of the project's own namespace, in the order in which files and tables list them. */
export const configKeys = {
  ...general,
  ...instanceKeys,
  ...locks,
  ...migrations,
  ...bucketKeys,
  ...contentKeys,
  ...service,
  ...operationsKeys,
  ...endpoints,
} satisfies Record<string, ConfigKey<unknown>>;

export type ConfigName = keyof typeof configKeys;

/** The values of all keys. */
export type Settings = {
  [K in ConfigName]: (typeof configKeys)[K] extends ConfigKey<infer T> ? T : never;
};
