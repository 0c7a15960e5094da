import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

import { beforeAll, describe, expect, test } from "vitest";

import { temporaryDirectory } from "../support/cleanup.ts";
import { type BothWays, bothWays, inFrontOf } from "./support/both-ways.ts";
import { sliceOf } from "./support/open-api-slice.ts";
import {
  freePort,
  presence,
  presenceOfPackages,
  PROGRAMS,
  startServer,
} from "./support/program.ts";

const DOCUMENT = join(PROGRAMS, "../../shared/testdata/openapi/github-api.github.com.json.gz");
const LIMIT_MS = 120_000;
const packages = presenceOfPackages();
const document = presence(!existsSync(DOCUMENT), "../shared/testdata is not beside this checkout");
const { isAbsent, reason } = packages.isAbsent ? packages : document;

const REPOSITORY = "/repos/{owner}/{repo}";
const CONTENTS = `${REPOSITORY}/contents/{path}`;
const LONG = "grüße, 你好, \u0000 ".repeat(20_000);

type Call = readonly [route: string, status: number, parameters?: object];

const PLAIN: readonly Call[] = [
  ["GET /user", 200],
  ["GET /meta", 200],
  ["GET /rate_limit", 200],
  ["GET /zen", 200],
  ["GET /octocat", 200, { s: "a word & more" }],
  [`GET ${REPOSITORY}`, 200],
  [`GET ${REPOSITORY}/issues`, 200, { state: "open", labels: "bug,@high", per_page: 2 }],
  [`GET ${REPOSITORY}/issues`, 422, { state: "ajar" }],
  [`POST ${REPOSITORY}/issues`, 201, { title: "A title", labels: ["a b", "c/d"] }],
  [`PATCH ${REPOSITORY}/issues/{issue_number}`, 200, { issue_number: 1, state: "closed" }],
  [`POST ${REPOSITORY}/git/blobs`, 201, { content: LONG }],
  [`POST ${REPOSITORY}/git/blobs`, 422, { encoding: "utf-8" }],
  [`POST ${REPOSITORY}/statuses/{sha}`, 201, { sha: "6dcb09b", state: "success" }],
  [`POST ${REPOSITORY}/dispatches`, 204, { event_type: "build", client_payload: { a: [] } }],
  [`PUT ${REPOSITORY}/pulls/{pull_number}/merge`, 200, { pull_number: 1 }],
  [`PUT ${REPOSITORY}/topics`, 200, { names: ["engine", "analytical"] }],
  [`DELETE ${REPOSITORY}`, 204],
  ["PUT /user/starred/{owner}/{repo}", 204],
  ["DELETE /user/starred/{owner}/{repo}", 204],
  ["GET /orgs/{org}/members", 200, { org: "engines", filter: "all" }],
  ["GET /search/code", 200, { q: 'addClass in:file language:js "a+b"' }],
  ["GET /search/repositories", 200, { q: "stars:>=10 topic:c++", sort: "stars" }],
  ["POST /gists", 201, { files: { "a.txt": { content: "grüße" } } }],
  ["POST /markdown", 200, { text: "**bold**" }],
  ["POST /markdown/raw", 200, { data: "**bold**", headers: { "content-type": "text/plain" } }],
  ["GET /nowhere", 404],
];

