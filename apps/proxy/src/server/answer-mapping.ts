import { type ApiDefinition } from "@portcullis/core";

const DEFAULT_PORTS: readonly number[] = [80, 443];
/** Scheme and authority of a URL that has both. */
const ORIGIN = /^https?:\/\/([^/?#]*)/i;
/** Browsers read a backslash as a slash and skip tabs: what a path would be is not certain then. */
const PLAIN = /^[!-[\]-~]*$/;
/** Dot segments in any spelling, between slashes in any: the path is another one than it looks. */
const DOTS = /(?:^|\/|%2f)(?:\.|%2e){1,2}(?:\/|%2f|$)/i;
const PATH_ATTRIBUTE = /(;[ \t]*path[ \t]*=[ \t]*)([^;]*)/gi;
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

/** Maps what an upstream's answers say of its internal paths back to the public ones of one API. */
export class AnswerMapping {
  readonly #url: string;
  readonly #internalUrl: string;
  /** The names under which the servers know themselves, in lower case. */
  readonly #servers: ReadonlySet<string>;

  /** `undefined` for an API whose paths are not mapped. */
  static of(definition: ApiDefinition): AnswerMapping | undefined {
    const { internalUrl } = definition;
    return internalUrl === undefined || internalUrl === definition.url
      ? undefined
      : new AnswerMapping(definition, internalUrl);
  }

  private constructor({ servers, url }: ApiDefinition, internalUrl: string) {
    this.#url = url;
    this.#internalUrl = internalUrl;
    this.#servers = new Set(servers.flatMap(namesOf));
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
    const mapped = this.#mapReference(value.slice(origin[0].length));
    if (mapped === undefined) return value;
    return isPublic ? origin[0] + mapped : mapped;
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

  /** Every `Path` of a Set-Cookie field. */
  mapCookie(value: string): string {
    if (HOST_COOKIE.test(value)) return value;
    return value.replaceAll(PATH_ATTRIBUTE, (whole, attribute: string, path: string) => {
      const rest = this.#restOf(path.trimEnd());
      if (rest === undefined) return whole;
      // Of the root only: a cookie for `/shop/` would not be sent to `/shop`.
      const isRoot = rest === "/" && this.#internalUrl === "/";
      const mapped = this.#url === "/" ? rest : this.#url + (isRoot ? "" : rest);
      return attribute + (mapped === "" ? "/" : mapped);
    });
  }
}

function namesOf({ host, port }: { readonly host: string; readonly port: number }): string[] {
  const name = (host.includes(":") && !host.startsWith("[") ? `[${host}]` : host).toLowerCase();
  return DEFAULT_PORTS.includes(port) ? [name, `${name}:${port}`] : [`${name}:${port}`];
}
