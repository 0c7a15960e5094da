// npm start [-- --config DIR --state DIR]: installs, builds, and runs the proxy in this process.
import { install, pnpmQuietly, ROOT } from "./setup.mjs";

process.stderr.write("installing and building, which takes a minute the first time ...\n");
install();
pnpmQuietly("exec", "turbo", "run", "build", "--output-logs=errors-only");
process.argv[1] = `${ROOT}apps/proxy/bundle/main.js`;
await import("../apps/proxy/bundle/main.js");
