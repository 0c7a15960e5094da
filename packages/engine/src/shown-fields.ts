import { ownText } from "./own-text.ts";

/** Of a Cookie field that is remembered; a longer one is read anew each time. */
const MOST_COOKIE_CHARS = 2048;

/**
 * The header fields that a token came in last, and what reading them gave. Fields are compared whole, so
 * what is said of one is what reading it again would say.
 */
export class ShownFields {
  #authorization = "";
  /** Those that were looked for in it. */
  #schemes: readonly string[] = [];
  #scheme = "";
  #cookies = "";
  #cookieName = "";
  #cookie = "";

  /** In chars, one byte each nearly always. */
  get length(): number {
    return this.#authorization.length + this.#cookies.length + this.#cookie.length;
  }

  /** The scheme of the token in this field; `undefined`: it is not known that the field shows the token. */
  schemeIn(authorization: string, schemes: readonly string[]): string | undefined {
    const isKnown = this.#authorization === authorization && areSame(this.#schemes, schemes);
    return isKnown ? this.#scheme : undefined;
  }

  noteAuthorization(authorization: string, schemes: readonly string[], scheme: string): void {
    this.#authorization = authorization;
    this.#schemes = schemes;
    this.#scheme = scheme;
  }

  /** The one cookie `name` in this field; `undefined`: it is not known. */
  cookieIn(header: string, name: string): string | undefined {
    return this.#cookies === header && this.#cookieName === name ? this.#cookie : undefined;
  }

  /** Notes that reading a field gave that one cookie `name`; the first one asked for of a field is kept. */
  noteCookie(header: string, name: string, value: string): void {
    if (header.length > MOST_COOKIE_CHARS || this.#cookies === header) return;
    const own = ownText(value);
    if (own !== value) return;
    this.#cookies = header;
    this.#cookieName = name;
    this.#cookie = own;
  }
}

function areSame(one: readonly string[], other: readonly string[]): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
