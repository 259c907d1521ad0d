// A Google project as bootstrap meets it: its services, billing, buckets, keys, accounts and policies, kept in memory, with the
// refusals that Google gives. A test makes it fail at any call.
import type { Transport } from "../../commands/bootstrap/google-api.ts";

interface Answer {
  status: number;
  data: unknown;
}
interface Binding {
  role: string;
  members: string[];
  condition?: unknown;
}

const ok = (data: unknown): Answer => ({ status: 200, data });
const refused = (status: number, message: string): Answer => ({ status, data: { error: { code: status, message } } });

export class FakeGoogleProject {
  billing: string | undefined;
  readonly enabled = new Set<string>();
  /** Buckets, key rings, keys and accounts by their address. */
  readonly resources = new Map<string, Record<string, unknown>>();
  readonly policies = new Map<string, { bindings: Binding[]; etag: string }>();
  /** Calls that change something, in order. */
  readonly changes: string[] = [];
  /** Number of the change at which the connection breaks, after Google has made it; 0 for never. */
  breaksAt = 0;
  /** How often Google does not know a new account yet. */
  accountDelay = 0;
  /** Somebody else changes every policy between reading and writing, this often. */
  rivals = 0;
  /** Questions after resources that are answered as if somebody made them only afterwards. */
  late = 0;
  private readonly projects: readonly string[];

  constructor(
    projects: readonly string[],
    { billing, enabled }: { billing?: string; enabled?: readonly string[] } = {},
  ) {
    this.projects = projects;
    this.billing = billing;
    for (const service of enabled ?? []) this.enabled.add(service);
  }

  readonly transport: Transport = async ({ method, url, body }) => {
    const [host = ""] = url.split("/");
    if (host !== "serviceusage.googleapis.com" && !this.enabled.has(host)) {
      return refused(403, `${host} has not been used in project before or it is disabled.`);
    }
    const reads = method === "GET" || url.endsWith(":getIamPolicy");
    const answer = this.answer(method, url, body);
    if (reads) return answer;
    this.changes.push(`${method} ${url}`);
    if (this.changes.length === this.breaksAt) throw new Error("socket hang up");
    return answer;
  };

  /** Everything that stands, for comparing two ways to it. */
  get state(): unknown {
    const policies = [...this.policies].map(([name, { bindings }]) => [name, bindings]);
    return structuredClone({
      billing: this.billing,
      enabled: [...this.enabled].sort(),
      resources: [...this.resources].sort(),
      policies: policies.sort(),
    });
  }

  private answer(method: string, url: string, body: unknown): Answer {
    if (/[:/](get|set)IamPolicy$/.test(url) || url.endsWith("/iam")) return this.policy(method, url, body);
    const project = /\/projects\/([^/:?]+)/.exec(url)?.[1];
    if (project !== undefined && !this.projects.includes(project)) return refused(404, "Not found.");
    if (url.includes(":batchGet")) {
      const names = [...url.matchAll(/services\/([a-z.]+)/g)].map(([, name]) => name!);
      return ok({
        services: names.map((name) => ({
          name: `projects/1/services/${name}`,
          state: this.enabled.has(name) ? "ENABLED" : "DISABLED",
        })),
      });
    }
    if (url.includes(":batchEnable")) return this.enable((body as { serviceIds: string[] }).serviceIds);
    if (url.includes("/operations/")) return ok({ name: "operations/acf.1", done: true });
    if (url.endsWith("/billingInfo")) return this.billingInfo(method, body);
    if (url.startsWith("cloudresourcemanager")) return ok({ projectId: project, state: "ACTIVE", name: "projects/1" });
    return this.resource(method, url, body);
  }

  private enable(serviceIds: readonly string[]): Answer {
    if (serviceIds.length > 20) return refused(400, "At most 20 services.");
    const billed = serviceIds.filter((id) => /^(sqladmin|run|artifactregistry|cloudkms)/.test(id));
    if (billed.length > 0 && this.billing === undefined) return refused(400, "Billing must be enabled.");
    for (const id of serviceIds) this.enabled.add(id);
    return ok({ name: "operations/acf.1", done: false });
  }

  private billingInfo(method: string, body: unknown): Answer {
    if (method === "PUT") this.billing = (body as { billingAccountName: string }).billingAccountName;
    return ok({ billingEnabled: this.billing !== undefined });
  }

  private resource(method: string, url: string, body: unknown): Answer {
    const value = (body ?? {}) as Record<string, unknown> & { name?: string; accountId?: string };
    const [path = "", query = ""] = url.split("?");
    const id = url.startsWith("storage")
      ? (value.name ?? "")
      : url.startsWith("iam.")
        ? `${value.accountId ?? ""}@${/projects\/([^/]+)/.exec(url)?.[1] ?? ""}.iam.gserviceaccount.com`
        : (query.split("=")[1] ?? "");
    const address = method === "POST" ? `${path}/${id}` : path;
    const found = this.resources.get(address);
    if (method === "GET" && this.late > 0) {
      this.late--;
      return refused(404, "Not found.");
    }
    if (method === "POST" && found !== undefined) return refused(409, "Already exists.");
    if (method !== "POST" && found === undefined) return refused(404, "Not found.");
    if (method !== "GET") this.resources.set(address, { ...found, ...value });
    return ok(this.resources.get(address));
  }

  private policy(method: string, url: string, body: unknown): Answer {
    const name = url.replace(/(:(get|set)IamPolicy|\/iam)$/, "");
    if (!name.startsWith("cloudresourcemanager") && !this.resources.has(name)) return refused(404, "Not found.");
    const current = this.policies.get(name) ?? { bindings: [], etag: "0" };
    if (method === "GET" || url.endsWith(":getIamPolicy")) return ok(structuredClone(current));
    const given = (method === "PUT" ? body : (body as { policy: unknown }).policy) as typeof current;
    if (this.accountDelay > 0) {
      this.accountDelay--;
      return refused(400, "Service account music-library-deployer-0 does not exist.");
    }
    if (this.rivals > 0) {
      this.rivals--;
      const bindings = [
        ...current.bindings,
        { role: "roles/viewer", members: [`user:rival-${this.rivals}@example.org`] },
      ];
      this.policies.set(name, { bindings, etag: `rival-${this.rivals}` });
      return refused(409, "There were concurrent policy changes.");
    }
    if (given.etag !== current.etag && current.etag !== "0")
      return refused(409, "There were concurrent policy changes.");
    this.policies.set(name, { bindings: given.bindings, etag: String(Number(current.etag) + 1) });
    return ok(given);
  }
}
