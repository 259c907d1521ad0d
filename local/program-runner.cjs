// What the language host loads to run the program. The host that set-up builds passes over the project's own
// `typescript: false` and would register ts-node: three times the processor time and twice the memory, for nothing.
delete process.env.PULUMI_NODEJS_TYPESCRIPT;

/** Puts `exports` where the module would stand, which is then never loaded. */
function standIn(module, exports) {
  const filename = require.resolve(module);
  require.cache[filename] = { id: filename, filename, loaded: true, exports };
}

// The SDK's serializer of functions loads a TypeScript compiler and a reader of package trees (45 MB), and attaches a debugger
// that is told of every script. The texts of this program's dynamic providers are written by hand (components/provider-text.ts).
function refuse() {
  throw new Error("serializeFunction: this program serializes no functions; write the provider's text by hand.");
}
standIn("@pulumi/pulumi/runtime/closure/serializeClosure", { serializeFunction: refuse });
standIn("@pulumi/pulumi/runtime/closure/codePaths", { computeCodePaths: refuse });
standIn("@pulumi/pulumi/runtime/closure/v8Hooks", { isInitializedAsync: async () => {} });
// Stripped types leave every line where it was, and nobody reads the lines of the SDK's own sources.
standIn("source-map-support/register", {});

// The SDK sends the engine several debug messages a resource, one call each, which are thrown away unless somebody asked (`--debug`).
if (process.env.MUSIC_LIBRARY_DEBUG === undefined) require("@pulumi/pulumi/log").debug = async () => {};

// The host that set-up builds is older than resource hooks and does not pass their registration on: without this the program
// would end there. A published host passes them on.
const resources = require("@pulumi/pulumi/runtime/resource");
const { RegisterResourceRequest } = require("@pulumi/pulumi/proto/resource_pb");
const { registerResourceHook } = resources;
const UNIMPLEMENTED = 12;
resources.registerResourceHook = (hook) =>
  registerResourceHook(hook).catch((error) => {
    if (error.code !== UNIMPLEMENTED) throw error;
    RegisterResourceRequest.prototype.setHooks = function () {
      return this;
    };
  });

require("@pulumi/pulumi/cmd/run");
