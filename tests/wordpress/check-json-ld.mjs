// Reads the JSON-LD of every page in the fixtures as a machine that visits it would:
// found by an extractor of structured data, held by a validator against schema.org's
// vocabulary, its values against that vocabulary's types by the TypeScript compiler, and
// compared with the texts that went in. Nothing may get out of the script element.
// Pages that are known to be wrong have to be refused, or the check checks nothing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import WebAutoExtractor from '@marbec/web-auto-extractor';
import Validator from '@adobe/structured-data-validator';
import { JSDOM } from 'jsdom';

import fixturesModule from './fixtures.cjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { resolve } = createRequire(import.meta.url);
const TYPES = readFileSync(path.join(here, 'node_modules/schema-dts/dist/schema.d.ts'), 'utf8');

/** schema.org's classes and properties, in the form that the validator wants, from the
 * declarations of schema-dts: the registry has the vocabulary itself in no recent form. */
function vocabulary() {
	const classes = new Map();
	const properties = new Map();
	const node = (name) => ({ '@id': `schema:${name}` });
	const declaration = /^(?:export )?interface (\w+?)(?:Base|Leaf) extends ([^{]*)\{$(.*?)^\}$/gms;
	for (const [, name, parents, body] of TYPES.matchAll(declaration)) {
		const known = classes.get(name) ?? new Set();
		for (const [, parent] of parents.matchAll(/(\w+)Base\b/g)) {
			if (parent !== name) {
				known.add(parent);
			}
		}
		classes.set(name, known);
		for (const [, property] of body.matchAll(/^ {4}"(\w+)"\?:/gm)) {
			properties.set(property, (properties.get(property) ?? new Set()).add(name));
		}
	}
	assert.ok(classes.size > 700 && properties.size > 1000, 'the declarations were not understood');
	return {
		'@graph': [
			...[...classes].map(([name, parents]) => ({
				...node(name),
				'@type': 'rdfs:Class',
				'rdfs:subClassOf': [...parents].map(node),
			})),
			...[...properties].map(([name, domains]) => ({
				...node(name),
				'@type': 'rdf:Property',
				'schema:domainIncludes': [...domains].map(node),
			})),
		],
	};
}

const validator = new Validator(vocabulary());

/** The page as a visitor gets it: our part among others. */
function pageOf({ name, markup }) {
	const part = name.startsWith('json-ld')
		? `<script type="application/ld+json">${markup}</script>`
		: markup;
	return `<!doctype html><html><body><p>Before</p>${part}<p id="after">After</p></body></html>`;
}

/** Every FAQPage that an extractor finds on a page. */
async function found(page) {
	const data = new WebAutoExtractor({}).parse(page);
	assert.deepEqual(data.errors ?? [], [], 'the extractor complained');
	assert.deepEqual(Object.keys(data.jsonld), ['FAQPage']);
	assert.deepEqual(await validator.validate(data), []);
	return data.jsonld.FAQPage;
}

/** What has to hold of one fixture. */
async function check(fixture) {
	const page = pageOf(fixture);
	const pages = await found(page);
	assert.equal(pages.length, 1, 'more than one FAQPage');
	const pairs = pages[0].mainEntity.map((it) => [it.name, it.acceptedAnswer.text]);
	assert.deepEqual(pairs, fixture.json_ld);
	// A browser has one script, nothing in it that could run, and the rest after it.
	const { document, alert } = new JSDOM(page, { runScripts: 'outside-only' }).window;
	const scripts = [...document.querySelectorAll('script')];
	assert.deepEqual(scripts.map((it) => it.type), ['application/ld+json']);
	assert.deepEqual(JSON.parse(scripts[0].textContent), JSON.parse(dataOf(fixture)));
	assert.equal(document.querySelector('#after').parentElement, document.body);
	assert.equal(document.querySelectorAll('iframe, img, [onload], [onerror]').length, 0);
	assert.ok(alert);
}

/** What stands between the tags, by the letter. */
function dataOf({ name, markup }) {
	return name.startsWith('json-ld') ? markup : markup.split('ld+json">')[1].split('</script>')[0];
}

/** What the compiler says about documents, each declared to be a FAQPage, by their
 * number. */
function complaints(documents) {
	const folder = mkdtempSync(path.join(here, 'node_modules/.json-ld-'));
	const declared = documents.map((it) => `export const page: WithContext<FAQPage> = ${it.trim()};`);
	const head = "import type { FAQPage, WithContext } from 'schema-dts';";
	const files = declared.map((it, at) => path.join(folder, `${at}.ts`));
	files.forEach((file, at) => writeFileSync(file, `${head}\n${declared[at]}\n`));
	const compiler = path.join(path.dirname(resolve('typescript/package.json')), 'bin/tsc');
	const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'esnext'];
	const command = [compiler, ...options, '--moduleResolution', 'bundler', ...files];
	const { error, status, stdout } = spawnSync(process.execPath, command, { encoding: 'utf8' });
	rmSync(folder, { recursive: true });
	assert.equal(error, undefined);
	const said = new Map();
	for (const [line, number] of stdout.matchAll(/^.*?(\d+)\.ts\(\d+,\d+\): error .*$/gm)) {
		said.set(Number(number), line);
	}
	assert.equal(said.size > 0, status !== 0, stdout);
	return said;
}

const WRONG = [
	['a property that there is not', (it) => it.replace('"acceptedAnswer"', '"acceptedReply"')],
	['a property of another class', (it) => it.replace('"mainEntity"', '"ingredients"')],
	['a number for a text', (it) => it.replace(/"text":"[^"]*"/, '"text":7')],
	['a source that there is not', (it) => it.replace('TrainedAlgorithmicMedia', 'Trained')],
	['another type inside', (it) => it.replace('"@type":"Answer"', '"@type":"Recipe"')],
];

async function checkWrong(fixture) {
	const wrong = WRONG.map(([, change]) => change(fixture.markup));
	const said = complaints(wrong);
	WRONG.forEach(([what], at) => {
		assert.notEqual(wrong[at], fixture.markup, what);
		assert.ok(said.has(at), `${what} was taken for valid`);
	});
	const misspelt = { ...fixture, markup: WRONG[0][1](fixture.markup) };
	await assert.rejects(found(pageOf(misspelt)), 'the validator took a property that there is not');
	const broken = { ...fixture, markup: fixture.markup.replace('"name":"', '"name":"</script>') };
	await assert.rejects(check(broken), 'a script that ends early was taken for valid');
}

const fixtures = fixturesModule.read().filter((it) => it.json_ld);
await checkWrong(fixtures.find((it) => it.name.startsWith('json-ld')));
let valid = 0;
for (const fixture of fixtures) {
	try {
		await check(fixture);
		valid += 1;
	} catch (error) {
		process.stdout.write(`${fixture.name}: ${error.message}\n`);
		process.exitCode = 1;
	}
}
for (const [at, complaint] of complaints(fixtures.map(dataOf))) {
	process.stdout.write(`${fixtures[at].name}: ${complaint}\n`);
	process.exitCode = 1;
}
const version = (name) =>
	JSON.parse(readFileSync(path.join(here, 'node_modules', name, 'package.json'), 'utf8')).version;
process.stdout.write(
	`@adobe/structured-data-validator ${version('@adobe/structured-data-validator')}, ` +
		`schema-dts ${version('schema-dts')}: ${valid} of ${fixtures.length} pages have one valid FAQPage; ` +
		`${WRONG.length + 1} wrong ones refused\n`
);
