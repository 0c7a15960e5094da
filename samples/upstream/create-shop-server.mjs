import { createServer } from "node:http";

import { json, Refusal } from "./answer.mjs";
import { atmRoutes } from "./atm-api.mjs";
import { plainRoutes } from "./plain-routes.mjs";
import { shopRoutes } from "./shop-api.mjs";

const routes = [...shopRoutes, ...atmRoutes, ...plainRoutes].map(({ path, methods }) => ({
  segments: path.split("/"),
  methods: new Map(Object.entries(methods)),
}));

/** The sample upstream as an HTTP server that does not listen yet. */
export function createShopServer() {
  const server = createServer((request, response) => {
    void answerTo(request).then((answer) => send(response, answer));
  });
  // Longer than a proxy keeps an idle connection: the proxy is to close first, or a request could
  // meet a connection that is just being closed.
  server.keepAliveTimeout = 75_000;
  return server;
}

async function answerTo(request) {
  try {
    return await serve(request);
  } catch (error) {
    if (error instanceof Refusal)
      return json(error.status, { error: error.message }, error.headers);
    console.error(error);
    return json(500, { error: "internal error" });
  }
}

function serve(request) {
  const path = request.url.split("?", 1)[0].split("/");
  const route = routes.find(({ segments }) => isMatch(segments, path));
  if (route === undefined) throw new Refusal(404, "not found");
  // A HEAD is a GET whose body is not sent, which `send` leaves to Node.
  const handler = route.methods.get(request.method === "HEAD" ? "GET" : request.method);
  if (handler === undefined) {
    const allowed = [...route.methods.keys()];
    if (allowed.includes("GET")) allowed.push("HEAD");
    throw new Refusal(405, "method not allowed", { allow: allowed.join(", ") });
  }
  // Where a path has an id, it comes last.
  return handler({ request, id: path.at(-1) });
}

/** Segment by segment; `{id}` stands for any one that is not empty. */
function isMatch(segments, path) {
  return (
    segments.length === path.length &&
    segments.every((segment, i) => (segment === "{id}" ? path[i] !== "" : segment === path[i]))
  );
}

function send(response, { status, headers, body }) {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
