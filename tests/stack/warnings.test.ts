// What the program warns of in preview, before anything is changed.
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { log } from "@pulumi/pulumi";
import { recordStack } from "../support/stack-recording.ts";

describe("the program", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const warningsOf = async (overrides: Record<string, unknown>): Promise<string[]> => {
    const warn = jest.spyOn(log, "warn").mockImplementation(() => Promise.resolve());
    await recordStack("prod", overrides);
    return warn.mock.calls.map(([message]) => message);
  };

  it("warns of the first deployment's flags with the arithmetic, and goes on", async () => {
    const [warning, ...others] = await warningsOf({ "music-library:flagProfile": "first-deployment" });
    expect(warning).toContain("3456 MB usable - 768 shared_buffers - 1024 maintenance_work_mem - 3 x 1024 autovacuum");
    expect(others).toEqual([]);
  });

  it("warns of nothing as the stacks are", async () => {
    expect(await warningsOf({})).toEqual([]);
  });
});
