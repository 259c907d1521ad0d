// Rows that knock at the server's own address without what it asks for; only the server's own refusal passes.
import pg from "pg";
import type { ConnectionDescriptor } from "../../connections/descriptor.ts";
import { accessSecret } from "../../connections/secrets.ts";
import type { Instance } from "./instance.ts";
import { expectThat, type Row, row } from "./report.ts";

type Login = Readonly<{ host: string; port: number; user: string; password: string; database: string }>;

/** None where the server is behind Google's connectors: nobody gets as far as PostgreSQL there without one. */
export async function tlsRows(descriptor: ConnectionDescriptor, instance: Promise<Instance>): Promise<Row[]> {
  if (descriptor.mode !== "direct") return [];
  const { host, port, user, database } = descriptor;
  const secrets = Promise.all(
    [descriptor.tlsSecret, descriptor.passwordSecret].map((name) =>
      accessSecret(name, descriptor.secretManagerEndpoint),
    ),
  );
  secrets.catch(() => undefined);
  const login = async (): Promise<Login> => ({ host, port, user, database, password: (await secrets)[1] ?? "" });
  return [
    await row("a connection without TLS is refused", async () => refusalFigure({ ...(await login()), ssl: false })),
    await row("a connection without a client certificate is refused where one is required", async () => {
      const mode = (await instance).settings.ipConfiguration?.sslMode;
      if (mode !== "TRUSTED_CLIENT_CERTIFICATE_REQUIRED") return `not required (sslMode ${mode ?? "unset"})`;
      const { serverCa } = JSON.parse((await secrets)[0] ?? "{}") as { serverCa: string };
      return await refusalFigure({ ...(await login()), ssl: { ca: serverCa, checkServerIdentity: () => undefined } });
    }),
  ];
}

async function refusalFigure(config: pg.ClientConfig): Promise<string> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: 5000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const { message, code } = error as { message: string; code?: string };
    // Only the server's own refusal counts: a server that is down refuses nothing.
    expectThat(code === "28000" || /certificate/i.test(message), `failed for another reason: ${message}`);
    return message.replaceAll(/\s+/g, " ").slice(0, 120);
  }
  await client.end();
  throw new Error("the server let it in");
}
