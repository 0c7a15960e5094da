/** Names, values and attributes of a Set-Cookie field, in so many words. */
const ATTRIBUTE = /^(max-age|expires)[ \t]*=[ \t]*(.*)$/i;

/** Whether a Set-Cookie field takes the cookie `name` away from its client (RFC 6265, 3.1). */
export function removesCookie(field: string, name: string, nowMs: number): boolean {
  const [pair = "", ...attributes] = field.split(";");
  if (pair.slice(0, Math.max(0, pair.indexOf("="))).trim() !== name) return false;
  return isOver(attributes, nowMs);
}

/** Max-Age goes before Expires, and of several the last counts (RFC 6265, 5.3). */
function isOver(attributes: readonly string[], nowMs: number): boolean {
  let maxAge: boolean | undefined = undefined;
  let expires = false;
  for (const attribute of attributes) {
    const [, key = "", value = ""] = ATTRIBUTE.exec(attribute.trim()) ?? [];
    if (key.toLowerCase() === "max-age") maxAge = Number(value) <= 0;
    else if (key !== "") expires = Date.parse(value) <= nowMs;
  }
  return maxAge ?? expires;
}
