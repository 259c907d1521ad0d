// What a test of the engine begins with: one server for its file; for each test a database and a folder of its own.
import { afterAll, afterEach, beforeAll, beforeEach, jest } from "@jest/globals";
import { loadMigrations, type MigrationSet, type MigratorOptions, up, type UpResult } from "../../migrator/index.ts";
import { freshDatabase, optionsFor, query } from "./migration-database.ts";
import { MigrationFolder } from "./migration-folder.ts";
import { startCluster, type TestCluster } from "./postgres.ts";

export class MigrationTest {
  cluster!: TestCluster;
  database = "";
  folder!: MigrationFolder;

  /** Registers the hooks; `fill` writes what each test's folder begins with. */
  constructor(fill: (folder: MigrationFolder) => unknown = () => undefined) {
    // A busy machine starts a server and a process slowly.
    jest.setTimeout(60_000);
    beforeAll(async () => {
      this.cluster = await startCluster();
    });
    afterAll(() => this.cluster.remove());
    beforeEach(async () => {
      await this.freshDatabase();
      fill((this.folder = new MigrationFolder()));
    });
    afterEach(() => {
      this.folder.remove();
    });
  }

  /** Another empty database in place of the one before. */
  readonly freshDatabase = async (): Promise<void> => {
    this.database = await freshDatabase(this.cluster);
  };

  readonly options = (): MigratorOptions => optionsFor(this.cluster, this.database);

  readonly load = (): Promise<MigrationSet> => loadMigrations({ folder: this.folder.path });

  readonly run = async (): Promise<UpResult> => up(this.options(), await this.load());

  /** Rows of one query, as the superuser. */
  readonly rows = (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
    query(this.cluster, this.database, sql, values);
}
