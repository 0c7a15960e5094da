import type { UwsRequest } from "./uws.ts";

/**
 * A request that outlives its handler: it says what the engine's said, exact bytes included.
 *
 * A value past ASCII is kept in both forms, because those who read it first ask for one and then for
 * the other.
 */
export class CopiedRequest implements UwsRequest {
  readonly #method: string;
  readonly #url: string;
  readonly #query: string | undefined;
  readonly #fields: (readonly [name: string, value: string])[] = [];
  /** By name, the exact bytes of the first field that has it. */
  readonly #exact = new Map<string, string>();

  /** Call within the handler. */
  constructor(request: UwsRequest) {
    this.#method = request.getCaseSensitiveMethod();
    this.#url = request.getUrl();
    this.#query = request.getQuery();
    request.forEach((name, value) => {
      this.#fields.push([name, value]);
      if (!this.#exact.has(name)) this.#exact.set(name, request.getHeader(name));
    });
  }

  getHeader(lowerCaseName: string): string {
    return this.#exact.get(lowerCaseName) ?? "";
  }

  getUrl(): string {
    return this.#url;
  }

  getCaseSensitiveMethod(): string {
    return this.#method;
  }

  getQuery(): string | undefined {
    return this.#query;
  }

  forEach(callback: (lowerCaseName: string, value: string) => void): void {
    for (const [name, value] of this.#fields) callback(name, value);
  }
}
