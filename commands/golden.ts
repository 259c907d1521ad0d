// `npm run golden:update`: writes the resource graphs that tests/stack/golden.test.ts compares, and the comments that
// preview-report.test.ts compares, and docs/architecture.svg, which is drawn from them. Review the diff: the graphs are what the next `pulumi up` of each stack would see.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { architecturePicture } from "./docs/architecture.ts";
import { readGoldenGraph } from "./docs/golden-graph.ts";
import { commentOf, goldenFile, goldenSituations } from "../tests/support/preview-situations.ts";
import { goldenGraph, recordStack } from "../tests/support/stack-recording.ts";
import { runCommand } from "./command.ts";

async function update(): Promise<number> {
  const folder = join(import.meta.dirname, "..", "tests", "stack", "golden");
  mkdirSync(folder, { recursive: true });
  for (const stack of ["dev", "prod"]) {
    const recording = await recordStack(stack);
    const file = join(folder, `${stack}.json`);
    writeFileSync(file, goldenGraph(recording));
    console.log(`${file}: ${String(recording.resources.length)} resources`);
  }
  mkdirSync(join(folder, "preview"), { recursive: true });
  for (const name of goldenSituations) writeFileSync(join(folder, "preview", goldenFile(name)), commentOf(name));
  console.log(`${join(folder, "preview")}: ${goldenSituations.length} comments`);
  const picture = join(import.meta.dirname, "..", "docs", "architecture.svg");
  writeFileSync(picture, await architecturePicture(readGoldenGraph("prod")));
  console.log(picture);
  return 0;
}

await runCommand(
  {
    usage: "npm run golden:update",
    summary:
      "Writes what the tests hold as golden: the resource graphs, the comments on a change, and the picture of prod.",
    options: {},
  },
  {},
  update,
);
