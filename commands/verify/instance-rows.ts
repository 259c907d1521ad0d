// Rows on the instance as Google's administration interface shows it, held against what runs.
import { openClient } from "../../connections/open.ts";
import { connectionAs, type VerifyContext } from "./context.ts";
import type { Instance } from "./instance.ts";
import { expectThat, type Row, row } from "./report.ts";

export async function instanceRows(context: VerifyContext, instance: Promise<Instance>): Promise<Row[]> {
  const { contract } = context;
  return [
    await row("running flags equal the declared ones", async () => await flagFigure(context, await instance)),
    await row("backups and point-in-time recovery are on", async () => backupFigure(await instance)),
    await row("no address is open, TLS is required", async () =>
      addressFigure(await instance, contract.database.connection.mode),
    ),
  ];
}

async function flagFigure({ contract }: VerifyContext, { settings }: Instance): Promise<string> {
  const declared = settings.databaseFlags ?? [];
  const client = await openClient(connectionAs(contract, contract.database.logins.verifier), {
    applicationName: "verify",
  });
  try {
    // pg_settings has the raw values; an extension's flag stands there only where the extension is loaded.
    const { rows } = await client.query<{ name: string; setting: string | null }>(
      `select flag as name, coalesce(s.setting, case when flag like '%.%' then current_setting(flag, true) end) as setting
        from unnest($1::text[]) as flag left join pg_settings s on lower(s.name) = lower(flag)`,
      [declared.map(({ name }) => name)],
    );
    const running = new Map(rows.map(({ name, setting }) => [name, setting]));
    const wrong = declared.filter(({ name, value }) => running.get(name) !== value);
    const list = wrong.map(
      ({ name, value }) => `${name}: declared ${value}, running ${running.get(name) ?? "unknown"}`,
    );
    expectThat(wrong.length === 0, list.join("; "));
    return `${declared.length} of ${declared.length} flags`;
  } finally {
    await client.end();
  }
}

function backupFigure({ settings }: Instance): Promise<string> {
  const { enabled, pointInTimeRecoveryEnabled, backupRetentionSettings } = settings.backupConfiguration ?? {};
  expectThat(enabled === true, "backups are off");
  expectThat(pointInTimeRecoveryEnabled === true, "point-in-time recovery is off");
  return Promise.resolve(`daily, ${backupRetentionSettings?.retainedBackups ?? "?"} kept, point-in-time recovery on`);
}

function addressFigure({ settings }: Instance, mode: "direct" | "cloudSqlConnector"): Promise<string> {
  const { authorizedNetworks = [], sslMode } = settings.ipConfiguration ?? {};
  expectThat(
    authorizedNetworks.length === 0,
    `authorised networks: ${authorizedNetworks.map(({ value }) => value).join(", ")}`,
  );
  expectThat(
    sslMode === "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" || sslMode === "ENCRYPTED_ONLY",
    `sslMode is ${sslMode ?? "unset"}`,
  );
  const enforced = settings.connectorEnforcement ?? "NOT_REQUIRED";
  expectThat(mode === "direct" || enforced === "REQUIRED", `connectorEnforcement is ${enforced}`);
  return Promise.resolve(
    `no authorised network, ${sslMode ?? ""}, connectors ${enforced === "REQUIRED" ? "enforced" : "not enforced (direct)"}`,
  );
}
