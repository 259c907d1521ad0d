// `npm run cost`: what a stack costs a month, and how long the bucket's objects are billed. Asks no cloud.
import { runCommand } from "./command.ts";
import { parseUsage, usageOptions } from "./cost/options.ts";
import { costReport, printCostReport } from "./cost/report.ts";
import { stackConfiguration } from "./stack-configuration.ts";
import { defaultUsage } from "../cost/usage.ts";

const usageHelp: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(usageOptions).map(([name, { key, meaning }]): [string, string] => [
    `--${name} N`,
    `${meaning} (${defaultUsage[key]})`,
  ]),
);

await runCommand(
  {
    usage: "npm run cost -- [--stack NAME] [--tracks N] [--plays N] ... [--json]",
    summary:
      "Reckons what a stack costs a month from its configuration and a stated usage, and shows how long objects are billed.",
    options: {
      "--stack NAME": "the stack (prod)",
      ...usageHelp,
      "--json": "for machines: lines, sums, prices with their sources, timelines",
    },
  },
  {
    stack: { type: "string", default: "prod" },
    json: { type: "boolean", default: false },
    tracks: { type: "string" },
    "mb-per-track": { type: "string" },
    plays: { type: "string" },
    minutes: { type: "string" },
    kbps: { type: "string" },
    requests: { type: "string" },
    "hit-percent": { type: "string" },
    "library-days": { type: "string" },
    "service-hours": { type: "string" },
  },
  async ({ stack, json, ...usage }) => {
    const report = costReport(stackConfiguration(stack), parseUsage(usage), new Date().toISOString().slice(0, 10));
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    if (json) say(JSON.stringify(report, null, 2));
    else printCostReport(report, say);
    return 0;
  },
);
