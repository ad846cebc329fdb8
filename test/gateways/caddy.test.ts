import { describeGateway } from "./every-gateway.ts";

describeGateway("caddy", {
  heading: "Caddy",
  passesOutageOn: true,
  replacements: ({ port, keywardPort, apiPort }) => [
    [":8080 {", `http://:${port} {`],
    ["127.0.0.1:4000", `127.0.0.1:${keywardPort}`],
    ["127.0.0.1:3000", `127.0.0.1:${apiPort}`],
  ],
  file: (text) => text.replace("{\n", "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n"),
  arguments: (file) => ["run", "--adapter", "caddyfile", "--config", file],
  // Caddy keeps certificates and its last configuration below these.
  env: (directory) => ({ XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory, HOME: directory }),
});
