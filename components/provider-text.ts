/**
 * The text that Pulumi's process for dynamic providers runs, and that the state keeps: each call loads today's code from
 * `module` (a path from the project's folder), so the text never changes. It is written here and not serialized from a
 * function by Pulumi: another version of its serializer would be another text, which Pulumi answers with a replacement,
 * and the serializer loads a whole TypeScript compiler into every preview.
 */
export function providerText(module: string): string {
  const call = (method: string, parameters: string, name = method): string =>
    `  ${method}: (${parameters}) => require(${JSON.stringify(module)}).${name}(${parameters}),`;
  return [
    "exports.handler = () => ({",
    call("check", "olds, news"),
    call("diff", "id, olds, news"),
    call("create", "inputs"),
    call("read", "id, props"),
    call("update", "id, olds, news"),
    call("delete", "id, props", "remove"),
    "});",
    "",
  ].join("\n");
}
