// Writes what the configuration schema says into Pulumi.yaml's `config` section and into the README's table, and into the
// tables below it the growth path, the identities, the alerts and the metrics.
// `--check` writes nothing and fails when one of them is out of date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { stringify } from "yaml";
import type { ConfigKey } from "../config/key.ts";
import { configKeys } from "../config/schema.ts";
import { withAlertTable } from "./alert-docs.ts";
import { runCommand } from "./command.ts";
import { withIdentityTables } from "./identity-docs.ts";
import { withMetricTable } from "./metric-docs.ts";
import { withGrowthPath } from "./cost/growth-path.ts";

const tableMarks = { begin: "<!-- config:begin -->", end: "<!-- config:end -->" };

const sectionComment = [
  "# From here on generated from config/schema.ts by `node commands/config-docs.ts`.",
  "# Without types on purpose: the engine would stop at the first wrong value, config.ts reports all of them.",
  "config:",
].join("\n");

/** A file of the project with its generated part renewed. */
interface Generated {
  file: string;
  renew: (text: string) => Promise<string>;
}

export const generatedFiles: readonly Generated[] = [
  { file: "Pulumi.yaml", renew: withConfigSection },
  { file: "README.md", renew: withConfigTable },
  { file: "README.md", renew: withGrowthPath },
  { file: "README.md", renew: withIdentityTables },
  { file: "README.md", renew: withAlertTable },
  { file: "README.md", renew: withMetricTable },
];

/** Pulumi.yaml with every key, its default and its description. */
export async function withConfigSection(text: string): Promise<string> {
  const [kept = ""] = text.split(/^(?:# From here on generated.*\n(?:#.*\n)*)?config:$/m);
  const entries = keys().map(([name, key]) => {
    const entry = { description: `${key.description} Accepts ${key.accepted}.`, default: key.default };
    return stringify(
      { [name]: entry },
      { lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" },
    ).replace(/^(?=.)/gm, "  ");
  });
  const section = `${kept.trimEnd()}\n\n${sectionComment}\n${entries.join("")}`;
  return format(section, { ...(await resolveConfig(import.meta.filename)), parser: "yaml" });
}

/** README with one row a key between its marks. Throws when it has none. */
export async function withConfigTable(text: string): Promise<string> {
  const [begin, end] = [text.indexOf(tableMarks.begin), text.indexOf(tableMarks.end)];
  if (begin < 0 || end < begin) {
    throw new Error(
      `README.md: has no place for the table; expected a line ${tableMarks.begin} and a line ${tableMarks.end}. Add them.`,
    );
  }
  const rows = keys().map(([name, key]) =>
    [`\`${name}\``, `\`${JSON.stringify(key.default)}\``, key.accepted, key.description].map(cell).join(" | "),
  );
  const table = ["Key | Default | Accepts | Meaning", "--- | --- | --- | ---", ...rows].map((row) => `| ${row} |`);
  return `${text.slice(0, begin + tableMarks.begin.length)}\n\n${table.join("\n")}\n\n${text.slice(end)}`;
}

function keys(): [string, ConfigKey<unknown>][] {
  return Object.entries<ConfigKey<unknown>>(configKeys);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

async function main(check: boolean): Promise<number> {
  const root = join(import.meta.dirname, "..");
  let stale = 0;
  for (const { file, renew } of generatedFiles) {
    const path = join(root, file);
    if (!existsSync(path)) {
      stale += 1;
      console.error(`${file}: is not there; expected one to write into. Restore it from the history.`);
      continue;
    }
    const text = readFileSync(path, "utf8");
    const renewed = await renew(text);
    if (renewed === text) continue;
    if (check) {
      stale += 1;
      console.error(
        `${file}: is not what it is generated from; expected no difference. Run node commands/config-docs.ts.`,
      );
    } else {
      writeFileSync(path, renewed);
      console.log(`${file}: renewed`);
    }
  }
  return stale === 0 ? 0 : 1;
}

if (import.meta.main) {
  await runCommand(
    {
      usage: "npm run config:docs -- [--check]",
      summary:
        "Writes the configuration's schema into Pulumi.yaml, and configuration, growth path, identities and alerts into the README.",
      options: { "--check": "writes nothing; ends with 1 when one of them is out of date" },
    },
    { check: { type: "boolean", default: false } },
    async ({ check }) => await main(check),
  );
}
