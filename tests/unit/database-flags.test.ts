import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { databaseFlags, DatabaseFlagsError, flagProblems, type FlagValue } from "../../components/database-flags.ts";
import { flagCatalogue } from "../../components/flag-catalogue.ts";
import { countUnits, withUnit } from "../../components/flag-units.ts";
import { instanceTier } from "../../components/instance-tier.ts";

const tier = instanceTier("db-custom-1-3840");

function asMap(flags: { name: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(flags.map(({ name, value }) => [name, value]));
}

function computed(overrides: Record<string, FlagValue> = {}, name = tier.name): Record<string, string> {
  return asMap(databaseFlags({ profile: "computed", overrides, tier: instanceTier(name), sessions: 85 }));
}

describe("the profile first-deployment", () => {
  it("is exactly what ran before, in raw units and by name", () => {
    expect(databaseFlags({ profile: "first-deployment", overrides: {}, tier, sessions: 85 })).toEqual([
      { name: "effective_cache_size", value: "100000" },
      { name: "log_connections", value: "on" },
      { name: "log_disconnections", value: "on" },
      { name: "log_min_duration_statement", value: "1000" },
      { name: "log_statement", value: "all" },
      { name: "maintenance_work_mem", value: "1048576" },
      { name: "max_connections", value: "100" },
      { name: "random_page_cost", value: "1.1" },
      { name: "shared_buffers", value: "98304" },
      { name: "work_mem", value: "65536" },
    ]);
  });
});

describe("the profile computed", () => {
  it("fits the smallest dedicated tier", () => {
    expect(computed()).toEqual({
      autovacuum_max_workers: "3",
      autovacuum_work_mem: String(64 * 1024),
      effective_cache_size: "344064",
      effective_io_concurrency: "200",
      jit: "off",
      log_connections: "on",
      log_disconnections: "on",
      log_min_duration_statement: "1000",
      log_statement: "ddl",
      maintenance_work_mem: "245760",
      max_connections: "100",
      max_parallel_workers_per_gather: "0",
      max_wal_size: "4096",
      random_page_cost: "1.1",
      shared_buffers: "122880",
      work_mem: String(8 * 1024),
    });
  });

  it.each([
    [
      "db-custom-2-7680",
      { shared_buffers: "245760", effective_cache_size: "688128", maintenance_work_mem: "491520", work_mem: "20736" },
    ],
    [
      "db-custom-4-15360",
      {
        shared_buffers: "491520",
        effective_cache_size: "1376256",
        max_parallel_workers: "4",
        max_parallel_workers_per_gather: "2",
      },
    ],
    [
      "db-custom-16-61440",
      {
        maintenance_work_mem: "2097152",
        autovacuum_work_mem: "1048576",
        max_parallel_workers: "8",
        work_mem: "131072",
      },
    ],
    ["db-g1-small", { autovacuum_work_mem: "29696", work_mem: "4096" }],
  ])("grows with the tier: %s", (name, expected) => {
    expect(computed({}, name)).toMatchObject(expected);
  });

  it("gives the sessions less when another flag takes more", () => {
    expect(computed({ shared_buffers: "1920MB" })).toMatchObject({ shared_buffers: "245760", work_mem: "4096" });
  });

  it("takes an overridden work_mem as it is", () => {
    expect(computed({ work_mem: "16MB" })["work_mem"]).toBe("16384");
  });

  it("carries flags that no profile has", () => {
    expect(computed({ "cloudsql.enable_pgaudit": true, "pgaudit.log": "ddl,role", lock_timeout: "5s" })).toMatchObject({
      "cloudsql.enable_pgaudit": "on",
      "pgaudit.log": "ddl,role",
      lock_timeout: "5000",
    });
  });
});

describe("overrides", () => {
  it.each<[name: string, value: FlagValue, raw: string]>([
    ["work_mem", "64MB", "65536"],
    ["work_mem", "65536kB", "65536"],
    ["work_mem", "0.5GB", "524288"],
    ["shared_buffers", "768MB", "98304"],
    ["shared_buffers", "98304kB", "12288"],
    ["max_wal_size", "2GB", "2048"],
    ["autovacuum_work_mem", -1, "-1"],
    ["log_min_duration_statement", "250ms", "250"],
    ["log_min_duration_statement", -1, "-1"],
    ["log_min_duration_statement", "0", "0"],
    ["checkpoint_timeout", "15min", "900"],
    ["jit", "off", "off"],
    ["jit", true, "on"],
    ["random_page_cost", "1.5", "1.5"],
    ["max_connections", 200, "200"],
    ["wal_compression", "lz4", "lz4"],
    ["pgaudit.log", "all, -misc", "all, -misc"],
  ])("render %s %j as %s", (name, value, raw) => {
    expect(flagProblems({ [name]: value })).toEqual([]);
    const flags = databaseFlags({ profile: "first-deployment", overrides: { [name]: value }, tier, sessions: 10 });
    expect(asMap(flags)[name]).toBe(raw);
  });

  it.each<[name: string, value: FlagValue, problem: string]>([
    [
      "work_mem",
      65536,
      'has no unit (65536); expected 64kB to 2147483647kB in B, kB, MB, GB or TB. PostgreSQL would read it as 64MB: write "64MB" if that is meant.',
    ],
    [
      "work_mem",
      "65536",
      'has no unit (65536); expected 64kB to 2147483647kB in B, kB, MB, GB or TB. PostgreSQL would read it as 64MB: write "64MB" if that is meant.',
    ],
    [
      "shared_buffers",
      98304,
      'has no unit (98304); expected 128kB to 8589934584kB in B, kB, MB, GB or TB. PostgreSQL would read it as 768MB: write "768MB" if that is meant.',
    ],
    [
      "work_mem",
      "64mb",
      "has a wrong unit or is no whole number of it (64mb); expected 64kB to 2147483647kB in B, kB, MB, GB or TB. Write it as 64MB.",
    ],
    [
      "work_mem",
      "64s",
      "has a wrong unit or is no whole number of it (64s); expected 64kB to 2147483647kB in B, kB, MB, GB or TB. Write it as 64MB.",
    ],
    [
      "work_mem",
      "63kB",
      "is too small (63kB); expected 64kB to 2147483647kB in B, kB, MB, GB or TB. Choose a value in that range.",
    ],
    [
      "work_mem",
      "4TB",
      "is too large (4TB); expected 64kB to 2147483647kB in B, kB, MB, GB or TB. Choose a value in that range.",
    ],
    [
      "work_mem",
      true,
      "has a wrong unit or is no whole number of it (true); expected 64kB to 2147483647kB in B, kB, MB, GB or TB. Write it as 64MB.",
    ],
    [
      "shared_buffers",
      "129kB",
      "has a wrong unit or is no whole number of it (129kB); expected 128kB to 8589934584kB in B, kB, MB, GB or TB. Write it as 64MB.",
    ],
    [
      "log_min_duration_statement",
      1000,
      'has no unit (1000); expected 0ms to 2147483647ms in us, ms, s, min, h or d, or -1 or 0. PostgreSQL would read it as 1s: write "1s" if that is meant.',
    ],
    [
      "lock_timeout",
      "5MB",
      "has a wrong unit or is no whole number of it (5MB); expected 0ms to 2147483647ms in us, ms, s, min, h or d, or 0. Write it as 500ms or 10s.",
    ],
    [
      "max_connections",
      "100MB",
      "is not a whole number (100MB); expected a whole number from 1 to 262143. Write it without a unit.",
    ],
    ["max_connections", 0, "is too small (0); expected a whole number from 1 to 262143. Choose a value in that range."],
    [
      "max_connections",
      1.5,
      "is not a whole number (1.5); expected a whole number from 1 to 262143. Write it without a unit.",
    ],
    ["random_page_cost", -1, "is too small (-1); expected a number from 0 upwards. Choose a value in that range."],
    [
      "checkpoint_completion_target",
      2,
      "is too large (2); expected a number from 0 to 1. Choose a value in that range.",
    ],
    ["jit", "yes", "is no switch (yes); expected true or false. Write true or false."],
    ["log_statement", "some", "is none of its values (some); expected none, ddl, mod, all. Choose one of them."],
    [
      "pgaudit.log",
      "ddl;role",
      "names an unknown class (ddl;role); expected a list of none, read, write, function, role, ddl, misc, misc_set, all. Separate them by commas.",
    ],
    [
      "max_conections",
      100,
      "is no flag that this program knows (max_conections); expected one of the 56 in components/flag-catalogue.ts. Did you mean max_connections?",
    ],
    [
      "listen_addresses",
      "*",
      "is no flag that this program knows (listen_addresses); expected one of the 56 in components/flag-catalogue.ts. Add its rule to components/flag-catalogue.ts.",
    ],
  ])("refuse %s %j", (name, value, problem) => {
    expect(flagProblems({ [name]: value })).toEqual([`databaseFlags "${name}": ${problem}`]);
  });

  it("are refused all at once", () => {
    const overrides = { work_mem: "1", max_conections: 5 };
    const make = () => databaseFlags({ profile: "computed", overrides, tier, sessions: 10 });
    expect(make).toThrow(DatabaseFlagsError);
    expect(make).toThrow(flagProblems(overrides).join("\n"));
    expect(flagProblems(overrides)).toHaveLength(2);
  });
});

describe("the catalogue", () => {
  it("lists its flags by name", () => {
    const names = Object.keys(flagCatalogue);
    expect(names).toEqual([...names].sort());
  });
});

describe("units", () => {
  it.each([
    [98_304, "8kB", "768MB"],
    [100_000, "8kB", "800000kB"],
    [131_072, "8kB", "1GB"],
    [1, "8kB", "8kB"],
    [1000, "ms", "1s"],
    [90, "s", "90s"],
    [1500, "ms", "1500ms"],
    [0, "ms", "0ms"],
  ] as const)("write %d of %s as %s and read it back", (count, unit, text) => {
    expect(withUnit(count, unit)).toBe(text);
    expect(countUnits(text, unit)).toBe(count);
  });

  it.each(["64", "MB", "64 MiB", "-1MB", "1e3kB", "", "64MB x"])("cannot be read from %j", (text) => {
    expect(countUnits(text, "kB")).toBeUndefined();
  });
});

describe("README.md", () => {
  it("says how many flags are known", () => {
    const readme = readFileSync(join(import.meta.dirname, "..", "..", "README.md"), "utf8");
    expect(readme).toContain(`knows ${Object.keys(flagCatalogue).length} flags`);
  });
});
