// The instance as Google's Admin API shows it; only what the rows look at.
import { apiAddress, type VerifyContext } from "./context.ts";

export interface Instance {
  readonly settings: {
    readonly databaseFlags?: readonly { name: string; value: string }[];
    readonly connectorEnforcement?: string;
    readonly backupConfiguration?: {
      enabled?: boolean;
      pointInTimeRecoveryEnabled?: boolean;
      backupRetentionSettings?: { retainedBackups?: number };
    };
    readonly ipConfiguration?: { authorizedNetworks?: readonly { value: string }[]; sslMode?: string };
  };
}

/** One call for all rows. Each row that awaits it reports its failure; nothing is raised before. */
export function readInstance({ contract, get }: VerifyContext): Promise<Instance> {
  const address = apiAddress("https://sqladmin.googleapis.com", contract.endpoints.management);
  const instance = get<Instance>(`${address}/v1/projects/${contract.project}/instances/${contract.database.instance}`);
  // Without a handler here a failure before the first await would end the process.
  instance.catch(() => undefined);
  return instance;
}
