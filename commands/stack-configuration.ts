// A stack's configuration from its file alone: no engine, no state, no cloud.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { parseConfig, type StackConfig } from "../config.ts";
import { UsageError } from "./command.ts";

const root = join(import.meta.dirname, "..");
const namespace = "music-library:";
const stackFile = z.object({ config: z.record(z.string(), z.unknown()) });

/** `Pulumi.NAME.yaml`, checked. Throws UsageError where there is none, ConfigError with every problem of its values. */
export function stackConfiguration(stack: string): StackConfig {
  const file = `Pulumi.${stack}.yaml`;
  if (!existsSync(join(root, file))) {
    throw new UsageError(
      `stack "${stack}": has no configuration (${file}); expected dev, prod or local. Choose one of them.`,
    );
  }
  return configurationOf(stack, readFileSync(join(root, file), "utf8"));
}

/** As stackConfiguration, of the text of a stack's file. */
export function configurationOf(stack: string, text: string): StackConfig {
  return placedConfiguration(stack, stackFile.parse(parse(text)).config);
}

/** As stackConfiguration, of values by full key, as `music-library:tier`. */
export function placedConfiguration(stack: string, config: Readonly<Record<string, unknown>>): StackConfig {
  const own = Object.entries(config).filter(([key]) => key.startsWith(namespace));
  const raw = Object.fromEntries(own.map(([key, value]) => [key.slice(namespace.length), value]));
  const google = (name: string): string => {
    const value = config[`gcp:${name}`];
    return typeof value === "string" ? value : "";
  };
  return parseConfig(raw, { stack, project: google("project"), region: google("region") });
}
