/** The service under test: the real program, on a port and in a directory of its own. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAM = process.env.AFTERWORD_BIN;
/** Milliseconds that a start may take. */
const PATIENCE = 60_000;

export class Service {
  /** @param {{config?: string, key?: string, args?: string[], program?: string, env?: object}} [how] */
  static async start(how = {}) {
    const service = new Service();
    service.folder = mkdtempSync(join(tmpdir(), "afterword-browser-"));
    service.port = await freePort();
    service.how = how;
    service.url = `http://127.0.0.1:${service.port}`;
    writeFileSync(join(service.folder, "config.toml"), how.config ?? "");
    if (how.key) service.key = service.makeKey(how.key);
    await service.run();
    return service;
  }

  /** A key with these scopes. @param {string} scopes */
  makeKey(scopes) {
    const config = join(this.folder, "config.toml");
    const args = ["keys", "create", "Night desk", "--scopes", scopes, "--config", config, "--data-dir", join(this.folder, "data")];
    return execFileSync(PROGRAM, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  }

  /** Starts the program; again, when it was killed, with the same data. */
  async run() {
    const program = this.how.program ?? PROGRAM;
    if (!program) throw new Error("AFTERWORD_BIN names no program: run `make test-browser`");
    const config = ["--config", join(this.folder, "config.toml")];
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--data-dir", join(this.folder, "data"), ...config, ...(this.how.args ?? ["--engine", "extractive"])];
    this.said = "";
    this.process = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, AFTERWORD_LOG: "warn", ...this.how.env } });
    this.process.stderr.on("data", (data) => {
      this.said += data;
    });
    const until = Date.now() + (this.how.patience ?? PATIENCE);
    while (Date.now() < until) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      if (this.process.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    throw new Error(`the service did not start: ${this.said}`);
  }

  /** Kills it without a word, as a power cut would. */
  async kill() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await gone;
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** @param {string} path @param {RequestInit} [options] */
  async get(path, options) {
    const answer = await fetch(this.url + path, options);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** @param {string} method @param {string} path @param {object} body @param {Record<string, string>} [headers] */
  send(method, path, body, headers) {
    return this.get(path, { method, headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
  }
}

/** What `look` gives once it is as wanted. */
export async function until(look, isFine) {
  for (let i = 0; i < 600; i += 1) {
    const seen = await look();
    if (isFine(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it never came: ${JSON.stringify(await look()).slice(0, 400)}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
