import {
  canonicalizePath,
  finishHead,
  type Policy,
  readAddressBytes,
  readHeader,
  RequestView,
  STRICT_PATH,
} from "@portcullis/core";

import { type Client, headersOf } from "./clients.ts";

/** A request view that holds a client's request, as a server reads it from the wire. */
export function readView(client: Client, policy: Policy): RequestView {
  const view = new RequestView();
  view.reset();
  view.method = client.method;
  const [path = "", query = ""] = client.path.split("?");
  view.path = canonicalizePath(path, STRICT_PATH) ?? "";
  view.query = query;
  for (const [name, value] of headersOf(client)) {
    readHeader(view, policy.headerCodes, name, value);
  }
  finishHead(view, policy.headerCodes);
  const octets = client.address.split(".").map(Number);
  readAddressBytes(Uint8Array.from(octets), view.address);
  return view;
}
