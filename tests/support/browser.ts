// Headless Chromium of the system, where there is one: distributions have it as a package, and a download is not tried.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Path of the system's Chromium; undefined where there is none. CHROMIUM names another. */
export function chromiumPath(): string | undefined {
  const named = process.env["CHROMIUM"];
  const candidates = (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...(named === undefined ? [] : [named]), ...candidates].find((path) => existsSync(path));
}

export function openBrowser(executablePath: string): Promise<Browser> {
  // Without its sandbox, which root cannot have; the pages are this project's own.
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"],
  });
}
