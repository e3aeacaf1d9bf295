// Bundles tests/*.test.ts for Node and runs them with Node's own test runner (which reads no TypeScript before Node 22).
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

const out = "test-build";
const sources = readdirSync("tests").filter((name) => name.endsWith(".test.ts"));
if (sources.length === 0) {
  throw new Error("no tests found");
}
rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: sources.map((name) => join("tests", name)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  logLevel: "warning",
});
const built = sources.map((name) => join(out, `${basename(name, ".ts")}.mjs`));
process.exit(spawnSync(process.execPath, ["--test", ...built], { stdio: "inherit" }).status ?? 1);
