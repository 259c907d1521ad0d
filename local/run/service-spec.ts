// A Cloud Run service as it is declared, read into what the runner needs of it.
import { createHash } from "node:crypto";
import type { Scope } from "../provider/kind.ts";
import { secretPath } from "../secrets/secrets.ts";
import type { Properties } from "../store.ts";
import { numberOf, objectOf, objectsOf, optionalObject, textOf, textsOf } from "./property-readers.ts";

/** Where a container without a declared port listens: https://cloud.google.com/run/docs/container-contract */
export const defaultPort = 8080;

export interface ServiceSpec {
  readonly name: string;
  /** `projects/P/locations/R/services/S` */
  readonly id: string;
  readonly location: string;
  readonly serviceAccount: string;
  readonly containers: readonly ContainerSpec[];
  readonly volumes: readonly VolumeSpec[];
  /** Suffix that the declaration gives the revision; "" lets the runner choose. */
  readonly revision: string;
  readonly timeoutMs: number;
  readonly customAudiences: readonly string[];
  readonly invokerIamDisabled: boolean;
  /** Another one means other containers. */
  readonly digest: string;
}

export interface ContainerSpec {
  readonly name: string;
  /** Command and arguments; empty where the image would decide. */
  readonly command: readonly string[];
  readonly workingDir: string;
  readonly envs: readonly EnvSpec[];
  /** The declared port of the container that takes the requests; undefined for the others. */
  readonly port: number | undefined;
  readonly mounts: readonly { readonly volume: string; readonly path: string }[];
  readonly dependsOn: readonly string[];
  readonly startupProbe: ProbeSpec | undefined;
  readonly livenessProbe: ProbeSpec | undefined;
  readonly readinessProbe: ProbeSpec | undefined;
}

export type EnvSpec = { readonly name: string } & (
  { readonly value: string } | { readonly secret: string; readonly version: string }
);

export type VolumeSpec =
  | { readonly kind: "secret"; readonly name: string; readonly secret: string; readonly files: readonly SecretFile[] }
  | { readonly kind: "emptyDir"; readonly name: string };

export interface SecretFile {
  readonly path: string;
  readonly version: string;
  readonly mode: number;
}

export interface ProbeSpec {
  readonly kind: "tcp" | "http";
  /** Undefined is the container's own port. */
  readonly port: number | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/** The service behind inputs that passed the checks. */
export function serviceSpec(inputs: Properties, scope: Scope): ServiceSpec {
  const project = textOf(inputs, "project", scope.project);
  const template = objectOf(inputs, "template");
  const name = textOf(inputs, "name");
  const containers = objectsOf(template, "containers");
  const isIngress = (container: Properties): boolean =>
    containers.length === 1 || optionalObject(container, "ports") !== undefined;
  return {
    name,
    id: `projects/${project}/locations/${textOf(inputs, "location")}/services/${name}`,
    location: textOf(inputs, "location"),
    serviceAccount: textOf(template, "serviceAccount"),
    containers: containers.map((container, index) =>
      containerSpec(container, `${name}-${index + 1}`, project, isIngress(container)),
    ),
    volumes: objectsOf(template, "volumes").flatMap((volume) => volumeSpec(volume, project)),
    revision: textOf(template, "revision"),
    timeoutMs: Number.parseInt(textOf(template, "timeout", "300s"), 10) * 1000,
    customAudiences: textsOf(inputs, "customAudiences"),
    invokerIamDisabled: inputs["invokerIamDisabled"] === true,
    digest: createHash("sha256").update(JSON.stringify(template)).digest("hex"),
  };
}

function containerSpec(container: Properties, name: string, project: string, isIngress: boolean): ContainerSpec {
  const port = isIngress ? numberOf(objectOf(container, "ports"), "containerPort", defaultPort) : undefined;
  const probe = (property: string): ProbeSpec | undefined => {
    const declared = optionalObject(container, property);
    return declared === undefined ? undefined : probeSpec(declared, port);
  };
  return {
    name: textOf(container, "name", name),
    command: [...textsOf(container, "commands"), ...textsOf(container, "args")],
    workingDir: textOf(container, "workingDir"),
    envs: objectsOf(container, "envs").map((env) => envSpec(env, project)),
    port,
    mounts: objectsOf(container, "volumeMounts").map((mount) => ({
      volume: textOf(mount, "name"),
      path: textOf(mount, "mountPath"),
    })),
    dependsOn: textsOf(container, "dependsOns"),
    startupProbe: probe("startupProbe") ?? (port === undefined ? undefined : defaultStartupProbe),
    livenessProbe: probe("livenessProbe"),
    readinessProbe: probe("readinessProbe"),
  };
}

/** What Cloud Run does for the container that takes the requests when nothing is declared: the port opens within 240 s. */
const defaultStartupProbe: ProbeSpec = {
  kind: "tcp",
  port: undefined,
  path: "/",
  headers: {},
  initialDelayMs: 0,
  periodMs: 240_000,
  timeoutMs: 240_000,
  failureThreshold: 1,
  successThreshold: 1,
};

function probeSpec(probe: Properties, containerPort: number | undefined): ProbeSpec {
  const http = optionalObject(probe, "httpGet");
  const declared = numberOf(http ?? objectOf(probe, "tcpSocket"), "port", 0);
  const headers = objectsOf(http ?? {}, "httpHeaders").map((header) => [
    textOf(header, "name"),
    textOf(header, "value"),
  ]);
  return {
    kind: http === undefined ? "tcp" : "http",
    port: declared === 0 || declared === containerPort ? undefined : declared,
    path: textOf(http ?? {}, "path", "/"),
    headers: Object.fromEntries(headers) as Record<string, string>,
    initialDelayMs: numberOf(probe, "initialDelaySeconds", 0) * 1000,
    periodMs: numberOf(probe, "periodSeconds", 10) * 1000,
    timeoutMs: numberOf(probe, "timeoutSeconds", 1) * 1000,
    failureThreshold: numberOf(probe, "failureThreshold", 3),
    successThreshold: numberOf(probe, "successThreshold", 1),
  };
}

function envSpec(env: Properties, project: string): EnvSpec {
  const name = textOf(env, "name");
  const reference = optionalObject(objectOf(env, "valueSource"), "secretKeyRef");
  return reference === undefined
    ? { name, value: textOf(env, "value") }
    : {
        name,
        secret: secretPath(textOf(reference, "secret"), project),
        version: textOf(reference, "version", "latest"),
      };
}

/** Kinds of volumes that are not here are refused before a specification is used; see service-limits.ts. */
function volumeSpec(volume: Properties, project: string): VolumeSpec[] {
  const name = textOf(volume, "name");
  const secret = optionalObject(volume, "secret");
  if (secret === undefined) return optionalObject(volume, "emptyDir") === undefined ? [] : [{ kind: "emptyDir", name }];
  const path = secretPath(textOf(secret, "secret"), project);
  const defaultMode = numberOf(secret, "defaultMode", 0o444);
  const items = objectsOf(secret, "items").map((item) => ({
    path: textOf(item, "path"),
    version: textOf(item, "version", "latest"),
    mode: numberOf(item, "mode", defaultMode),
  }));
  // Without items the newest version stands under the secret's own name.
  const files =
    items.length > 0 ? items : [{ path: path.split("/").at(-1) ?? "", version: "latest", mode: defaultMode }];
  return [{ kind: "secret", name, secret: path, files }];
}
