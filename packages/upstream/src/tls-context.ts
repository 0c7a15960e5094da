import { createHash } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";

import type { UpstreamTlsOptions } from "./settings.ts";

const contexts = new WeakMap<UpstreamTlsOptions, SecureContext>();
const keys = new WeakMap<UpstreamTlsOptions, string>();

/**
 * The context of every connection with these options, made once for each object: reading the hundred
 * authorities of a system takes milliseconds, and keeping them a megabyte.
 *
 * Throws what node:tls throws if a certificate or key cannot be used.
 */
export function secureContextOf(tls: UpstreamTlsOptions): SecureContext {
  const known = contexts.get(tls);
  if (known !== undefined) return known;
  const { ca, cert, key } = tls;
  const context = createSecureContext({
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
  contexts.set(tls, context);
  return context;
}

/** A short text that is the same for equal options, and for no others; `plain` without TLS. */
export function tlsKey(tls: UpstreamTlsOptions | undefined): string {
  if (tls === undefined) return "plain";
  const known = keys.get(tls);
  if (known !== undefined) return known;
  const { ca, cert, key, rejectUnauthorized, serverName } = tls;
  const text = JSON.stringify([ca, cert, key, rejectUnauthorized, serverName]);
  const digest = createHash("sha256").update(text).digest("base64");
  keys.set(tls, digest);
  return digest;
}
