// `npm run pack`: client/ and migrator/ as packages for applications that live elsewhere: JavaScript, types, and in package.json
// exactly the dependencies that the code imports, at the versions of this project.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { projectRoot } from "../local/paths.ts";
import { runCommand } from "./command.ts";
import { progress } from "./progress.ts";

/** Rooms that applications install, each importing nothing from the others. */
const packages = {
  client:
    "What an application of the music library imports: signed URLs, the pooled connection, track queries, the contract.",
  migrator: "SQL migrations for PostgreSQL: planned, locked, recorded, resumed.",
} as const;
type Package = keyof typeof packages;

interface Manifest {
  version: string;
  license: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** Packs both into `folder`. Returns the paths of the tarballs. */
export function pack(folder: string): string[] {
  const root = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as Manifest;
  return (Object.keys(packages) as Package[]).map((name) => packOne(name, join(folder, name), root));
}

function packOne(name: Package, folder: string, root: Manifest): string {
  progress(`pack: ${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  emit(name, folder);
  const manifest = {
    name: `music-library-${name}`,
    version: root.version,
    description: packages[name],
    license: root.license,
    type: "module",
    engines: { node: ">=22" },
    exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
    dependencies: dependenciesOf(folder, root),
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", join(folder, "..")], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  ) as [{ filename: string }];
  return join(folder, "..", filename);
}

/** JavaScript and types, with `.ts` in imports turned into `.js`. */
function emit(name: Package, folder: string): void {
  const config = join(folder, "tsconfig.json");
  const options = {
    extends: join(projectRoot, "tsconfig.json"),
    compilerOptions: {
      ...{ noEmit: false, declaration: true, rewriteRelativeImportExtensions: true, outDir: folder },
      rootDir: join(projectRoot, name),
      typeRoots: [join(projectRoot, "node_modules", "@types")],
    },
    include: [join(projectRoot, name, "**", "*.ts")],
    exclude: [],
  };
  writeFileSync(config, JSON.stringify(options));
  execFileSync(process.execPath, [join(projectRoot, "node_modules", "typescript", "bin", "tsc"), "-p", config], {
    cwd: projectRoot,
    stdio: "inherit",
  });
  rmSync(config);
}

/** Packages that the emitted code imports. Raises an error for one that package.json does not name as a dependency. */
function dependenciesOf(folder: string, { dependencies, devDependencies }: Manifest): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.(js|d\.ts)$/.test(file));
  const imported = files
    .flatMap((file) => ts.preProcessFile(readFileSync(join(folder, file), "utf8")).importedFiles)
    .filter(({ fileName }) => !fileName.startsWith(".") && !isBuiltin(fileName))
    .map(({ fileName }) => /^(?:@[^/]+\/)?[^/]+/.exec(fileName)?.[0] ?? fileName);
  const needed = [...new Set(imported)].sort();
  // Types that the emitted declarations speak of.
  const types = needed.map((name) => `@types/${name}`).filter((name) => devDependencies[name] !== undefined);
  return Object.fromEntries(
    [...needed, ...types].map((name) => {
      const version = dependencies[name] ?? devDependencies[name];
      if (version === undefined || (dependencies[name] === undefined && !name.startsWith("@types/"))) {
        throw new Error(`package "${name}": is imported and no dependency of package.json; expected it there. Add it.`);
      }
      return [name, version];
    }),
  );
}

if (import.meta.main) {
  await runCommand(
    {
      usage: "npm run pack",
      summary: "Packs client/ and migrator/ for applications into dist/, as JavaScript with types.",
      options: {},
    },
    {},
    async () => {
      for (const file of pack(join(projectRoot, "dist"))) process.stdout.write(`${file}\n`);
      return Promise.resolve(0);
    },
  );
}
