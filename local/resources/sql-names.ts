// Names and addresses in Cloud SQL. Pure.
export const deletionPolicies = ["DELETE", "PREVENT", "ABANDON"] as const;

export function isInstanceName(name: string): boolean {
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name);
}

/** Whether PostgreSQL keeps the name whole (63 bytes). */
export function isIdentifier(name: string): boolean {
  return name !== "" && Buffer.byteLength(name) <= 63 && !name.includes("\0");
}

export function selfLink(project: string, ...path: string[]): string {
  return `https://sqladmin.googleapis.com/sql/v1beta4/projects/${project}/${path.join("/")}`;
}
