import { Refusal } from "./answer.mjs";

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Reads the request's body as a JSON object.
 *
 * @throws {Refusal} 413 above 64 KiB, 415 for another content type, 400 for anything else.
 */
export async function readJson(request) {
  const mediaType = (request.headers["content-type"] ?? "").split(";", 1)[0].trim().toLowerCase();
  if (mediaType !== "application/json") throw new Refusal(415, "expected application/json");
  const value = parse(await readBody(request));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal(400, "expected a JSON object");
  }
  return value;
}

async function readBody(request) {
  const tooLarge = new Refusal(413, "body exceeds 64 KiB");
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw tooLarge;
  const chunks = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      // Read on without keeping anything: leaving the loop early would cut the connection.
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    }
  } catch {
    throw new Refusal(400, "the body ended early");
  }
  if (size > MAX_BODY_BYTES) throw tooLarge;
  return Buffer.concat(chunks).toString("utf8");
}

function parse(body) {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, "expected JSON");
  }
}
