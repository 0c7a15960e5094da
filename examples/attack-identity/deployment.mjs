import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { send } from "./wire.mjs";

const MAIN = fileURLToPath(new URL("../../apps/proxy/bundle/main.js", import.meta.url));
const START_LIMIT_MS = 30_000;

/** The one proxy whose headers are believed. */
export const GATEWAY = "127.40.0.1";

const AS_SHIPPED = `trusted_proxies: ["${GATEWAY}"]\n`;
/** Believes everybody, and denies whoever is named. */
const WEAKENED = `trusted_proxies: ["127.0.0.0/9"]
automatic_denials: { unproven_limit: 0, listed_limit: 1000000, shared_identities: 0, spare_cross_site: false }
`;

/** The proxy, an upstream that takes every token but «wrong», and the two management calls that the attacks need. */
export async function deploy({ isWeakened }) {
  const upstream = createServer(answer).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const home = mkdtempSync(join(tmpdir(), "attack-identity-"));
  writeConfiguration(join(home, "config"), upstream.address().port, isWeakened);
  const state = join(home, "state");
  const args = [MAIN, "--config", join(home, "config"), "--state", state];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said = await saysItIsReady(child);
  const secret = () => readFileSync(join(state, "admin-secret"), "utf8").trim();
  const port = portOf(said, "data");
  const management = portOf(said, "management");
  return {
    /** Sends one request and resolves to its status. */
    ask: (request) => send(port, request),
    /** Puts a client on a list by hand; one with an address of loopback asks for a second word. */
    list: (list, identifier) =>
      manage(management, secret(), "POST", `/firewall/${list}?confirm=true`, identifier),
    /** How many entries the deny list has. */
    countDenied: async () => {
      const { lists } = await manage(management, secret(), "GET", "/firewall/blacklist");
      return lists.reduce((sum, { entries }) => sum + entries.length, 0);
    },
    /** What the process keeps in memory, in bytes; `undefined` where the system does not say. */
    residentBytes: () => residentBytes(child.pid),
    async stop() {
      child.kill("SIGTERM");
      await once(child, "close");
      upstream.closeAllConnections();
      upstream.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function writeConfiguration(folder, upstreamPort, isWeakened) {
  mkdirSync(join(folder, "api"), { recursive: true });
  const listen =
    "edges: 2\nlisten: { http: { host: 127.0.0.1, port: 0 } }\nmanagement: { port: 0 }\nreports: { port: 0 }\n";
  writeFileSync(join(folder, "portcullis.yaml"), `${listen}${isWeakened ? WEAKENED : AS_SHIPPED}`);
  const shared = {
    protocol: "http",
    hostname: "*",
    servers: [{ host: "127.0.0.1", port: upstreamPort }],
    oauth2_access_token: true,
    cookie: "SID",
    api_pattern_enforcement: { methods_allowed: ["GET", "POST"] },
  };
  const apis = {
    shop: {
      ...shared,
      url: "/shop",
      apikey_qs: "key",
      username_header: "X-User",
      login_url: "/shop/login",
      login_username: "user",
      decoy_config: { decoy_enabled: true, decoy_subpaths: ["/shop/admin"] },
    },
    claims: {
      ...shared,
      url: "/claims",
      jwt: { location: "h:authorization:bearer", username: "sub" },
    },
  };
  for (const [id, api] of Object.entries(apis)) {
    writeFileSync(join(folder, "api", `${id}.json`), JSON.stringify({ api_metadata: api }));
  }
}

/** 401 for the token «wrong» and a login with the password «wrong»; a login gets a cookie named by its query. */
function answer(request, response) {
  let body = "";
  request.setEncoding("latin1");
  request.on("data", (text) => (body += text));
  request.on("end", () => {
    const { searchParams } = new URL(request.url, "http://upstream");
    const isWrong =
      request.headers.authorization === "Bearer wrong" || body.includes("password=wrong");
    const session = searchParams.get("session");
    const headers = session === null ? {} : { "set-cookie": `SID=${session}` };
    response.writeHead(isWrong ? 401 : 200, headers).end();
  });
}

function saysItIsReady(child) {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(
      () => reject(new Error(`the proxy does not start: ${said}`)),
      START_LIMIT_MS,
    );
    const take = (bytes) => {
      said += bytes;
      if (!said.includes("Stop it with")) return;
      clearTimeout(timer);
      resolve(said);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("close", () =>
      reject(new Error(`the proxy does not start; build it first (npm start): ${said}`)),
    );
  });
}

function portOf(said, name) {
  const port = new RegExp(`^\\s*${name}\\s.*:(\\d+)`, "m").exec(said)?.[1];
  if (port === undefined) throw new Error(`no port of ${name} in: ${said}`);
  return Number(port);
}

async function manage(port, secret, method, path, body) {
  const response = await fetch(`http://127.0.0.1:${port}/v4/ase${path}`, {
    method,
    headers: {
      "x-ase-access-key": "admin",
      "x-ase-secret-key": secret,
      "content-type": "application/json",
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

function residentBytes(pid) {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}
