// This machine: what set-up would need, looked for and never made.
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type LocalPaths, projectRoot } from "../../local/paths.ts";
import { postgresBinary } from "../../local/postgres/binaries.ts";
import { foundPgbouncer } from "../../local/setup/pgbouncer.ts";
import { postgresqlPluginInstalled } from "../../local/setup/postgresql-plugin.ts";
import { engineInstalled, pulumiVersion } from "../../local/setup/pulumi-engine.ts";
import { outputOf } from "../../local/setup/step.ts";
import type { Finding } from "./finding.ts";

/** A stack with demo audio and logs, twice over. */
const LEAST_FREE_GB = 2;

type Found = Omit<Finding, "area">;

export async function machineFindings(paths: LocalPaths, stack: string, root = projectRoot): Promise<Finding[]> {
  const found = [
    ...packages(root),
    ...(await engine()),
    ...(stack === "local" ? await localTools(paths) : await nodeOfPath()),
    ...room(paths),
  ];
  return found.map((finding) => ({ area: "machine", ...finding }));
}

function packages(root: string): Found[] {
  const mark = join(root, "node_modules", ".music-library-packages");
  const digest = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(mark) && readFileSync(mark, "utf8") === digest) return [];
  const what = "the installed packages are not those of package-lock.json";
  return [{ severity: "error", code: "packages-outdated", what, fix: "node local/setup/packages.mjs" }];
}

async function engine(): Promise<Found[]> {
  if (engineInstalled()) return [];
  const what = `the Pulumi engine ${pulumiVersion} is not installed`;
  const hasGo = (await outputOf("go", ["version"])) !== undefined;
  const fix = hasGo
    ? "npm start downloads it, or builds it with Go (about 6 minutes, once)"
    : `npm start downloads it; where downloads are closed install Go 1.26 or Pulumi ${pulumiVersion}`;
  return [{ severity: "error", code: "engine-missing", what, fix }];
}

async function localTools(paths: LocalPaths): Promise<Found[]> {
  const found: Found[] = [];
  const fix = "npm start makes it";
  if (!postgresqlPluginInstalled()) {
    found.push({ severity: "error", code: "plugin-missing", what: "the postgresql plugin is not installed", fix });
  }
  if ((await foundPgbouncer(paths)) === undefined) {
    const what = "there is no PgBouncer 1.24 or newer";
    const tools = ["apt-get", "gcc", "make", "dpkg-deb", "tar"];
    const versions = await Promise.all(tools.map(async (tool) => await outputOf(tool, ["--version"])));
    const missing = tools.filter((_, index) => versions[index] === undefined);
    const how = missing.length === 0 ? "npm start builds it" : `install it, or ${missing.join(", ")} to build it with`;
    found.push({ severity: "error", code: "pgbouncer-missing", what, fix: how });
  }
  const version = await postgresVersion();
  if (version?.includes(" 15.") !== true) {
    const what = `PostgreSQL 15 of the packages does not run here (${version?.trim() ?? "no answer"})`;
    found.push({
      severity: "error",
      code: "postgres-broken",
      what,
      fix: "rm -r node_modules && node local/setup/packages.mjs",
    });
  }
  if (process.getuid?.() === 0 && (await outputOf("setpriv", ["--version"])) === undefined) {
    const what = "you are root, PostgreSQL refuses to run as root, and setpriv is missing";
    found.push({ severity: "error", code: "setpriv-missing", what, fix: "install util-linux, or be another user" });
  }
  return found;
}

async function postgresVersion(): Promise<string | undefined> {
  try {
    return await outputOf(postgresBinary("postgres"), ["--version"]);
  } catch {
    return undefined;
  }
}

/** Plain `pulumi` takes the Node of PATH; the project's own commands bring theirs. */
async function nodeOfPath(): Promise<Found[]> {
  const own = join(projectRoot, "node_modules", ".bin");
  const path = (process.env["PATH"] ?? "")
    .split(":")
    .filter((folder) => folder !== own && !folder.endsWith("/node_modules/.bin"));
  const version = await outputOf("node", ["--version"], { ...process.env, PATH: path.join(":") });
  const [major = 0, minor = 0] = (version ?? "").replace("v", "").split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return [];
  const what = `node on PATH does not run TypeScript (${version?.trim() ?? "there is none"})`;
  const fix = "put Node 22.18 or newer first on PATH: plain pulumi commands take that one";
  return [{ severity: "error", code: "node-old", what, fix }];
}

function room({ root }: LocalPaths): Found[] {
  let folder = root;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    const what = `folder ${folder} cannot be written`;
    return [{ severity: "error", code: "folder-closed", what, fix: "give yourself the right, or move the checkout" }];
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / 1e9;
  if (free >= LEAST_FREE_GB) return [];
  const what = `${free.toFixed(1)} GB are free below ${folder}`;
  return [{ severity: "warning", code: "disk-full", what, fix: `make room for ${LEAST_FREE_GB} GB` }];
}
