import type { ApiDefinition } from "@portcullis/core";

const DEFAULT_PORTS: readonly number[] = [80, 443];
/** Scheme and authority of a URL that has both. */
const ORIGIN = /^https?:\/\/([^/?#]*)/i;
/** Browsers read a backslash as a slash and skip tabs: what a path would be is not certain then. */
const PLAIN = /^[!-[\]-~]*$/;
/** Dot segments in any spelling, between slashes in any: the path is another one than it looks. */
const DOTS = /(?:^|\/|%2f)(?:\.|%2e){1,2}(?:\/|%2f|$)/i;
const PATH_ATTRIBUTE = /(;[ \t]*path[ \t]*=[ \t]*)([^;]*)/gi;
const DOMAIN_ATTRIBUTE = /;[ \t]*domain[ \t]*=[ \t]*\.?([^;]*)/gi;
/** A cookie of this name must have the path `/` (RFC 6265bis, 4.1.3.2). */
const HOST_COOKIE = /^[ \t]*__host-/i;

/** What the headers of one answer become on their way to its client. */
export class MappedAnswer {
  readonly #mapping: AnswerMapping;
  readonly #host: string;
  readonly #rawHost: string;

  /** `host`: the one that the request named, canonical without port; `rawHost`: as it was sent. */
  constructor(mapping: AnswerMapping, host: string, rawHost: string) {
    this.#mapping = mapping;
    this.#host = host;
    this.#rawHost = rawHost;
  }

  /** The value of the header `name`, which is in lower case, as the client is to see it. */
  map(name: string, value: string): string {
    switch (name) {
      case "location":
      case "content-location":
        return this.#mapping.mapLocation(value, this.#host, this.#rawHost);
      case "set-cookie":
        return this.#mapping.mapCookie(value);
      default:
        return value;
    }
  }
}

/** Maps what an upstream's answers say of its own name and paths back to the public ones of one API. */
export class AnswerMapping {
  readonly #url: string;
  readonly #internalUrl: string;
  /** The names under which the servers know themselves, in lower case. */
  readonly #servers: ReadonlySet<string>;
  /** The hosts that a cookie may be set for by servers that are asked for by their own names. */
  readonly #domains: ReadonlySet<string>;

  /** `undefined` for an API whose servers know themselves by its public host and paths. */
  static of(definition: ApiDefinition): AnswerMapping | undefined {
    const { hostHeader, internalUrl, url } = definition;
    if (internalUrl !== undefined && internalUrl !== url) {
      return new AnswerMapping(definition, url, internalUrl);
    }
    // Every path is what it is outside, whether or not the API answers for it.
    return hostHeader === "server" ? new AnswerMapping(definition, "/", "/") : undefined;
  }

  private constructor({ hostHeader, servers }: ApiDefinition, url: string, internalUrl: string) {
    this.#url = url;
    this.#internalUrl = internalUrl;
    this.#servers = new Set(servers.flatMap(namesOf));
    this.#domains = new Set(
      hostHeader === "server" ? servers.map(({ host }) => host.toLowerCase()) : [],
    );
  }

  /**
   * A path keeps its form, and so does a URL at the host that was asked: `host`, or `rawHost` with
   * the port. One that names a server becomes a path, which hides it; whatever else it is stays.
   */
  mapLocation(value: string, host: string, rawHost: string): string {
    const origin = ORIGIN.exec(value);
    if (origin === null) return this.#mapReference(value) ?? value;
    const authority = (origin[1] ?? "").toLowerCase();
    const isPublic = authority === host || authority === rawHost.toLowerCase();
    if (!isPublic && !this.#servers.has(authority)) return value;
    const reference = value.slice(origin[0].length);
    if (isPublic) return origin[0] + (this.#mapReference(reference) ?? reference);
    // A URL without a path has that of the root (RFC 9110, 4.2.3); without an origin it would not.
    return this.#mapReference(reference.startsWith("/") ? reference : `/${reference}`) ?? value;
  }

  /** A path from the root, with query and fragment; `undefined` if it does not point into the API. */
  #mapReference(reference: string): string | undefined {
    const end = reference.search(/[?#]/);
    const path = end === -1 ? reference : reference.slice(0, end);
    const rest = this.#restOf(path);
    if (rest === undefined) return undefined;
    const publicPath = (this.#url === "/" ? "" : this.#url) + rest;
    return (publicPath === "" ? "/" : publicPath) + reference.slice(path.length);
  }

  /** What follows the internal prefix, on whole segments: empty, or a slash and more. */
  #restOf(path: string): string | undefined {
    if (!path.startsWith("/") || path.startsWith("//")) return undefined;
    if (!PLAIN.test(path) || DOTS.test(path)) return undefined;
    const prefix = this.#internalUrl === "/" ? "" : this.#internalUrl;
    if (!path.startsWith(prefix)) return undefined;
    const rest = path.slice(prefix.length);
    // Without its prefix `/internal//host` would name another host.
    if (rest.startsWith("//")) return undefined;
    return rest === "" || rest.startsWith("/") ? rest : undefined;
  }

  /** Every `Path` of a Set-Cookie field; a `Domain` that is the server's own goes, and with it the limit. */
  mapCookie(value: string): string {
    if (HOST_COOKIE.test(value)) return value;
    return this.#withoutDomain(value).replaceAll(
      PATH_ATTRIBUTE,
      (whole, attribute: string, path: string) => {
        const rest = this.#restOf(path.trimEnd());
        if (rest === undefined) return whole;
        // Of the root only: a cookie for `/shop/` would not be sent to `/shop`.
        const isRoot = rest === "/" && this.#internalUrl === "/";
        const mapped = this.#url === "/" ? rest : this.#url + (isRoot ? "" : rest);
        return attribute + (mapped === "" ? "/" : mapped);
      },
    );
  }

  /** Left as it is, no browser would keep the cookie: it came from the public host. */
  #withoutDomain(value: string): string {
    if (this.#domains.size === 0) return value;
    return value.replaceAll(DOMAIN_ATTRIBUTE, (whole, domain: string) =>
      this.#domains.has(domain.trimEnd().toLowerCase()) ? "" : whole,
    );
  }
}

function namesOf({ host, port }: { readonly host: string; readonly port: number }): string[] {
  const name = (host.includes(":") && !host.startsWith("[") ? `[${host}]` : host).toLowerCase();
  return DEFAULT_PORTS.includes(port) ? [name, `${name}:${port}`] : [`${name}:${port}`];
}
