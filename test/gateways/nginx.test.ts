import { describeGateway } from "./every-gateway.ts";

/** What `http` needs to run in a directory of its own; `server` is the guide's. */
describeGateway("nginx", {
  heading: "nginx",
  passesOutageOn: true,
  replacements: ({ port, keywardPort, apiPort }) => [
    ["listen 8080;", `listen 127.0.0.1:${port};`],
    ["127.0.0.1:4000", `127.0.0.1:${keywardPort}`],
    ["127.0.0.1:3000", `127.0.0.1:${apiPort}`],
  ],
  file: (_text, directory) => `
    daemon off;
    master_process off;
    pid ${directory}/pid;
    error_log stderr warn;
    events {}
    http {
      access_log off;
      client_body_temp_path ${directory}/body;
      proxy_temp_path ${directory}/proxy;
      fastcgi_temp_path ${directory}/fastcgi;
      uwsgi_temp_path ${directory}/uwsgi;
      scgi_temp_path ${directory}/scgi;
      include ${directory}/guide;
    }`,
  arguments: (file, directory) => ["-p", directory, "-e", "stderr", "-c", file],
});
