import { z } from "zod";

/** One configuration key: what it accepts, in code and in words, and what stands where a stack says nothing. */
export interface ConfigKey<T> {
  schema: z.ZodType<T>;
  default: T;
  /** The accepted set in words, with its unit. */
  accepted: string;
  description: string;
}

interface About<T> {
  default: T;
  description: string;
}

export function oneOf<const T extends string>(values: readonly T[], about: About<NoInfer<T>>): ConfigKey<T> {
  return { schema: z.enum(values), accepted: values.join(" or "), ...about };
}

export function wholeNumber(
  range: { min: number; max: number; unit: string },
  about: About<number>,
): ConfigKey<number> {
  const accepted = `a whole number of ${range.unit} from ${range.min} to ${range.max}`;
  return { schema: z.int().min(range.min).max(range.max), accepted, ...about };
}

export function fact(about: About<boolean>): ConfigKey<boolean> {
  return { schema: z.boolean(), accepted: "true or false", ...about };
}

export function text(pattern: RegExp, accepted: string, about: About<string>): ConfigKey<string> {
  return { schema: z.string().regex(pattern), accepted, ...about };
}

export function texts(pattern: RegExp, accepted: string, about: About<string[]>): ConfigKey<string[]> {
  const schema = z
    .array(z.string().regex(pattern))
    .refine((list) => new Set(list).size === list.length, "names something twice");
  return { schema, accepted: `a list of ${accepted}, none twice`, ...about };
}

export function port(about: About<number>): ConfigKey<number> {
  return { ...wholeNumber({ min: 1024, max: 65_535, unit: "" }, about), accepted: "a TCP port from 1024 to 65535" };
}

export function endpoint(api: string): ConfigKey<string> {
  return text(/^(https?:\/\/[a-z0-9.-]+(:\d{1,5})?)?$/, '"" or an address as http://127.0.0.1:8080, without a path', {
    default: "",
    description: `Address of ${api}; "" is Google's own. Only the stack on one machine fills it.`,
  });
}

/** A container image; "" only where that is the default. */
export function image(about: About<string>): ConfigKey<string> {
  const named = /([a-z0-9.-]+(:\d+)?\/)?[a-z0-9._/-]+(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?/;
  const accepted = "an image as REGISTRY/PATH@sha256:64 hex digits";
  return about.default === ""
    ? text(new RegExp(`^(${named.source})?$`), `"" or ${accepted}`, about)
    : text(new RegExp(`^${named.source}$`), accepted, about);
}
