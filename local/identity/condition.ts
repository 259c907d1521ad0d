// The part of CEL that IAM conditions of this kind of stack are written in: comparisons of the resource's name, type and
// service, joined by && || ! and parentheses. Anything else is refused by name, never taken for true or false.

/** What a condition may look at. */
export interface ConditionSubject {
  readonly "resource.name": string;
  readonly "resource.type": string;
  readonly "resource.service": string;
}

export type Condition = (subject: ConditionSubject) => boolean;

/** Thrown for an expression outside the part that is known here. */
export class ConditionError extends Error {
  override readonly name = "ConditionError";
}

const tokenPattern = /\s*(?:(&&|\|\||==|!=|!|\(|\)|\.)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(\S))/gy;
const attributes = ["resource.name", "resource.type", "resource.service"] as const;
const methods = ["startsWith", "endsWith", "contains"] as const;

/** Parses an expression. Raises ConditionError naming what is not known. */
export function parseCondition(expression: string): Condition {
  return new ConditionParser(expression).parse();
}

/** Recursive descent: || below && below ! below comparisons. */
class ConditionParser {
  private readonly expression: string;
  private readonly tokens: readonly string[];
  private position = 0;

  constructor(expression: string) {
    this.expression = expression;
    this.tokens = [...expression.matchAll(tokenPattern)].map((match) => match[0].trim());
  }

  parse(): Condition {
    const condition = this.disjunction();
    if (this.position < this.tokens.length) this.refuse(`"${this.next()}"`);
    return condition;
  }

  private disjunction(): Condition {
    const parts = [this.conjunction()];
    while (this.accept("||")) parts.push(this.conjunction());
    return (subject) => parts.some((part) => part(subject));
  }

  private conjunction(): Condition {
    const parts = [this.negation()];
    while (this.accept("&&")) parts.push(this.negation());
    return (subject) => parts.every((part) => part(subject));
  }

  private negation(): Condition {
    if (this.accept("!")) {
      const inner = this.negation();
      return (subject) => !inner(subject);
    }
    if (!this.accept("(")) return this.comparison();
    const inner = this.disjunction();
    this.expect(")");
    return inner;
  }

  private comparison(): Condition {
    const first = this.take();
    const path = this.accept(".") ? `${first}.${this.take()}` : first;
    const attribute = attributes.find((name) => name === path) ?? this.refuse(`"${path}"`);
    for (const [operator, equal] of [["==", true] as const, ["!=", false] as const]) {
      if (!this.accept(operator)) continue;
      const value = this.text();
      return (subject) => (subject[attribute] === value) === equal;
    }
    this.expect(".");
    const called = this.take();
    const method = methods.find((name) => name === called) ?? this.refuse(`"${called}"`);
    this.expect("(");
    const value = this.text();
    this.expect(")");
    const test = { startsWith: "startsWith", endsWith: "endsWith", contains: "includes" } as const;
    return (subject) => subject[attribute][test[method]](value);
  }

  private text(): string {
    const token = this.take();
    if (!/^["']/.test(token) || token.length < 2) this.refuse(`"${token}"`);
    return token.slice(1, -1).replaceAll(/\\(.)/g, "$1");
  }

  private next(): string {
    return this.tokens[this.position] ?? "the end";
  }

  private take(): string {
    const token = this.next();
    this.position += 1;
    return token;
  }

  private accept(token: string): boolean {
    if (this.tokens[this.position] !== token) return false;
    this.position += 1;
    return true;
  }

  private expect(token: string): void {
    if (!this.accept(token)) this.refuse(`"${this.next()}" in place of "${token}"`);
  }

  private refuse(what: string): never {
    throw new ConditionError(
      `condition "${this.expression}": ${what} is not evaluated by the local cloud; expected ${attributes.join(", ")} with ==, !=, startsWith, endsWith or contains, joined by &&, || and !. Rewrite the condition or leave it to the cloud.`,
    );
  }
}

/** Name, type and service of a resource as IAM shows them to conditions. */
export function subjectOf(resource: string, projectNumber: string): ConditionSubject {
  const { type, service } = kindOf(resource);
  // Secrets are shown with the project's number: https://cloud.google.com/iam/docs/conditions-resource-attributes
  const name = service.startsWith("secretmanager")
    ? resource.replace(/^projects\/[^/]+/, `projects/${projectNumber}`)
    : resource;
  return { "resource.name": name, "resource.type": type, "resource.service": service };
}

function kindOf(resource: string): { type: string; service: string } {
  const known: [RegExp, string, string][] = [
    [/^projects\/_\/buckets\/[^/]+\/objects\//, "storage.googleapis.com", "Object"],
    [/^projects\/_\/buckets\/[^/]+\/managedFolders\//, "storage.googleapis.com", "ManagedFolder"],
    [/^projects\/_\/buckets\/[^/]+$/, "storage.googleapis.com", "Bucket"],
    [/^projects\/[^/]+\/secrets\/[^/]+\/versions\//, "secretmanager.googleapis.com", "SecretVersion"],
    [/^projects\/[^/]+\/secrets\/[^/]+$/, "secretmanager.googleapis.com", "Secret"],
    [/^projects\/[^/]+\/serviceAccounts\//, "iam.googleapis.com", "ServiceAccount"],
    [/^projects\/[^/]+\/locations\/[^/]+\/services\//, "run.googleapis.com", "Service"],
    [/^projects\/[^/]+\/instances\//, "sqladmin.googleapis.com", "Instance"],
    [/^projects\/[^/]+$/, "cloudresourcemanager.googleapis.com", "Project"],
  ];
  const found = known.find(([pattern]) => pattern.test(resource));
  return found === undefined ? { type: "", service: "" } : { service: found[1], type: `${found[1]}/${found[2]}` };
}
