// What the language host loads to run the program. The host that set-up builds passes over the project's own
// `typescript: false` and would register ts-node: three times the processor time and twice the memory, for nothing.
delete process.env.PULUMI_NODEJS_TYPESCRIPT;
require("@pulumi/pulumi/cmd/run");
