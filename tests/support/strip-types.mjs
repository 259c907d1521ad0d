// jest transform: erases type annotations exactly as Node does at run time, so tests run the same code as production. A fault
// that mutation tests want in a file is put in here, so that no file is ever touched.
import { stripTypeScriptTypes } from "node:module";

const mutant = process.env.TEST_MUTANT === undefined ? undefined : JSON.parse(process.env.TEST_MUTANT);

function mutated(source, filename) {
  if (mutant === undefined || !filename.endsWith(`/${mutant.file}`)) return source;
  return source.slice(0, mutant.start) + mutant.text + source.slice(mutant.end);
}

export default {
  process: (source, filename) => ({ code: stripTypeScriptTypes(mutated(source, filename), { mode: "strip" }) }),
};
