import { fact, oneOf, port, text, texts } from "./key.ts";

/** Keys of the ways to the database and of who may take them, in the order in which files and tables list them. */
export const connectionKeys = {
  sslMode: oneOf(["TRUSTED_CLIENT_CERTIFICATE_REQUIRED", "ENCRYPTED_ONLY"], {
    default: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
    description:
      "What a connection must bring: TLS with a client certificate, or TLS. Connections in clear are never allowed.",
  }),
  connectionMode: oneOf(["cloudSqlConnector", "direct"], {
    default: "cloudSqlConnector",
    description:
      "Way to the database: through Google's connectors, which are then enforced, or straight to its address, which enforcement would refuse.",
  }),
  privateNetwork: text(
    /^(own|projects\/[a-z0-9:.-]+\/global\/networks\/[a-z][a-z0-9-]*)?$/,
    '"", own or projects/PROJECT/global/networks/NETWORK',
    {
      default: "",
      description:
        'Network in which the instance has its only address: own makes one, else one that has private services access and a subnetwork of its own name; "" gives a public address without an authorised network. Cannot be undone without replacing the instance.',
    },
  ),
  privateNetworkReachable: fact({
    default: false,
    description:
      "Says that pulumi runs inside privateNetwork: roles and migrations are made over a connection to the database.",
  }),
  networkRange: text(
    /^(\d{1,3}\.){3}\d{1,3}\/(1[6-9]|2[0-2])$/,
    "a private IPv4 range of /16 to /22, as 10.64.0.0/20",
    {
      default: "10.64.0.0/20",
      description:
        "Addresses of the stack's own network: one half for the service, one for Google's side of it. Only for privateNetwork own. A change replaces everything in it.",
    },
  ),
  databasePort: port({
    default: 5432,
    description: "Port of the database server; another than 5432 only on one machine.",
  }),
  managedPoolingEnabled: fact({
    default: false,
    description:
      "Google's own pooler on port 6432 for clients without the sidecar; only ENTERPRISE_PLUS has it. A change restarts the instance.",
  }),
  dataApiEnabled: fact({
    default: false,
    description:
      "Lets whoever has the right run SQL through the Admin API, from the internet too, whatever network the instance is in.",
  }),
  databaseReaders: texts(
    /^(user|group|serviceAccount):[^\s:@]+@[^\s:@]+$/,
    "user:, group: or serviceAccount: members",
    {
      default: [],
      description:
        "Who may log in to the database by their Google identity, without a password, and read all that the library holds.",
    },
  ),
  encryptionKey: text(
    /^(own|projects\/[a-z0-9:.-]+\/locations\/[a-z0-9-]+\/keyRings\/[\w-]{1,63}\/cryptoKeys\/[\w-]{1,63})?$/,
    '"", own or projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY',
    {
      default: "",
      description:
        'Key of Cloud KMS that disk, backups and new objects are encrypted with: own makes one, "" leaves it to Google. A change replaces the instance; objects that are there keep the key they were written with.',
    },
  ),
  queryInsightsEnabled: fact({ default: true, description: "Query statistics in Google's console." }),
};
