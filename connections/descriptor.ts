// How to reach a database, without any secret value: descriptors stand in inputs, outputs and state, so they name secrets only.

/** What every way to a database needs. */
export interface Login {
  database: string;
  user: string;
  /** Secret Manager secret (`projects/P/secrets/S`) with the password; its latest version is read when a client is opened. */
  passwordSecret: string;
  /** Secret Manager's address, `http://127.0.0.1:PORT`, on this machine; "" is Google's. */
  secretManagerEndpoint: string;
}

/** Straight to the server's address, with TLS. */
export interface DirectConnection extends Login {
  mode: "direct";
  host: string;
  port: number;
  /**
   * Secret (`projects/P/secrets/S`) that holds JSON `{"serverCa","clientCert","clientKey"}` (PEM); the latter two may be ""
   * where the server asks for no client certificate.
   */
  tlsSecret: string;
}

/** Through Cloud SQL's connector: mutual TLS with certificates of minutes, by the account's IAM rights. */
export interface ConnectorConnection extends Login {
  mode: "cloudSqlConnector";
  /** `project:region:instance`. */
  connectionName: string;
}

export type ConnectionDescriptor = DirectConnection | ConnectorConnection;
