import type { input as gcp } from "@pulumi/gcp/types/index.js";
import * as cloudrun from "@pulumi/gcp/cloudrunv2/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Contract } from "../client/contract.ts";
import type { ContentNetwork } from "./content-network.ts";
import { containerSizes, resourceLimits } from "./container-sizes.ts";
import { ImageRepository } from "./image-repository.ts";
import { PgbouncerSidecar } from "./pgbouncer-sidecar.ts";
import type { ServiceNetwork } from "./postgres-instance.ts";
import type { StoredSecret } from "./stored-secret.ts";

type Container = gcp.cloudrunv2.ServiceTemplateContainer;

export interface TrackServiceArgs {
  /** Name in Cloud Run, a change of which replaces the service and its address, and that of its images' repository. */
  names: { service: string; imageRepository: string };
  /** Region, that of the instance. A change replaces the service. */
  region: string;
  /** Image of the application; "" deploys `placeholderImage`. */
  serviceImage: string;
  /** Google's public hello image, which answers until there is an application. */
  placeholderImage: string;
  /** Port that the application listens on. */
  servicePort: number;
  /** Address of the account that the service runs as. */
  serviceAccount: pulumi.Input<string>;
  /** What the application finds in MUSIC_LIBRARY_CONTRACT. A change is a new revision. */
  contract: pulumi.Input<Contract>;
  sidecar: PgbouncerSidecar;
  /** Whose URLs the application signs; undefined where it hands out those of the bucket. */
  content: ContentNetwork | undefined;
  /** Instances that are kept warm. */
  serviceMinInstances: number;
  /** Instances at the most, always given: Cloud Run's own 100 would exhaust the database. */
  serviceMaxInstances: number;
  /** Requests that one instance answers at a time. */
  serviceConcurrency: number;
  /** From where the service can be reached. */
  ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" | "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" | "INGRESS_TRAFFIC_ALL";
  /** Members that may call the service; nobody when empty. */
  invokers: readonly string[];
  /** Issuer of the ID tokens that the application asks of its callers; "" for none. A change is a new revision. */
  oidcIssuer: string;
  /** Audience of those tokens; "" without an issuer. */
  oidcAudience: string;
  /** Whether reads need no such token. */
  publicReads: boolean;
  /** Network through which the instance is reached; undefined for none. */
  network: ServiceNetwork | undefined;
  /** The provider's lock on deletion. */
  serviceDeletionProtection: boolean;
  labels: Record<string, string>;
}

/**
 * The reference application on Cloud Run with PgBouncer beside it. The application starts once the pooler answers and takes
 * requests once a query went through it. Private unless invokers are named; holds no password of the database.
 */
export class TrackService extends pulumi.ComponentResource {
  readonly uri: pulumi.Output<string>;

  constructor(name: string, args: TrackServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:service:TrackService", name, {}, opts);
    new ImageRepository(`${name}-images`, args, { parent: this });
    const service = new cloudrun.Service(
      `${name}-service`,
      {
        name: args.names.service,
        location: args.region,
        ingress: args.ingress,
        deletionProtection: args.serviceDeletionProtection,
        labels: args.labels,
        template: {
          serviceAccount: args.serviceAccount,
          executionEnvironment: "EXECUTION_ENVIRONMENT_GEN2",
          maxInstanceRequestConcurrency: args.serviceConcurrency,
          scaling: { minInstanceCount: args.serviceMinInstances, maxInstanceCount: args.serviceMaxInstances },
          labels: args.labels,
          containers: [application(args), args.sidecar.container],
          volumes: args.sidecar.volumes,
          ...networkAccess(args.network),
        },
      },
      { parent: this, dependsOn: [...args.sidecar.grants, ...(args.content?.grants ?? [])] },
    );
    for (const member of args.invokers) {
      new cloudrun.ServiceIamMember(
        `${name}-invoker-${member}`,
        { name: service.name, location: service.location, role: "roles/run.invoker", member },
        { parent: this },
      );
    }
    this.uri = service.uri;
    this.registerOutputs({ uri: this.uri });
  }
}

function application(args: TrackServiceArgs): Container {
  const { clientPassword } = args.sidecar;
  return {
    name: "application",
    ...program(args),
    ports: { containerPort: args.servicePort },
    envs: [
      { name: "MUSIC_LIBRARY_CONTRACT", value: pulumi.jsonStringify(args.contract) },
      { name: "PUBLISH_METRICS", value: "true" },
      secretVariable("POOLER_PASSWORD", clientPassword.secret),
      ...(args.content === undefined ? [] : [secretVariable("CONTENT_KEY", args.content.signingKeys.secret)]),
      { name: "OIDC_ISSUER", value: args.oidcIssuer },
      { name: "OIDC_AUDIENCE", value: args.oidcAudience },
      { name: "PUBLIC_READS", value: String(args.publicReads) },
    ],
    // CPU between requests as well: the pooler gives idle connections back then, which the connection budget counts on.
    resources: { limits: resourceLimits(containerSizes.application), cpuIdle: false, startupCpuBoost: true },
    startupProbe: { httpGet: { path: "/ready" }, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
    livenessProbe: { httpGet: { path: "/live" }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
    dependsOns: [PgbouncerSidecar.containerName],
  };
}

/** Pinned: with "latest" a running instance and a new one could hold different values of what has to be the same. */
function secretVariable(name: string, { secretId, version }: StoredSecret) {
  return { name, valueSource: { secretKeyRef: { secret: secretId, version } } };
}

/** Command, arguments and folder are always set: what runs must not depend on what an image says of itself. */
function program(args: TrackServiceArgs): Pick<Container, "image" | "commands" | "args" | "workingDir"> {
  return args.serviceImage === ""
    ? { image: args.placeholderImage, commands: ["/server"], args: [], workingDir: "/" }
    : { image: args.serviceImage, commands: ["node"], args: ["service/main.ts"], workingDir: "/app" };
}

/** A way into the network of a private instance; everything else goes straight to the internet. */
function networkAccess(network: ServiceNetwork | undefined) {
  if (network === undefined) return {};
  return { vpcAccess: { networkInterfaces: [{ ...network }], egress: "PRIVATE_RANGES_ONLY" } };
}
