// How commands meet a deployed stack: its environment, and what it says of itself.
import { type Contract, parseContract } from "../client/contract.ts";
import { ensureCloud } from "../local/control.ts";
import { LocalPaths } from "../local/paths.ts";
import { pulumi } from "./pulumi-cli.ts";
import { cloudEnvironment, localEnvironment, localStack, type StackEnvironment } from "./stack-environment.ts";

/** The stack has no outputs yet. */
export class NotDeployedError extends Error {
  override readonly name = "NotDeployedError";
}

/** Where commands meet the stack; for `local` the local cloud is brought up when it does not run. */
export async function environmentOf(stack: string): Promise<StackEnvironment> {
  if (stack !== localStack) return cloudEnvironment();
  const paths = new LocalPaths();
  return localEnvironment(paths, (await ensureCloud(paths)).addresses);
}

/**
 * Makes this process itself meet the stack as its commands do: for `local`, the operator's credentials of the local cloud stand in
 * the environment and the user's own do not.
 */
export async function enterStack(stack: string): Promise<StackEnvironment> {
  const environment = await environmentOf(stack);
  for (const name of Object.keys(process.env))
    if (!(name in environment.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, environment.env);
  return environment;
}

/** What a deployed stack says of itself. */
export interface Deployment {
  readonly stack: string;
  readonly contract: Contract;
  /** Address of the track service. */
  readonly serviceUri: string;
}

/** Asks the stack for its outputs. Raises NotDeployedError when there are none, ContractError when they are not understood. */
export async function readDeployment(stack: string): Promise<Deployment> {
  const text = await pulumi(await environmentOf(stack), ["stack", "output", "--json", "--stack", stack]);
  const { contract, serviceUri } = JSON.parse(text) as Record<string, unknown>;
  if (contract === undefined) {
    const next = stack === localStack ? "npm start" : `pulumi up --stack ${stack}`;
    throw new NotDeployedError(
      `stack "${stack}": has no contract among its outputs; expected a deployed stack. Run "${next}".`,
    );
  }
  return { stack, contract: parseContract(JSON.stringify(contract)), serviceUri: String(serviceUri) };
}

/** The contract of the stack. Raises as readDeployment does. */
export async function readContract(stack: string): Promise<Contract> {
  return (await readDeployment(stack)).contract;
}
