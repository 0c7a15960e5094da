import { Buffer } from "node:buffer";

const HEADER = base64url('{"alg":"HS256","typ":"JWT"}');

/** Base64url without padding, as JWS has it. */
export function base64url(content: string | Uint8Array): string {
  return Buffer.from(content).toString("base64url");
}

/** A token around `payload`, taken as it is: text need not be JSON, bytes need not be text. */
export function buildJwt(payload: string | Uint8Array): string {
  return `${HEADER}.${base64url(payload)}.c2lnbmF0dXJl`;
}
