// What a stack has that nobody declared: a refresh that changes nothing, and the database's schema against the migrations.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { projectRoot } from "../../local/paths.ts";
import { runCommand } from "../command.ts";
import { pulumi } from "../pulumi-cli.ts";
import { environmentOf } from "../stack-outputs.ts";
import { driftText, resourceDrift } from "./drift-report.ts";

const status = z.object({
  problems: z.array(z.string()).default([]),
  drift: z
    .object({ objects: z.array(z.object({ kind: z.string(), name: z.string(), change: z.string() })) })
    .optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** One line an object that differs, one a problem; a database that does not answer is one too. */
async function schemaDrift(stack: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const command = [join(projectRoot, "commands", "migrate.mjs"), "status", "--json", "--stack", stack];
  const child = spawn(process.execPath, command, { cwd: projectRoot, env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  await once(child, "close");
  const { problems, drift, error } = status.parse(JSON.parse(text));
  const objects = drift?.objects ?? [];
  return [
    ...(error === undefined ? [] : [error.message]),
    ...problems,
    ...objects.map(({ kind, name, change }) => `${kind} \`${name}\` ${change}`),
  ];
}

await runCommand(
  {
    usage: "npm run workflow -- drift --output FILE [--stack NAME]",
    summary: "Writes what a stack has that nobody declared, as Markdown; an empty file when there is nothing.",
    options: { "--output FILE": "where to write it", "--stack NAME": "the stack (local)" },
  },
  { stack: { type: "string", default: "local" }, output: { type: "string", default: "drift.md" } },
  async ({ stack, output }) => {
    const environment = await environmentOf(stack);
    const events = await pulumi(
      // Events instead of the one digest at the end, which does not say which resources differ.
      { ...environment, env: { ...environment.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" } },
      ["refresh", "--preview-only", "--json", "--stack", stack],
    );
    const resources = resourceDrift(events);
    const schema = await schemaDrift(stack, process.env);
    writeFileSync(output, driftText(stack, resources, schema));
    const found = resources.length + schema.length;
    process.stdout.write(`drift of ${stack}: ${found === 0 ? "none" : `${found} findings, written to ${output}`}\n`);
    return 0;
  },
);
