// When Cloud SQL says no to something inside an instance.

/** What a declaration asks for that cannot be had on this machine. */
export class NotInLocalCloudError extends Error {
  override readonly name = "NotInLocalCloudError";
}

/** A request that the instance's PostgreSQL refused; the message is Google's, with PostgreSQL's words in it. */
export class SqlRefusedError extends Error {
  override readonly name = "SqlRefusedError";
}

/** Whether a deletion is to have its effect: false for ABANDON; throws for PREVENT. */
export function mayDelete(subject: string, deletionPolicy: string | null | undefined): boolean {
  if (deletionPolicy === "PREVENT") {
    throw new SqlRefusedError(
      `Error, failed to delete ${subject} because deletion_policy is set to PREVENT. Set it to DELETE to proceed`,
    );
  }
  return deletionPolicy !== "ABANDON";
}
