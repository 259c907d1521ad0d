// A checkout like this one that a test may write into: its sources copied, its packages shared.
import { cpSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../local/paths.ts";

const left = new Set(["node_modules", ".local", ".git", "dist", "bench", "tests"]);

export function copyCheckout(folder: string): void {
  for (const name of readdirSync(projectRoot).filter((each) => !left.has(each))) {
    cpSync(join(projectRoot, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
}
