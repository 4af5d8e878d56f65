// A browser's globals from jsdom, which the editor's packages expect to be there
// before they are loaded, and the blocks: those of WordPress itself, and Yoast's
// and Rank Math's as docs/formats.md describes what they save. Neither plugin is in a
// package registry; AFTERWORD_TEST_BLOCKS names files of theirs, separated by colons,
// that take the place of our own reading: a block.json, and after it the built script.

'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');

const { JSDOM, VirtualConsole } = require('jsdom');

/** Makes this process look like a page to what is loaded after it. */
function openPage() {
	// Without its console: jsdom does not read all of the editor's style sheets.
	const { window } = new JSDOM('<!doctype html><body></body>', {
		pretendToBeVisual: true,
		url: 'http://localhost/',
		virtualConsole: new VirtualConsole(),
	});
	window.matchMedia = () => ({
		matches: false,
		addEventListener() {},
		removeEventListener() {},
		addListener() {},
		removeListener() {},
	});
	window.CSS = { escape: (text) => text, supports: () => false };
	globalThis.window = window;
	for (const name of Object.getOwnPropertyNames(window)) {
		if (!(name in globalThis)) {
			globalThis[name] = window[name];
		}
	}
	globalThis.CSS = window.CSS;
	return window;
}

/** Registers every block that the fixtures have, and returns the parser. */
function loadEditor() {
	const blocks = require('@wordpress/blocks');
	require('@wordpress/block-library').registerCoreBlocks();
	const { createElement } = require('@wordpress/element');
	const { RichText } = require('@wordpress/block-editor');
	const text = (tagName, className, value) =>
		createElement(RichText.Content, { tagName, className, value, key: className });
	(process.env.AFTERWORD_TEST_BLOCKS ?? '').split(':').filter(Boolean).forEach((file) => run(file, blocks));
	const ours = { 'yoast/faq-block': yoast, 'rank-math/faq-block': rankMath };
	for (const [name, describe] of Object.entries(ours)) {
		if (!blocks.getBlockType(name)) {
			blocks.registerBlockType(name, describe(createElement, text));
		}
	}
	return blocks;
}

/** Runs a plugin's built script as a page of WordPress would: with the packages as
 * properties of `wp`, and lodash (`npm install --no-save lodash`). */
function run(file, blocks) {
	if (file.endsWith('.json')) {
		const block = JSON.parse(readFileSync(file, 'utf8'));
		blocks.unstable__bootstrapServerSideBlockDefinitions({ [block.name]: block });
		return;
	}
	const before = blocks.getBlockTypes().length;
	const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
	const wp = new Proxy({}, { get: (_, name) => require(`@wordpress/${kebab(name)}`) });
	const globals = {
		wp,
		lodash: require('lodash'),
		React: require('react'),
		ReactJSXRuntime: require('react/jsx-runtime'),
		rankMath: { links: {} },
		yoast: { propTypes: new Proxy({}, { get: () => new Proxy(() => {}, { get: () => () => {} }) }) },
	};
	Object.assign(window, globals);
	const names = Object.keys(globals);
	new Function('window', ...names, readFileSync(file, 'utf8'))(window, ...Object.values(globals));
	assert.equal(blocks.getBlockTypes().length, before + 1, `${file} has no block`);
}

/** The FAQ block of Yoast 27.0 and later: a section for each question, a space
 * after the question, the answer and the section. */
function yoast(createElement, text) {
	const section = ({ id, question, answer }) =>
		createElement(
			'div',
			{ className: 'schema-faq-section', id, key: id },
			text('strong', 'schema-faq-question', question),
			' ',
			text('p', 'schema-faq-answer', answer),
			' '
		);
	return {
		apiVersion: 2,
		title: 'Yoast FAQ',
		category: 'widgets',
		attributes: { questions: { type: 'array' } },
		save: ({ attributes }) =>
			createElement(
				'div',
				{ className: 'schema-faq wp-block-yoast-faq-block' },
				(attributes.questions ?? []).flatMap((question) => [section(question), ' '])
			),
	};
}

/** The FAQ block of Rank Math: what is not visible is not saved. */
function rankMath(createElement, text) {
	const item = ({ id, title, content }) =>
		createElement(
			'div',
			{ className: 'rank-math-faq-item', key: id },
			text('h3', 'rank-math-question', title),
			text('div', 'rank-math-answer', content)
		);
	return {
		apiVersion: 2,
		title: 'Rank Math FAQ',
		category: 'widgets',
		attributes: { questions: { type: 'array' } },
		save: ({ attributes }) =>
			createElement(
				'div',
				{ className: 'wp-block-rank-math-faq-block' },
				(attributes.questions ?? []).filter((it) => it.visible).map(item)
			),
	};
}

module.exports = { openPage, loadEditor };
