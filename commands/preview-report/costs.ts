// What the stack costs before and after a change, from the two configurations.
import { spawnSync } from "node:child_process";
import { parse } from "yaml";
import { z } from "zod";
import { ConfigError, type StackConfig } from "../../config.ts";
import { configKeys } from "../../config/schema.ts";
import { type MonthlyCost, monthlyCost } from "../../cost/monthly-cost.ts";
import { projectRoot } from "../../local/paths.ts";
import type { CostChange } from "../../report/decisions.ts";
import { UsageError } from "../command.ts";
import { placedConfiguration } from "../stack-configuration.ts";

const stackFile = z.object({ config: z.record(z.string(), z.unknown()) });

/** `base` is a commit or branch whose stack file says what ran before. */
export function costChange(
  { stack, config }: { stack: string; config: Readonly<Record<string, string>> },
  base: string | undefined,
): CostChange {
  const before = base === undefined ? undefined : costOf(stack, configurationAt(base, stack));
  const after = costOf(stack, config);
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** Undefined for a configuration that is refused: the preview says why. */
function costOf(stack: string, values: Readonly<Record<string, unknown>>): MonthlyCost | undefined {
  let config: StackConfig;
  try {
    config = placedConfiguration(stack, values);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
  return monthlyCost({ config });
}

/** The stack's values at a commit, without keys that have gone since. */
function configurationAt(base: string, stack: string): Record<string, unknown> {
  const file = `Pulumi.${stack}.yaml`;
  const { status, stdout } = spawnSync("git", ["show", `${base}:${file}`], { cwd: projectRoot, encoding: "utf8" });
  if (status !== 0) {
    throw new UsageError(
      `option "--base": has no ${file} (${base}); expected a commit or branch that git knows. Fetch it: git fetch origin ${base}.`,
    );
  }
  const { config } = stackFile.parse(parse(stdout));
  const isKnown = (key: string): boolean => !key.startsWith("music-library:") || key.slice(14) in configKeys;
  return Object.fromEntries(Object.entries(config).filter(([key]) => isKnown(key)));
}
