import {
  finishHead,
  type Policy,
  readAddressBytes,
  readHeader,
  readPath,
  RequestView,
} from "@portcullis/core";
import { ownText } from "@portcullis/engine";

import { type Client, headersOf } from "./clients.ts";

/**
 * A request view that holds a client's request, as a server reads it from the wire: with texts of their own, since
 * one that was joined is another kind of string, and compared slowly.
 */
export function readView(client: Client, policy: Policy): RequestView {
  const view = new RequestView();
  view.reset();
  view.method = client.method;
  const [path = "", query = ""] = client.path.split("?");
  readPath(view, ownText(path));
  view.query = ownText(query);
  for (const [name, value] of headersOf(client)) {
    readHeader(view, policy.headerCodes, name, ownText(value));
  }
  finishHead(view, policy.headerCodes);
  const octets = client.address.split(".").map(Number);
  readAddressBytes(Uint8Array.from(octets), view.address);
  return view;
}
