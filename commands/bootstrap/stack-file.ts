// Which key encrypts a stack's secrets stands in the stack's file, beside its configuration.
import { readFileSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { UsageError } from "../command.ts";

const KEY = "secretsprovider";

/** Whether the file names the provider already. Raises UsageError where it names another one: what that encrypted would be lost. */
export function namesProvider(file: string, stack: string, provider: string): boolean {
  const document = parseDocument(readFileSync(file, "utf8"));
  const [current, salt] = [document.get(KEY), document.get("encryptionsalt")];
  if (current === provider) return true;
  if (current === undefined && salt === undefined) return false;
  const seen = typeof current === "string" ? current : "a passphrase";
  throw new UsageError(
    `stack "${stack}": encrypts its secrets otherwise (${seen}); expected nothing yet, or ${provider}. ` +
      `Encrypt them anew: pulumi stack change-secrets-provider --stack ${stack} "${provider}".`,
  );
}

/** Names the provider; comments and configuration stay as they are. */
export function setProvider(file: string, provider: string): void {
  const text = readFileSync(file, "utf8");
  // Before the configuration, where the engine itself writes it.
  const line = `${KEY}: ${provider}\n`;
  const at = text.search(/^config:/m);
  writeFileSync(file, at < 0 ? text + line : text.slice(0, at) + line + text.slice(at));
}
