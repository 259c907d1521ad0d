// What the dynamic resource RoleSettings does. Runs in the provider's process, in the project's folder.
import type { dynamic } from "@pulumi/pulumi";
import pg from "pg";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import { openClient } from "../connections/open.ts";
import { waitUntilReady } from "../connections/readiness.ts";
import { isUnknown } from "./unknown-input.ts";

type Settings = Record<string, Record<string, string>>;
type Limits = Record<string, number>;

export interface RoleSettingsInputs {
  connection: ConnectionDescriptor;
  settings: Settings;
  connectionLimits?: Limits;
}

/** Settings whose value is a list of names: PostgreSQL wants each quoted for itself. */
const lists = new Set(["search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"]);
const settingName = /^[a-z_][a-z0-9_.]*$/;
const READY_WITHIN_MS = 120_000;

export function check(_olds: unknown, news: RoleSettingsInputs): Promise<dynamic.CheckResult<RoleSettingsInputs>> {
  const failures = entries(news.settings)
    .filter(({ setting }) => !settingName.test(setting))
    .map(({ role, setting }) => ({
      property: "settings",
      reason: `role "${role}": "${setting}" is no name of a setting; expected lower-case letters, digits, "_" and ".".`,
    }));
  const wrongLimits = Object.entries(news.connectionLimits ?? {}).filter(
    ([, limit]) => !isUnknown(limit) && !isLimit(limit),
  );
  const limitFailures = wrongLimits.map(([role, limit]) => ({
    property: "connectionLimits",
    reason: `role "${role}": has no number of sessions (${String(limit)}); expected a whole number from 0. Correct it.`,
  }));
  return Promise.resolve({ inputs: news, failures: [...failures, ...limitFailures] });
}

export function diff(_id: string, olds: RoleSettingsInputs, news: RoleSettingsInputs): Promise<dynamic.DiffResult> {
  const changes = isUnknown(news) || comparable(olds) !== comparable(news);
  return Promise.resolve({ changes, replaces: [] });
}

export async function create(inputs: RoleSettingsInputs): Promise<dynamic.CreateResult<RoleSettingsInputs>> {
  await withClient(inputs.connection, (client) => run(client, statements(inputs)));
  return { id: Object.keys(inputs.settings).sort().join(","), outs: inputs };
}

export async function update(
  _id: string,
  olds: RoleSettingsInputs,
  news: RoleSettingsInputs,
): Promise<dynamic.UpdateResult<RoleSettingsInputs>> {
  const gone = entries(olds.settings).filter(({ role, setting }) => news.settings[role]?.[setting] === undefined);
  await withClient(news.connection, async (client) => {
    const left = await existing(client, gone);
    const unlimited = await unlimitedAgain(client, olds.connectionLimits, news.connectionLimits);
    await run(client, [...left.map(resetStatement), ...unlimited, ...statements(news)]);
  });
  return { outs: news };
}

/** Reads the settings that are declared; other settings of the roles are nobody's business here. */
export async function read(id: string, props?: RoleSettingsInputs): Promise<dynamic.ReadResult<RoleSettingsInputs>> {
  if (props === undefined)
    throw new Error(`role settings "${id}": cannot be imported; run pulumi up, it sets them again.`);
  const { connectionLimits = {} } = props;
  const [found, limits] = await withClient(props.connection, async (client) => [
    await current(client, Object.keys(props.settings)),
    await currentLimits(client, Object.keys(connectionLimits)),
  ]);
  const settings: Settings = {};
  for (const { role, setting } of entries(props.settings)) {
    const value = found[role]?.[setting];
    settings[role] = { ...settings[role], ...(value === undefined ? {} : { [setting]: value }) };
  }
  const outs = { ...props, settings, ...(props.connectionLimits === undefined ? {} : { connectionLimits: limits }) };
  return { id, props: outs, inputs: outs };
}

export async function remove(_id: string, props: RoleSettingsInputs): Promise<void> {
  await withClient(props.connection, async (client) => {
    const left = (await existing(client, entries(props.settings))).map(resetStatement);
    await run(client, [...left, ...(await unlimitedAgain(client, props.connectionLimits, {}))]);
  });
}

