// `npm run migrate`: the migration engine by hand, against a deployed stack or any database. Plain JavaScript: the first file with
// types would load the stripper of types before the cache of stripped files is on.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Before anything else is loaded: stripping types and compiling is most of the time of a run that has nothing to do.
enableCompileCache(join(import.meta.dirname, "..", ".local", "cache", "node"));
await import("./migrate/dispatch.ts");
