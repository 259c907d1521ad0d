// Where things of this machine stand. Everything is below the project's ignored `.local/`.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

/** The root of the checkout. */
export const projectRoot = resolve(import.meta.dirname, "..");

/** The folder of one local cloud; the tests give each its own, so that they never meet the developer's. */
export class LocalPaths {
  readonly root: string;

  constructor(root: string = process.env["MUSIC_LIBRARY_LOCAL_DIR"] ?? join(projectRoot, ".local")) {
    this.root = resolve(root);
  }

  /** An absolute path below the folder; the parent folders exist afterwards, closed to other users. */
  at(...parts: string[]): string {
    const path = join(this.root, ...parts);
    mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
    return path;
  }

  /** A folder below the folder, made when missing. */
  folder(...parts: string[]): string {
    const path = join(this.root, ...parts);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }
}
