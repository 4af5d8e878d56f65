// The documents to read: the committed ones, and those that `make test-blocks` had
// written from a seed.

'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');

/** Every document with what a reader has to find in it. */
function read() {
	const files = [path.join(__dirname, 'fixtures.jsonl')];
	if (process.env.AFTERWORD_TEST_DOCUMENTS) {
		files.push(process.env.AFTERWORD_TEST_DOCUMENTS);
	}
	return files.flatMap((file) =>
		readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
	);
}

module.exports = { read };
