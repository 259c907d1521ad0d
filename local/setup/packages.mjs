// First step of `npm start` and `npm test`: the packages of package-lock.json, the pinned Node among them.
// Plain JavaScript for any Node >= 18: it runs before anything is installed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const major = Number(process.versions.node.split(".")[0]);
const digest = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
// Inside node_modules, so that removing the folder removes the mark with it.
const mark = join(root, "node_modules", ".music-library-packages");

function installed() {
  return existsSync(mark) && readFileSync(mark, "utf8") === digest;
}

function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`npm ci: ended with ${code}`))));
  });
}

async function install() {
  if (installed()) return;
  process.stdout.write("set-up: packages: installing (about a minute the first time)\n");
  await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, digest);
}

if (major < 18) {
  process.stderr.write(
    `Node "${process.versions.node}": is too old to install the packages; expected 18 or newer. Install a newer Node.\n`,
  );
  process.exit(1);
}
try {
  if (!installed()) {
    await withLock(join(root, ".local", "locks", "packages"), install, (pid) =>
      process.stdout.write(`set-up: packages: waiting for the set-up that process ${pid} runs\n`),
    );
  }
} catch (error) {
  process.stderr.write(
    `set-up: packages: ${error.message}; expected all packages of package-lock.json. See npm's message above and run the command again.\n`,
  );
  process.exit(1);
}
