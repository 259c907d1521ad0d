// Loaded into every Node process of a preview (--import): the one that runs the program reports its time and memory at its end.
import { appendFileSync } from "node:fs";

const report = process.env["PROGRAM_REPORT"];
if (report !== undefined && (process.argv[1] ?? "").includes("program-runner")) {
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    const { maxRSS } = process.resourceUsage();
    appendFileSync(
      report,
      `${JSON.stringify({ cpuMs: (user + system) / 1000, wallMs: performance.now(), megabytes: maxRSS / 1024 })}\n`,
    );
  });
}
