// The files of a container: where its mounted volumes stand on this machine. A path at or below a mount is that path below
// the container's own folder, so that files that name each other by relative paths find each other; any other working
// directory is the checkout, which is what the image holds.
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { type LocalPaths, projectRoot } from "../paths.ts";
import { handOver } from "../unprivileged.ts";
import type { ContainerSpec, ServiceSpec } from "./service-spec.ts";

/** The present payload of a secret's version, by the rights of the service's account. */
export type SecretReader = (secret: string, version: string) => Buffer;

export interface ContainerPlace {
  /** The container's own folder, its HOME. */
  readonly folder: string;
  /** Where its program runs. */
  readonly workingDir: string;
}

/** Lays the container's volumes out afresh. Raises what the reader raises for a secret that cannot be read. */
export function layOut(
  paths: LocalPaths,
  service: ServiceSpec,
  container: ContainerSpec,
  read: SecretReader,
): ContainerPlace {
  const folder = paths.folder("run", service.name, container.name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  for (const { volume, path } of container.mounts) {
    const declared = service.volumes.find(({ name }) => name === volume);
    const target = join(folder, normalize(path));
    switch (declared?.kind) {
      case "secret":
        for (const file of declared.files) {
          writeSecret(join(target, file.path), read(declared.secret, file.version), file.mode);
        }
        break;
      case "emptyDir":
        // One folder for all containers of the instance.
        mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
        symlinkSync(paths.folder("run", service.name, "volumes", volume), target);
        break;
      case undefined:
        throw new Error(`container "${container.name}": mounts a volume that is not declared ("${volume}")`);
      default:
        declared satisfies never;
    }
  }
  handOver(folder);
  return { folder, workingDir: workingDirOf(folder, container) };
}

/** Empties the volumes that the containers of an instance share. */
export function emptyVolumes(paths: LocalPaths, service: ServiceSpec): void {
  const volumes = paths.folder("run", service.name, "volumes");
  rmSync(volumes, { recursive: true, force: true });
  for (const { kind, name } of service.volumes) {
    if (kind === "emptyDir") handOver(paths.folder("run", service.name, "volumes", name));
  }
}

function workingDirOf(folder: string, { workingDir, mounts }: ContainerSpec): string {
  const wanted = normalize(workingDir);
  const isMounted = mounts.some(({ path }) => wanted === normalize(path) || wanted.startsWith(`${normalize(path)}/`));
  return isMounted ? join(folder, wanted) : projectRoot;
}

function writeSecret(path: string, payload: Buffer, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, payload, { mode: 0o600 });
  // In a container nobody else can look; here the owner alone may, whatever the mode says of others.
  chmodSync(path, mode & 0o700);
}
