// `npm run bootstrap`: what a Google project needs before the first `pulumi up`.
import { createInterface } from "node:readline/promises";
import { GoogleAuth } from "google-auth-library";
import { projectRoot } from "../local/paths.ts";
import { requiredServices } from "../components/project-services.ts";
import { ownServices, type StackPlace } from "./bootstrap/foundation.ts";
import { GoogleApi, type Transport } from "./bootstrap/google-api.ts";
import { bootstrap, nextSteps } from "./bootstrap/run.ts";
import type { StackConfig } from "../config.ts";
import { stackNames } from "../naming.ts";
import { runCommand, UsageError } from "./command.ts";
import { stackConfiguration } from "./stack-configuration.ts";

const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });

const transport: Transport = async ({ method, url, body }) => {
  const { status, data } = await auth.request<unknown>({
    url: `https://${url}`,
    method,
    validateStatus: () => true,
    ...(body === undefined ? {} : { data: body }),
  });
  return { status, data };
};

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'command "bootstrap": needs an answer and there is no terminal to ask on; expected "--yes". Look with --dry-run, then give it.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(question);
  terminal.close();
  return answer === "yes";
}

function placeOf(config: StackConfig): StackPlace {
  const { stack, project, region } = config;
  const { deployerAccountId, previewerAccountId } = stackNames(config);
  const email = (id: string): string => `${id}@${project}.iam.gserviceaccount.com`;
  return {
    stack,
    project,
    region,
    accounts: { deployer: email(deployerAccountId), previewer: email(previewerAccountId) },
  };
}

/** All that is wrong with the options at once. */
function checked(values: { project: string; operator: string; "billing-account": string; stack: string[] }): void {
  const problems: string[] = [];
  const refuse = (option: string, seen: string, expected: string): void => {
    problems.push(`option "--${option}": is not accepted (${seen}); expected ${expected}. Correct it.`);
  };
  if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(values.project)) refuse("project", values.project, "a Google project id");
  if (!/^((user|group):[^@\s]+@[^@\s]+)?$/.test(values.operator)) {
    refuse("operator", values.operator, "user:SOMEBODY@DOMAIN or group:GROUP@DOMAIN");
  }
  if (!/^([0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6})?$/.test(values["billing-account"])) {
    refuse("billing-account", values["billing-account"], "one as 012345-6789AB-CDEF01");
  }
  for (const stack of values.stack) if (!["dev", "prod"].includes(stack)) refuse("stack", stack, "dev or prod");
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
}

await runCommand(
  {
    usage:
      "npm run bootstrap -- --project ID [--stack NAME ...] [--operator MEMBER] [--billing-account ID] [--dry-run] [--yes]",
    summary:
      "Makes what the first `pulumi up` needs: a bucket for each stack's state, a key for its secrets, the first deployer. " +
      "Looks first, asks before it changes anything, and goes on where it was stopped. Run again after the first update, it opens " +
      "state and key to the workflows' accounts. Exit code 1 when something failed or you said no.",
    options: {
      "--project ID": "project that keeps states, keys and the first deployer",
      "--stack NAME": "dev or prod; both without it",
      "--operator MEMBER": "who may act as the first deployer, as user:you@example.org",
      "--billing-account ID": "links this account where the project has none",
      "--dry-run": "prints the calls and makes none that changes anything",
      "--yes": "do not ask",
    },
  },
  {
    project: { type: "string", default: "" },
    stack: { type: "string", multiple: true, default: ["dev", "prod"] },
    operator: { type: "string", default: "" },
    "billing-account": { type: "string", default: "" },
    "dry-run": { type: "boolean", default: false },
    yes: { type: "boolean", default: false },
  },
  async (values) => {
    checked(values);
    const { project: home, operator } = values;
    const configurations = [...new Set(values.stack)].map((stack) => stackConfiguration(stack));
    const places = configurations.map(placeOf);
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    const done = await bootstrap({
      ...{ home, places, operator, billingAccount: values["billing-account"], now: new Date() },
      services: [...new Set([...ownServices, ...configurations.flatMap(requiredServices)])],
      api: new GoogleApi(transport),
      folder: projectRoot,
      dryRun: values["dry-run"],
      say,
      confirm: values.yes ? () => Promise.resolve(true) : confirm,
    });
    if (done === false) return 1;
    if (!values["dry-run"]) for (const line of nextSteps({ home, places, operator })) say(line);
    return 0;
  },
);
