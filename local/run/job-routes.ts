// The parts of Cloud Run's and Cloud Scheduler's APIs that start what is declared, and say how it went.
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Demand } from "../identity/demand.ts";
import { GoogleError } from "../identity/google-error.ts";
import type { ResourceStore, StoredResource } from "../store.ts";
import { type Jobs, jobSpec, jobType } from "./jobs.ts";
import { type Schedules, schedulerJobType } from "./schedules.ts";

export interface JobParts {
  readonly store: ResourceStore;
  readonly jobs: Jobs;
  readonly schedules: Schedules;
  readonly demand: Demand;
}

interface JobParams {
  readonly project: string;
  readonly location: string;
  /** `NAME:run`: the router would take the colon for a parameter of its own. */
  readonly call: string;
}

export function jobRoutes(server: FastifyInstance, { store, jobs, schedules, demand }: JobParts): void {
  const asked = ({ params, headers }: FastifyRequest<{ Params: JobParams }>, permission: string): string => {
    const [name = "", verb] = params.call.split(":");
    if (verb !== undefined && verb !== "run") throw new GoogleError("NOT_FOUND", `Method not found: ${verb}.`);
    const id = `projects/${params.project}/locations/${params.location}/jobs/${name}`;
    demand(headers.authorization, permission, id);
    return id;
  };
  const declared = (type: string, id: string): StoredResource => {
    const resource = store.get(type, id);
    if (resource === undefined) throw new GoogleError("NOT_FOUND", `Resource '${id}' was not found.`);
    return resource;
  };

  server.post<{ Params: JobParams }>("/v2/projects/:project/locations/:location/jobs/:call", (request, reply) => {
    const id = asked(request, "run.jobs.run");
    const { project, location: region } = request.params;
    const execution = jobs.run(jobSpec(declared(jobType, id).inputs, { project, region }));
    return reply.send({ name: `${id}/operations/${execution.name.split("/").at(-1) ?? ""}`, metadata: execution });
  });
  server.get<{ Params: JobParams }>(
    "/v2/projects/:project/locations/:location/jobs/:call/executions",
    (request, reply) => {
      const id = asked(request, "run.executions.list");
      declared(jobType, id);
      return reply.send({ executions: jobs.of(id) });
    },
  );

  server.post<{ Params: JobParams }>("/v1/projects/:project/locations/:location/jobs/:call", async (request) => {
    const id = asked(request, "cloudscheduler.jobs.run");
    const { inputs } = declared(schedulerJobType, id);
    const { lastAttemptTime, status } = await schedules.call(id, inputs);
    return { name: id, lastAttemptTime, status: { code: status } };
  });
}
