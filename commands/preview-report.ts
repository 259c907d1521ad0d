// `npm run preview-report`: what a reviewer must know of a change before it runs.
import { readFileSync } from "node:fs";
import { markdown } from "../report/markdown.ts";
import { readPreview } from "../report/preview.ts";
import { previewReport } from "../report/report.ts";
import { runCommand } from "./command.ts";
import { costChange } from "./preview-report/costs.ts";
import { engineEvents } from "./preview-report/engine-events.ts";
import { progress } from "./progress.ts";

await runCommand(
  {
    usage: "npm run preview-report -- [--stack NAME] [--preview FILE | --graph FILE] [--base REF] [--json]",
    summary:
      "Reports a change for its reviewers: what is replaced, what restarts, which SQL runs, what it costs, and what must be decided. Exit code 1 when the preview fails or must not be merged as it is.",
    options: {
      "--stack NAME": "the stack (prod)",
      "--preview FILE": "the engine's events of a preview, instead of one with the local cloud answering",
      "--graph FILE": "what runs, as `npm run graph` has printed it; without it everything is new",
      "--base REF": "commit or branch with the configuration that ran before, for the difference in cost",
      "--json": "for machines",
    },
  },
  {
    stack: { type: "string", default: "prod" },
    preview: { type: "string" },
    graph: { type: "string" },
    base: { type: "string" },
    json: { type: "boolean", default: false },
  },
  async ({ stack, preview: file, graph, base, json }) => {
    if (file === undefined) progress(`preview-report: previewing ${stack} with the local cloud answering`);
    const events = file === undefined ? await engineEvents(stack, graph) : readFileSync(file, "utf8");
    const preview = readPreview(events);
    const report = previewReport({ preview, costs: costChange(preview, base) });
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : markdown(report));
    return report.decisions.some(({ weight }) => weight === "stop") ? 1 : 0;
  },
);
