// jest transform: erases type annotations exactly as Node does at run time, so tests run the same code as production.
import { stripTypeScriptTypes } from "node:module";

export default {
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: "strip" }) }),
};
