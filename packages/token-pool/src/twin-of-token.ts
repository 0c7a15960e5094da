import { Buffer } from "node:buffer";

/** The order of each curve's group (SEC 2), by the length of a signature over it in bytes. */
const ORDERS: ReadonlyMap<number, bigint> = new Map([
  [64, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
  [
    96,
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ],
  [
    132,
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  ],
]);

/**
 * The other spelling of a token signed by ECDSA, empty for a token signed otherwise.
 *
 * Where `(r, s)` is a signature so is `(r, n - s)`, and anybody can work it out: without this a
 * token that is denied would come back as its twin. `token` is one that has been verified.
 */
export function twinOfToken(token: string, algorithm: string): string {
  if (!algorithm.startsWith("ES")) return "";
  const signatureStart = token.lastIndexOf(".") + 1;
  const signature = Buffer.from(token.slice(signatureStart), "base64url");
  const order = ORDERS.get(signature.length);
  if (order === undefined) return "";
  const half = signature.length / 2;
  const s = BigInt(`0x${signature.toString("hex", half)}`);
  const twin = (order - s).toString(16).padStart(half * 2, "0");
  signature.write(twin, half, "hex");
  return token.slice(0, signatureStart) + signature.toString("base64url");
}
