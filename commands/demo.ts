// `npm run demo`: real audio through a deployed stack, compared byte by byte.
import { runCommand } from "./command.ts";
import { type DemoReport, runDemo } from "./demo/run-demo.ts";
import { ServiceClient } from "./demo/service-client.ts";
import { operatorHeaders } from "./identity-token.ts";
import { type Deployment, enterStack, readDeployment } from "./stack-outputs.ts";

/** The last part of `npm start`: takes the demo's files into a library that has no track yet. */
export async function fillEmptyLibrary(deployment: Deployment, say: (line: string) => void): Promise<void> {
  const service = await withHeaders(deployment);
  if (!(await new ServiceClient(service.serviceUri, service.headers).isEmpty())) return;
  say("demo: the library is empty; taking two dozen audio files into it");
  const report = await runDemo(service);
  say(report.passed ? summary(report) : table(report));
  if (!report.passed) throw new DemoFailedError(report);
}

/** Something came out of the stack otherwise than it went in. */
export class DemoFailedError extends Error {
  override readonly name = "DemoFailedError";

  constructor({ rows }: DemoReport) {
    const failed = rows.filter(({ problems }) => problems.length > 0).length;
    super(`demo: ${String(failed)} of ${String(rows.length)} files differ; expected none. Look at "npm run logs".`);
  }
}

async function withHeaders(deployment: Deployment): Promise<Deployment & { headers: Record<string, string> }> {
  return { ...deployment, headers: await operatorHeaders(deployment.contract, deployment.serviceUri) };
}

function table(report: DemoReport): string {
  const lines = report.rows.map(({ fileName, artist, format, sizeBytes, state, problems }) =>
    [
      problems.length === 0 ? "ok  " : "FAIL",
      state.padEnd(6),
      format.padEnd(4),
      `${(sizeBytes / 1024).toFixed(0)} KiB`.padStart(8),
      `${artist}: ${fileName}`,
      ...problems.map((problem) => `\n       ${problem}`),
    ].join("  "),
  );
  return `${lines.join("\n")}\n${summary(report)}`;
}

function summary({ rows, bucket }: DemoReport): string {
  const added = rows.filter(({ state }) => state === "added").length;
  const equal = rows.filter(({ problems }) => problems.length === 0).length;
  return `${String(rows.length)} tracks in ${bucket}, ${String(added)} added now, ${String(equal)} compared equal`;
}

async function demo(stack: string): Promise<number> {
  await enterStack(stack);
  const onProgress = (line: string) => process.stderr.write(`demo: ${line}\n`);
  const report = await runDemo({ ...(await withHeaders(await readDeployment(stack))), onProgress });
  process.stdout.write(`${table(report)}\n`);
  return report.passed ? 0 : 1;
}

if (import.meta.main) {
  await runCommand(
    {
      usage: "npm run demo -- [--stack NAME]",
      summary:
        "Takes 24 generated audio files (MP3, FLAC, OGG, WAV) through the stack's service: signed upload, promotion, search " +
        "and streaming, compared byte by byte. A second run adds none.",
      options: { "--stack NAME": "the stack (local)" },
    },
    { stack: { type: "string", default: "local" } },
    ({ stack }) => demo(stack),
  );
}
