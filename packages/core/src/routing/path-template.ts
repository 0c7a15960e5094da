import { canonicalizePath, STRICT_PATH } from "../target/canonical-path.ts";

/** A literal of a template, or a parameter with the literal that must end its segment. */
export type TemplatePart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly suffix: string };

/** A path template cut into its parts; `problem` says in words why there are none. */
export type ParsedTemplate =
  | { readonly ok: true; readonly parts: readonly TemplatePart[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Parses `/users/{id}/posts` and the like.
 *
 * A segment has at most one parameter; literals may stand before and after it (`v{major}`,
 * `{name}.json`). The literals must be canonical: anything else would never match a request.
 */
export function parsePathTemplate(template: string): ParsedTemplate {
  const parts: TemplatePart[] = [];
  let sample = "";
  let rest = template;
  for (;;) {
    const open = rest.indexOf("{");
    const literal = open === -1 ? rest : rest.slice(0, open);
    if (literal !== "") parts.push({ kind: "literal", text: literal });
    sample += literal;
    if (open === -1) break;
    const close = rest.indexOf("}", open);
    if (!isParameterName(rest, open + 1, close)) {
      return { ok: false, problem: "expected a name without / or { between { and }" };
    }
    const tail = rest.slice(close + 1);
    const suffix = tail.slice(0, segmentLength(tail));
    if (suffix.includes("{")) return { ok: false, problem: "expected one parameter a segment" };
    parts.push({ kind: "parameter", suffix });
    sample += `x${suffix}`;
    rest = tail.slice(suffix.length);
  }
  if (canonicalizePath(sample, STRICT_PATH) === sample) return { ok: true, parts };
  return { ok: false, problem: "expected a path in canonical form, starting with /" };
}

/** One text for all templates that match the same paths: parameter names take no part. */
export function templateShape(parts: readonly TemplatePart[]): string {
  let shape = "";
  for (const part of parts) shape += part.kind === "literal" ? part.text : `{}${part.suffix}`;
  return shape;
}

function isParameterName(text: string, start: number, end: number): boolean {
  if (end <= start) return false;
  const name = text.slice(start, end);
  return !name.includes("/") && !name.includes("{");
}

function segmentLength(text: string): number {
  const slash = text.indexOf("/");
  return slash === -1 ? text.length : slash;
}
