// The README's tables of who may do what, from the matrix that the grants are made of.
import { bucketParts, bucketRoles } from "../components/bucket-roles.ts";
import {
  customRoles,
  identities,
  type Identity,
  isPredefined,
  type Right,
  rights,
} from "../components/identity-matrix.ts";
import { predefinedRole } from "../local/identity/roles.ts";

const marks = { begin: "<!-- identities:begin -->", end: "<!-- identities:end -->" };

/** README with grants, exact permissions and parts of the application between its marks. Throws when it has none. */
export async function withIdentityTables(text: string): Promise<string> {
  const [begin, end] = [text.indexOf(marks.begin), text.indexOf(marks.end)];
  if (begin < 0 || end < begin) {
    throw new Error(
      `README.md: has no place for the identities; expected a line ${marks.begin} and a line ${marks.end}. Add them.`,
    );
  }
  const tables = [grants(), matrix(), parts()].map((rows) =>
    rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n"),
  );
  return `${text.slice(0, begin + marks.begin.length)}\n\n${tables.join("\n\n")}\n\n${text.slice(end)}`;
}

function table(head: string[], rows: string[][]): string[][] {
  return [head, head.map(() => "---"), ...rows];
}

function grants(): string[][] {
  const rows = rights.map(({ identity, on, role, why }) => [identity, on, roleName(role), why]);
  return table(["Who", "On", "Role", "Why"], rows);
}

/** One row a kind of thing, one column an identity, in each cell what it may do with it. */
function matrix(): string[][] {
  const held = new Map(identities.map((identity) => [identity, permissionsOf(identity)]));
  const kinds = [...new Set([...held.values()].flat().map(kindOf))].sort();
  const rows = kinds.map((kind) => [
    `\`${kind}\``,
    ...identities.map((identity) => verbs(held.get(identity) ?? [], kind)),
  ]);
  return table(["Permission", ...identities], rows);
}

function parts(): string[][] {
  const rows = bucketParts.map((part) => {
    const { role, on, signs, why } = bucketRoles[part];
    return [part, `\`${role}\``, on, signs ? "as itself" : "no", why];
  });
  return table(["Part", "Role", "On", "Signs URLs", "Why"], rows);
}

function permissionsOf(identity: Identity): string[] {
  const held = rights.filter((right) => right.identity === identity).flatMap(({ role }) => permissionsOfRole(role));
  return [...new Set(held)].sort();
}

/** Exactly: of Google's roles as documented, of the project's own as declared. */
export function permissionsOfRole(role: Right["role"]): readonly string[] {
  if (!isPredefined(role)) return customRoles[role].permissions;
  const permissions = predefinedRole(role);
  if (permissions === undefined)
    throw new Error(`role "${role}": its permissions are not known; add them to local/identity/roles.ts.`);
  return permissions;
}

function roleName(role: Right["role"]): string {
  return isPredefined(role) ? `\`${role}\`` : customRoles[role].title;
}

function kindOf(permission: string): string {
  return permission.split(".").slice(0, -1).join(".");
}

function verbs(permissions: readonly string[], kind: string): string {
  return permissions
    .filter((permission) => kindOf(permission) === kind)
    .map((permission) => permission.slice(kind.length + 1))
    .join(", ");
}
