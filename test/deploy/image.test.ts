/**
 * deploy/Dockerfile, step by step on a machine on which nobody has installed anything, in place of `docker build` and `docker run`: there is no
 * daemon where tests run. The base image is a root of Debian's packages with the Node.js of this process.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { packOnce, tarball } from "../packaging/packed.ts";
import { freePort } from "../support/server.ts";
import { DOCKERFILE, dockerfile, type Step } from "./dockerfile.ts";
import { EMPTY_ROOT, FreshMachine } from "./fresh-machine.ts";

const { stages, user, variables, volumes, stopSignal, command, healthCommand } = dockerfile();

test("it is built on the Node.js that Keyward is developed with, and runs as nobody in particular", () => {
  const bases = stages.map(([from]) => from?.argument.split(" ")[0]);
  expect(bases).toEqual(Array(2).fill(`node:${process.versions.node.split(".")[0]}-slim`));
  expect(user).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
  expect(stopSignal).toBe("SIGTERM");
  // In the form that starts no shell, which would keep signals from the server.
  expect(readFileSync(DOCKERFILE, "utf8")).toMatch(/^ENTRYPOINT \["node", /m);
});

describe.skipIf(EMPTY_ROOT === undefined)("its steps, in an empty root from the packed tarball", () => {
  let image: FreshMachine;
  let building: FreshMachine;
  beforeAll(async () => {
    await packOnce();
    building = new FreshMachine();
    image = new FreshMachine();
    const [install = [], last = []] = stages;
    await runSteps(building, install, () => undefined);
    await runSteps(image, last, () => building);
  }, 300_000);
  afterAll(() => {
    building?.remove();
    image?.remove();
  });

  const secret = "Zr8wqkP2mX5vB7nL3cJ9hT4dF6gS1aYu";
  /** As `docker run --read-only --tmpfs /tmp -v keyward:/var/lib/keyward` starts it. */
  const runtime = async () => {
    const env = { ...variables, PORT: String(await freePort()), KEYWARD_SECRET: secret, HOME: "/" };
    return { env, options: { user, isReadOnly: true, writable: volumes, env } };
  };

  test("make an image that contains Keyward and nothing that is writable for its user but the volume", async () => {
    const find = await image.run(["find", "/opt", "/var/lib/keyward", "-writable", "-not", "-type", "l"], { user });
    expect(find).toMatchObject({ exit: 0, out: "/var/lib/keyward\n" });
    expect(statSync(join(image.root, "var/lib/keyward")).mode & 0o777).toBe(0o700);
    expect(existsSync(join(image.root, "opt/keyward/keyward.tgz"))).toBe(false);
    const { out } = await image.run(["du", "-sm", "/opt/keyward"]);
    expect(Number.parseInt(out, 10)).toBeLessThan(100);
  });

  test("make a container that serves as that user on a read-only root, says when it is healthy, and stops with 0 on its signal", async () => {
    const { env, options } = await runtime();
    const health = () => image.run(healthCommand, options);
    expect((await health()).exit).toBe(1);
    const container = image.spawn(command, options);
    onTestFinished(() => void container.kill("SIGKILL"));
    let said = "";
    container.stderr?.on("data", (chunk) => {
      said += chunk;
    });
    const lines = createInterface(container.stdout as never);
    const [first] = (await Promise.race([once(lines, "line"), once(container, "exit")])) as [unknown];
    expect(first, said).toBe(`listening on http://0.0.0.0:${env.PORT}`);
    await vi.waitFor(async () => expect((await health()).exit).toBe(0), { timeout: 20_000, interval: 200 });
    expect(readFileSync(`/proc/${container.pid}/status`, "utf8")).toMatch(/^Uid:\t10001\t10001\t10001\t10001$/m);
    const doctor = await image.run([...command.slice(0, 2), "doctor", "--json"], options);
    expect(doctor.err).toMatch(/^keyward: \d problems? found\n$/);
    expect(doctor.out).toMatch(/"check": "integrity",\n.*\n *"level": "ok"/);
    const written = await image.run(["find", "/var/lib/keyward", "-type", "f"], { user });
    expect(written.out).toContain("/var/lib/keyward/keyward.db");
    const touched = await image.run(["touch", "/opt/keyward/x", "/etc/x"], { ...options, user: "0:0" });
    expect(touched.err).toContain("Read-only file system");
    const ended = once(container, "exit");
    container.kill(stopSignal as NodeJS.Signals);
    expect(await ended).toEqual([0, null]);
    expect((await health()).exit).toBe(1);
  }, 60_000);

  test("make a container that does not start without its secret, and says so", async () => {
    const { options } = await runtime();
    const { KEYWARD_SECRET, ...env } = options.env;
    const { exit, err } = await image.run(command, { ...options, env });
    expect(exit).toBe(1);
    expect(err).toContain("KEYWARD_SECRET is not set; in production Keyward does not start without it");
  });
});

/** RUN and COPY as `docker build` does them; the others say how the image is run. */
async function runSteps(
  machine: FreshMachine,
  steps: readonly Step[],
  stageNamed: (name: string) => FreshMachine | undefined,
): Promise<void> {
  let cwd = "/";
  for (const { instruction, argument } of steps) {
    if (instruction === "WORKDIR") {
      cwd = argument;
      mkdirSync(join(machine.root, cwd), { recursive: true });
    } else if (instruction === "COPY") {
      const [, stage, from = "", to = ""] = /^(?:--from=(\w+) )?(\S+) (\S+)$/.exec(argument) ?? [];
      if (stage === undefined) cpSync(tarball("keyward"), join(machine.root, cwd, to, from));
      else copyTree(stageNamed(stage), machine, from, to);
    } else if (instruction === "RUN") {
      const { exit, out, err } = await machine.run(["sh", "-c", argument], { cwd });
      expect(exit, `${argument}\n${out}${err}`).toBe(0);
    }
  }
}

/** With owners and modes, as COPY --from does. */
function copyTree(from: FreshMachine | undefined, to: FreshMachine, source: string, target: string): void {
  if (from === undefined) throw new Error("there is no such stage");
  execFileSync("cp", ["-a", "-T", join(from.root, source), join(to.root, target)]);
}
