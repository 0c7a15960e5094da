/** An OpenAPI document as JSON. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, object>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Less of a document: the given paths and the components they refer to, all of them in full. */
export function sliceOf(
  document: OpenApiDocument,
  wantedPaths: ReadonlySet<string>,
): OpenApiDocument {
  const paths = Object.fromEntries(
    Object.entries(document.paths).filter(([path]) => wantedPaths.has(path)),
  );
  const components: Record<string, Record<string, unknown>> = {};
  const toVisit: unknown[] = [paths];
  while (toVisit.length > 0) {
    for (const [key, value] of Object.entries(Object(toVisit.pop()))) {
      const reference = key === "$ref" ? /^#\/components\/(\w+)\/(.+)$/.exec(String(value)) : null;
      if (reference === null) {
        if (typeof value === "object") toVisit.push(value);
        continue;
      }
      const [, kind = "", name = ""] = reference;
      const kept = (components[kind] ??= {});
      if (name in kept) continue;
      kept[name] = document.components[kind]?.[name];
      toVisit.push(kept[name]);
    }
  }
  return { ...document, "x-webhooks": undefined, paths, components } as OpenApiDocument;
}
