import { describeGateway } from "./every-gateway.ts";

describeGateway("envoy", {
  heading: "Envoy",
  passesOutageOn: false,
  replacements: ({ port, keywardPort, apiPort }) => [
    ["address: 0.0.0.0, port_value: 8080", `address: 127.0.0.1, port_value: ${port}`],
    ["http://127.0.0.1:4000", `http://127.0.0.1:${keywardPort}`],
    ["port_value: 4000", `port_value: ${keywardPort}`],
    ["port_value: 3000", `port_value: ${apiPort}`],
  ],
  file: (text) => text,
  arguments: (file) => ["--config-path", file, "--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"],
});