const WITH_ENCODED_SLASHES: readonly Call[] = [
  [`GET ${CONTENTS}`, 200, { path: "docs/read me.md" }],
  [`GET ${CONTENTS}`, 200, { path: "grüße/ä/ö", ref: "feature/x" }],
  [`PUT ${CONTENTS}`, 200, { path: "a/b", message: "m", content: "eA==" }],
  [`DELETE ${CONTENTS}`, 200, { path: "a/b/c", message: "m", sha: "6dcb09b" }],
  [`GET ${REPOSITORY}/git/ref/{ref}`, 200, { ref: "heads/main" }],
  [`PATCH ${REPOSITORY}/git/refs/{ref}`, 200, { ref: "heads/a/b", sha: "6dcb09b" }],
  [`DELETE ${REPOSITORY}/git/refs/{ref}`, 204, { ref: "tags/v1.0" }],
  [`GET ${REPOSITORY}/compare/{basehead}`, 200, { basehead: "main...feature/x" }],
  [`GET ${REPOSITORY}/commits/{ref}`, 200, { ref: "feature/x" }],
  [`GET ${REPOSITORY}/releases/tags/{tag}`, 200, { tag: "@scope/thing@1.0.0" }],
  [`GET ${REPOSITORY}/branches/{branch}/protection`, 200, { branch: "feature/x" }],
  [`GET ${REPOSITORY}/environments/{environment_name}`, 200, { environment_name: "a/b" }],
];

const CALLS = [...PLAIN, ...WITH_ENCODED_SLASHES];

/** What is used here of octokit. */
interface Octokit {
  request: (route: string, parameters: object) => Promise<{ status: number; data: unknown }>;
}

let ways: BothWays;
let strict: BothWays;
let Client: new (options: object) => Octokit;

beforeAll(async () => {
  if (isAbsent) return;
  const file = join(temporaryDirectory(), "github.json");
  const whole = JSON.parse(gunzipSync(readFileSync(DOCUMENT)).toString());
  const paths = new Set(CALLS.map(([route]) => route.replace(/^\S+ /, "")));
  // With all 1,223 operations Prism would take longer to start than for all calls below.
  writeFileSync(file, JSON.stringify(sliceOf(whole, paths)));
  const port = await freePort();
  const prism = join(PROGRAMS, "node_modules/.bin/prism");
  const args = ["mock", "--port", String(port), "--host", "127.0.0.1", file];
  [ways, strict] = await Promise.all([
    inFrontOf(port, { keep_encoded_slashes: true }),
    inFrontOf(port),
    startServer(prism, args, port),
  ]);
  const octokit = join(PROGRAMS, "node_modules/octokit/dist-bundle/index.js");
  ({ Octokit: Client } = await import(pathToFileURL(octokit).href));
}, LIMIT_MS);

describe.skipIf(isAbsent)(
  `octokit and Prism with GitHub's document get on through the proxy${reason}`,
  () => {
    test.for(CALLS)(
      "%s is answered %i, the same as without it",
      { timeout: LIMIT_MS },
      async (call) => {
        const [route, status, parameters = {}] = call;
        const outcomes = await bothWays(ways, (base) => request(base, route, parameters));
        expect(outcomes.proxied).toEqual(outcomes.direct);
        expect(outcomes.direct).toMatchObject({ status });
      },
    );

    test.for(WITH_ENCODED_SLASHES)("%s is refused without leave of the API", async (call) => {
      const [route, , parameters = {}] = call;
      expect(await request(strict.proxied, route, parameters)).toMatchObject({ status: 400 });
    });
  },
);

/** Resolves to what octokit makes of a call, be it an answer or an error. */
async function request(baseUrl: string, route: string, parameters: object): Promise<unknown> {
  const off = { enabled: false };
  const octokit = new Client({ baseUrl, auth: "secret", retry: off, throttle: off, log: QUIET });
  try {
    const { data, status } = await octokit.request(route, {
      owner: "ada",
      repo: "engine",
      ...parameters,
      // GitHub's document does not name the media type that octokit asks for, and Prism is strict.
      headers: {
        accept: "application/json, text/*;q=0.5, */*;q=0.1",
        ...Object(Object(parameters).headers),
      },
    });
    return { status, data: data instanceof ArrayBuffer ? Buffer.from(data).toString() : data };
  } catch (error) {
    return { status: Object(error).status, message: String(error) };
  }
}

const quiet = (): void => undefined;
const QUIET = { debug: quiet, info: quiet, warn: quiet, error: quiet };
