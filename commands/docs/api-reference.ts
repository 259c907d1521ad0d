// docs/api/: what applications import, from the doc comments of the two packages that `npm run pack` makes.
// typedoc reads them with the project's own TypeScript; its markdown plugin writes pages that GitHub shows.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application, LogLevel, type TypeDocOptions } from "typedoc";
import { projectRoot } from "../../local/paths.ts";

/** A public symbol without a doc comment, or a comment that typedoc does not understand. */
export class ApiReferenceError extends Error {
  override readonly name = "ApiReferenceError";
}

/** Files of docs/api/ by name. Throws ApiReferenceError with everything that is not documented. */
export async function apiReference(): Promise<ReadonlyMap<string, string>> {
  // typedoc empties the folder that it writes to: one of its own.
  const folder = mkdtempSync(join(tmpdir(), "api-reference-"));
  try {
    const application = await Application.bootstrapWithPlugins(options(folder));
    const problems: string[] = [];
    application.logger.log = (message, level) => {
      if (level >= LogLevel.Warn) problems.push(message);
    };
    const project = await application.convert();
    if (project !== undefined) application.validate(project);
    if (project === undefined || problems.length > 0) throw new ApiReferenceError(problems.join("\n"));
    await application.generateOutputs(project);
    return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function options(folder: string): TypeDocOptions & Record<string, unknown> {
  return {
    plugin: ["typedoc-plugin-markdown"],
    outputs: [{ name: "markdown", path: folder }],
    tsconfig: join(projectRoot, "tsconfig.json"),
    entryPoints: ["client", "migrator"].map((room) => join(projectRoot, room, "index.ts")),
    name: "API reference",
    readme: "none",
    disableSources: true,
    excludePrivate: true,
    excludeExternals: true,
    skipErrorChecking: true,
    logLevel: LogLevel.Warn,
    // A property whose name says it all needs no sentence; whatever can be called or built does.
    requiredToBeDocumented: ["Function", "Class", "Interface", "TypeAlias", "Variable", "Method", "Accessor"],
    validation: { notDocumented: true, notExported: false, invalidLink: true },
    // Few long pages instead of one a symbol.
    outputFileStrategy: "modules",
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    typeDeclarationFormat: "table",
  };
}
