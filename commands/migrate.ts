// `npm run migrate`: the migration engine by hand, against a deployed stack or any database.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Before anything else is loaded: stripping types and compiling is most of the time of a run that has nothing to do.
enableCompileCache(join(import.meta.dirname, "..", ".local", "cache", "node"));
await import("./migrate/dispatch.ts");
