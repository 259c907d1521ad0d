// One instance of a service: its containers as processes, started in the order that they depend on each other.
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Access } from "../identity/access.ts";
import { type LocalPaths, projectRoot } from "../paths.ts";
import type { Processes } from "../processes.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { numbered } from "../secrets/secrets.ts";
import { emptyVolumes, layOut, type SecretReader } from "./container-files.ts";
import { awaitStartup, describeProbe, startupDeadlineMs } from "./probes.ts";
import type { ContainerSpec, ServiceSpec } from "./service-spec.ts";

/** What starting containers needs of the rest of the local cloud. */
export interface InstanceDeps {
  readonly paths: LocalPaths;
  readonly processes: Processes;
  readonly access: Access;
  readonly secrets: Secrets;
  /** Folders of programs that come before the machine's own. */
  readonly programFolders: readonly string[];
}

export interface InstanceAddress {
  readonly revision: string;
  /** Where the container that takes the requests listens. */
  readonly port: number;
  readonly metadataPort: number;
}

/** A revision whose containers did not come up; the message ends with the last lines of the container's log. */
export class RevisionError extends Error {
  override readonly name = "RevisionError";
}

/** Cloud Run gives containers ten seconds between SIGTERM and SIGKILL. */
const stopTimeoutMs = 10_000;
const logLines = 12;

export function processName(service: string, container: string): string {
  return `run/${service}/${container}`;
}

export function logFileOf(paths: LocalPaths, service: string, container: string): string {
  return paths.at("logs", `${service}-${container}.log`);
}

/**
 * Starts every container once those it depends on passed their start-up probe. Raises RevisionError, or the signal's reason;
 * nothing runs then.
 */
export async function startInstance(
  deps: InstanceDeps,
  spec: ServiceSpec,
  address: InstanceAddress,
  given: AbortSignal,
): Promise<void> {
  emptyVolumes(deps.paths, spec);
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, given]);
  const started = new Map<string, Promise<void>>();
  const startOnce = (container: ContainerSpec): Promise<void> => {
    const present = started.get(container.name);
    if (present !== undefined) return present;
    const starting = (async () => {
      await Promise.all(
        spec.containers.filter(({ name }) => container.dependsOn.includes(name)).map((other) => startOnce(other)),
      );
      signal.throwIfAborted();
      await startContainer(deps, spec, container, address, signal);
    })();
    started.set(container.name, starting);
    return starting;
  };
  try {
    await Promise.all(spec.containers.map((container) => startOnce(container)));
  } catch (error) {
    failed.abort();
    await Promise.allSettled(started.values());
    await stopInstance(deps.processes, spec);
    throw error;
  }
}

/** Ends all containers at once, as Cloud Run does: SIGTERM, ten seconds, SIGKILL. */
export async function stopInstance(processes: Processes, spec: ServiceSpec): Promise<void> {
  const names = spec.containers.map(({ name }) => processName(spec.name, name));
  await Promise.all(
    names.map((name) =>
      processes.stop(name, { timeoutMs: stopTimeoutMs }).catch(async (error: unknown) => {
        // It may end by itself between the look and the signal.
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
        await processes.stop(name);
      }),
    ),
  );
}

/** Whether every container's process lives. */
export function isRunning(processes: Processes, spec: ServiceSpec): boolean {
  return spec.containers.every(({ name }) => processes.running(processName(spec.name, name)) !== undefined);
}

async function startContainer(
  deps: InstanceDeps,
  spec: ServiceSpec,
  container: ContainerSpec,
  address: InstanceAddress,
  signal: AbortSignal,
): Promise<void> {
  const { paths, processes } = deps;
  const read = secretReader(deps, spec, address.revision);
  const place = layOut(paths, spec, container, read);
  const name = processName(spec.name, container.name);
  const logFile = logFileOf(paths, spec.name, container.name);
  const [program = "", ...args] = container.command;
  const fail = (what: string, cause?: unknown): never => {
    throw new RevisionError(
      `Revision '${address.revision}' is not ready and cannot serve traffic. Container "${container.name}": ${what} The end of ${logFile}:\n${tail(logFile)}`,
      { cause },
    );
  };
  await processes
    .start({
      name,
      program,
      args,
      cwd: place.workingDir,
      env: environment(deps, spec, container, address, place.folder, read),
      logFile,
      unprivileged: true,
    })
    .catch((error: unknown) => fail(`Its program "${program}" could not be started (${String(error)}).`, error));
  const { startupProbe } = container;
  if (startupProbe === undefined) return;
  const isAlive = (): boolean => processes.running(name) !== undefined;
  const outcome = await awaitStartup(startupProbe, { port: address.port, isAlive, signal });
  if (outcome === "gone") fail("The user-provided container exited before it passed its startup probe.");
  if (outcome === "deadline") {
    const asked = describeProbe(startupProbe, address.port);
    fail(
      `The user-provided container failed the configured startup probe checks (${asked} did not pass within ${startupDeadlineMs(startupProbe) / 1000} s).`,
    );
  }
}

/** Secrets are read with the rights of the service's account, as Cloud Run does when it starts a revision. */
export function secretReader(
  { access, secrets }: Pick<InstanceDeps, "access" | "secrets">,
  spec: ServiceSpec,
  revision: string,
): SecretReader {
  return (secret, version) => {
    const name = `${secret}/versions/${version}`;
    if (!access.allowed(`serviceAccount:${spec.serviceAccount}`, "secretmanager.versions.access", name)) {
      throw new RevisionError(
        `Revision '${revision}' is not ready. Permission denied on secret: ${numbered(name)} for Revision service account ${spec.serviceAccount}. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.`,
      );
    }
    try {
      return secrets.payload(secret, version).payload;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RevisionError(`Revision '${revision}' is not ready. ${reason}`, { cause });
    }
  };
}

function environment(
  { programFolders }: InstanceDeps,
  spec: ServiceSpec,
  container: ContainerSpec,
  address: InstanceAddress,
  home: string,
  read: SecretReader,
): Record<string, string> {
  return {
    HOST: "127.0.0.1",
    ...containerEnvironment({ programFolders, container, metadataPort: address.metadataPort, home, read }),
    ...(container.port === undefined ? {} : { PORT: String(address.port) }),
    K_SERVICE: spec.name,
    K_REVISION: address.revision,
    K_CONFIGURATION: spec.name,
  };
}

export interface ContainerSurroundings {
  readonly programFolders: readonly string[];
  readonly container: ContainerSpec;
  readonly metadataPort: number;
  readonly home: string;
  readonly read: SecretReader;
}

/** What every container of Cloud Run finds: a path of programs, its declared variables, and its account's metadata server. */
export function containerEnvironment(surroundings: ContainerSurroundings): Record<string, string> {
  const { programFolders, container, metadataPort, home, read } = surroundings;
  const declared = container.envs.map((env) => [
    env.name,
    "value" in env ? env.value : read(env.secret, env.version).toString("utf8"),
  ]);
  const folders = [...programFolders, join(projectRoot, "node_modules", ".bin"), "/usr/local/bin", "/usr/bin", "/bin"];
  return {
    PATH: folders.join(delimiter),
    HOME: home,
    ...(Object.fromEntries(declared) as Record<string, string>),
    GCE_METADATA_HOST: `127.0.0.1:${metadataPort}`,
  };
}

function tail(logFile: string): string {
  const text = existsSync(logFile) ? readFileSync(logFile, "utf8").trimEnd() : "";
  if (text === "") return "  (empty)";
  return text
    .split("\n")
    .slice(-logLines)
    .map((line) => `  ${line}`)
    .join("\n");
}
