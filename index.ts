// The data plane of a music library, from the project's services to the contract that applications read.
import { log } from "@pulumi/pulumi";
import { Alerts } from "./components/alerts.ts";
import { connectionBudget } from "./components/connection-budget.ts";
import { contentNetwork } from "./components/content-network.ts";
import { instanceTier } from "./components/instance-tier.ts";
import { LibraryAccess } from "./components/library-access.ts";
import { libraryContract } from "./components/library-contract.ts";
import { LibraryMetrics } from "./components/library-metrics.ts";
import { MediaBucket } from "./components/media-bucket.ts";
import { PgbouncerSidecar } from "./components/pgbouncer-sidecar.ts";
import { PostgresAdministrator } from "./components/postgres-administrator.ts";
import { PostgresInstance } from "./components/postgres-instance.ts";
import { PostgresLogins } from "./components/postgres-logins.ts";
import { PostgresRoles } from "./components/postgres-roles.ts";
import { ProjectServices, requiredServices } from "./components/project-services.ts";
import { SchemaMigrations } from "./components/schema-migrations.ts";
import { ServiceIdentity } from "./components/service-identity.ts";
import { TrackService } from "./components/track-service.ts";
import { loadConfig } from "./config.ts";
import * as naming from "./naming.ts";

const config = loadConfig();
const budget = connectionBudget({ ...config, tier: instanceTier(config.tier) });
for (const warning of budget.warnings) void log.warn(warning);
const stack = { ...config, budget, names: naming.stackNames(config), labels: naming.labels(config.environment) };
const { roles: roleNames, logins: loginNames, prefixes, schemas, extensions, searchPath, ADMINISTRATOR } = naming;

const services = new ProjectServices("services", { services: requiredServices(config) });
const enabled = { dependsOn: services };
const kept = { protect: config.protectResources, ...enabled };

const instance = new PostgresInstance("instance", { ...stack, ...budget }, kept);
const administrator = new PostgresAdministrator("administrator", { ...stack, instance, login: ADMINISTRATOR }, kept);
const inside = { instance, administrator };
const roles = new PostgresRoles("roles", { ...stack, ...inside, roles: roleNames, schemas, extensions }, kept);
const logins = new PostgresLogins("logins", { ...stack, ...inside, roles, logins: loginNames, searchPath }, kept);
const migrations = new SchemaMigrations(
  "migrations",
  {
    connection: logins.descriptor(loginNames.migrator),
    verifierConnection: logins.descriptor(loginNames.verifier),
    ownerRole: roleNames.owner,
    requiredSchemas: Object.values(schemas),
    folder: "sql/migrations",
    seedsFolder: "sql/seeds",
    environment: config.environment,
    targetVersion: config.migrationTarget,
    allowDown: config.migrationAllowDown,
    surroundings: roles.declared,
  },
  { ...instance.sharedFate, protect: config.protectResources, dependsOn: [roles, logins] },
);

const identity = new ServiceIdentity("identity", stack, enabled);
const bucket = new MediaBucket("media", { ...stack, ...inside, prefixes, objectUser: identity.member }, kept);
const content = contentNetwork("content", { ...stack, bucket, prefixes, reader: identity.member }, enabled);
const pooling = {
  serverLogin: logins.password(config.activeLogin),
  clientLogin: naming.POOLER_LOGIN,
  statsLogin: naming.POOLER_STATS_LOGIN,
  reader: identity.member,
};
const sidecar = new PgbouncerSidecar("pooler", { ...stack, ...inside, ...pooling }, enabled);

const parts = { ...inside, logins, identity, bucket, content, sidecar };
const promises = { roleNames, loginNames, prefixes, migrationVersion: migrations.version };
export const contract = libraryContract({ ...stack, ...parts, ...promises });
const metrics = new LibraryMetrics("metrics", { ...stack, contract, bucket }, enabled);
new LibraryAccess("access", { ...stack, ...parts, ...promises, metrics }, enabled);

const images = { placeholderImage: naming.HELLO_IMAGE, servicePort: naming.SERVICE_PORT };
const tracks = new TrackService(
  "tracks",
  { ...stack, ...images, contract, sidecar, content, serviceAccount: identity.email, network: instance.network },
  { dependsOn: [migrations, ...identity.grants] },
);
export const serviceUri = tracks.uri;
new Alerts("alerts", { ...stack, ...budget, bucket, metrics, serviceUri, replicas: instance.replicas }, enabled);
