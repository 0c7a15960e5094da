import { loadEngine } from "./load-engine.ts";

/** Entry of a peer: uWebSockets.js that refuses everything at once. `uws-403.js PORT`. */
const engine = await loadEngine();
engine
  .App()
  .any("/*", (response) => {
    response
      .writeStatus("403 Unauthorized")
      .writeHeader("content-type", "text/plain")
      .end("Error: Unauthorized");
  })
  .listen("127.0.0.1", Number(process.argv[2]), () => undefined);
