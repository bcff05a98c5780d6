// Checks a Teams manifest against the schema of its own version, without the network.
//   node manifest/validate.mjs [manifest.json]
// Exit code 0: valid; 1: not valid, one line a fault; 2: cannot say, because the schemas are not installed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const manifestPath = process.argv[2] ?? join(here, "manifest.json");
const packageName = "@microsoft/app-manifest";
const folder = join(dirname(here), "node_modules", ...packageName.split("/"));

// The package's own index cannot be loaded (1.1.2 asks for fs-extra and does not bring it),
// so we take its schemas, and the validator that it depends on.
let Ajv, addFormats;
try {
  const fromPackage = createRequire(join(folder, "package.json"));
  Ajv = fromPackage("ajv-draft-04").default;
  addFormats = fromPackage("ajv-formats").default;
} catch {
  console.error(`${packageName} is not installed: npm ci`);
  process.exit(2);
}

let manifest;
try {
  manifest = JSON.parse(readFileSync(manifestPath, "utf8"));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const named = /^https:\/\/developer\.microsoft\.com\/(?:en-us\/)?json-schemas\/teams\/v(\d+\.\d+)\/MicrosoftTeams\.schema\.json$/;
const version = named.exec(manifest.$schema ?? "")?.[1];
if (version === undefined || version !== manifest.manifestVersion) {
  console.error(`$schema and manifestVersion disagree: ${manifest.$schema}, ${manifest.manifestVersion}`);
  process.exit(1);
}

let text;
try {
  text = readFileSync(join(folder, "build", "json-schemas", "teams", `v${version}`, "MicrosoftTeams.schema.json"), "utf8");
} catch {
  console.error(`${packageName} has no schema for version ${version}`);
  process.exit(1);
}

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats(ajv, ["uri", "email", "regex"]);
const validate = ajv.compile(JSON.parse(text));
if (!validate(manifest)) {
  for (const { instancePath, message, params } of validate.errors) {
    console.error(`${instancePath || "/"} ${message} ${JSON.stringify(params)}`);
  }
  process.exit(1);
}
console.log(`valid against Teams schema ${version}`);
