/** nginx as docs/guide/gateways.md configures it, in front of a file: what is measured is the question to the authorization server. */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort, temporaryDirectory, track } from "./processes.ts";

const GUIDE = join(import.meta.dirname, "../docs/guide/gateways.md");
/** The file that every allowed request gets. */
export const NGINX_FILE = "/agents.txt";
const READY_MS = 5_000;

/** The program; undefined without one. */
export function findNginx({ KEYWARD_GATEWAYS = "", PATH = "" }: NodeJS.ProcessEnv): string | undefined {
  const places = [KEYWARD_GATEWAYS, ...PATH.split(delimiter), "/usr/sbin"].filter((place) => place !== "");
  return places.map((place) => join(place, "nginx")).find(isProgram);
}

/** Starts one process that asks the server at `authPort`. Returns the port that it listens on. */
export async function startNginx(program: string, authPort: number): Promise<number> {
  const directory = temporaryDirectory();
  const port = await freePort();
  mkdirSync(join(directory, "files"));
  writeFileSync(join(directory, "files", NGINX_FILE), "ok");
  const [, guide = ""] = /```nginx\n([\s\S]*?)```/.exec(readFileSync(GUIDE, "utf8")) ?? [];
  const server = guide
    .replace("listen 8080;", `listen 127.0.0.1:${port};`)
    .replaceAll("127.0.0.1:4000", `127.0.0.1:${authPort}`)
    .replace("proxy_pass http://127.0.0.1:3000;", `root ${directory}/files;`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${directory}/${name};`);
  // A connection of the load client is never closed.
  const http = `access_log off; keepalive_requests 1000000000; ${temporary.join(" ")}\n${server}`;
  writeFileSync(
    join(directory, "nginx.conf"),
    `daemon off; master_process off; pid ${directory}/pid; error_log stderr error; events {} http { ${http} }`,
  );
  const child = spawn(program, ["-p", directory, "-e", "stderr", "-c", join(directory, "nginx.conf")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  track(child);
  for (const until = performance.now() + READY_MS; !(await accepts(port)); await setTimeout(20))
    if (child.exitCode !== null || performance.now() > until) throw new Error("nginx does not listen");
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
