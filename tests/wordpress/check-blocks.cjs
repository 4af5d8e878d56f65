// Reads the fixtures with the editor's own parser. Every block has to be valid,
// hold the texts that went in, and do so again after the editor has saved it.
// Blocks that are known to be wrong have to be found invalid, or the check checks
// nothing. Ends with 1 on the first complaint of any fixture.

'use strict';

const assert = require('node:assert/strict');
const { read } = require('./fixtures.cjs');
const { openPage, loadEditor } = require('./environment.cjs');

const window = openPage();
const said = [];
for (const level of ['error', 'warn']) {
	console[level] = (...parts) => said.push(parts.map(String).join(' '));
}
const { parse, serialize } = loadEditor();
said.length = 0;

/** What a visitor reads of HTML. */
function shown(html) {
	const element = window.document.createElement('div');
	element.innerHTML = String(html);
	return element.textContent;
}

function* walk(blocks) {
	for (const block of blocks) {
		yield block;
		yield* walk(block.innerBlocks);
	}
}

/** Whether the editor takes all of it as it is. */
function isValid(blocks) {
	return [...walk(blocks)].every(
		(block) => block.isValid && !['core/freeform', 'core/missing'].includes(block.name)
	);
}

/** Question and answer of every pair, each text from every place that has it. */
function pairsOf(blocks) {
	const pairs = [];
	for (const { name, attributes, innerBlocks } of walk(blocks)) {
		if (name === 'core/details') {
			assert.equal(innerBlocks.length, 1);
			pairs.push([shown(attributes.summary), shown(innerBlocks[0].attributes.content)]);
		} else if (name === 'yoast/faq-block') {
			for (const it of attributes.questions) {
				assert.equal(it.question, it.jsonQuestion);
				assert.equal(it.answer, it.jsonAnswer);
				pairs.push([shown(it.question), shown(it.answer)]);
			}
		} else if (name === 'rank-math/faq-block') {
			pairs.push(...attributes.questions.map((it) => [shown(it.title), shown(it.content)]));
		}
	}
	return pairs;
}

function itemsOf(blocks, className) {
	const list = [...walk(blocks)].find(
		(it) => it.name === 'core/list' && it.attributes.className === className
	);
	return (list?.innerBlocks ?? []).map((it) => shown(it.attributes.content));
}

function summaryOf(blocks) {
	const paragraph = [...walk(blocks)].find(
		(it) => it.name === 'core/paragraph' && it.attributes.className === 'afterword-summary'
	);
	const points = itemsOf(blocks, 'afterword-summary');
	return paragraph ? shown(paragraph.attributes.content) : points.join(' ');
}

/** What has to hold of a fixture, once as printed and once as saved again. */
function check(fixture, markup) {
	const blocks = parse(markup);
	assert.deepEqual(said.splice(0), [], 'the editor complained');
	assert.ok(isValid(blocks), 'a block is invalid');
	assert.equal(blocks.length, 1, 'more than the group');
	assert.equal(blocks[0].name, 'core/group');
	assert.equal(blocks[0].attributes.className, 'afterword-digest');
	assert.deepEqual(pairsOf(blocks), fixture.pairs);
	assert.deepEqual(itemsOf(blocks, 'afterword-related'), fixture.related);
	assert.equal(summaryOf(blocks), fixture.summary);
	checkJsonLd(fixture, blocks);
	return blocks;
}

function checkJsonLd(fixture, blocks) {
	for (const block of walk(blocks)) {
		if (block.name === 'core/html') {
			const page = window.document.createElement('div');
			page.innerHTML = block.originalContent;
			assert.equal(page.childElementCount, 1);
			const data = JSON.parse(page.firstChild.textContent);
			assert.equal(data['@type'], 'FAQPage');
			assert.equal(data.mainEntity.length, fixture.pairs.length);
		}
	}
}

/** Markup that has to be found invalid, made from a valid fixture. */
const WRONG = [
	['details', 'a bare paragraph', /<!-- \/?wp:paragraph -->\n?/g, ''],
	['details', 'another class', 'class="wp-block-details', 'class="block-details'],
	['details', 'another element', /<(\/?)summary>/g, '<$1strong>'],
	['yoast', 'another text', 'schema-faq-answer">', 'schema-faq-answer">x'],
	['yoast', 'no space', '</strong> <p', '</strong><br><p'],
	['rank-math', 'an older class', /rank-math-faq-item/g, 'rank-math-list-item'],
	['rank-math', 'not visible', /"visible":true/g, '"visible":false'],
	['details', 'text between blocks', '<!-- wp:group', 'stray\n\n<!-- wp:group'],
	['details', 'an unknown block', /wp:details/g, 'wp:afterword/none'],
];

function checkWrong(fixtures) {
	for (const [format, what, from, to] of WRONG) {
		const fixture = fixtures.find((it) => it.name === `wordpress-${format}, 1 pair`);
		const markup = fixture.markup.replace(from, to);
		assert.notEqual(markup, fixture.markup, what);
		assert.ok(!isValid(parse(markup)), `${format} with ${what} was taken for valid`);
		said.length = 0;
	}
}

function main() {
	const fixtures = read().filter((it) => it.name.startsWith('wordpress-'));
	checkWrong(fixtures);
	const counts = { documents: 0, blocks: 0, pairs: 0 };
	for (const fixture of fixtures) {
		try {
			const blocks = check(fixture, fixture.markup);
			check(fixture, serialize(blocks));
			counts.documents += 1;
			counts.blocks += [...walk(blocks)].length;
			counts.pairs += fixture.pairs.length;
		} catch (error) {
			process.stdout.write(`${fixture.name}: ${error.message}\n`);
			process.exitCode = 1;
		}
	}
	const version = (name) => require(`${name}/package.json`).version;
	process.stdout.write(
		`@wordpress/blocks ${version('@wordpress/blocks')}, ` +
			`@wordpress/block-library ${version('@wordpress/block-library')}: ` +
			`${counts.documents} of ${fixtures.length} documents valid with ${counts.blocks} blocks ` +
			`and ${counts.pairs} pairs; ` +
			`${WRONG.length} wrong ones refused\n`
	);
	process.exit();
}

main();
