// What the engine loads first, in plain JavaScript: the program is TypeScript, and a Node that cannot strip its types would
// stop at the first of them with a syntax error that helps nobody.
import process from "node:process";
import * as pulumi from "@pulumi/pulumi";

if (process.features.typescript !== "strip") {
  throw new pulumi.RunError(
    `node "${process.execPath}": does not run TypeScript (${process.versions.node}); expected Node 22.18 or newer. ` +
      "Put a newer one first on PATH, or use `npm run pulumi -- ...`, which runs on the project's own.",
  );
}
// Stripped types leave every line where it was, so no source maps: looking for them at each stack that the SDK takes was half of
// the program's time. Paths instead of URLs are what the SDK can turn into the positions that the engine keeps; it asks for every
// frame there is, and the state needs those of this program only.
const keptFrames = 12;
Error.prepareStackTrace = (error, sites) =>
  [String(error), ...sites.slice(0, keptFrames).map((site) => `    at ${String(site).replace("file://", "")}`)].join(
    "\n",
  );
const { contract, serviceUri } = await import("./index.ts");
export { contract, serviceUri };
