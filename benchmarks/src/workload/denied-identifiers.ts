import type { ClientIdentifier, IdentifierKind } from "@portcullis/core";

import { Random } from "../random.ts";
import { API_KEY_HEADER, COOKIE_NAME } from "./api-definitions.ts";
import { type Client, makeClients, makeToken } from "./clients.ts";

/** What stands on the deny lists: `count` entries of each kind, all of other clients than the lawful. */
export class DeniedIdentifiers {
  readonly values: ReadonlyMap<IdentifierKind, readonly string[]>;

  constructor(count: number) {
    const random = new Random(23);
    const fill = (make: (index: number) => string): string[] =>
      Array.from({ length: count }, (_, index) => make(index));
    const usernames = fill((index) => `denied${index}@example.com`);
    this.values = new Map<IdentifierKind, readonly string[]>([
      ["token", fill((index) => makeToken(`somebody${index}@example.com`, random))],
      ["cookie", fill(() => random.hex(32))],
      ["ip", fill((index) => `203.${index >> 16}.${(index >> 8) & 255}.${index & 255}`)],
      ["api-key", fill(() => random.hex(40))],
      ["username", usernames],
    ]);
  }

  /** The values of one kind. */
  of(kind: IdentifierKind): readonly string[] {
    return this.values.get(kind) ?? [];
  }

  /** All of them, as lists take them. */
  *identifiers(): Generator<ClientIdentifier> {
    for (const [kind, values] of this.values) {
      for (const value of values) yield { kind, name: nameOf(kind), value };
    }
  }

  /** `count` clients with lawful identifiers but for a denied token. */
  clientsWithToken(count: number): Client[] {
    const tokens = this.of("token");
    return makeClients(count, "blocked", 29).map((client, index) => ({
      ...client,
      token: tokens[index % tokens.length] ?? client.token,
    }));
  }
}

function nameOf(kind: IdentifierKind): string {
  if (kind === "cookie") return COOKIE_NAME;
  return kind === "api-key" ? API_KEY_HEADER : "";
}
