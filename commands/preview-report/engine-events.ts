// Previews that the report is made of: by the engine with the local cloud answering, from nothing or from an exported graph.
import { ensureCloud } from "../../local/control.ts";
import { LocalPaths } from "../../local/paths.ts";
import { prepareLocalStack, valuesOfThisMachine } from "../local-stack.ts";
import { pulumi, PulumiError } from "../pulumi-cli.ts";
import { localStack, type StackEnvironment, withThrowAwayWorkspace, writeWorkspace } from "../stack-environment.ts";

/** The engine's events, one JSON object a line. `graph` is a file that `npm run graph` has printed. */
export async function engineEvents(stack: string, graph: string | undefined): Promise<string> {
  const paths = new LocalPaths();
  if (stack === localStack && graph === undefined) {
    return await events((await prepareLocalStack(paths)).environment, stack);
  }
  const daemon = await ensureCloud(paths);
  return await withThrowAwayWorkspace(paths, daemon.addresses, async (environment) => {
    if (stack === localStack) writeWorkspace(environment.cwd, await valuesOfThisMachine(paths, daemon));
    await pulumi(environment, ["stack", "init", stack]);
    if (graph !== undefined) await pulumi(environment, ["stack", "import", "--stack", stack, "--file", graph]);
    return await events(environment, stack);
  });
}

async function events({ cwd, env }: StackEnvironment, stack: string): Promise<string> {
  const streaming = { cwd, env: { ...env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" } };
  try {
    return await pulumi(streaming, ["preview", "--json", "--stack", stack]);
  } catch (error) {
    // A preview that fails says why among its events, and the report passes it on.
    if (error instanceof PulumiError && error.printed.includes("summaryEvent")) return error.printed;
    throw error;
  }
}
