/** The 32-bit hash that a server is known by: FNV-1a of its name and port, mixed. */
export function hashServer(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/**
 * How well a client and a server belong together, 31 bits: the client goes to the server with the
 * highest. A server that comes or goes moves its own clients only (Thaler and Ravishankar, 1998).
 */
export function rankOf(stickiness: number, identity: number): number {
  return mix(stickiness ^ identity) >>> 1;
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
