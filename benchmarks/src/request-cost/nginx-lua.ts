import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import {
  API_COUNT,
  API_KEY_HEADER,
  COOKIE_NAME,
  PATTERN_STATUS,
} from "../workload/api-definitions.ts";
import { missingForNginx, type NginxSubject, startNginx } from "./nginx.ts";
import type { SubjectSource } from "./subject.ts";

const MODULES = ["ndk_http_module.so", "ngx_http_lua_module.so"];
const NAME = "nginx-lua";

/** nginx with the policy in Lua and the lists in a shared dictionary. */
export const NGINX_LUA: SubjectSource = {
  name: NAME,
  missing: missingForNginx(MODULES),
  start: (options) => {
    const home = join(options.directory, NAME);
    mkdirSync(home, { recursive: true });
    for (const [kind, values] of options.denied.values) {
      writeFileSync(join(home, `deny.${kind}`), `${values.join("\n")}\n`);
    }
    return startNginx(SUBJECT, options);
  },
};

/** The user name is read last, so that a request that is refused before costs no JWT. */
const ACCESS = `
    access_by_lua_block {
      local d, var = ngx.shared.deny, ngx.var
      local function answer(status, text)
        ngx.status = status
        ngx.header.content_type = "text/plain"
        ngx.header.content_length = #text
        ngx.print(text)
        return ngx.exit(status)
      end
      local svc = string.match(var.uri, "^/api/([^/]+)/")
      local api = svc and apis[svc]
      if not api then return answer(503, "Error: Unknown API") end
      local ip = var.http_x_forwarded_for
      ip = ip and string.match(ip, "([^, ]+)$") or var.remote_addr
      local token = var.http_authorization
      if token then token = string.sub(token, 8) end
      local cookie, key = var.cookie_${COOKIE_NAME}, var.http_${API_KEY_HEADER.replaceAll("-", "_")}
      if d:get("ip:" .. ip)
        or (token and d:get("token:" .. token))
        or (cookie and d:get("cookie:" .. cookie))
        or (key and d:get("api-key:" .. key)) then
        return answer(403, "Error: Unauthorized")
      end
      if token then
        local _, first = string.find(token, ".", 1, true)
        local _, last = string.find(token, ".", (first or 0) + 1, true)
        if first and last then
          local payload = string.gsub(string.gsub(string.sub(token, first + 1, last - 1), "-", "+"), "_", "/")
          payload = payload .. string.rep("=", (4 - #payload % 4) % 4)
          local claims = cjson.decode(ngx.decode_base64(payload) or "")
          local username = claims and claims.username
          if username and d:get("username:" .. username) then
            return answer(403, "Error: Unauthorized")
          end
        end
      end
      local method = ngx.req.get_method()
      if not api[method] then return answer(${PATTERN_STATUS}, "405 Method Not Allowed") end
      if method == "POST" and var.http_content_type ~= "application/json" then
        return answer(${PATTERN_STATUS}, "405 Method Not Allowed")
      end
    }`;

const SUBJECT: NginxSubject = {
  name: NAME,
  description: "the same policy in Lua, lists in a shared dictionary, request id, log to a file",
  policy: "full",
  modules: MODULES,
  http: (home) => [
    '  lua_package_path "/usr/share/lua/5.1/?.lua;;";',
    "  lua_shared_dict deny 200m;",
    "  init_by_lua_block {",
    '    cjson = require "cjson.safe"',
    "    local d = ngx.shared.deny",
    '    for _, kind in ipairs{"ip", "token", "cookie", "api-key", "username"} do',
    `      for line in io.lines("${home}/deny." .. kind) do d:set(kind .. ":" .. line, true) end`,
    "    end",
    "    apis = {}",
    `    for i = 0, ${API_COUNT - 1} do apis["svc" .. i] = {GET=true, POST=true, PUT=true, DELETE=true} end`,
    "  }",
  ],
  location: [ACCESS],
};
