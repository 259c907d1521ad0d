// What stands before a service: Cloud Run's front end, which lets only invokers in and hands requests to the container.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { portError } from "../identity/listen.ts";

export interface FrontBackend {
  /** Whether everybody may call, with or without a token. */
  openToAll(): boolean;
  /** The principal of an ID token made for this service; undefined when it is not in force here. */
  principalOf(token: string): string | undefined;
  isInvoker(principal: string): boolean;
  /** The container's port once the instance takes requests; undefined when it does not in time, or nobody waits any more. */
  target(waitMs: number, signal: AbortSignal): Promise<number | undefined>;
  timeoutMs(): number;
}

/** How long a request waits for an instance, as on Cloud Run. */
const pendingMs = 10_000;
const hopByHop = ["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade"];

export async function openFront(backend: FrontBackend, port: number, service: string): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    handle(backend, incoming, outgoing).catch((error: unknown) => {
      console.error(`front of ${service}:`, error);
      outgoing.destroy();
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((cause: unknown) => {
    throw portError(cause, port, `service "${service}"`);
  });
  return server;
}

export async function closeFront(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function handle(backend: FrontBackend, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const denied = denial(backend, incoming.headers);
  if (denied !== undefined) {
    refuse(outgoing, incoming, denied);
    return;
  }
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  const port = await backend.target(pendingMs, gone.signal);
  if (gone.signal.aborted) return;
  if (port === undefined) {
    refuse(outgoing, incoming, { status: 503, title: "Service Unavailable", text: "no available instance" });
    return;
  }
  await forward(backend, incoming, outgoing, port);
}

interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly text?: string;
  readonly challenge?: string;
}

/** Why the caller is not let in; undefined when they are. */
function denial(backend: FrontBackend, headers: IncomingHttpHeaders): Refusal | undefined {
  if (backend.openToAll()) return undefined;
  const token = bearer(headers);
  // Without a token the caller is nobody, and nobody is not an invoker.
  if (token === undefined) return { status: 403, title: "Forbidden" };
  const principal = backend.principalOf(token);
  if (principal === undefined) {
    const challenge = 'Bearer error="invalid_token" error_description="The access token could not be verified"';
    return { status: 401, title: "Unauthorized", challenge };
  }
  if (backend.isInvoker(principal)) return undefined;
  const challenge =
    'Bearer error="insufficient_scope" error_description="The access token does not have the permission run.routes.invoke"';
  return { status: 403, title: "Forbidden", challenge };
}

/** Of the two headers the service's own one counts: https://cloud.google.com/run/docs/authenticating/service-to-service */
function bearer(headers: IncomingHttpHeaders): string | undefined {
  const own = headers["x-serverless-authorization"];
  const header = typeof own === "string" ? own : headers.authorization;
  return /^Bearer\s+(\S+)$/i.exec(header ?? "")?.[1];
}

function refuse(outgoing: ServerResponse, incoming: IncomingMessage, refusal: Refusal): void {
  const { status, title, text, challenge } = refusal;
  const url = (incoming.url ?? "/").split("?")[0]?.replaceAll(/[<>&"]/g, "") ?? "/";
  const words = {
    401: `Your client does not have permission to the requested URL <code>${url}</code>.`,
    403: `Your client does not have permission to get URL <code>${url}</code> from this server.`,
  }[status];
  const body = `
<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>${status} ${title}</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: ${title}</h1>
<h2>${words ?? text ?? ""}</h2>
<h2></h2>
</body></html>
`;
  // The rest of the request is not read.
  outgoing.writeHead(status, {
    "content-type": "text/html; charset=UTF-8",
    "content-length": Buffer.byteLength(body),
    connection: "close",
    ...(challenge === undefined ? {} : { "www-authenticate": challenge }),
  });
  outgoing.end(body);
}

async function forward(
  backend: FrontBackend,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
): Promise<void> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error("upstream request timeout")), backend.timeoutMs());
  outgoing.once("close", () => abort.abort());
  try {
    const upstream = request({
      host: "127.0.0.1",
      port,
      method: incoming.method,
      path: incoming.url,
      headers: forwarded(incoming, backend),
      signal: abort.signal,
    });
    const answered = once(upstream, "response") as Promise<[IncomingMessage]>;
    // A container may answer before it has read the whole request.
    pipeline(incoming, upstream).catch(() => undefined);
    const [response] = await answered;
    outgoing.writeHead(response.statusCode ?? 502, withoutHops(response.headers));
    await pipeline(response, outgoing);
  } catch (error) {
    const isTimeout = abort.signal.reason instanceof Error && abort.signal.reason.message.startsWith("upstream");
    if (outgoing.headersSent || outgoing.destroyed) outgoing.destroy();
    else if (isTimeout)
      refuse(outgoing, incoming, { status: 504, title: "Gateway Timeout", text: "upstream request timeout" });
    else refuse(outgoing, incoming, { status: 503, title: "Service Unavailable", text: upstreamText(error) });
  } finally {
    clearTimeout(timer);
  }
}

function upstreamText(error: unknown): string {
  const reason = error instanceof Error && "code" in error ? String(error.code) : "connection ended";
  return `upstream connect error or disconnect/reset before headers (${reason})`;
}

/** The request's headers as the container gets them; a token that was checked here is of no use to it elsewhere. */
function forwarded(incoming: IncomingMessage, backend: FrontBackend): IncomingHttpHeaders {
  const headers = withoutHops(incoming.headers);
  const own = headers["x-serverless-authorization"];
  delete headers["x-serverless-authorization"];
  if (own === undefined && headers.authorization !== undefined && !backend.openToAll()) {
    headers.authorization = headers.authorization.replace(/\.[^.]*$/, ".SIGNATURE_REMOVED_BY_GOOGLE");
  }
  const client = incoming.socket.remoteAddress ?? "127.0.0.1";
  const before = headers["x-forwarded-for"];
  headers["x-forwarded-for"] = typeof before === "string" ? `${before},${client}` : client;
  headers["x-forwarded-proto"] = "http";
  return headers;
}

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)));
}
