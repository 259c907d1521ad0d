import { iamLogin } from "../components/iam-login.ts";
import { networkRangeProblem } from "../components/network-range.ts";
import { limits, POSTGRES_PORT, SERVICE_PORT } from "../naming.ts";
import { rule, when } from "./rule.ts";

/** What the ways to the database say together that cannot be. */
export const connectionRules = [
  rule(["connectionMode", "privateNetwork", "environment"], ({ connectionMode, privateNetwork, environment }) => [
    ...when(
      connectionMode === "direct" && privateNetwork === "" && environment !== "local",
      "connectionMode",
      "direct",
      {
        wrong: "has no network to go through, and the public address has no authorised one",
        expected: "cloudSqlConnector without privateNetwork",
        next: "Set it so, or give privateNetwork",
      },
    ),
    ...when(connectionMode === "cloudSqlConnector" && environment === "local", "connectionMode", connectionMode, {
      wrong: "needs Google, which a stack on one machine does not have",
      expected: "direct",
      next: "Set it to direct",
    }),
    ...when(connectionMode === "cloudSqlConnector" && privateNetwork !== "", "privateNetwork", privateNetwork, {
      wrong: "leaves the instance without the public address that cloudSqlConnector uses",
      expected: '"" with cloudSqlConnector',
      next: "Set connectionMode to direct",
    }),
    ...when(environment === "local" && privateNetwork !== "", "privateNetwork", privateNetwork, {
      wrong: "does not exist on one machine",
      expected: '"" in local',
      next: "Remove it",
    }),
  ]),
  rule(["privateNetwork", "privateNetworkReachable"], ({ privateNetwork, privateNetworkReachable }) => [
    ...when(privateNetwork !== "" && !privateNetworkReachable, "privateNetwork", privateNetwork, {
      wrong: "cannot be reached from outside, and roles and migrations need a connection",
      expected: "pulumi to run inside it",
      next: "Run it there and set privateNetworkReachable to true",
    }),
    ...when(privateNetwork === "" && privateNetworkReachable, "privateNetworkReachable", true, {
      wrong: "speaks of a network that is not there",
      expected: "false without privateNetwork",
      next: "Give privateNetwork, or remove it",
    }),
  ]),
  rule(["databasePort", "poolerPort", "environment"], ({ databasePort, poolerPort, environment }) => [
    ...when(environment !== "local" && databasePort !== POSTGRES_PORT, "databasePort", databasePort, {
      wrong: "cannot be chosen on Cloud SQL",
      expected: `${POSTGRES_PORT} in ${environment}`,
      next: "Remove it",
    }),
    ...when(environment === "local" && databasePort === poolerPort, "poolerPort", poolerPort, {
      wrong: "is that of the database",
      expected: "another than databasePort",
      next: "Choose another",
    }),
    ...when(environment !== "local" && poolerPort === SERVICE_PORT, "poolerPort", poolerPort, {
      wrong: "is that of the service beside it",
      expected: `another than ${SERVICE_PORT}`,
      next: "Choose another",
    }),
  ]),
  rule(["networkRange"], ({ networkRange }) => {
    const problem = networkRangeProblem(networkRange);
    return problem === undefined
      ? []
      : when(true, "networkRange", networkRange, { ...problem, next: "Choose another range" });
  }),
  rule(["encryptionKey", "region"], ({ encryptionKey, region }) => {
    const [, location = region] = /\/locations\/([^/]+)\//.exec(encryptionKey) ?? [];
    return when(location !== region, "encryptionKey", encryptionKey, {
      wrong: "stands in another region than the instance",
      expected: `a key in ${region}`,
      next: "Make one there, or set it to own",
    });
  }),
  rule(["databaseReaders"], ({ databaseReaders }) =>
    databaseReaders
      .filter((member) => Buffer.byteLength(iamLogin(member).name) > limits.identifierBytes)
      .flatMap((member) =>
        when(true, "databaseReaders", member, {
          wrong: "is longer than the name of a login may be",
          expected: `at most ${limits.identifierBytes} bytes without .gserviceaccount.com`,
          next: "Use a group",
        }),
      ),
  ),
  // What Google's API alone can do, and the local cloud does not pretend to.
  ...(["encryptionKey", "databaseReaders", "dataApiEnabled", "managedPoolingEnabled"] as const).map((key) =>
    rule([key, "environment"], ({ environment, [key]: value }) =>
      when(environment === "local" && String(value) !== String(configured[key]), key, shown(value), {
        wrong: "needs Google, which a stack on one machine does not have",
        expected: `${JSON.stringify(configured[key])} in local`,
        next: "Remove it",
      }),
    ),
  ),
];

function shown(value: string | boolean | readonly string[]): string | boolean {
  return typeof value === "object" ? value.join(", ") : value;
}

/** What asks for nothing. */
const configured = { encryptionKey: "", databaseReaders: [], dataApiEnabled: false, managedPoolingEnabled: false };
