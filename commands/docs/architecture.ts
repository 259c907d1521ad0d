// docs/architecture.svg: the production stack on one screen, from its golden graph. What is alike is one box with a count.
import { arrowText, type Arrow, boxText, type Box, drawn, frameText, type Frame, graphHead } from "./diagram.ts";
import { type GoldenGraph, type GraphResource, inputOf, topOf } from "./golden-graph.ts";

/** Part of the picture -> the components at the top of the program whose resources it stands for. */
export const parts = {
  service: ["tracks"],
  pooler: ["pooler"],
  instance: ["instance"],
  database: ["administrator"],
  roles: ["roles", "logins"],
  migrations: ["migrations"],
  bucket: ["media", "content"],
  identity: ["identity"],
  alerts: ["alerts", "metrics"],
  project: ["services", "access"],
} as const satisfies Record<string, readonly string[]>;

type Part = keyof typeof parts;

class Stack {
  readonly #graph: GoldenGraph;

  constructor(graph: GoldenGraph) {
    this.#graph = graph;
  }

  /** Resources of a type, given by its last part; of one part of the picture, or of all. */
  all(type: string, part?: Part): GraphResource[] {
    return this.#graph.resources.filter(
      (one) => !isComponent(one) && one.type.split(":").at(-1) === type && (part === undefined || this.#is(one, part)),
    );
  }

  one(type: string, part?: Part): GraphResource {
    const [found] = this.all(type, part);
    if (found === undefined)
      throw new Error(`golden graph: has no ${type}; expected one. Change commands/docs/architecture.ts.`);
    return found;
  }

  /** Resources, without the components that only hold them together. */
  count(part: Part): number {
    return this.#graph.resources.filter((one) => !isComponent(one) && this.#is(one, part)).length;
  }

