/**
 * The text at `url`. Rejects for another answer than 200, one that leads elsewhere, that is longer
 * than `mostBytes`, or is not there whole after `limitMs`.
 */
export async function fetchText(url: string, limitMs: number, mostBytes: number): Promise<string> {
  const response = await fetch(url, {
    redirect: "error",
    signal: AbortSignal.timeout(limitMs),
    headers: { accept: "application/jwk-set+json, application/json" },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new TypeError(`expected the status 200, got ${response.status}`);
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > mostBytes) throw new RangeError(`expected at most ${mostBytes} bytes, got more`);
    pieces.push(piece);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
}
