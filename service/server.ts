import { randomUUID } from "node:crypto";
import fastifyRateLimit from "@fastify/rate-limit";
import fastifySwagger from "@fastify/swagger"; // OpenAPI from the routes' own schemas
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "@fastify/type-provider-zod";
import fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions } from "fastify";
import { Access, type AccessSettings } from "./access.ts";
import { answerProblem, RouteNotFoundError, TooManyRequestsError } from "./problems.ts";
import { healthRoutes } from "./routes/health.ts";
import { metricsRoutes, serviceMetrics } from "./routes/metrics.ts";
import { pageRoutes } from "./routes/page.ts";
import { playbackRoutes } from "./routes/playback.ts";
import { trackRoutes } from "./routes/tracks.ts";
import { uploadRoutes } from "./routes/uploads.ts";
import { type VerificationOptions, verificationRoutes } from "./routes/verification.ts";

export interface ServerOptions extends VerificationOptions {
  logger?: NonNullable<FastifyServerOptions["logger"]>;
  /** Whom the service itself asks who they are; nobody unless given, for the platform's invoker check stands before it. */
  access?: AccessSettings;
  /** Signed URLs for one caller in a minute; 600 unless given. */
  signingsPerMinute?: number;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may call: everybody, whoever may read, or only callers with an identity, which is what a route has that says nothing. */
    access?: "open" | "read" | "write";
  }
  interface FastifyRequest {
    /** Subject of the caller's token; null where none was needed. */
    subject: string | null;
  }
}

/**
 * The HTTP service over a library. Cloud Run's invoker check (locally the same, in the runner's front) stands before it and lets
 * only callers with `run.routes.invoke` through; with an issuer configured the service asks for an ID token besides, for reads
 * unless these are public, and for everything else always.
 */
export async function buildServer({ logger, access, ...options }: ServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    logger: logger ?? false,
    genReqId: () => randomUUID(),
    // Bodies are a few fields; audio goes straight to Cloud Storage.
    bodyLimit: 16 * 1024,
    routerOptions: { maxParamLength: 100 },
    // Cloud Run's front is the one hop whose word on the caller's address counts.
    trustProxy: (_address, hop) => hop === 0,
    // On close, idle keep-alive connections end at once, and those with a running request after their answer.
    forceCloseConnections: "idle",
    // What still arrives on an open connection while closing is answered as well, not refused with 503.
    return503OnClosing: false,
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler(answerProblem);
  server.setNotFoundHandler((request, reply) => answerProblem(new RouteNotFoundError(request), request, reply));
  server.addHook("onRequest", (request, reply, next) => {
    // What the log has under this id can be asked for by whoever got the answer.
    reply.header("x-request-id", request.id);
    next();
  });
  const metrics = serviceMetrics(options);
  server.addHook("onResponse", (request, reply, next) => {
    metrics.observe(request, reply);
    next();
  });
  checkCallers(server, new Access(access ?? { publicReads: false, identity: undefined }));
  await server.register(fastifyRateLimit, {
    global: false,
    timeWindow: "1 minute",
    max: options.signingsPerMinute ?? 600,
    keyGenerator: (request: FastifyRequest) => request.subject ?? request.ip,
    errorResponseBuilder: (_request, { max, ttl }) => new TooManyRequestsError(max, ttl),
  });
  await server.register(fastifySwagger, {
    openapi: {
      info: { title: "Music library", version: "1.0.0" },
      components: { securitySchemes: { idToken: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
      security: [{ idToken: [] }],
    },
    transform: jsonSchemaTransform,
  });
  await server.register(healthRoutes, { library: options.library });
  await server.register(metricsRoutes, { ...options, metrics });
  await server.register(trackRoutes, { library: options.library });
  await server.register(playbackRoutes, { library: options.library });
  await server.register(uploadRoutes, { library: options.library });
  await server.register(verificationRoutes, options);
  await server.register(pageRoutes, { library: options.library });
  server.get("/openapi.json", { schema: { hide: true }, config: { access: "read" } }, () => server.swagger());
  return server;
}

/** Every route says who may call it; one that forgot is closed. */
function checkCallers(server: FastifyInstance, access: Access): void {
  server.decorateRequest("subject", null);
  server.addHook("onRequest", async (request) => {
    if (request.is404) return;
    const kind = request.routeOptions.config.access ?? "write";
    if (kind !== "open") request.subject = (await access.check(kind, request)) ?? null;
  });
}
