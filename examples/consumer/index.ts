// An application of the music library: reads the library's contract, runs with a pooler of its own beside it. Everything that it
// knows of the library stands in the contract; the two programs share no state and are deployed each for itself.
import { Service, ServiceIamMember } from "@pulumi/gcp/cloudrunv2/index.js";
import { IAMMember } from "@pulumi/gcp/projects/index.js";
import { Account } from "@pulumi/gcp/serviceaccount/index.js";
import * as pulumi from "@pulumi/pulumi";
import { poolFor } from "../../client/connection-share.ts";
import { type Contract, parseContract } from "../../client/contract.ts";
import { pooledLibrary } from "../../components/contract-sidecar.ts";
import { PgbouncerSidecar } from "../../components/pgbouncer-sidecar.ts";

const NAME = "music-player";
const config = new pulumi.Config();
const google = new pulumi.Config("gcp");
const [project, region] = [google.require("project"), google.require("region")];
const labels = { application: NAME, "managed-by": "pulumi" };
const poolerPort = config.getNumber("poolerPort") ?? 6432;
const concurrency = 20;
const maxInstances = config.getNumber("maxInstances") ?? 2;

const library = new pulumi.StackReference(config.require("library"));
// Plain and not an output: the way to the server decides which resources there are. Refuses another version of the contract.
const contract = parseContract(JSON.stringify(await library.requireOutputValue("contract")));

const account = new Account("account", { accountId: NAME, displayName: "Music player" });
const connects = new IAMMember("connects", { project, role: "roles/cloudsql.client", member: account.member });

const sidecar = new PgbouncerSidecar("pooler", {
  ...pooledLibrary(contract),
  clientLogin: "music_player",
  statsLogin: "music_player_stats",
  poolerImage: config.require("poolerImage"),
  poolerPort,
  // Its share of the library's connections: more instances than the library's stack names for it fail here, in preview.
  budget: poolFor(contract, NAME, maxInstances),
  serviceConcurrency: concurrency,
  reader: account.member,
  names: {
    socketFolder: `/cloudsql/${contract.database.connectionName}`,
    secrets: {
      poolerConfig: `${NAME}-pooler-config`,
      poolerUsers: `${NAME}-pooler-users`,
      poolerPassword: `${NAME}-pooler-password`,
      poolerStatsPassword: `${NAME}-pooler-stats-password`,
      databaseTls: `${NAME}-database-tls`,
    },
  },
  labels,
});

/** The contract as this application sees it: the same library, through its own pooler and as its own account. */
const own = pulumi
  .all([account.email, sidecar.clientPassword.secret.path])
  .apply(([email, passwordSecret]): Contract => ({
    ...contract,
    serviceAccount: { email },
    database: {
      ...contract.database,
      pooler: { host: "127.0.0.1", port: poolerPort, user: sidecar.clientPassword.login, passwordSecret },
    },
  }));

const { secret: password } = sidecar.clientPassword;
const service = new Service(
  "service",
  {
    name: NAME,
    location: region,
    ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY",
    deletionProtection: false,
    labels,
    template: {
      serviceAccount: account.email,
      maxInstanceRequestConcurrency: concurrency,
      scaling: { maxInstanceCount: maxInstances },
      containers: [
        {
          name: "application",
          image: config.require("image"),
          commands: ["node"],
          args: ["examples/consumer/application.ts"],
          workingDir: "/app",
          ports: { containerPort: 8080 },
          envs: [
            { name: "MUSIC_LIBRARY_CONTRACT", value: pulumi.jsonStringify(own) },
            {
              name: "POOLER_PASSWORD",
              valueSource: { secretKeyRef: { secret: password.secretId, version: password.version } },
            },
          ],
          resources: { limits: { cpu: "1", memory: "512Mi" }, cpuIdle: false },
          // Ready once a query went through the pooler to the library.
          startupProbe: { httpGet: { path: "/ready" }, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
          dependsOns: [PgbouncerSidecar.containerName],
        },
        sidecar.container,
      ],
      volumes: sidecar.volumes,
    },
  },
  { dependsOn: [connects, ...sidecar.grants] },
);
new ServiceIamMember("caller", {
  name: service.name,
  location: service.location,
  role: "roles/run.invoker",
  member: pulumi.interpolate`serviceAccount:${contract.serviceAccount.email}`,
});

export const uri = service.uri;
export const contractVersion = contract.version;