interface Entry {
  role: string;
  setting: string;
  value: string;
}

function entries(settings: Settings): Entry[] {
  return Object.entries(settings).flatMap(([role, values]) =>
    Object.entries(values).map(([setting, value]) => ({ role, setting, value })),
  );
}

function comparable({ connection, settings, connectionLimits = {} }: RoleSettingsInputs): string {
  return JSON.stringify([
    Object.entries(connection).sort(),
    entries(settings)
      .map(({ role, setting, value }) => `${role} ${setting} ${value}`)
      .sort(),
    Object.entries(connectionLimits).sort(),
  ]);
}

function isLimit(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0;
}

function statements({ settings, connectionLimits = {} }: RoleSettingsInputs): string[] {
  const limits = Object.entries(connectionLimits).map(([role, limit]) => limitStatement(role, limit));
  return [...entries(settings).map(setStatement), ...limits];
}

/** -1 is PostgreSQL's word for no limit. */
function limitStatement(role: string, limit: number): string {
  return `ALTER ROLE ${pg.escapeIdentifier(role)} CONNECTION LIMIT ${Math.trunc(limit)}`;
}

async function unlimitedAgain(client: pg.Client, olds: Limits = {}, news: Limits = {}): Promise<string[]> {
  const gone = Object.keys(olds).filter((role) => news[role] === undefined);
  return Object.keys(await currentLimits(client, gone)).map((role) => limitStatement(role, -1));
}

/** Of the roles that exist. */
async function currentLimits(client: pg.Client, roles: string[]): Promise<Limits> {
  const { rows } = await client.query<{ role: string; limit: number }>(
    `SELECT rolname AS role, rolconnlimit AS "limit" FROM pg_catalog.pg_roles WHERE rolname = ANY ($1)`,
    [roles],
  );
  return Object.fromEntries(rows.map(({ role, limit }) => [role, limit]));
}

function setStatement({ role, setting, value }: Entry): string {
  const quoted = lists.has(setting) ? names(value).map((name) => pg.escapeLiteral(name)) : [pg.escapeLiteral(value)];
  return `ALTER ROLE ${pg.escapeIdentifier(role)} SET ${setting} = ${quoted.join(", ")}`;
}

function resetStatement({ role, setting }: Entry): string {
  return `ALTER ROLE ${pg.escapeIdentifier(role)} RESET ${setting}`;
}

/** A list of names as people write it: `library, "$user"` -> library, $user. */
function names(list: string): string[] {
  return list.split(",").map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
}

async function run(client: pg.Client, statements: readonly string[]): Promise<void> {
  if (statements.length > 0) await client.query(["BEGIN", ...statements, "COMMIT"].join("; "));
}

/** Entries whose role still exists: a dropped role took its settings along. */
async function existing(client: pg.Client, wanted: Entry[]): Promise<Entry[]> {
  const { rows } = await client.query<{ rolname: string }>("SELECT rolname FROM pg_catalog.pg_roles");
  return wanted.filter(({ role }) => rows.some(({ rolname }) => rolname === role));
}

async function current(client: pg.Client, roles: string[]): Promise<Settings> {
  const { rows } = await client.query<{ role: string; entry: string }>(
    `SELECT r.rolname AS role, unnest(s.setconfig) AS entry
       FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
      WHERE s.setdatabase = 0 AND r.rolname = ANY ($1)`,
    [roles],
  );
  const settings: Settings = {};
  for (const { role, entry } of rows) {
    const [setting = "", ...rest] = entry.split("=");
    const value = lists.has(setting) ? names(rest.join("=")).join(", ") : rest.join("=");
    settings[role] = { ...settings[role], [setting]: value };
  }
  return settings;
}

async function withClient<Result>(
  connection: ConnectionDescriptor,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const connect = (): Promise<pg.Client> => openClient(connection, { applicationName: "music-library role settings" });
  await waitUntilReady({ connect, ownerRole: "", requiredSchemas: [], deadlineMs: READY_WITHIN_MS });
  const client = await connect();
  client.on("error", () => undefined);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
