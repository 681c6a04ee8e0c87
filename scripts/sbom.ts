import { mkdirSync, writeFileSync } from "node:fs";
import { timeOfSources } from "./build/sources.ts";
import { imageBoms, schemaComplaints } from "./sbom/image-boms.ts";
import { licenceComplaints } from "./sbom/licences.ts";

const FOLDER = "dist/sbom";

// npm run sbom: writes the SBOM of each platform's image, and fails when something in it may not ship.
process.chdir(new URL("..", import.meta.url).pathname);
mkdirSync(FOLDER, { recursive: true });
for (const { architecture, bom } of imageBoms(timeOfSources())) {
  const complaints = [...(await schemaComplaints(bom)), ...licenceComplaints(bom)];
  for (const complaint of complaints) {
    console.error(`${architecture}: ${complaint}`);
  }
  const file = `${FOLDER}/${architecture}.cdx.json`;
  writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
  console.log(`${file}: ${bom.components.length} components, ${complaints.length} complaints`);
  process.exitCode = complaints.length === 0 ? (process.exitCode ?? 0) : 1;
}
