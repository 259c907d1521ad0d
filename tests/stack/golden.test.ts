import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { goldenGraph, recordStack } from "../support/stack-recording.ts";

describe.each(["dev", "prod"])("stack %s", (stack) => {
  it("registers exactly the resources of its golden graph (`npm run golden:update` after a change on purpose)", async () => {
    const golden = readFileSync(join(import.meta.dirname, "golden", `${stack}.json`), "utf8");

    const graph = goldenGraph(await recordStack(stack));

    expect(JSON.parse(graph)).toEqual(JSON.parse(golden));
    expect(graph).toBe(golden);
  });
});
