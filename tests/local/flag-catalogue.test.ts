// The table of flags beside what PostgreSQL 15 says of them. It does not prove which of them Cloud SQL lets be set.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readable } from "../../commands/docs/flag-guide.ts";
import { flagNotes } from "../../commands/docs/flag-notes.ts";
import { flagCatalogue, type FlagRule } from "../../components/flag-catalogue.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";

interface Setting {
  context: string;
  unit: string | null;
  kind: string;
  least: string | null;
  most: string | null;
  values: string[] | null;
  unset: string;
}

/** Compressions that this machine's PostgreSQL was built without. */
const notBuiltIn = ["lz4", "zstd"];

const kinds: Readonly<Record<FlagRule["kind"], readonly string[]>> = {
  measure: ["integer", "real"],
  integer: ["integer"],
  real: ["real"],
  switch: ["bool"],
  choice: ["enum"],
  list: ["string"],
};

describe("the table of flags", () => {
  let cluster: TestCluster;
  let settings: Map<string, Setting>;

  beforeAll(async () => {
    cluster = await startCluster();
    const client = await cluster.connect();
    const { rows } = await client.query<Setting & { name: string }>(
      `select name, context, unit, vartype as kind, min_val as least, max_val as most, enumvals as values, boot_val as unset
        from pg_settings`,
    );
    await client.end();
    settings = new Map(rows.map((row) => [row.name, row]));
  }, 60_000);

  afterAll(async () => {
    await cluster.remove();
  });

  // Those with a dot belong to extensions and to Cloud SQL.
  const native = Object.entries(flagCatalogue).filter(([name]) => !name.includes("."));

  it("has few that PostgreSQL does not know, each with its owner's name before a dot", () => {
    expect(native.length).toBeGreaterThanOrEqual(50);
    const owners = Object.keys(flagCatalogue).flatMap((name) => /^(\w+)\./.exec(name)?.[1] ?? []);
    expect([...new Set(owners)].sort()).toEqual(["cloudsql", "pg_stat_statements", "pgaudit"]);
  });

  it.each(native)("says of %s what PostgreSQL says: kind, unit, restart, bounds", (name, rule) => {
    const setting = settings.get(name);
    if (setting === undefined) throw new Error(`${name}: PostgreSQL does not know it`);
    expect({ name, restart: rule.restart }).toEqual({ name, restart: setting.context === "postmaster" });
    expect(kinds[rule.kind]).toContain(setting.kind);
    expect(setting.unit).toBe(rule.kind === "measure" ? rule.unit : null);
    switch (rule.kind) {
      case "measure": {
        const values = [rule.min, rule.max, ...(rule.special ?? [])];
        expect(Math.min(...values)).toBeGreaterThanOrEqual(Number(setting.least));
        expect(Math.max(...values)).toBeLessThanOrEqual(Number(setting.most));
        expect(rule.max).toBe(Number(setting.most));
        break;
      }
      case "integer":
        expect([rule.min, rule.max]).toEqual([Number(setting.least), Number(setting.most)]);
        break;
      case "real":
        // PostgreSQL shows six digits.
        expect([rule.min, Number(rule.max.toPrecision(6))]).toEqual([Number(setting.least), Number(setting.most)]);
        break;
      case "choice":
        expect(rule.values.filter((value) => ![...(setting.values ?? []), ...notBuiltIn].includes(value))).toEqual([]);
        break;
      case "switch":
      case "list":
        break;
      default:
        rule satisfies never;
    }
  });

  const asPostgres = Object.entries(flagNotes).flatMap(([name, { unset }]) =>
    "postgres" in unset ? [[name, unset.postgres] as const] : [],
  );

  it.each(asPostgres)("says in the guide what %s is where nobody sets it", (name, unset) => {
    const [rule, setting] = [flagCatalogue[name], settings.get(name)];
    if (rule === undefined || setting === undefined) throw new Error(`${name}: is not known`);
    expect(readable(rule, setting.unset)).toBe(unset);
  });
});
