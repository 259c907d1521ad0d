// The few calls of GitHub's REST API that the workflows need, with the job's own token.
import { UsageError } from "../command.ts";

/** GitHub refused a call. The message has its status and what it says. */
export class GitHubError extends Error {
  override readonly name = "GitHubError";
}

/** Who writes with a job's own token. Only what this account wrote is ever changed. */
export const WORKFLOW_AUTHOR = "github-actions[bot]";

/** Longest body of a comment or an issue, in characters: longer ones are refused with 422. */
const BODY_LIMIT = 65_536;

export class GitHub {
  private readonly address: string;
  private readonly token: string;

  constructor({ api, repository, token }: { api: string; repository: string; token: string }) {
    this.address = `${api}/repos/${repository}`;
    this.token = token;
  }

  /** From the variables that GitHub sets in every job, and GITHUB_TOKEN. Raises UsageError with all that are missing. */
  static fromEnvironment(env: NodeJS.ProcessEnv = process.env): GitHub {
    const { GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = env;
    if (api !== undefined && repository !== undefined && token !== undefined) {
      return new GitHub({ api, repository, token });
    }
    const missing = Object.entries({ GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token })
      .filter(([, value]) => value === undefined)
      .map(([name]) => name);
    throw new UsageError(
      `environment: has no ${missing.join(", ")}; expected what a job of GitHub has. Pass \${{ github.token }} to the step as GITHUB_TOKEN.`,
    );
  }

  async call<Answer>(method: "GET" | "POST" | "PATCH", path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.address}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${this.token}`,
        "content-type": "application/json",
        "x-github-api-version": "2022-11-28",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new GitHubError(
        `GitHub "${method} ${path}": answered ${response.status} (${text.slice(0, 300)}); expected success. ` +
          "Check the permissions of the job.",
      );
    }
    return JSON.parse(text) as Answer;
  }

  /** Every page of a list. */
  async list<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let page = 1; ; page++) {
      const separator = path.includes("?") ? "&" : "?";
      const found = await this.call<Item[]>("GET", `${path}${separator}per_page=100&page=${page}`);
      items.push(...found);
      if (found.length < 100) return items;
    }
  }
}

/** A line that no reader sees and by which a workflow finds what it wrote. */
export function marker(name: string): string {
  return `<!-- music-library:${name} -->`;
}

/** Marker and text, cut where GitHub would refuse it. */
export function markedBody(name: string, text: string): string {
  const body = `${marker(name)}\n${text.trim()}\n`;
  if (body.length <= BODY_LIMIT) return body;
  const note = "\n\n… cut: too long for GitHub. The whole text is an artifact of the workflow's run.\n";
  // An open fence or <details> would swallow the note.
  const kept = body.slice(0, BODY_LIMIT - note.length - 20);
  const fence = (kept.match(/^```/gm) ?? []).length % 2 === 1 ? "\n```" : "";
  const open = (kept.match(/<details>/g) ?? []).length - (kept.match(/<\/details>/g) ?? []).length;
  return `${kept}${fence}${open > 0 ? "\n</details>" : ""}${note}`;
}
