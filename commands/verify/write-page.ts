import { writeFileSync } from "node:fs";
import { LocalPaths } from "../../local/paths.ts";
import { reportPage } from "./page/page.ts";
import type { Report } from "./report.ts";

/** Writes the page of the stack's last verification below .local/ and returns its path. */
export function writePage(report: Report, paths: LocalPaths = new LocalPaths()): string {
  const path = paths.at("reports", `verify-${report.stack}.html`);
  writeFileSync(path, reportPage(report, new Date()));
  return path;
}
