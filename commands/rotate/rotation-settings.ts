// Where a stack's rotation is written down: in its own file of the checkout, to be committed; for `local` below .local/, because
// the checkout stays as it is.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import type { RotationSettings } from "../../components/password-rotation.ts";
import { type ApplicationLogin, logins } from "../../naming.ts";
import { type LocalPaths, projectRoot } from "../../local/paths.ts";
import { stackConfiguration } from "../stack-configuration.ts";

const rotationFile = z.object({
  activeLogin: z.enum(logins.application),
  idleLoginEnabled: z.boolean(),
  passwordRotations: z.int().min(0),
});

/** Nothing where the local stack never rotated: its file in the checkout holds then. */
export function localRotation(
  paths: LocalPaths,
): (RotationSettings & { readonly activeLogin: ApplicationLogin }) | undefined {
  const file = paths.at("rotation.json");
  return existsSync(file) ? rotationFile.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}

/** Replaces the file in one step: a kill leaves the old settings or the new ones. */
export function writeLocalRotation(paths: LocalPaths, settings: RotationSettings): void {
  replaceFile(paths.at("rotation.json"), `${JSON.stringify(settings, null, 2)}\n`);
}

/** As `Pulumi.NAME.yaml` says. Raises as stackConfiguration does. */
export function committedRotation(stack: string): RotationSettings {
  const { activeLogin, idleLoginEnabled, passwordRotations } = stackConfiguration(stack);
  return { activeLogin, idleLoginEnabled, passwordRotations };
}

/** Writes keys into `Pulumi.NAME.yaml`, whose comments and other keys stay. `folder` is the checkout's unless given. */
export function writeCommittedSettings(
  stack: string,
  settings: Readonly<Record<string, unknown>>,
  folder = projectRoot,
): void {
  const file = join(folder, `Pulumi.${stack}.yaml`);
  const document = parseDocument(readFileSync(file, "utf8"));
  for (const [key, value] of Object.entries(settings)) document.setIn(["config", `music-library:${key}`], value);
  replaceFile(file, document.toString({ lineWidth: 0 }));
}

function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.next`, text);
  renameSync(`${file}.next`, file);
}
