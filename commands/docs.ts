// `npm run docs`: writes the documents that are generated, or with --check says which of them are not what they would be.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../local/paths.ts";
import { runCommand } from "./command.ts";
import { generatedDocuments } from "./docs/generated.ts";

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await runCommand(
  {
    usage: "npm run docs -- [--check]",
    summary:
      "Writes docs/architecture.svg from the golden graph of prod, docs/schema.svg from a database that the migrations have made, " +
      "docs/database-flags.md from the flags themselves and docs/api/ from doc comments.",
    options: { "--check": "writes nothing; ends with 1 when one of them is out of date" },
  },
  { check: { type: "boolean", default: false } },
  async ({ check }) => {
    let stale = 0;
    for (const { about, make } of generatedDocuments) {
      say(`docs: ${about}`);
      for (const [file, text] of await make()) {
        const path = join(projectRoot, file);
        if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
        stale += 1;
        if (check) {
          process.stderr.write(
            `${file}: is not what it is generated from; expected no difference. Run npm run docs.\n`,
          );
          continue;
        }
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
        say(`${file}: renewed`);
      }
    }
    return check && stale > 0 ? 1 : 0;
  },
);
