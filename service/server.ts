import { randomUUID } from "node:crypto";
import fastifySwagger from "@fastify/swagger"; // OpenAPI from the routes' own schemas
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "@fastify/type-provider-zod";
import fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify";
import { answerProblem, RouteNotFoundError } from "./problems.ts";
import { healthRoutes } from "./routes/health.ts";
import { trackRoutes } from "./routes/tracks.ts";
import { uploadRoutes } from "./routes/uploads.ts";
import { type VerificationOptions, verificationRoutes } from "./routes/verification.ts";

export interface ServerOptions extends VerificationOptions {
  logger?: NonNullable<FastifyServerOptions["logger"]>;
}

/**
 * The HTTP service over a library. It authenticates nobody by itself: Cloud Run's invoker check (locally the same, in the
 * runner's front) lets only callers with `run.routes.invoke` through, and the deployment is private unless configured.
 */
export async function buildServer({ logger, ...options }: ServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    logger: logger ?? false,
    genReqId: () => randomUUID(),
    // Bodies are a few fields; audio goes straight to Cloud Storage.
    bodyLimit: 16 * 1024,
    // On close, idle keep-alive connections end at once, and those with a running request after their answer.
    forceCloseConnections: "idle",
    // What still arrives on an open connection while closing is answered as well, not refused with 503.
    return503OnClosing: false,
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler(answerProblem);
  server.setNotFoundHandler((request, reply) => answerProblem(new RouteNotFoundError(request), request, reply));
  await server.register(fastifySwagger, {
    openapi: { info: { title: "Music library", version: "1.0.0" } },
    transform: jsonSchemaTransform,
  });
  await server.register(healthRoutes, { library: options.library });
  await server.register(trackRoutes, { library: options.library });
  await server.register(uploadRoutes, { library: options.library });
  await server.register(verificationRoutes, options);
  server.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
  return server;
}
