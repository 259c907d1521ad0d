// What the Pulumi program itself costs in a preview: processor time, wall time and memory, beside an empty program run by the
// same engine in the same run.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pulumi } from "../commands/pulumi-cli.ts";
import { withThrowAwayWorkspace } from "../commands/stack-environment.ts";
import { ensureCloud } from "../local/control.ts";
import { LocalPaths, projectRoot } from "../local/paths.ts";

const turns = 5;
const promised = { seconds: 1, megabytes: 200 };
const promisedOfTypes = { seconds: 6, megabytes: 700 };

interface Measure {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly megabytes: number;
}

/** Prints a table; asserts nothing, for machines differ. */
export async function benchProgram(say: (line: string) => void): Promise<void> {
  const paths = new LocalPaths();
  const { addresses } = await ensureCloud(paths);
  const ours: Measure[] = [];
  const empty: Measure[] = [];
  await withThrowAwayWorkspace(paths, addresses, async (environment) => {
    const report = join(environment.cwd, "report.jsonl");
    const hook = `--import ${join(import.meta.dirname, "measured-program.mjs")}`;
    const options = `${environment.env["NODE_OPTIONS"] ?? ""} ${hook}`;
    const measured = { ...environment, env: { ...environment.env, NODE_OPTIONS: options, PROGRAM_REPORT: report } };
    await pulumi(environment, ["stack", "init", "prod"]);
    const project = readFileSync(join(environment.cwd, "Pulumi.yaml"), "utf8");
    writeFileSync(join(environment.cwd, "empty.mjs"), 'import "@pulumi/pulumi";\n');
    for (let turn = 0; turn < turns; turn += 1) {
      for (const [measures, text] of [
        [ours, project],
        [empty, project.replace(/^main: .*$/m, "main: empty.mjs")],
      ] as const) {
        writeFileSync(join(environment.cwd, "Pulumi.yaml"), text);
        rmSync(report, { force: true });
        await pulumi(measured, ["preview", "--stack", "prod"]);
        measures.push(JSON.parse(readFileSync(report, "utf8")) as Measure);
      }
    }
  });
  say("program in a preview of prod      processor   wall     memory");
  for (const [name, measures] of [
    ["this program", ours],
    ["an empty program", empty],
  ] as const) {
    say(
      `${name.padEnd(30)} ${seconds(median(measures, "cpuMs"))} ${seconds(median(measures, "wallMs"))} ${median(measures, "megabytes").toFixed(0).padStart(7)} MB`,
    );
  }
  const own = (median(ours, "cpuMs") - median(empty, "cpuMs")) / 1000;
  const memory = median(ours, "megabytes");
  say(
    `own time, beyond the empty program, ${own.toFixed(2)} s (promised ${promised.seconds} s), memory ${memory.toFixed(0)} MB (promised ${promised.megabytes} MB), ratio to empty ${(median(ours, "cpuMs") / median(empty, "cpuMs")).toFixed(2)}`,
  );
  say(typeCheck());
}

/** The whole tree from nothing, as `npm run types` does it, by the compiler's own account. */
function typeCheck(): string {
  const args = ["run", "--silent", "types", "--", "--extendedDiagnostics"];
  const report = execFileSync("npm", args, { cwd: projectRoot, encoding: "utf8" });
  const figure = (name: string): number => Number(new RegExp(`${name}:\\s+([\\d.]+)`).exec(report)?.[1]);
  const { seconds: mostSeconds, megabytes: mostMegabytes } = promisedOfTypes;
  return (
    `type check of the whole tree (${figure("Files")} files): ${figure("Total time").toFixed(1)} s (promised ${mostSeconds} s), ` +
    `memory ${(figure("Memory used") / 1024).toFixed(0)} MB (promised ${mostMegabytes} MB)`
  );
}

function median(measures: readonly Measure[], key: keyof Measure): number {
  return measures.map((measure) => measure[key]).sort((a, b) => a - b)[Math.floor(measures.length / 2)] ?? Number.NaN;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`.padStart(9);
}
