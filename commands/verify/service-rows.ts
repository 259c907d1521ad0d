// Rows that only the service itself can fill: the pooler beside it and the rights of its own account.
import { expectThat, type Measurements, type Row, row } from "./report.ts";
import type { VerifyContext } from "./context.ts";

/** A row as the service reports it. */
interface ServiceRow {
  readonly name: string;
  readonly passed: boolean;
  readonly figure: string;
  readonly problem?: string;
  readonly measured?: Measurements;
}

export async function serviceRows(context: VerifyContext): Promise<Row[]> {
  const rows: Row[] = [await row("the track service refuses strangers", () => strangerFigure(context.serviceUri))];
  try {
    const { rows: found } = await context.callService<{ rows: ServiceRow[] }>("/internal/verify", {});
    rows.push(
      ...found.map(({ name, passed, figure, problem, measured }) => ({
        ...{ promise: name, passed, figure: problem ?? figure },
        ...(measured === undefined ? {} : { measured }),
      })),
    );
  } catch (error) {
    rows.push({
      promise: "the track service verifies itself",
      passed: false,
      figure: error instanceof Error ? error.message : String(error),
    });
  }
  return rows;
}

async function strangerFigure(uri: string): Promise<string> {
  const { status } = await fetch(`${uri}/tracks`);
  expectThat(status === 401 || status === 403, `a stranger is answered with ${status}`);
  return `${status} without an identity token`;
}
