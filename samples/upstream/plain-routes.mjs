import { json, Refusal, text } from "./answer.mjs";
import { isEqual } from "./is-equal.mjs";

const PARTNER_KEY = "partner-sample-key";

/** The small APIs: an open one, one with an API key, one for HTTPS, and the health check. */
export const plainRoutes = [
  { path: "/health", methods: { GET: () => json(200, { status: "ok" }) } },
  { path: "/public/hello", methods: { GET: () => text(200, "Hello from the shop.\n") } },
  { path: "/secure/hello", methods: { GET: () => text(200, "Hello, in confidence.\n") } },
  { path: "/partner/stock", methods: { GET: showStock } },
];

function showStock({ request }) {
  if (!isEqual(request.headers["x-api-key"], PARTNER_KEY)) {
    throw new Refusal(401, "a valid API key is required");
  }
  return json(200, [
    { product: "1", inStock: 12 },
    { product: "2", inStock: 480 },
    { product: "3", inStock: 0 },
  ]);
}
