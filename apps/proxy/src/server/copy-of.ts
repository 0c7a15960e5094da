/** Not by `slice`: a Buffer's gives no copy, and the bytes are the read buffer of all connections. */
export function copyOf(chunk: Uint8Array): Uint8Array {
  return new Uint8Array(chunk);
}
