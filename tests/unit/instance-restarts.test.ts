import { describe, expect, it } from "@jest/globals";
import { restartWarning } from "../../components/instance-restarts.ts";

const name = "instance-server";
const flags = (values: Record<string, string>) =>
  Object.entries(values).map(([flag, value]) => ({ name: flag, value }));

type Inputs = Record<string, unknown>;

function warning(before: Inputs, after: Inputs): string | undefined {
  return restartWarning({ name, oldInputs: before, newInputs: after });
}

describe("the notice of a restart", () => {
  it("names every setting and flag that restarts the server, each once", () => {
    const before = {
      databaseVersion: "POSTGRES_15",
      settings: { tier: "db-custom-1-3840", databaseFlags: flags({ max_connections: "100", work_mem: "4096" }) },
    };
    const after = {
      databaseVersion: "POSTGRES_15",
      settings: { tier: "db-custom-2-7680", databaseFlags: flags({ max_connections: "200", work_mem: "8192" }) },
    };
    expect(warning(before, after)).toBe(
      "instance-server: this change restarts the database server (settings.tier, flag max_connections); every connection ends, and the pooler connects again within a minute or so. Choose an hour with few listeners.",
    );
  });

  it("says so of a flag that the catalogue does not know, and of one that is taken away", () => {
    const before = { settings: { databaseFlags: flags({ shared_buffers: "65536" }) } };
    const after = { settings: { databaseFlags: flags({ some_new_flag: "on" }) } };
    expect(warning(before, after)).toContain("(flag shared_buffers, flag some_new_flag)");
  });

  it.each<[what: string, before: Inputs, after: Inputs]>([
    [
      "the order of flags",
      { settings: { databaseFlags: flags({ a: "1", b: "2" }) } },
      { settings: { databaseFlags: flags({ b: "2", a: "1" }) } },
    ],
    [
      "a flag that is read again",
      { settings: { databaseFlags: flags({ work_mem: "4096" }) } },
      { settings: { databaseFlags: flags({ work_mem: "8192" }) } },
    ],
    [
      "labels and locks",
      { deletionProtection: true, settings: { userLabels: { a: "b" } } },
      { deletionProtection: false, settings: {} },
    ],
    ["what is the same", { settings: { tier: "db-custom-1-3840" } }, { settings: { tier: "db-custom-1-3840" } }],
  ])("keeps silent about %s", (_what, before, after) => {
    expect(warning(before, after)).toBeUndefined();
  });
});
