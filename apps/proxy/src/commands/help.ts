import { readFileSync } from "node:fs";

import { MANIFEST_URL } from "./manifest-url.ts";

const manifest: unknown = JSON.parse(readFileSync(new URL(MANIFEST_URL), "utf8"));

/** This package's version. */
export const VERSION: string =
  typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";

export const HELP = `portcullis-proxy [--config DIR] [--state DIR] [--background | --stop | --check-config] [--version] [--help]

  --config DIR     portcullis.yaml (optional) and api/*.json; without it the sample configuration
  --state DIR      lists, attack log and secrets; without it PORTCULLIS_STATE or ./state
  --background     return once it takes requests; what it says goes to portcullis.log beside the other logs
  --stop           have the proxy that uses the state directory end as at SIGTERM, and wait for that
  --check-config   read the configuration, name every problem in it, start nothing
`;
