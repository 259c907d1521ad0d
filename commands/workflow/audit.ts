// Known vulnerabilities of what the project stands on: its packages, and the images as they would be built today.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { projectRoot } from "../../local/paths.ts";
import { runCommand } from "../command.ts";
import { build, images, scan, ToolError } from "./images.ts";

const packageReport = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      severity: z.string(),
      range: z.string(),
      via: z.array(z.union([z.string(), z.object({ title: z.string(), url: z.string() })])),
    }),
  ),
});

/** High and critical vulnerabilities of packages, one line each. */
export function packageFindings(report: string): string[] {
  const { vulnerabilities } = packageReport.parse(JSON.parse(report));
  return Object.entries(vulnerabilities)
    .filter(([, { severity }]) => severity === "high" || severity === "critical")
    .map(([name, { severity, range, via }]) => {
      const reasons = via.map((reason) =>
        typeof reason === "string" ? `through ${reason}` : `${reason.title} (${reason.url})`,
      );
      return `package ${name} ${range}: ${severity}: ${reasons.join(", ")}`;
    })
    .sort();
}

async function auditPackages(): Promise<string[]> {
  const child = spawn("npm", ["audit", "--json"], { cwd: projectRoot, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  // Ends with 1 when it found something; what it could not do, it says in an object without vulnerabilities.
  await once(child, "close");
  try {
    return packageFindings(text);
  } catch (cause) {
    throw new ToolError(`npm audit: gave no report (${text.slice(0, 200)}); expected one. Run it by hand.`, { cause });
  }
}

await runCommand(
  {
    usage: "npm run workflow -- audit --output FILE",
    summary: "Writes high and critical findings in packages and images as Markdown; an empty file when there are none.",
    options: { "--output FILE": "where to write them (audit.md)" },
  },
  { output: { type: "string", default: "audit.md" } },
  async ({ output }) => {
    const findings = await auditPackages();
    for (const image of images) {
      await build(image);
      findings.push(...(await scan(image)));
    }
    const text = [
      "Known vulnerabilities, high or critical, each with a fix to move to:",
      "",
      ...findings.map((line) => `- ${line}`),
    ];
    writeFileSync(output, findings.length === 0 ? "" : `${text.join("\n")}\n`);
    process.stdout.write(`${findings.length} high findings\n`);
    return 0;
  },
);
