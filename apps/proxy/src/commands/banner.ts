import type { RunningProxy } from "../control/start-proxy.ts";
import { VERSION } from "./help.ts";

/** What is running, where, and what to try. Names the files that hold secrets, never a secret. */
export function banner(
  proxy: RunningProxy,
  configDirectory: string,
  samplePort: number | undefined,
): string {
  const { apis, build, edges, httpsPort, managementPort, port, reportsPort, stateDirectory } =
    proxy;
  const lines = [
    `Portcullis ${VERSION}: ${apis} APIs, ${edges} edge threads, ${build}`,
    `  data         http://127.0.0.1:${port}`,
    ...(httpsPort === 0 ? [] : [`  data, TLS    https://127.0.0.1:${httpsPort}`]),
    `  management   http://127.0.0.1:${managementPort}   (/healthz /readyz /metrics, REST under /v4/ase)`,
    `  reports      http://127.0.0.1:${reportsPort}/v4/abs/attack   (keys in ${stateDirectory}/report-keys.json)`,
    `  configuration ${configDirectory}`,
    `  state        ${stateDirectory}`,
    ...(samplePort === undefined ? [] : sampleLines(port, samplePort)),
    "Stop it with Ctrl-C.",
  ];
  return `${lines.join("\n")}\n`;
}

function sampleLines(port: number, samplePort: number): string[] {
  return [
    `  upstream     http://127.0.0.1:${samplePort}   (the sample shop)`,
    "Try:",
    `  curl http://127.0.0.1:${port}/shop/products            # forwarded`,
    `  curl -X PATCH http://127.0.0.1:${port}/shop/products   # a method that is not allowed`,
    `  curl http://127.0.0.1:${port}/shop/products            # denied: 403 on every API`,
    "  bin/cli.sh view_blacklist all",
    "  bin/cli.sh delete_blacklist ip 127.0.0.1",
  ];
}
