// GitHub's REST API as far as the workflows call it: comments of a pull request and issues, kept in memory.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";

const TOKEN = "token-of-a-job";
const REPOSITORY = "example/music-library";

interface Text {
  id: number;
  number: number;
  title?: string;
  body: string;
  state: string;
  user: { login: string };
  pull_request?: object;
}

export class FakeGithub {
  readonly comments: Text[] = [];
  readonly issues: Text[] = [];
  /** Deployments of main that succeeded, the newest first. */
  readonly deployments: { id: number }[] = [];
  /** Method and path of every call that changes something. */
  readonly changes: string[] = [];
  private next = 1;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request).then(({ status, value }) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      });
    });
  }

  async start(): Promise<this> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  /** What GitHub sets in a job's environment, and the token that a step is given. */
  get environment(): Record<string, string> {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("not started");
    return {
      GITHUB_API_URL: `http://127.0.0.1:${String(address.port)}`,
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_TOKEN: TOKEN,
    };
  }

  /** Somebody else than the workflow writes. */
  add(list: Text[], login: string, body: string, more: Partial<Text> = {}): void {
    const id = this.next++;
    list.push({ id, number: id, body, state: "open", user: { login }, ...more });
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; value: unknown }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = (chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString("utf8"))) as Partial<Text>;
    const url = new URL(request.url ?? "", "http://localhost");
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return { status: 401, value: { message: "Bad credentials" } };
    if ((body.body?.length ?? 0) > 65_536) return { status: 422, value: { message: "body is too long" } };
    const method = request.method ?? "";
    const path = url.pathname.replace(`/repos/${REPOSITORY}`, "");
    const page = Number(url.searchParams.get("page"));
    const paged = (list: readonly Text[]) => ({ status: 200, value: list.slice((page - 1) * 100, page * 100) });
    if (method === "GET" && /^\/issues\/\d+\/comments$/.test(path)) return paged(this.comments);
    if (method === "GET" && path === "/issues") return paged(this.issues.filter(({ state }) => state === "open"));
    if (
      method === "GET" &&
      path === "/actions/workflows/deploy.yml/runs" &&
      url.searchParams.get("branch") === "main"
    ) {
      return { status: 200, value: { workflow_runs: this.deployments.slice(0, 1) } };
    }
    this.changes.push(`${method} ${path}`);
    if (method === "POST") {
      const list = path === "/issues" ? this.issues : this.comments;
      this.add(list, "github-actions[bot]", body.body ?? "", body);
      return { status: 201, value: list.at(-1) };
    }
    const [, list, id] = /^\/issues\/(comments\/)?(\d+)$/.exec(path) ?? [];
    const found = (list === undefined ? this.issues : this.comments).find((text) => text.id === Number(id));
    if (method !== "PATCH" || found === undefined) return { status: 404, value: { message: "Not Found" } };
    return { status: 200, value: Object.assign(found, body) };
  }
}
