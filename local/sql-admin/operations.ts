// Cloud SQL's long-running operations: named at once, asked after until they are done. They live as long as the local cloud runs.
import { randomUUID } from "node:crypto";
import { localProject } from "../identity/project.ts";

export interface Operation {
  readonly kind: "sql#operation";
  readonly name: string;
  readonly operationType: string;
  readonly targetProject: string;
  readonly targetId: string;
  readonly user: string;
  /** RFC 3339. */
  readonly insertTime: string;
  readonly startTime: string;
  endTime?: string;
  status: "RUNNING" | "DONE";
  error?: { kind: "sql#operationErrors"; errors: { kind: "sql#operationError"; code: string; message: string }[] };
  readonly backupContext?: { kind: "sql#backupContext"; backupId: string };
}

interface Begun {
  readonly operationType: string;
  readonly targetId: string;
  readonly user: string;
  readonly backupId?: string;
}

/** As many as are remembered. */
const remembered = 1000;

export class Operations {
  private readonly all = new Map<string, Operation>();

  /** Begins work that goes on by itself; what it raises becomes the operation's error. */
  begin(begun: Begun, work: () => Promise<void>): Operation {
    const { operationType, targetId, user, backupId } = begun;
    const insertTime = new Date().toISOString();
    const operation: Operation = {
      kind: "sql#operation",
      name: randomUUID(),
      operationType,
      targetProject: localProject,
      targetId,
      user,
      insertTime,
      startTime: insertTime,
      status: "RUNNING",
      ...(backupId === undefined ? {} : { backupContext: { kind: "sql#backupContext", backupId } }),
    };
    this.all.set(operation.name, operation);
    for (const name of [...this.all.keys()].slice(0, -remembered)) this.all.delete(name);
    void work()
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        const code = "INTERNAL_ERROR";
        operation.error = { kind: "sql#operationErrors", errors: [{ kind: "sql#operationError", code, message }] };
      })
      .finally(() => {
        operation.status = "DONE";
        operation.endTime = new Date().toISOString();
      });
    return operation;
  }

  get(name: string): Operation | undefined {
    return this.all.get(name);
  }

  /** The newest first; those of one instance where one is named. */
  list(instance: string | undefined): Operation[] {
    const all = [...this.all.values()].reverse();
    return instance === undefined ? all : all.filter(({ targetId }) => targetId === instance);
  }
}