  #is(resource: GraphResource, part: Part): boolean {
    const tops: readonly string[] = parts[part];
    return tops.includes(topOf(this.#graph, resource));
  }
}

/** Components hold resources together and are none themselves. */
function isComponent({ type }: GraphResource): boolean {
  return type.startsWith("music-library:");
}

/** Resources that no part of the picture stands for. */
export function strays(graph: GoldenGraph): GraphResource[] {
  const known = Object.values<readonly string[]>(parts).flat();
  return graph.resources.filter((one) => !known.includes(topOf(graph, one)));
}

export async function architecturePicture(graph: GoldenGraph): Promise<string> {
  const stray = strays(graph).map(({ name }) => name);
  if (stray.length > 0) {
    throw new Error(
      `golden graph: has resources of no part (${stray.join(", ")}); expected each in one. Add it to commands/docs/architecture.ts.`,
    );
  }
  const stack = new Stack(graph);
  const dot = [
    "digraph {",
    graphHead("rankdir=TB nodesep=0.3 ranksep=0.55"),
    ...[serviceFrame(stack), databaseFrame(stack)].map(frameText),
    ...looseBoxes(stack, graph).map(boxText),
    ...arrows(stack).map(arrowText),
    "}",
  ];
  const about = `The music library in production: ${graph.resources.length} resources in ${Object.keys(parts).length} parts.`;
  return await drawn(dot.join("\n"), about);
}

function serviceFrame(stack: Stack): Frame {
  const service = stack.one("Service", "service");
  return {
    id: "service",
    title: `Cloud Run: ${inputOf(service, "name")}`,
    boxes: [
      {
        id: "service",
        title: "track service",
        lines: [
          `${scaling(service)} instances`,
          inputOf(service, "ingress").replace("INGRESS_TRAFFIC_", "").toLowerCase().replaceAll("_", " "),
          `${stack.count("service")} resources`,
        ],
      },
      {
        id: "pooler",
        title: "PgBouncer",
        lines: ["sidecar, transaction mode", "127.0.0.1 only", `${stack.count("pooler")} resources`],
      },
    ],
  };
}

function scaling(service: GraphResource): string {
  const least = inputOf(service, "template.scaling.minInstanceCount");
  return `${least === "" ? "0" : least} to ${inputOf(service, "template.scaling.maxInstanceCount")}`;
}

function databaseFrame(stack: Stack): Frame {
  const instance = stack.one("DatabaseInstance");
  const names = (type: string): string =>
    stack
      .all(type)
      .map((one) => inputOf(one, "name"))
      .join(", ");
  const files = stack.one("SchemaMigrations").inputs["files"];
  return {
    id: "database",
    title: `Cloud SQL: ${inputOf(instance, "name")}`,
    boxes: [
      {
        id: "instance",
        title: "instance",
        lines: [
          inputOf(instance, "databaseVersion").replace("POSTGRES_", "PostgreSQL "),
          `${inputOf(instance, "settings.tier")}, ${inputOf(instance, "settings.availabilityType").toLowerCase()}`,
          `connectors ${inputOf(instance, "settings.connectorEnforcement").toLowerCase()}`,
          "backups, point-in-time recovery",
        ],
      },
      {
        id: "database",
        title: `database ${inputOf(stack.one("Database", "database"), "name")}`,
        lines: [
          `schemas ${names("Schema")}`,
          `extensions ${names("Extension")}`,
          `${stack.count("database")} resources`,
        ],
      },
      {
        id: "roles",
        title: "roles and logins",
        lines: [
          `${stack.all("Role").length} roles without login, ${stack.all("User").length} logins`,
          `${stack.all("Grant").length + stack.all("DefaultPrivileges").length + stack.all("GrantRole").length} grants`,
          `${stack.count("roles")} resources`,
        ],
      },
      {
        id: "migrations",
        title: "schema migrations",
        lines: [`${Array.isArray(files) ? files.length : 0} files of sql/`, "run in every update"],
      },
    ],
  };
}

function looseBoxes(stack: Stack, graph: GoldenGraph): Box[] {
  const bucket = stack.one("Bucket", "bucket");
  const rules = bucket.inputs["lifecycleRules"];
  const fields = Object.keys(graph.outputs);
  const account = stack.one("Account", "identity");
  return [
    { id: "contract", title: "stack outputs", lines: [...fields, "read by deployments of applications"] },
    {
      id: "bucket",
      title: "Cloud Storage",
      lines: [
        inputOf(bucket, "name"),
        `audio/ thumbnails/ temp/`,
        `${Array.isArray(rules) ? rules.length : 0} lifecycle rules, versioning`,
      ],
    },
    {
      id: "identity",
      title: "service account",
      lines: [inputOf(account, "accountId"), "no key file", `${stack.count("identity")} resources`],
    },
    {
      id: "secrets",
      title: "Secret Manager",
      lines: [`${stack.all("Secret").length} secrets: passwords, the pooler's files`],
    },
    {
      id: "repository",
      title: "Artifact Registry",
      lines: [inputOf(stack.one("Repository"), "repositoryId"), "deployed by digest"],
    },
    {
      id: "alerts",
      title: `${stack.all("AlertPolicy").length} alerts`,
      lines: [
        `${stack.all("Dashboard").length} dashboard, ${stack.all("UptimeCheckConfig").length} uptime check`,
        `${stack.all("NotificationChannel").length} address that is told`,
        "on database, bucket, service, project",
        `${stack.count("alerts")} resources`,
      ],
    },
    {
      id: "project",
      title: "project",
      lines: [
        `${stack.all("IAMAuditConfig").length} audit logs of data access`,
        `${stack.count("project") - stack.all("IAMAuditConfig").length} APIs enabled`,
      ],
    },
  ];
}

function arrows(stack: Stack): Arrow[] {
  const roles = stack.all("BucketIAMMember", "bucket").map((one) => inputOf(one, "role").split("/").at(-1) ?? "");
  const readable = stack.all("SecretIamMember", "pooler").length;
  return [
    { from: "contract", to: "service", says: "environment" },
    { from: "repository", to: "service", says: "images", isDashed: true },
    { from: "service", to: "pooler", says: "SQL" },
    { from: "service", to: "identity", says: "runs as; signs URLs as" },
    { from: "pooler", to: "instance", says: "Cloud SQL volume" },
    { from: "identity", to: "bucket", says: [...new Set(roles)].join(", ") },
    { from: "identity", to: "secrets", says: `reads ${readable} of them` },
    { from: "identity", to: "instance", says: "cloudsql.client" },
    { from: "instance", to: "database" },
    { from: "roles", to: "database", says: "rights", isLoose: true },
    { from: "migrations", to: "database", says: "as music_library_migrator", isLoose: true },
    { from: "alerts", to: "service", says: "watches", isDashed: true },
  ];
}
