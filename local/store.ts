// What has been declared to the local cloud, one file a resource, written so that a power cut leaves the old or the new.
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LocalPaths } from "./paths.ts";

/** A value as it crosses the provider protocol. */
export type PropertyValue = null | boolean | number | string | PropertyValue[] | { [key: string]: PropertyValue };
export type Properties = { [key: string]: PropertyValue };

export interface StoredResource {
  /** Type token, e.g. `gcp:storage/bucket:Bucket`. */
  readonly type: string;
  /** The provider's id, unique within the type. */
  readonly id: string;
  /** Who declared it; a second declaration of the same thing under another name is a conflict, as in the cloud. */
  readonly urn: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** Writes a file whole or not at all, readable by its owner only. */
export function writeFileAtomically(path: string, content: string | Buffer): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeSync(file, typeof content === "string" ? Buffer.from(content) : content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

export class ResourceStore {
  private readonly folder: string;
  private readonly resources = new Map<string, StoredResource>();

  constructor(paths: LocalPaths) {
    this.folder = paths.folder("cloud", "resources");
    for (const name of readdirSync(this.folder)) {
      if (!name.endsWith(".json")) continue;
      const resource = JSON.parse(readFileSync(join(this.folder, name), "utf8")) as StoredResource;
      this.resources.set(key(resource.type, resource.id), resource);
    }
  }

  get(type: string, id: string): StoredResource | undefined {
    return this.resources.get(key(type, id));
  }

  /** All resources of a type, in a stable order. */
  list(type: string): StoredResource[] {
    return [...this.resources.values()]
      .filter((resource) => resource.type === type)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  put(resource: StoredResource): void {
    writeFileAtomically(this.file(resource.type, resource.id), JSON.stringify(resource, null, 2));
    this.resources.set(key(resource.type, resource.id), resource);
  }

  remove(type: string, id: string): void {
    rmSync(this.file(type, id), { force: true });
    this.resources.delete(key(type, id));
  }

  private file(type: string, id: string): string {
    // Ids of members are longer than a file name may be: the file says itself what it holds.
    const digest = createHash("sha256").update(key(type, id)).digest("hex").slice(0, 32);
    return join(this.folder, `${type.split(":").at(-1) ?? "resource"}-${digest}.json`);
  }
}

function key(type: string, id: string): string {
  return `${type}\n${id}`;
}
