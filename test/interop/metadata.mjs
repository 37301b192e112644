// Lets other people's software judge what `signet hasura metadata` prints and writes: the TypeScript
// types of Hasura's metadata, another YAML reader, and graphql-js. Needs SIGNET_BINARY.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fileURLToPath } from 'node:url';
import { parse as parseGraphql } from 'graphql';
import ts from 'typescript';
import { parse as parseYaml } from 'yaml';

import { check, finish } from './report.mjs';

const kHere = dirname(fileURLToPath(import.meta.url));
const kSecret = '0123456789abcdef';
const kFull = {
    AUTH_ACTION_SECRET: kSecret, AUTH_MAIL_URL: 'file:/tmp', AUTH_MAIL_FROM: 'signet@example.org',
};

function signet(environment, ...words) {
    return execFileSync(process.env.SIGNET_BINARY, ['hasura', 'metadata', ...words], {
        env: { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS, ...environment },
        cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'],
    });
}

// What the types say against the document. Members that they do not know count: TypeScript refuses
// them in a literal. `timeout` of an action is Hasura's and missing in them.
function objections(metadata) {
    const known = structuredClone(metadata);
    for (const action of known.actions ?? []) {
        delete action.definition.timeout;
    }
    const name = join(kHere, 'judged.ts');
    const text = `import type { Metadata } from 'hasura-metadata-types';
        export const judged: Metadata['metadata'] = ${JSON.stringify(known)};`;
    const options = {
        strict: true, noEmit: true, skipLibCheck: true, types: [],
        module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
        target: ts.ScriptTarget.ES2022,
    };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.fileExists = (file) => file === name || fileExists(file);
    host.getSourceFile = (file, language) => (file === name
        ? ts.createSourceFile(file, text, language) : getSourceFile.call(host, file, language));
    const program = ts.createProgram([name], options, host);
    return ts.getPreEmitDiagnostics(program)
        .map((each) => ts.flattenDiagnosticMessageText(each.messageText, ' '));
}

function readFolder(folder) {
    const read = (file) => parseYaml(readFileSync(join(folder, file), 'utf8'));
    const include = (base, text) => [base, text.replace(/^!include /, '')].join('/');
    const sources = read('databases/databases.yaml').map((source) => {
        const list = include('databases', source.tables);
        return { ...source, tables: read(list).map((one) => read(include(dirname(list), one))) };
    });
    return { version: read('version.yaml').version, sources, actions: read('actions.yaml'),
        remote_schemas: read('remote_schemas.yaml') };
}

const kCases = {
    'with everything': [kFull],
    'with cookies': [{ ...kFull, AUTH_COOKIES: 'on' }],
    'without actions': [{}],
    'of the whole table': [kFull, '--table', 'user', '--role', 'editor'],
    'of another schema': [{ ...kFull, AUTH_DATABASE_SCHEMA: 'my-app' }],
};
for (const [name, words] of Object.entries(kCases)) {
    await check(`the types of Hasura's metadata take the document ${name}`, () => {
        const found = objections(JSON.parse(signet(...words)));
        return found.length === 0 || found;
    });
}

const document = JSON.parse(signet(kFull));
const kBroken = {
    'a misspelt member': (m) => { m.sources[0].tables[0].select_permission = []; },
    'a role that is no text': (m) => { m.actions[0].permissions[0].role = 1; },
    'a relationship without columns': (m) => {
        delete m.sources[0].tables[0].array_relationships[0].using.manual_configuration.column_mapping;
    },
    'another version': (m) => { m.version = 2; },
};
for (const [name, change] of Object.entries(kBroken)) {
    await check(`the types would refuse ${name}`, () => {
        const broken = structuredClone(document);
        change(broken);
        return objections(broken).length > 0;
    });
}

const folder = mkdtempSync('/tmp/signet-metadata-');
try {
    signet(kFull, '--dir', folder);
    const read = readFolder(folder);
    await check('another YAML reader finds the same tables and remote schema in the folder', () =>
        isDeepStrictEqual(read.sources[0].tables, document.sources[0].tables)
        && isDeepStrictEqual(read.remote_schemas, document.remote_schemas)
        && read.version === 3);
    const definitions = parseGraphql(readFileSync(join(folder, 'actions.graphql'), 'utf8')).definitions;
    await check('graphql-js reads actions.graphql, and finds the actions and types of the document', () => {
        const fields = definitions.filter((each) => /^(Query|Mutation)$/.test(each.name.value))
            .flatMap((each) => each.fields.map((field) => field.name.value));
        const types = definitions.map((each) => each.name.value).filter((each) => each.startsWith('Signet'));
        const names = (list) => list.map((each) => each.name);
        return isDeepStrictEqual(fields, names(document.actions))
            && isDeepStrictEqual(fields, names(read.actions.actions))
            && isDeepStrictEqual(types, names(document.custom_types.objects))
            && isDeepStrictEqual(types, names(read.actions.custom_types.objects));
    });
    await check('a folder that another program wrote anew does not differ', () => {
        for (const file of ['actions.yaml', 'remote_schemas.yaml', 'databases/databases.yaml']) {
            const text = readFileSync(join(folder, file), 'utf8');
            writeFileSync(join(folder, file), JSON.stringify(parseYaml(text), null, 4));
        }
        return signet(kFull, '--diff', folder) === 'nothing to change\n';
    });
    await check('a folder that differs is exit code 1', () => {
        writeFileSync(join(folder, 'remote_schemas.yaml'), '[]');
        return spawnSync(process.env.SIGNET_BINARY, ['hasura', 'metadata', '--diff', folder],
            { env: { ...process.env, ...kFull }, cwd: '/' }).status === 1;
    });
} finally {
    rmSync(folder, { recursive: true });
}
finish();
