// The objects of one bucket on disk. A version is two files, `<generation>.data` and `<generation>.json`; the second is
// written last and makes it count, so that a power cut leaves the old version or the new one.
import { createHash, randomUUID } from "node:crypto";
import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomically } from "../store.ts";
import type { Content } from "./content.ts";
import type { ObjectAttributes, ObjectRecord } from "./object-record.ts";

export interface ShelfSettings {
  readonly versioning: boolean;
  /** 0 is off: what is deleted is gone. */
  readonly softDeleteSeconds: number;
  readonly storageClass: string;
}

export class ObjectShelf {
  private readonly folder: string;
  private readonly settings: () => ShelfSettings;
  private readonly clock: () => number;
  /** Name -> versions, oldest first; the live one, if any, is the last. */
  private readonly byName = new Map<string, ObjectRecord[]>();
  private sortedNames: string[] | undefined;
  private softDeleted: ObjectRecord[] = [];
  private lastGeneration = 0;

  constructor(folder: string, settings: () => ShelfSettings, clock: () => number) {
    this.folder = folder;
    this.settings = settings;
    this.clock = clock;
    mkdirSync(join(folder, "objects"), { recursive: true, mode: 0o700 });
    rmSync(join(folder, "incoming"), { recursive: true, force: true });
    mkdirSync(join(folder, "incoming"), { mode: 0o700 });
    this.load();
  }

  /** A path for content that is still arriving; what a crash leaves there is removed at the next start. */
  incoming(): string {
    return join(this.folder, "incoming", randomUUID());
  }

  live(name: string): ObjectRecord | undefined {
    const newest = this.byName.get(name)?.at(-1);
    return newest?.timeDeleted === undefined ? newest : undefined;
  }

  version(name: string, generation: number): ObjectRecord | undefined {
    return this.byName.get(name)?.find((record) => record.generation === generation);
  }

  /** Versions of a name, oldest first. */
  versions(name: string): readonly ObjectRecord[] {
    return this.byName.get(name) ?? [];
  }

