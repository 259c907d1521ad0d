// A throw-away folder of migrations, written and changed by tests.
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalPaths } from "../../local/paths.ts";
import { MigrationFilesError, writeSum } from "../../migrator/index.ts";

export class MigrationFolder {
  readonly #path: string;
  #known = false;

  constructor(files: Record<string, string | Uint8Array> = {}) {
    this.#path = mkdtempSync(join(new LocalPaths().folder("tests"), "sql-"));
    for (const [file, text] of Object.entries(files)) this.write(file, text);
  }

  /** From its first use on, `migrations.sum` follows every change. */
  get path(): string {
    if (!this.#known) this.#sum();
    this.#known = true;
    return this.#path;
  }

  write(file: string, text: string | Uint8Array): void {
    writeFileSync(join(this.#path, file), text);
    if (this.#known) this.#sum();
  }

  delete(...files: string[]): void {
    for (const file of files) unlinkSync(join(this.#path, file));
    if (this.#known) this.#sum();
  }

  /** Writes both directions of a migration. */
  add(version: number, name: string, up: string, down = "select 1;"): this {
    const stem = `V${String(version).padStart(4, "0")}__${name}`;
    this.write(`${stem}.up.sql`, up);
    this.write(`${stem}.down.sql`, down);
    return this;
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }

  /** A folder that tests broke has none: what is wrong with it is the test's subject. */
  #sum(): void {
    try {
      writeSum({ folder: this.#path });
    } catch (error) {
      if (!(error instanceof MigrationFilesError)) throw error;
    }
  }
}
