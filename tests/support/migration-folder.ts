// A throw-away folder of migrations, written and changed by tests.
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalPaths } from "../../local/paths.ts";

export class MigrationFolder {
  readonly path: string;

  constructor(files: Record<string, string | Uint8Array> = {}) {
    this.path = mkdtempSync(join(new LocalPaths().folder("tests"), "sql-"));
    for (const [file, text] of Object.entries(files)) this.write(file, text);
  }

  write(file: string, text: string | Uint8Array): void {
    writeFileSync(join(this.path, file), text);
  }

  delete(...files: string[]): void {
    for (const file of files) unlinkSync(join(this.path, file));
  }

  /** Writes both directions of a migration. */
  add(version: number, name: string, up: string, down = "select 1;"): this {
    const stem = `V${String(version).padStart(4, "0")}__${name}`;
    this.write(`${stem}.up.sql`, up);
    this.write(`${stem}.down.sql`, down);
    return this;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
