/**
 * What llhttp reads, and with it every upstream that Node serves: the methods of the IANA registry and some
 * older ones. Not CONNECT, whose answer begins a tunnel, and not PRI, which begins HTTP/2.
 */
const KNOWN: ReadonlySet<string> = new Set(
  [
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"],
    ["ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR"],
    ["MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "REBIND", "REPORT", "SEARCH", "UNBIND"],
    ["UNLINK", "UNLOCK", "M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PURGE", "SOURCE"],
  ].flat(),
);

/**
 * Whether `method` is one that every reader takes for the same. Methods are case-sensitive (RFC 9110, 9.1),
 * and some upstreams read `get` as GET.
 */
export function isKnownMethod(method: string): boolean {
  return method === "GET" || method === "POST" || KNOWN.has(method);
}

/** The same text; for the commonest methods always the same string, which is compared without reading it. */
export function sameMethod(method: string): string {
  switch (method) {
    case "GET":
      return "GET";
    case "POST":
      return "POST";
    case "PUT":
      return "PUT";
    case "DELETE":
      return "DELETE";
    default:
      return method;
  }
}
