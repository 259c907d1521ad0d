import type { FastifyPluginCallbackZod } from "@fastify/type-provider-zod";
import type { FastifyReply, FastifyRequest } from "fastify";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client"; // the exposition format that every collector reads
import { z } from "zod";
import type { MusicLibrary } from "../../client/index.ts";
import { RecentLatencies } from "../latencies.ts";
import { type PoolerStatistics, poolerStatistics } from "../pooler-statistics.ts";

export interface MetricsOptions {
  library: MusicLibrary;
  poolerPassword: string;
}

/** Rows by PostgreSQL's own estimate: counting ten million takes seconds. */
const SIZE = {
  name: "library_size",
  text:
    "select greatest(reltuples, 0)::bigint::text as tracks from pg_catalog.pg_class " +
    "where oid = 'library.audio_tracks'::regclass",
  values: [],
  safe: true,
};
const SEARCH_ROUTE = "/tracks";

/** What is measured of one service; `observe` belongs into the server's own hook, which sees every route. */
export interface ServiceMetrics {
  registry: Registry;
  searches: RecentLatencies;
  observe: (request: FastifyRequest, reply: FastifyReply) => void;
}

export function serviceMetrics({ library, poolerPassword }: MetricsOptions): ServiceMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  poolGauges(registry, library, poolerPassword);
  const requests = new Histogram({
    ...{ name: "http_request_duration_seconds", help: "Time until the answer, by route and status" },
    ...{
      labelNames: ["method", "route", "status"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    registers: [registry],
  });
  const searches = new RecentLatencies();
  const observe = (request: FastifyRequest, reply: FastifyReply) => {
    // The route's pattern, never the path: ids would be a series each.
    const route = request.routeOptions.url ?? "none";
    requests.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    if (route === SEARCH_ROUTE && reply.statusCode === 200) searches.add(reply.elapsedTime);
  };
  return { registry, searches, observe };
}

/** `/metrics` for collectors, `/status` for people: requests, searches, both pools and the size of the library. */
export const metricsRoutes: FastifyPluginCallbackZod<MetricsOptions & { metrics: ServiceMetrics }> = (
  server,
  { library, poolerPassword, metrics: { registry, searches } },
  done,
) => {
  server.get("/metrics", { schema: { hide: true }, config: { access: "read" } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );

  const answer = z.object({
    pool: z.object({ total: z.int(), idle: z.int(), waiting: z.int() }).describe("this process to the pooler"),
    pooler: z
      .object({
        ...{ clientsActive: z.number(), clientsWaiting: z.number(), serversActive: z.number() },
        ...{ serversIdle: z.number(), maxWaitSeconds: z.number() },
      })
      .nullable()
      .describe("PgBouncer; null where it does not answer"),
    searchMs: z.object({ p50: z.number(), p99: z.number() }).describe("of the last 512 searches"),
    tracks: z.int().describe("an estimate"),
  });
  server.get("/status", { schema: { response: { 200: answer } }, config: { access: "read" } }, async () => {
    const [pooler, size] = await Promise.all([
      poolerStatistics(library.contract, poolerPassword),
      library.database.query<{ tracks: string }>(SIZE),
    ]);
    return {
      pool: library.database.connections,
      pooler: pooler ?? null,
      searchMs: { p50: searches.quantile(0.5), p99: searches.quantile(0.99) },
      tracks: Number(size[0]?.tracks ?? 0),
    };
  });
  done();
};

function poolGauges(registry: Registry, library: MusicLibrary, poolerPassword: string): void {
  const registers = [registry];
  const connections = new Gauge({
    ...{ name: "client_pool_connections", help: "Connections of this process to the pooler", labelNames: ["state"] },
    registers,
    collect: () => {
      const { total, idle, waiting } = library.database.connections;
      connections.set({ state: "busy" }, total - idle);
      connections.set({ state: "idle" }, idle);
      connections.set({ state: "waiting" }, waiting);
    },
  });
  // The names of prometheus-community's pgbouncer_exporter, which dashboards know.
  const names: Readonly<Record<keyof PoolerStatistics, string>> = {
    clientsActive: "pgbouncer_pools_client_active_connections",
    clientsWaiting: "pgbouncer_pools_client_waiting_connections",
    serversActive: "pgbouncer_pools_server_active_connections",
    serversIdle: "pgbouncer_pools_server_idle_connections",
    maxWaitSeconds: "pgbouncer_pools_client_maxwait_seconds",
  };
  const gauges = Object.entries(names).map(
    ([field, name]) =>
      [field as keyof PoolerStatistics, new Gauge({ name, help: `SHOW POOLS: ${field}`, registers })] as const,
  );
  const up = new Gauge({
    ...{ name: "pgbouncer_up", help: "Whether PgBouncer answered SHOW POOLS" },
    registers,
    collect: async () => {
      const statistics = await poolerStatistics(library.contract, poolerPassword);
      up.set(statistics === undefined ? 0 : 1);
      for (const [field, gauge] of gauges) if (statistics !== undefined) gauge.set(statistics[field]);
    },
  });
}
