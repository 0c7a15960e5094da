import { type ClaimReader, identify, NO_CLAIMS } from "../../src/identity/identify.ts";
import type { Json } from "../definition/definition-of.ts";
import { apiOf, type Given, type Lines, viewOf } from "../request/request-fixture.ts";

/** Reads claims out of tokens like `jwt:username=alice`. */
const claims: ClaimReader = {
  ...NO_CLAIMS,
  usernameOf: (token, claim) =>
    token.startsWith(`jwt:${claim}=`) ? token.slice(claim.length + 5) : "",
};

export interface Row {
  readonly name: string;
  readonly api: Json;
  readonly given: Given;
}

export interface Found {
  readonly token?: string;
  readonly session?: string;
  readonly apiKey?: string;
  readonly username?: string;
}

export const NOTHING: Found = { token: "", session: "", apiKey: "", username: "" };
export const TOKEN: Json = { oauth2_access_token: true };
export const jwtAt = (location: string): Json => ({
  jwt: { location, username: "username", clientid: "client_id" },
});
export const lines = (...given: Lines): Given => ({ lines: given });
export const bearer = (token: string): Given => lines(["authorization", `Bearer ${token}`]);

export function foundBy(
  { api: changes, given }: Row,
  reader: ClaimReader = claims,
): Found | "refused" {
  const { api, codes } = apiOf(changes);
  const view = viewOf(given, codes);
  if (view.isMalformed || !identify(view, api, reader, 0)) return "refused";
  const { apiKey, session, token, username } = view;
  return { token, session, apiKey, username };
}
