// The stack's file: what the program would refuse, and what it would accept and somebody would regret.
import { parseDocument } from "yaml";
import { connectionBudget } from "../../components/connection-budget.ts";
import { instanceTier } from "../../components/instance-tier.ts";
import { ConfigError, type StackConfig } from "../../config.ts";
import { configurationOf } from "../stack-configuration.ts";
import { type Finding, firstLine } from "./finding.ts";

type Found = Omit<Finding, "area">;

/** `text` is that of the stack's file. */
export function configurationFindings(stack: string, text: string): Finding[] {
  return looked(stack, text).map((finding) => ({ area: "configuration", ...finding }));
}

function looked(stack: string, text: string): Found[] {
  const file = `Pulumi.${stack}.yaml`;
  let config: StackConfig;
  try {
    config = configurationOf(stack, text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => refused(problem));
    const what = `${file} is no stack file: it has no map "config"`;
    return [
      {
        severity: "error",
        code: "file-unreadable",
        what,
        fix: "take the one of the repository, and change its values",
      },
    ];
  }
  return [...regrets(config), ...budgetWarnings(config), ...(stack === "local" ? [] : provider(stack, text))];
}

/** A problem of the configuration ends in its own next step: the last sentence. */
function refused(problem: string): Found {
  const at = problem.lastIndexOf(". ", problem.length - 2);
  const [what, fix] = at < 0 ? [problem, "correct it"] : [problem.slice(0, at), problem.slice(at + 2)];
  return { severity: "error", code: "configuration-refused", what, fix };
}

function regrets(config: StackConfig): Found[] {
  const found: Found[] = [];
  const warn = (code: string, what: string, fix: string): void =>
    void found.push({ severity: "warning", code, what, fix });
  const { alertEmails, environment, billingAccount, serviceImage, operators } = config;
  if (alertEmails.some((address) => address.endsWith(".example"))) {
    warn(
      "alerts-unread",
      `alerts go to a placeholder (${alertEmails.join(", ")})`,
      "set alertEmails to whoever is on call",
    );
  }
  if (environment !== "prod") return found;
  if (/^[0-]+$/.test(billingAccount)) {
    warn(
      "budget-unwatched",
      `the budget is of a placeholder (${billingAccount})`,
      "set billingAccount to the account that pays",
    );
  }
  if (serviceImage === "") {
    warn(
      "image-unset",
      "prod runs Google's hello page until an image is configured",
      "deploy.yml configures it, or set serviceImage",
    );
  }
  if (operators.length === 0) warn("operators-unset", "nobody may verify the private service of prod", "set operators");
  return found;
}

function budgetWarnings(config: StackConfig): Found[] {
  const { warnings } = connectionBudget({ ...config, tier: instanceTier(config.tier) });
  const fix = "choose a larger tier, fewer instances or flagProfile computed";
  return warnings.map((what) => ({ severity: "warning", code: "memory-overcommitted", what: firstLine(what), fix }));
}

function provider(stack: string, text: string): Found[] {
  if (parseDocument(text).has("secretsprovider")) return [];
  const what = `no key encrypts the secrets of ${stack}: whoever knows a passphrase could read them`;
  return [
    {
      severity: "warning",
      code: "secrets-provider-unset",
      what,
      fix: `npm run bootstrap -- --project PROJECT --stack ${stack}`,
    },
  ];
}
