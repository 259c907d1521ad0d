// `npm run golden:update`: writes the resource graphs that tests/stack/golden.test.ts compares. Review the diff: it is what
// the next `pulumi up` of each stack would see.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { goldenGraph, recordStack } from "../tests/support/stack-recording.ts";

const folder = join(import.meta.dirname, "..", "tests", "stack", "golden");
mkdirSync(folder, { recursive: true });
for (const stack of ["dev", "prod"]) {
  const recording = await recordStack(stack);
  const file = join(folder, `${stack}.json`);
  writeFileSync(file, goldenGraph(recording));
  console.log(`${file}: ${String(recording.resources.length)} resources`);
}
