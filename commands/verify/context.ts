// What every row of `verify` needs to know of the deployed stack.
import { GoogleAuth } from "google-auth-library";
import type { Contract } from "../../client/contract.ts";
import type { ConnectionDescriptor } from "../../connections/descriptor.ts";

export interface VerifyContext {
  readonly contract: Contract;
  readonly serviceUri: string;
  /** GET of a Google API as the operator; raises the API's own error. */
  readonly get: <Answer>(url: string) => Promise<Answer>;
  /** POST to the service as the operator, JSON both ways. */
  readonly callService: <Answer>(path: string, body: unknown) => Promise<Answer>;
}

/** A context over the operator's own credentials. */
export function verifyContext(contract: Contract, serviceUri: string, headers: Record<string, string>): VerifyContext {
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  return {
    contract,
    serviceUri,
    get: async <Answer>(url: string): Promise<Answer> => (await auth.request<Answer>({ url })).data,
    callService: async <Answer>(path: string, body: unknown): Promise<Answer> => {
      const response = await fetch(`${serviceUri}${path}`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`service ${path}: answered ${response.status} (${text.slice(0, 300)})`);
      return JSON.parse(text) as Answer;
    },
  };
}

/** How to reach the stack's database as one of its logins. */
export function connectionAs(contract: Contract, login: string): ConnectionDescriptor {
  const { database, endpoints } = contract;
  const passwordSecret = database.passwordSecrets[login];
  if (passwordSecret === undefined) throw new Error(`login "${login}": has no password secret in the contract`);
  const common = {
    database: database.name,
    user: login,
    passwordSecret,
    secretManagerEndpoint: endpoints.secretManager,
  };
  return database.connection.mode === "direct"
    ? { ...common, ...database.connection }
    : { ...common, mode: "cloudSqlConnector", connectionName: database.connectionName };
}

/** Google's address, or the one that answers for it here. */
export function apiAddress(google: string, here: string): string {
  return here === "" ? google : here;
}
