import { Buffer } from "node:buffer";

import {
  finishHead,
  type Policy,
  readAddressBytes,
  readHeader,
  readPath,
  RequestView,
} from "@portcullis/core";

import { type Client, headersOf } from "./clients.ts";

/** A request view that holds a client's request, as a server reads it from the wire. */
export function readView(client: Client, policy: Policy): RequestView {
  const view = new RequestView();
  view.reset();
  view.method = client.method;
  const [path = "", query = ""] = client.path.split("?");
  readPath(view, readText(path));
  view.query = readText(query);
  for (const [name, value] of headersOf(client)) {
    readHeader(view, policy.headerCodes, name, readText(value));
  }
  finishHead(view, policy.headerCodes);
  const octets = client.address.split(".").map(Number);
  readAddressBytes(Uint8Array.from(octets), view.address);
  return view;
}

/** A text as a server makes it of bytes. One that was joined is another kind of string, and compared slowly. */
function readText(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}