  /** All names with a version, in the order of their UTF-8 bytes. */
  names(): readonly string[] {
    this.sortedNames ??= [...this.byName.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return this.sortedNames;
  }

  /** Versions that the soft-delete policy still keeps. */
  softDeletedVersions(): readonly ObjectRecord[] {
    return this.softDeleted;
  }

  /** Where the bytes of a version are. */
  path(record: ObjectRecord): string {
    return this.file(record, "data");
  }

  /** Makes the content the live version of `name`. The file of the content is moved. */
  put(
    name: string,
    content: Omit<Content, "md5Hash"> & { md5Hash?: string },
    attributes: ObjectAttributes & { componentCount?: number },
  ): ObjectRecord {
    const { versioning, storageClass } = this.settings();
    const now = this.clock();
    this.lastGeneration = Math.max(Math.floor(now * 1000), this.lastGeneration + 1);
    const record: ObjectRecord = {
      ...attributes,
      name,
      generation: this.lastGeneration,
      metageneration: 1,
      size: content.size,
      crc32c: content.crc32c,
      ...(content.md5Hash === undefined ? {} : { md5Hash: content.md5Hash }),
      storageClass: attributes.storageClass ?? storageClass,
      timeCreated: now,
      updated: now,
      timeStorageClassUpdated: now,
    };
    mkdirSync(dirname(this.path(record)), { recursive: true, mode: 0o700 });
    renameSync(content.path, this.path(record));
    const replaced = this.live(name);
    this.write(record);
    const versions = this.byName.get(name);
    if (versions === undefined) {
      this.byName.set(name, [record]);
      this.sortedNames = undefined;
    } else versions.push(record);
    if (replaced !== undefined) {
      if (versioning) this.replace(replaced, { ...replaced, timeDeleted: now });
      else this.drop(replaced);
    }
    return record;
  }

  /** A second file with the bytes of a version, for a copy: a link where the disk can, they never change. */
  duplicate(record: ObjectRecord): string {
    const path = this.incoming();
    try {
      linkSync(this.path(record), path);
    } catch {
      copyFileSync(this.path(record), path, constants.COPYFILE_FICLONE);
    }
    return path;
  }

  /** Changes attributes of a version in place; its metageneration goes up. */
  change(record: ObjectRecord, attributes: ObjectAttributes): ObjectRecord {
    const { name, generation, size, crc32c, md5Hash, componentCount, timeCreated, timeDeleted } = record;
    const now = this.clock();
    const storageClass = attributes.storageClass ?? record.storageClass;
    return this.replace(record, {
      ...attributes,
      ...{ name, generation, size, crc32c, timeCreated, storageClass, updated: now },
      ...(md5Hash === undefined ? {} : { md5Hash }),
      ...(componentCount === undefined ? {} : { componentCount }),
      ...(timeDeleted === undefined ? {} : { timeDeleted }),
      metageneration: record.metageneration + 1,
      timeStorageClassUpdated: storageClass === record.storageClass ? record.timeStorageClassUpdated : now,
    });
  }

  /** Deletes the live version: noncurrent in a bucket with versioning, else dropped. */
  deleteLive(record: ObjectRecord): void {
    if (this.settings().versioning) this.replace(record, { ...record, timeDeleted: this.clock() });
    else this.drop(record);
  }

  /** Takes a version off the shelf: soft-deleted where the policy says so, else its bytes are gone. */
  drop(record: ObjectRecord): void {
    const { softDeleteSeconds } = this.settings();
    const versions = (this.byName.get(record.name) ?? []).filter((other) => other.generation !== record.generation);
    if (softDeleteSeconds > 0) {
      const now = this.clock();
      const kept = { ...record, softDeleteTime: now, hardDeleteTime: now + softDeleteSeconds * 1000 };
      this.write(kept);
      this.softDeleted.push(kept);
    } else this.erase(record);
    if (versions.length > 0) this.byName.set(record.name, versions);
    else if (this.byName.delete(record.name)) this.sortedNames = undefined;
  }

  /** Erases soft-deleted versions whose time is over; all of them with `everything`. */
  purge(everything = false): void {
    const now = this.clock();
    const due = this.softDeleted.filter((record) => everything || (record.hardDeleteTime ?? 0) <= now);
    this.softDeleted = this.softDeleted.filter((record) => !due.includes(record));
    for (const record of due) this.erase(record);
  }

  private replace(old: ObjectRecord, next: ObjectRecord): ObjectRecord {
    this.write(next);
    const versions = this.byName.get(old.name) ?? [];
    const at = versions.findIndex((record) => record.generation === old.generation);
    if (at >= 0) versions[at] = next;
    return next;
  }

  private write(record: ObjectRecord): void {
    writeFileAtomically(this.file(record, "json"), JSON.stringify(record));
  }

  private erase(record: ObjectRecord): void {
    rmSync(this.file(record, "json"), { force: true });
    rmSync(this.path(record), { force: true });
    const folder = dirname(this.path(record));
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  }

  /** Names never become paths: a folder is called by the name's SHA-256, so any name of UTF-8 fits and none escapes. */
  private file(record: ObjectRecord, extension: "data" | "json"): string {
    const hash = createHash("sha256").update(record.name).digest("hex");
    return join(this.folder, "objects", hash.slice(0, 2), hash, `${record.generation}.${extension}`);
  }

  private load(): void {
    const objects = join(this.folder, "objects");
    const files = readdirSync(objects, { recursive: true, encoding: "utf8" });
    const known = new Set<string>();
    for (const file of files.filter((name) => name.endsWith(".json"))) {
      const record = JSON.parse(readFileSync(join(objects, file), "utf8")) as ObjectRecord;
      known.add(file.replace(/\.json$/, ""));
      this.lastGeneration = Math.max(this.lastGeneration, record.generation);
      if (record.softDeleteTime !== undefined) this.softDeleted.push(record);
      else this.byName.set(record.name, [...(this.byName.get(record.name) ?? []), record]);
    }
    for (const file of files) {
      const complete = file.endsWith(".json") || known.has(file.replace(/\.data$/, ""));
      if (/\.(data|tmp)$/.test(file) && !complete) rmSync(join(objects, file), { force: true });
    }
    for (const versions of this.byName.values()) this.finishOverwrites(versions);
  }

  /** A crash between the two steps of an overwrite leaves two live versions; the newest is the one. */
  private finishOverwrites(versions: ObjectRecord[]): void {
    versions.sort((a, b) => a.generation - b.generation);
    for (const [at, record] of [...versions].entries()) {
      const next = versions[at + 1];
      if (record.timeDeleted !== undefined || at === versions.length - 1) continue;
      if (this.settings().versioning)
        this.replace(record, { ...record, timeDeleted: next?.timeCreated ?? record.updated });
      else this.drop(record);
    }
  }
}
