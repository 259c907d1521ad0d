// Everything that a report says of a preview, as data.
import { violations } from "../policy/rules.ts";
import type { Violation } from "../policy/rules.ts";
import type { ContractChanges } from "./contract-change.ts";
import { contractChanges } from "./contract-change.ts";
import { type CostChange, type Decision, decisions } from "./decisions.ts";
import { type PendingSql, pendingSql } from "./pending-sql.ts";
import { operations, type Operation, type Preview, type PreviewedResource } from "./preview.ts";
import { type PropertyChange, propertyChanges } from "./property-change.ts";
import { type Restart, restarts } from "./restarts.ts";

export interface ChangedResource extends Pick<PreviewedResource, "name" | "type" | "operation"> {
  readonly properties: readonly PropertyChange[];
}

export interface PreviewReport {
  /** Raised when fields change their meaning. */
  readonly version: 1;
  readonly stack: string;
  readonly failed: boolean;
  readonly counts: Readonly<Partial<Record<Operation, number>>>;
  readonly decisions: readonly Decision[];
  /** All but the unchanged, deletes and replacements first. */
  readonly changes: readonly ChangedResource[];
  readonly restarts: readonly Restart[];
  readonly sql: PendingSql;
  readonly costs: CostChange;
  readonly violations: readonly Violation[];
  readonly contract: ContractChanges;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

export interface ReportArgs {
  readonly preview: Preview;
  readonly costs: CostChange;
}

export function previewReport({ preview, costs }: ReportArgs): PreviewReport {
  const { stack, resources, outputs, errors, warnings } = preview;
  const changed = resources.filter(({ operation }) => operation !== "same" && operation !== "read");
  const sql = pendingSql(resources);
  const restarting = restarts(resources);
  const contract = contractChanges(outputs.before["contract"], outputs.after["contract"]);
  // A preview that failed has seen a part of the graph only: what is missing from it is no offence.
  const broken = errors.length > 0 ? [] : violations(graphAfter(preview));
  return {
    version: 1,
    stack,
    failed: errors.length > 0,
    counts: Object.fromEntries(
      operations.flatMap((operation) => {
        const count = resources.filter((one) => one.operation === operation).length;
        return count === 0 ? [] : [[operation, count]];
      }),
    ),
    decisions: decisions({ preview, sql, restarts: restarting, violations: broken, contract, costs }),
    changes: changed.toSorted(graver).map((resource) => ({
      ...{ name: resource.name, type: resource.type, operation: resource.operation },
      properties: propertyChanges(resource),
    })),
    restarts: restarting,
    sql,
    costs,
    violations: broken,
    contract,
    errors,
    warnings,
  };
}

function graphAfter({ stack, resources, outputs }: Preview) {
  return {
    stack,
    resources: resources.flatMap(({ type, name, operation, after }) =>
      after === undefined || operation === "delete"
        ? []
        : [{ type, name, inputs: after.inputs, protect: after.protect }],
    ),
    outputs: outputs.after,
  };
}

function graver(a: PreviewedResource, b: PreviewedResource): number {
  const byOperation = operations.indexOf(a.operation) - operations.indexOf(b.operation);
  return byOperation !== 0 ? byOperation : `${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1;
}
